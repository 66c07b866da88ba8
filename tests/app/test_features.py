"""Further features on the page Pre-label and by the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.parts.learning_figures import head_name
from labeling.class_names import parse
from labeling.workflows import features, ingest, jobs, projects
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace
from tests.app.pages import Open, texts
from tests.app.test_cli import Cli
from tests.app.test_pages import button, draw, finish, wording_of
from tests.unit import tiny_timm

pytestmark = pytest.mark.slow


@pytest.fixture
def shelf(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A pre-labeled project of five pictures, and a model without texts called "tiny"."""
    assert workspace.settings.models_dir
    tiny_timm.write(workspace.settings.models_dir / "tiny")
    projects.create(workspace, "shelf", parse("circle,square"))
    ingest.enqueue(workspace, "shelf", [str(draw(tmp_path / "pictures", 5))])
    finish(workspace)
    projects_job = jobs.enqueue(workspace, "prelabel", projects.show(workspace, "shelf")["id"])
    run_to_end(workspace, projects_job, lambda _job: None)
    return workspace


def test_a_model_is_added_and_removed_on_the_page(open_page: Open, shelf: Workspace) -> None:
    project = projects.show(shelf, "shelf")["id"]
    page = open_page("prelabel", project="shelf")
    assert button(page, "Add").disabled
    page.selectbox(key=f"feature-{project}").select("tiny").run()
    button(page, "Add").click().run()
    assert "not encoded yet" in texts(page)
    assert "Waiting in line" in texts(page)
    finish(shelf)
    page = open_page("prelabel", project="shelf")
    assert not page.exception
    assert "256 numbers a picture, 5 of 5 encoded" in texts(page)
    button(page, "Remove").click().run()
    assert not page.exception
    assert features.listed(shelf, "shelf") == []


def test_a_model_that_can_not_be_had_is_told_on_the_page(
    open_page: Open, shelf: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    project = projects.show(shelf, "shelf")["id"]
    page = open_page("prelabel", project="shelf")
    page.selectbox(key=f"feature-{project}").select("dinov2-s14").run()
    button(page, "Add").click().run()
    assert "dinov2-s14 is not on this machine" in wording_of(page.error[0].value)
    assert features.listed(shelf, "shelf") == []


def test_a_model_without_texts_is_no_choice_for_the_project_itself(
    open_page: Open, shelf: Workspace
) -> None:
    project = projects.show(shelf, "shelf")["id"]
    page = open_page("prelabel", project="shelf")
    offered = page.selectbox(key=f"model-{project}").options
    assert any(one.startswith("siglip2-b16-224") for one in offered)
    assert not any(one.startswith(("tiny", "dinov2")) for one in offered)
    further = page.selectbox(key=f"feature-{project}").options
    assert further[0] == "dinov2-s14 – DINOv2 S/14, 224 px"
    assert not any(one.startswith("embedded") for one in further)


def test_the_command_adds_lists_and_removes(shelf: Workspace) -> None:
    cli = Cli(shelf.settings.root)
    assert cli.json("features", "shelf") == []
    expected = [{"model": "tiny", "dim": 256, "encoded": 5, "items": 5}]
    assert cli.json("features", "shelf", "add", "tiny") == expected
    assert "5 of 5" in cli.run("features", "shelf").stdout
    assert "already" in cli.fails("features", "shelf", "add", "tiny")
    assert "takes a model" in cli.fails("features", "shelf", "add", code=2)
    assert "takes no model" in cli.fails("features", "shelf", "list", "tiny", code=2)
    assert "none of" in cli.fails("features", "shelf", "drop", "tiny", code=2)
    assert cli.json("features", "shelf", "remove", "tiny") == []
    assert "own model alone" in cli.run("features", "shelf").stdout
    assert "knows no texts" in cli.fails(
        "project", "create", "x", "--classes", "a", "--model", "tiny"
    )


def test_models_without_texts_are_listed_tested_and_named(shelf: Workspace, tmp_path: Path) -> None:
    cli = Cli(shelf.settings.root)
    known = {one["name"]: one for one in cli.json("models", "list")}
    assert (known["tiny"]["texts"], known["embedded"]["texts"]) == (False, True)
    tested = cli.json("models", "test", "tiny")
    assert (tested["dim"], tested["objective"]) == (256, "none")
    folder = tiny_timm.write(tmp_path / "own", "test_vit")
    cli.json("models", "add", "mine", f"timm-dir:{folder}")
    assert cli.json("models", "test", "mine")["dim"] == 64
    assert CliRunner().invoke(app, ["features", "--help"]).exit_code == 0


def test_kinds_of_heads_name_the_model_that_they_see() -> None:
    assert head_name("probe") == "supervised: linear probe, no texts"
    assert head_name("probe:dinov2-s14") == "supervised: linear probe on dinov2-s14"
    assert head_name("own_kind") == "own_kind"
