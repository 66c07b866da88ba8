"""Ranking: by each policy, over what is undecided, with reasons; and replays on the digits."""

import csv
import shutil
import zipfile
from itertools import islice
from pathlib import Path

import pytest

from db.ids import new_id
from labeling.class_names import RawClass, clean
from labeling.errors import InputError
from labeling.samples.catalogue import load
from labeling.workflows import jobs, projects, review, simulate
from labeling.workflows.accounts import local_user
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS
from tests.workflow.helpers import import_, prelabel_, run

pytestmark = pytest.mark.slow

COUNT = 60


def digits(ws: Workspace, folder: Path) -> str:
    """A project of some pictures of the sample, pre-labeled."""
    sample = load("digits")
    with zipfile.ZipFile(sample.pictures) as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        archive.extractall(folder, islice(names[:: len(names) // COUNT], COUNT))
    projects.create(
        ws,
        "digits",
        clean([RawClass(c["name"], "sample", display=c["display"]) for c in sample.classes]),
    )
    projects.configure(ws, "digits", review=NO_CHECKS)
    import_(ws, "digits", folder)
    prelabel_(ws, "digits")
    return "digits"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, new_sqlite_url, encoder) -> Path:
    """A home with the digits in it, to be copied."""
    from labeling.settings import Settings
    from labeling.workspace import open_workspace

    home = tmp_path_factory.mktemp("digits") / "home"
    ws = open_workspace(Settings(home=home))
    ws._encoders["embedded"] = encoder
    digits(ws, home.parent / "pictures")
    ws.close()
    return home


@pytest.fixture
def ws(prepared: Path, tmp_path: Path, encoder):
    from labeling.settings import Settings
    from labeling.workspace import open_workspace

    shutil.copytree(prepared, tmp_path / "home")
    workspace = open_workspace(Settings(home=tmp_path / "home"))
    workspace._encoders["embedded"] = encoder
    yield workspace
    workspace.close()


def rank(ws: Workspace) -> list[dict]:
    with ws.db.read() as session:
        project = projects.find(session, "digits")
    run(ws, jobs.enqueue(ws, "rank", project.id))
    return projects.ranked_queue(ws, "digits", 500)


def decide(
    ws: Workspace,
    items: list[str],
    kind: str = "confirm",
    label: str = "3",
    reason: str | None = None,
) -> None:
    labels = [label] if kind == "confirm" else []
    acts = [
        {"id": new_id(), "item": i, "kind": kind, "labels": labels, "reason": reason} for i in items
    ]
    answer = review.decide(ws, local_user(ws), "digits", acts)
    assert len(answer["acknowledged"]) == len(items), answer


def items(ws: Workspace) -> list[str]:
    return [i["item"] for i in review.queue(ws, local_user(ws), "digits", 200)["items"]]


@pytest.mark.parametrize(
    "policy", ["auto", "typical", "margin", "entropy", "least_confidence", "random"]
)
def test_every_policy_ranks_every_item_and_says_why(ws: Workspace, policy: str) -> None:
    projects.configure(ws, "digits", policy=policy)
    ranked = rank(ws)
    assert len(ranked) == COUNT
    assert len({row["sha256"] for row in ranked}) == COUNT
    assert {row["policy"] for row in ranked} == {policy}
    assert all(row["reason"] for row in ranked)
    assert rank(ws) == ranked, "the same again"


def test_the_margin_asks_what_is_least_clear_first(ws: Workspace) -> None:
    projects.configure(ws, "digits", policy="margin")
    ranked = rank(ws)
    reasons = [float(row["reason"].split()[1].rstrip(":")) for row in ranked]
    assert reasons == sorted(reasons)
    assert ranked[0]["reason"].startswith("margin 0.")
    assert " or " in ranked[0]["reason"]


def test_decided_items_leave_and_skipped_ones_stand_last(ws: Workspace) -> None:
    order = items(ws)
    decide(ws, order[:5])
    decide(ws, order[5:7], "skip", reason="blurred")
    ranked = rank(ws)
    assert len(ranked) == COUNT - 5
    assert [row["reason"] for row in ranked[-2:]] == ["skipped earlier: blurred"] * 2
    assert not any(row["reason"].startswith("skipped") for row in ranked[:-2])


def test_decisions_teach_the_ranking(ws: Workspace) -> None:
    before = [row["sha256"] for row in rank(ws)]
    taught = items(ws)[:12]
    decide(ws, taught)
    after = [row["sha256"] for row in rank(ws)]
    assert set(after) < set(before)
    assert after != [sha for sha in before if sha in set(after)]


def test_none_of_these_and_deactivated_classes_do_not_stop_the_ranking(ws: Workspace) -> None:
    from labeling.workflows import classes

    order = items(ws)
    decide(ws, order[:3], "none_of_these")
    decide(ws, order[3:6], label="4")
    classes.set_active(ws, "digits", "4", active=False)
    prelabel_(ws, "digits")
    assert len(rank(ws)) == COUNT - 6


def test_nothing_left_is_an_empty_queue(ws: Workspace) -> None:
    decide(ws, items(ws))
    assert rank(ws) == []
    assert review.counts(ws, "digits")["remaining"] == 0


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """The sample's truth for the pictures that are in the project; its "none" as we write it."""
    path = tmp_path / "truth.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "label"])
        with zipfile.ZipFile(load("digits").pictures) as archive:
            names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        labels = load("digits").labels()
        for name in names[:: len(names) // COUNT][:COUNT]:
            table.writerow([name, "|".join(labels[name]) or "none_of_these"])
    return path


def test_a_replay_spends_labels_and_ends_with_the_truth(ws: Workspace, truth: Path) -> None:
    job_id = simulate.enqueue(
        ws, "digits", str(truth), ["margin", "random"], budget=20, batch=10, seeds=2
    )
    result = run(ws, job_id)
    assert result["items"] == COUNT
    assert set(result["policies"]) == {"margin", "random"}
    for told in result["policies"].values():
        curve = told["curve"]
        spent = [point["labels"] for point in curve]
        assert spent == sorted(spent)
        assert spent[0] == 0
        assert spent[-1] == 20
        assert all(0 <= point["dataset_accuracy"] <= 1 for point in curve)
        assert curve[-1]["dataset_accuracy"] >= curve[0]["dataset_accuracy"]
        assert set(told["labels_to"]) == {"0.90", "0.95", "0.98"}
    starts = {told["curve"][0]["dataset_accuracy"] for told in result["policies"].values()}
    assert len(starts) == 1, "before any label every policy stands on the zero-shot head"
    assert review.counts(ws, "digits")["verified"] == 0, "a replay decides nothing"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("image,label\nnowhere.png,3\n", "nowhere"),
        ("image,label\n", "no labels"),
        ("picture,digit\n", "image"),
    ],
)
def test_a_truth_that_can_not_be_used_is_told(
    ws: Workspace, tmp_path: Path, rows: str, told: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(rows)
    with pytest.raises(Exception, match=told) as caught:
        run(ws, simulate.enqueue(ws, "digits", str(path), ["margin"]))
    assert "unexpected" not in str(caught.value)


def test_numbers_and_policies_of_a_replay_are_checked(ws: Workspace, truth: Path) -> None:
    for given in ({"budget": 0}, {"batch": 0}, {"seeds": 0}):
        with pytest.raises(InputError):
            simulate.enqueue(ws, "digits", str(truth), ["margin"], **given)
    with pytest.raises(InputError, match="luck"):
        simulate.enqueue(ws, "digits", str(truth), ["luck"])
