"""Models that annotate a task in CVAT anew, in place of its tags: no word of a person."""

from pathlib import Path

import pytest
from sqlalchemy import update

from db.ids import new_id
from db.tables import CvatFrame
from labeling.cvat import remote
from labeling.workflows import accounts, review, second_look
from labeling.workspace import Workspace
from tests.cvat.helpers import decide, push
from tests.cvat.pulls import counts, items, pull, pushed_sets, settle, shown
from tests.cvat.server import Server
from tests.cvat.there import There
from tests.workflow.helpers import create, import_, pictures, prelabel_

ALL = ("cat", "dog", "bird")

pytestmark = [pytest.mark.usefixtures("login"), pytest.mark.slow]


def proposed(ws: Workspace, server: Server, folder: Path, count: int) -> list[str]:
    """A project whose proposals are at the server; its items."""
    paths = pictures(folder, count)
    import_(ws, create(ws, mode="multi"), folder)
    prelabel_(ws, "zoo")
    push(ws, server, states=["proposed"])
    return items(ws, [str(path) for path in paths])


def send_back(ws: Workspace, item: str) -> None:
    """A reviewer lets ann look again: nothing is decided then."""
    reviewer, ann = accounts.user(ws, "rea", role="reviewer").id, accounts.user(ws, "ann")
    seen = shown(ws, item)["seq"]
    second_look.send_back(ws, reviewer, "zoo", item, ann.name, "look again", seen=seen)


def labels(ws: Workspace, item: str) -> list[str]:
    return sorted(shown(ws, item)["labels"])


def test_fewer_tags_of_a_model_are_for_a_reviewer_and_no_decision(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    _, (item, other) = pushed_sets(ws, server, tmp_path / "a", "cat|dog|bird", "dog|bird")
    there.run_model(there.task(item, ws), ["cat", "bird"], ["bird", "dog"])
    for _ in range(2):
        result = pull(ws, server)
        assert counts(result) == (0, 0, 1, 1)
        (told,) = result["problems"]
        assert "a model replaced the tags of 1 picture in zoo 001" in told
        assert "000000_" in told
        assert push(ws, server)["conflicts"] == 1
    assert there.labels(item, ws) == ["bird", "cat"]
    assert (labels(ws, item), labels(ws, other)) == (["bird", "cat", "dog"], ["bird", "dog"])
    assert [one["kind"] for one in shown(ws, item)["decisions"]] != ["cvat"]
    settle(ws, item, *ALL)
    assert push(ws, server)["updated"] == 1
    assert there.labels(item, ws) == ["bird", "cat", "dog"]
    assert (counts(pull(ws, server)), pull(ws, server)["problems"]) == ((0, 0, 2, 0), [])


@pytest.mark.usefixtures("model")
def test_what_nobody_decided_stays_so_until_a_person_touches_it(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    first, second = proposed(ws, server, tmp_path / "a", 2)
    task = there.task(first, ws)
    there.run_model(task, ALL, ALL)
    result = pull(ws, server)
    assert counts(result) == (0, 0, 2, 0)
    assert "a model replaced the tags of 2 pictures in zoo 001" in result["problems"][0]
    there.run_model(task, ["cat", "dog"], ["cat", "dog"])
    assert counts(pull(ws, server)) == (0, 0, 2, 0)
    assert pull(ws, server)["problems"] == []
    assert push(ws, server)["unchanged"] == 2
    there.remove(first, ws, "dog")
    assert push(ws, server)["waiting"] == 1
    assert counts(pull(ws, server)) == (1, 0, 1, 0)
    assert (shown(ws, first)["state"], labels(ws, first)) == ("verified", ["cat"])
    assert (shown(ws, second)["state"], there.labels(second, ws)) == ("proposed", ["cat", "dog"])
    assert counts(pull(ws, server, sign_off=[there.job()])) == (1, 0, 1, 0)


@pytest.mark.usefixtures("local_model")
def test_a_person_who_brings_back_what_was_sent_has_said_so(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    (item,) = proposed(local_ws, server, tmp_path / "a", 1)
    sent = [name for name in there.labels(item, local_ws) if name != "none_of_these"]
    if not sent:
        there.change(item, local_ws, "cat", source="auto")
        pull(local_ws, server)
        sent = ["cat"]
    more = next(name for name in ALL if name not in sent)
    there.run_model(there.task(item, local_ws), [*sent, more])
    assert counts(pull(local_ws, server)) == (0, 0, 1, 0)
    there.remove(item, local_ws, more)
    assert push(local_ws, server)["waiting"] == 1
    assert counts(pull(local_ws, server)) == (1, 0, 0, 0)
    assert labels(local_ws, item) == sent


def test_the_same_labels_anew_change_nothing_and_their_tags_are_known(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    _, (item,) = pushed_sets(ws, server, tmp_path / "a", "cat|dog|bird")
    there.run_model(there.task(item, ws), ALL)
    result = pull(ws, server)
    assert (counts(result), result["problems"]) == ((0, 0, 1, 0), [])
    there.remove(item, ws, "dog")
    assert counts(pull(ws, server)) == (0, 1, 0, 0)
    assert labels(ws, item) == ["bird", "cat"]


def test_the_tags_of_a_push_are_known_and_those_that_it_found(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    sets = ("cat|dog|bird", "cat|dog|bird")
    paths, (item, other) = pushed_sets(local_ws, server, tmp_path / "a", *sets)
    there.run_model(there.task(item, local_ws), ALL, ALL)
    decide(local_ws, {paths[1]: "cat|dog"})
    assert counts(push(local_ws, server)) == (0, 1, 1, 0)
    there.remove(item, local_ws, "dog")
    there.remove(other, local_ws, "dog")
    assert counts(pull(local_ws, server)) == (0, 2, 0, 0)
    assert (labels(local_ws, item), labels(local_ws, other)) == (["bird", "cat"], ["cat"])


def test_what_a_person_does_after_the_model_is_theirs_or_for_a_reviewer(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    _, found = pushed_sets(local_ws, server, tmp_path / "a", "cat|dog", "cat|dog", "cat|dog")
    added, removed, emptied = found
    there.run_model(there.task(added, local_ws), ["cat"], ["cat", "dog"], ["dog"])
    there.add(added, local_ws, "bird")
    there.remove(removed, local_ws, "dog")
    there.remove(emptied, local_ws, "dog")
    assert counts(pull(local_ws, server)) == (0, 1, 0, 2)
    assert labels(local_ws, added) == ["bird", "cat"]
    (seen,) = shown(local_ws, removed)["conflicts"]
    assert (seen["ours"], seen["theirs"]) == (["cat", "dog"], ["cat"])
    (seen,) = shown(local_ws, emptied)["conflicts"]
    assert (seen["ours"], seen["theirs"]) == (["cat", "dog"], [])


@pytest.mark.usefixtures("local_model")
def test_what_is_decided_here_since_is_not_replaced(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    _, (item,) = pushed_sets(local_ws, server, tmp_path / "a", "cat|dog")
    send_back(local_ws, item)
    there.run_model(there.task(item, local_ws), ["cat"])
    assert counts(pull(local_ws, server)) == (0, 0, 1, 0)
    act = {"id": new_id(), "item": item, "kind": "correct", "labels": ["cat", "dog"]}
    review.decide(local_ws, accounts.user(local_ws, "ann").id, "zoo", [act | {"supersedes": None}])
    assert counts(pull(local_ws, server)) == (0, 0, 0, 1)
    assert labels(local_ws, item) == ["cat", "dog"]


def test_the_tags_that_a_reviewer_has_seen_are_known(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    _, (item,) = pushed_sets(ws, server, tmp_path / "a", "cat")
    there.run_model(there.task(item, ws), ["cat", "dog"])
    assert counts(pull(ws, server))[3] == 1
    settle(ws, item, "cat", "dog")
    send_back(ws, item)
    there.remove(item, ws, "dog")
    assert sum(counts(pull(ws, server))[:2]) == 1
    assert labels(ws, item) == ["cat"]


def test_a_ledger_from_before_takes_what_changed_and_knows_the_tags_then(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    _, (first, second) = pushed_sets(ws, server, tmp_path / "a", "cat|dog|bird", "cat|dog")
    ws.db.write(lambda session: session.execute(update(CvatFrame).values(tag_ids=None)))
    task = there.task(first, ws)
    there.run_model(task, ["cat", "dog"], ["cat", "dog"])
    result = pull(ws, server)
    assert (counts(result), result["problems"]) == ((0, 1, 1, 0), [])
    assert labels(ws, first) == ["cat", "dog"]
    there.run_model(task, ["cat"], ["cat"])
    assert counts(pull(ws, server)) == (0, 0, 0, 2)
    assert labels(ws, first) == labels(ws, second) == ["cat", "dog"]


def test_in_projects_with_one_label_too(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    paths = [str(path) for path in pictures(tmp_path / "a", 2)]
    import_(local_ws, create(local_ws), tmp_path / "a")
    decide(local_ws, dict.fromkeys(paths, "cat"))
    push(local_ws, server)
    first, second = items(local_ws, paths)
    there.run_model(there.task(first, local_ws), ["dog"], ["cat"])
    result = pull(local_ws, server)
    assert counts(result) == (0, 0, 1, 1)
    assert "a model replaced the tags of 1 picture in zoo 001" in result["problems"][0]
    assert labels(local_ws, first) == labels(local_ws, second) == ["cat"]


def test_an_edit_while_a_push_writes_to_other_pictures_is_left_for_the_pull(
    local_ws: Workspace,
    server: Server,
    there: There,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths, (mine, other) = pushed_sets(local_ws, server, tmp_path / "a", "cat|dog", "cat|dog")
    decide(local_ws, {paths[0]: "bird"})
    change = remote.change

    def meanwhile(*args: object, **given: object) -> None:
        there.remove(other, local_ws, "dog")
        change(*args, **given)

    monkeypatch.setattr(remote, "change", meanwhile)
    assert push(local_ws, server)["updated"] == 1
    assert counts(pull(local_ws, server)) == (0, 1, 1, 0)
    assert (labels(local_ws, mine), labels(local_ws, other)) == (["bird"], ["cat"])
