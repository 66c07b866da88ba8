"""The page Find: a search, what it found, and handing it over."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app import session
from db import images, projects
from db.tables import Job, JobState
from labeling.workflows import accounts, jobs, review, search
from labeling.workspace import Workspace
from tests.app.pages import open_at, press, texts
from tests.app.seeding import seed

pytestmark = pytest.mark.slow


@pytest.fixture
def zoo(workspace: Workspace, tmp_path: Path) -> Workspace:
    session.share(workspace)
    seed(workspace, tmp_path / "pictures", 4)
    return workspace


def searched(db: Session) -> Job:
    """A search that has found every picture of the zoo."""
    project = projects.find(db, "zoo")
    items = sorted(images.all_by_sha(db, project.id).values())
    found = [{"item": item, "score": 0.9} for item in items]
    result = {"by": "head", "what": "cat", "searched": len(items), "found": found}
    return Job(kind=search.KIND, project_id=project.id, state=JobState.DONE, result=result)


@pytest.mark.usefixtures("zoo")
def test_before_the_first_search_the_page_says_what_it_is_for() -> None:
    page = open_at("find", project="zoo")
    assert "Nothing was searched yet" in texts(page)


def test_a_refused_search_says_why(zoo: Workspace) -> None:
    page = open_at("find", project="zoo")
    page = page.button_group[0].set_value("picture").run()
    page = page.text_input[0].set_value("abc").run()
    page = press(page, "Search")
    assert "has no picture abc" in page.error[0].value
    assert jobs.recent(zoo, "zoo", kind=search.KIND) == []


def test_what_is_found_is_shown_and_handed_over(zoo: Workspace) -> None:
    ann = accounts.user(zoo, "ann", role="annotator").id
    zoo.db.write(lambda db: db.add(searched(db)))
    page = open_at("find", project="zoo")
    assert not page.exception
    assert "4 undecided pictures" in texts(page)
    [to] = [field for field in page.selectbox if field.label == "go to"]
    page = to.set_value("ann").run()
    page = press(page, "Hand over")
    assert "4 pictures found, skipped to them or sent back" in texts(page)
    offered = review.queue(zoo, ann, "zoo", 10)["items"]
    assert any(row["reason"].startswith("found for") for row in offered)
    page = press(page, "Take back")
    assert not page.exception
    assert "4 pictures found, skipped" not in texts(page)
