"""What people set for themselves in a project: each their own, and checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.errors import InputError, NotFoundError
from labeling.workflows import preferences, projects
from labeling.workspace import Workspace
from tests.rows import seed


def test_a_preference_belongs_to_one_person_in_one_project(ws: Workspace) -> None:
    one, other = seed(ws.db, 0), seed(ws.db, 0)
    ann, bob = one.people["ann"], one.people["bob"]
    preferences.put(ws, ann, one.name, "keys", {"undo": "z"})
    preferences.put(ws, ann, one.name, "grid", {"number": 120})
    assert preferences.get(ws, ann, one.name, "keys") == {"undo": "z"}
    assert preferences.get(ws, ann, one.name, "grid") == {"number": 120}
    for person, project in ((bob, one.name), (ann, other.name)):
        assert preferences.get(ws, person, project, "keys") == {}


def test_a_preference_takes_the_place_of_the_one_before(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    ann = seeded.people["ann"]
    preferences.put(ws, ann, seeded.name, "keys", {"undo": "z", "skip": "x"})
    preferences.put(ws, ann, seeded.name, "keys", {"undo": "y"})
    assert preferences.get(ws, ann, seeded.name, "keys") == {"undo": "y"}


def test_a_project_that_is_gone_has_no_keys(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    ann = seeded.people["ann"]
    preferences.put(ws, ann, seeded.name, "keys", {"undo": "z"})
    projects.delete(ws, seeded.name)
    with pytest.raises(NotFoundError):
        preferences.get(ws, ann, seeded.name, "keys")


@pytest.mark.parametrize("keys", [{"undo": "z", "skip": "z"}, {"undo": "Z", "skip": "z"}])
def test_two_commands_on_one_key_are_refused_with_the_names_of_both(
    local_ws: Workspace, keys: dict
) -> None:
    seeded = seed(local_ws.db, 0)
    with pytest.raises(InputError, match="'undo' and 'skip' are both on the key"):
        preferences.put(local_ws, seeded.people["ann"], seeded.name, "keys", keys)
    assert preferences.get(local_ws, seeded.people["ann"], seeded.name, "keys") == {}


def test_a_modifier_makes_another_key_and_a_switch_takes_none() -> None:
    preferences.check_keys({"skip": "s", "skip-to": "Shift+S", "letters": False, "flag": None})


@pytest.mark.parametrize("key", ["1", "9", "Escape", "tab", "", "x" * 31, 7, ["k"]])
def test_a_key_that_can_not_be_given_away_is_refused(key: object) -> None:
    with pytest.raises(InputError, match="undo"):
        preferences.check_keys({"undo": key})


@pytest.mark.parametrize("name", ["", "Keys", "a/b", "x" * 41])
def test_a_name_that_can_not_be_used_is_refused(local_ws: Workspace, name: str) -> None:
    seeded = seed(local_ws.db, 0)
    with pytest.raises(InputError):
        preferences.put(local_ws, seeded.people["ann"], seeded.name, name, {})


def test_a_preference_that_is_too_large_is_refused(local_ws: Workspace) -> None:
    seeded = seed(local_ws.db, 0)
    large = {"a": "x" * 20_000}
    with pytest.raises(InputError, match="20,000"):
        preferences.put(local_ws, seeded.people["ann"], seeded.name, "notes", large)


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(min_size=1, max_size=3)))
def test_keys_are_taken_only_where_no_two_are_the_same(keys: dict[str, str]) -> None:
    pressed = [key.casefold() for key in keys.values()]
    sound = len(set(pressed)) == len(pressed)
    sound = sound and not any(key in preferences.DIGITS | preferences.FIXED for key in pressed)
    if sound:
        preferences.check_keys(keys)
    else:
        with pytest.raises(InputError):
            preferences.check_keys(keys)


@pytest.mark.parametrize(
    "value",
    [{"a": float("nan")}, {"a": [float("inf")]}, {"a": "\ud800"}, {"\ud800": "k"}, {"a": "\0"}],
)
@pytest.mark.parametrize("name", ["grid", "keys"])
def test_what_no_answer_could_carry_is_refused(ws: Workspace, name: str, value: dict) -> None:
    seeded = seed(ws.db, 0)
    ann = seeded.people["ann"]
    with pytest.raises(InputError):
        preferences.put(ws, ann, seeded.name, name, value)
    assert preferences.get(ws, ann, seeded.name, name) == {}
