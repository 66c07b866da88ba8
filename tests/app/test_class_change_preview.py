"""What changes in the table of classes concern is told before they are saved."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from app.parts import class_editor
from labeling.workflows import classes, projects
from labeling.workspace import Workspace
from tests.app.pages import texts
from tests.app.seeding import seed
from tests.cvat.helpers import decide

pytestmark = pytest.mark.slow


def drawn() -> None:
    import streamlit as st

    from app.parts import class_change_preview

    class_change_preview.draw({"name": "zoo"}, st.session_state["asked"])


def test_changes_of_the_table_are_told_with_what_rests_on_them(
    workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 4)
    decide(workspace, {str(min((tmp_path / "pictures").rglob("*.*"))): "cat"})
    classes.set_active(workspace, "zoo", "bird", active=False)
    before = projects.show(workspace, "zoo")["classes"]
    edited = class_editor.as_table(before)
    assert class_editor.changes(before, edited) == []
    edited.loc[0, "name"] = "kitten"
    edited.loc[2, "active"] = True
    edited.loc[len(edited)] = {"name": "newt"}
    changes = class_editor.changes(before, edited.drop(index=1))
    assert changes == [
        ("rename", ["cat", "kitten"]),
        ("deactivate", ["dog"]),
        ("activate", ["bird"]),
    ]
    session.share(workspace)
    page = AppTest.from_function(drawn)
    page.session_state["asked"] = changes
    said = texts(page.run()).replace("\\", "")
    assert not page.exception
    assert (
        "**rename: cat → kitten** :small[– 1 items bear such a class, 1 decisions name it" in said
    )
    assert "**activate: bird** :small[– " in said
    assert projects.show(workspace, "zoo")["classes"] == before
