"""The pages, run by Streamlit's own test runner over a real database and the real jobs."""

import csv
import io
import json
import re
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.parts import class_editor, class_input, rejected, wording
from app.views import imports
from db import overview
from db.tables import JobState, Proposal
from labeling.class_names import parse
from labeling.errors import ClassNameError
from labeling.workflows import accounts, ingest, jobs, projects, review, status
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace
from tests.app.pages import Open, texts
from tests.app.seeding import seed

pytestmark = pytest.mark.slow

PROJECT_PAGES = ("import", "classes", "prelabel", "export")


def finish(ws: Workspace) -> None:
    """Do everything that waits in line."""
    for job in reversed(jobs.recent(ws)):
        if job["state"] == JobState.QUEUED:
            run_to_end(ws, job["id"], lambda _job: None)


def draw(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(3)
    for number in range(count):
        pixels = noise.integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03d}.png")
    return folder


def table(page: AppTest, column: str) -> pd.DataFrame:
    """The table of a page that has this column."""
    [found] = [frame.value for frame in page.dataframe if column in frame.value.columns]
    return found


def test_without_projects_the_first_page_explains_the_steps_and_offers_samples(
    open_page: Open,
) -> None:
    page = open_page()
    assert not page.exception
    said = texts(page)
    for words in ("1. Import", "2. Pre-label", "3. Review and export", "Handwritten digits"):
        assert words in said
    assert [button.label for button in page.button].count("Add") == 3


@pytest.mark.parametrize("address", PROJECT_PAGES)
def test_a_page_without_a_project_says_where_to_choose_one(open_page: Open, address: str) -> None:
    page = open_page(address)
    assert not page.exception
    assert "No project is chosen" in texts(page)


@pytest.mark.parametrize("address", PROJECT_PAGES)
def test_a_project_that_does_not_exist_is_named(open_page: Open, address: str) -> None:
    page = open_page(address, project="nope")
    assert not page.exception
    assert "There is no project 'nope'" in wording_of(page.error[0].value)


@pytest.mark.parametrize("address", PROJECT_PAGES)
def test_a_new_project_has_a_designed_page_everywhere(
    open_page: Open, workspace: Workspace, address: str
) -> None:
    projects.create(workspace, "shelf", parse("cat,dog"))
    page = open_page(address, project="shelf")
    assert not page.exception
    assert not page.error
    assert page.sidebar.selectbox[0].value == "shelf"


def test_without_a_worker_the_page_says_what_to_run(open_page: Open, workspace: Workspace) -> None:
    projects.create(workspace, "shelf", parse("cat,dog"))
    page = open_page("import", project="shelf")
    assert "No worker is running" in texts(page)
    assert page.code[0].value == f"prelabel worker --home {workspace.settings.root}"


def test_a_project_is_created_from_typed_classes(open_page: Open, workspace: Workspace) -> None:
    page = open_page()
    page.text_input(key="new-name").input("shelf")
    page.text_area(key="new-classes-text").input("cat, dog\nSKU-114").run()
    assert "SKU-114" in wording_of(page.warning[0].value)
    button(page, "Create project").click().run()
    assert not page.exception
    made = projects.show(workspace, "shelf")
    assert [c["name"] for c in made["classes"]] == ["cat", "dog", "SKU-114"]
    assert page.title[0].value == "Import"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("cat, Cat", '"Cat" (position 2) repeats'), ("a/b", "holds a slash"), (",", "is empty")],
)
def test_a_class_name_that_cannot_be_used_is_explained_and_creates_nothing(
    open_page: Open, typed: str, said: str
) -> None:
    page = open_page()
    page.text_input(key="new-name").input("shelf")
    page.text_area(key="new-classes-text").input(typed).run()
    assert not page.exception
    assert said in wording_of(page.error[0].value)
    assert button(page, "Create project").disabled


def test_a_taken_project_name_is_explained(open_page: Open, workspace: Workspace) -> None:
    projects.create(workspace, "shelf", parse("cat,dog"))
    page = open_page()
    page.text_input(key="new-name").input("shelf")
    page.text_area(key="new-classes-text").input("cat").run()
    button(page, "Create project").click().run()
    assert "There is a project 'shelf' already" in wording_of(page.error[0].value)


def test_deletion_wants_the_name_of_the_project(open_page: Open, workspace: Workspace) -> None:
    made = projects.create(workspace, "shelf", parse("cat,dog"))
    page = open_page()
    assert button(page, "Delete").disabled
    page.text_input(key=f"confirm-{made['id']}").input("shel").run()
    assert button(page, "Delete").disabled
    page.text_input(key=f"confirm-{made['id']}").input("shelf").run()
    button(page, "Delete").click().run()
    assert not page.exception
    assert projects.all_projects(workspace) == []


def test_an_import_from_the_server_lists_what_was_refused(
    open_page: Open, workspace: Workspace, tmp_path: Path
) -> None:
    projects.create(workspace, "shelf", parse("cat,dog"))
    folder = draw(tmp_path / "pictures", 3)
    (folder / "notes.txt").write_text("no picture")
    frames = [Image.new("RGB", (40, 40), (20 * n, 0, 0)) for n in range(4)]
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:])
    page = open_page("import", project="shelf")
    page.text_area(key="paths").input(str(folder)).run()
    button(page, "Import").click().run()
    assert "Waiting in line" in texts(page)
    finish(workspace)
    page = open_page("import", project="shelf")
    assert not page.exception
    counts = table(page, "Imported").iloc[0]
    assert (counts["Imported"], counts["Duplicates"], counts["Rejected"]) == (4, 0, 1)
    refused = table(page, "Reason")
    assert refused["File"].tolist() == [str(folder / "notes.txt")]
    assert refused["Reason"].tolist() == ["not a picture"]
    assert table(page, "Note")["Note"].tolist() == ["first of 4 frames"]


def test_an_import_tells_which_labels_it_left_out(
    open_page: Open, workspace: Workspace, tmp_path: Path
) -> None:
    projects.create(workspace, "shelf", parse("cat,dog"))
    folder = draw(tmp_path / "pictures", 2)
    first, second = sorted(path.name for path in folder.iterdir())
    labels = [{"image": first, "labels": ["cat"]}, {"image": second, "label": "kitten"}]
    labels.append({"image": "nothing.png", "label": "dog"})
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, labels)))
    page = open_page("import", project="shelf")
    page.text_area(key="paths").input(str(folder))
    page.text_input(key="labels-file").input(str(tmp_path / "labels.jsonl")).run()
    button(page, "Import").click().run()
    finish(workspace)
    page = open_page("import", project="shelf")
    assert not page.exception
    told = "Labels of the last import (jsonl): 2 kept, 1 left out, 1 label is no class"
    assert told in [one.label for one in page.expander]
    assert "'kitten' is no class of the project (1 row)." in texts(page)
    assert table(page, "Left out because")["Picture"].tolist() == ["nothing.png"]


def test_labels_are_handed_in_before_the_pictures(open_page: Open, workspace: Workspace) -> None:
    def kept() -> list[bytes]:
        folders = (workspace.settings.root / "uploads").glob("labels-*/*")
        return [path.read_bytes() for path in folders]

    projects.create(workspace, "shelf", parse("cat,dog"))
    page = open_page("import", project="shelf")
    assert kept() == []
    page.file_uploader[0].set_value(("a.csv", b"image,label\n1.png,cat\n", "text/csv")).run()
    page.run()
    assert kept() == [b"image,label\n1.png,cat\n"]
    page.file_uploader[0].set_value(("b.csv", b"image,label\n1.png,dog\n", "text/csv")).run()
    assert kept() == [b"image,label\n1.png,dog\n"]
    page.file_uploader[0].set_value(("c.csv", b"a,b\n", "text/csv")).run()
    assert kept() == []
    told = page.error[0].value.replace("\\", "")
    assert "The labels can't be used: c.csv has no column 'image'" in told
    page.file_uploader[0].set_value(None).run()
    assert not page.error


def test_a_long_source_shows_its_end() -> None:
    path = "/data/" + "shelf-cameras/" * 9 + "2026-11"
    short = imports.short_source(path)
    assert short.startswith("…")
    assert path.endswith(short[1:])
    assert len(short) == imports.LONGEST_SOURCE
    assert imports.short_source("/data/2026-11") == "/data/2026-11"


def test_a_source_that_is_not_there_is_explained(open_page: Open, workspace: Workspace) -> None:
    projects.create(workspace, "shelf", parse("cat,dog"))
    page = open_page("import", project="shelf")
    page.text_area(key="paths").input("/nowhere/at/all").run()
    button(page, "Import").click().run()
    assert "/nowhere/at/all does not exist" in wording_of(page.error[0].value)
    assert jobs.recent(workspace) == []


def test_a_pre_labeling_shows_what_it_proposes_and_what_it_does_not_know(
    open_page: Open, workspace: Workspace, tmp_path: Path
) -> None:
    projects.create(workspace, "shelf", parse("circle,zeppelin"))
    ingest.enqueue(workspace, "shelf", [str(draw(tmp_path / "pictures", 5))])
    finish(workspace)
    page = open_page("prelabel", project="shelf")
    assert "No proposals yet" in texts(page)
    button(page, "Pre-label").click().run()
    assert "Waiting in line" in texts(page)
    finish(workspace)
    page = open_page("prelabel", project="shelf")
    assert not page.exception
    assert len(table(page, "Why now")) == 5
    assert "zeppelin (zeppelin)" in wording_of(texts(page))
    assert len(page.get("vega_lite_chart")) == 3
    assert "Demo model: digits and drawn shapes only" in texts(page)
    assert "Error of verified labels: **unknown until 20 second looks" in texts(page)
    for address in ("prelabel", "classes"):
        assert "The proposals were made" not in texts(open_page(address, project="shelf"))
    projects.configure(workspace, "shelf", templates=["plain"])
    for address in ("prelabel", "classes"):
        said = texts(open_page(address, project="shelf"))
        assert "made with other classes or prompts: pre-label again. Changed: templates" in said


def test_the_check_of_the_prompts_names_the_words_a_model_does_not_know(
    open_page: Open, workspace: Workspace
) -> None:
    projects.create(workspace, "shelf", parse("circle,zeppelin"))
    page = open_page("classes", project="shelf")
    button(page, "Check the prompts").click().run()
    finish(workspace)
    page = open_page("classes", project="shelf")
    assert table(page, "Unknown words").to_dict("records") == [
        {"Prompt": "a photo of a zeppelin.", "Unknown words": "zeppelin"}
    ]


def test_prompts_are_previewed_and_saved(open_page: Open, workspace: Workspace) -> None:
    projects.create(workspace, "shelf", parse("cat,dog"))
    page = open_page("classes", project="shelf")
    page.selectbox(key="templates-set").select("own").run()
    page.text_area(key="templates-own").input("one {}\nmany {}s").run()
    assert table(page, "2 prompts")["2 prompts"].tolist() == ["one cat", "many cats"]
    button(page, "Save prompts").click().run()
    assert not page.exception
    assert projects.show(workspace, "shelf")["templates"] == ["one {}", "many {}s"]
    page.text_area(key="templates-own").input("nothing to fill").run()
    assert "holds {} 0 times" in wording_of(page.error[0].value)


def test_an_export_warns_of_pictures_that_nobody_verified(
    open_page: Open, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 4)
    page = open_page("export", project="zoo")
    assert button(page, "Export").disabled
    page.checkbox(key="export-state-proposed").check().run()
    assert "4 pictures that nobody verified would leave" in page.warning[0].value
    verify(workspace, 3)
    page = open_page("export", project="zoo")
    assert not page.warning
    button(page, "Export 3 pictures").click().run()
    finish(workspace)
    page = open_page("export", project="zoo")
    assert not page.exception
    assert "**csv**, 3 pictures" in texts(page)
    job = jobs.recent(workspace, "zoo", limit=1)[0]
    assert any(f"/api/exports/{job['id']}" in html.proto.body for html in page.get("html"))


def test_a_failed_job_says_what_happened_and_what_to_do(
    open_page: Open, workspace: Workspace, tmp_path: Path
) -> None:
    projects.create(workspace, "shelf", parse("cat,dog"))
    folder = draw(tmp_path / "pictures", 1)
    ingest.enqueue(workspace, "shelf", [str(folder)])
    (folder / "000.png").unlink()
    folder.rmdir()
    with pytest.raises(Exception, match="does not exist"):
        finish(workspace)
    page = open_page("import", project="shelf")
    assert "Import failed" in wording_of(page.error[0].value)
    page = open_page("jobs")
    assert not page.exception
    assert table(page, "State")["State"].tolist() == ["failed"]


def test_jobs_in_line_are_shown_and_cancelled(
    open_page: Open, workspace: Workspace, tmp_path: Path
) -> None:
    projects.create(workspace, "shelf", parse("cat,dog"))
    ingest.enqueue(workspace, "shelf", [str(draw(tmp_path / "pictures", 1))])
    page = open_page("jobs")
    button(page, "Cancel").click().run()
    assert not page.exception
    assert jobs.recent(workspace)[0]["cancel_requested"]


def test_the_project_stays_chosen_on_the_next_page(open_page: Open, workspace: Workspace) -> None:
    for name in ("shelf", "yard"):
        projects.create(workspace, name, parse("cat,dog"))
    page = open_page("classes", project="shelf")
    page.sidebar.selectbox[0].select("yard").run()
    assert page.query_params["project"] == "yard"
    del page.query_params["project"]
    page._page_hash = calc_hash("export")
    page.run()
    assert page.query_params["project"] == "yard"


def test_edited_classes_keep_ids_and_decisions(workspace: Workspace, tmp_path: Path) -> None:
    seed(workspace, tmp_path / "pictures", 4)
    verify(workspace, 2)
    before = projects.show(workspace, "zoo")["classes"]
    edited = class_editor.as_table(before)
    edited.loc[0, "name"] = "kitten"
    edited.loc[1, "active"] = False
    edited.loc[len(edited)] = {"name": "newt", "aliases": "eft | triton"}
    assert class_editor.is_changed(before, edited)
    class_editor.save(workspace, "zoo", before, edited.drop(index=2))
    after = {c["name"]: c for c in projects.show(workspace, "zoo")["classes"]}
    assert after["kitten"]["id"] == before[0]["id"]
    assert not after["dog"]["active"]
    assert not after["bird"]["active"]
    assert after["newt"]["aliases"] == ["eft", "triton"]
    assert status.status(workspace, "zoo")["by_class"]["kitten"]["verified"] == 1


def test_a_class_table_that_cannot_be_used_changes_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 1)
    before = projects.show(workspace, "zoo")
    edited = class_editor.as_table(before["classes"])
    edited.loc[0, "name"] = "lynx"
    edited.loc[1, "name"] = "LYNX"
    with pytest.raises(ClassNameError, match="repeats"):
        class_editor.save(workspace, "zoo", before["classes"], edited)
    assert projects.show(workspace, "zoo") == before


def test_an_unchanged_table_of_classes_is_not_a_change(
    workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 1)
    before = projects.show(workspace, "zoo")["classes"]
    assert not class_editor.is_changed(before, class_editor.as_table(before))


def test_histograms_count_every_proposal_once(workspace: Workspace, tmp_path: Path) -> None:
    seed(workspace, tmp_path / "pictures", 7)
    with workspace.db.read() as read:
        run_id = projects.find(read, "zoo").run_id or ""
        scores = overview.histogram(read, run_id, Proposal.score)
        entropies = overview.histogram(read, run_id, Proposal.entropy)
    assert (sum(scores), scores[16]) == (7, 7)  # every score is 0.8
    assert (sum(entropies), entropies[10]) == (7, 7)  # every entropy is 0.5


def test_what_nobody_expected_is_shown_without_a_traceback() -> None:
    def script() -> None:
        import streamlit

        from app.parts import errors

        with errors.shown():
            raise RuntimeError("secret of the house")
        streamlit.caption("the rest of the page")

    page = AppTest.from_function(script).run()
    assert not page.exception
    assert "incident" in page.error[0].value
    assert "secret" not in page.error[0].value
    assert page.caption[0].value == "the rest of the page"


def test_refused_files_leave_as_csv_that_reads_back() -> None:
    rows = [{"path": 'a "b",c\n.jpg', "reason": "empty", "detail": "the file holds no bytes"}]
    assert pd.read_csv(io.StringIO(rejected.as_csv(rows))).to_dict("records") == rows


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_a_file_name_is_no_formula_in_a_spreadsheet(start: str) -> None:
    rows = [{"path": f"{start}cmd|'/c calc'!A1", "reason": "empty", "detail": "-"}]
    [row] = csv.DictReader(io.StringIO(rejected.as_csv(rows)))
    assert row["path"] == "'" + rows[0]["path"]


@given(st.text())
def test_plain_text_loses_nothing_but_white_space(text: str) -> None:
    shown = wording_of(wording.plain(text))
    assert shown == " ".join(text.split()).replace("\u2060", "")


@pytest.mark.parametrize("text", ["a,b", "a\nb", " a ,\n b", "a, b\n"])
def test_classes_may_be_separated_by_commas_or_lines(text: str) -> None:
    assert [spec.name for spec in class_input.from_text(text)] == ["a", "b"]


def button(page: AppTest, label: str):
    return next(one for one in page.button if one.label == label)


def verify(ws: Workspace, count: int) -> None:
    """Confirm the first proposals of the queue."""
    user = accounts.local_user(ws)
    queue = review.queue(ws, user, "zoo", limit=count)
    review.decide(
        ws,
        user,
        "zoo",
        [
            {
                "id": str(uuid4()),
                "item": item["item"],
                "kind": "confirm",
                "labels": [item["proposal"]],
            }
            for item in queue["items"]
        ],
    )


def wording_of(markdown: str) -> str:
    """What a person reads of escaped Markdown."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown.replace("\u2060", ""))


def test_classes_are_merged_after_a_dialog_that_tells_what_it_concerns(
    open_page: Open, workspace: Workspace
) -> None:
    projects.create(workspace, "pets", parse("cat,dog,bird"))
    page = open_page("classes", project="pets")
    page.multiselect(key="class-move-from").select("cat").select("dog")
    page.text_input(key="class-move-into").input("pet").run()
    page.button(key="class-move-preview").click().run()
    assert wording.plain("merge: cat, dog → pet") in [one.value for one in page.subheader]
    assert projects.show(workspace, "pets")["revision"] == 1
    page.button(key="class-move-apply").click().run()
    names = [c["name"] for c in projects.show(workspace, "pets")["classes"] if c["active"]]
    assert names == ["bird", "pet"]


def test_counts_of_verified_pictures_bear_their_error(
    workspace: Workspace, open_page: Open, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 4)
    user = accounts.local_user(workspace)
    [first, *_] = review.queue(workspace, user, "zoo")["items"]
    given = {"id": str(uuid4()), "item": first["item"], "kind": "confirm", "labels": ["cat"]}
    assert not review.decide(workspace, user, "zoo", [given])["rejected"]
    assert "unknown  \n0 of 20 looks" in texts(open_page())
    for address in ("export", "team", "quality"):
        page = open_page(address, "zoo")
        assert not page.exception
        said = texts(page)
        assert "Error of verified labels: **unknown until 20 second looks, none so far**" in said
