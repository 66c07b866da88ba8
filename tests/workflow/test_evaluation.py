"""Evaluations as jobs: which truth, what it is good for, and what becomes of uploaded files."""

import json
from pathlib import Path

import pytest

from db import jobs as job_rows
from db.ids import new_id
from labeling.errors import ForbiddenError, InputError, PrelabelError
from labeling.workflows import accounts, evaluation, people, projects, review
from labeling.workflows.evaluation import Truth, TruthFile
from labeling.workspace import Workspace
from tests.workflow.helpers import create, import_, pictures, prelabel_, run
from tests.workflow.test_evaluate import COUNT, DIGITS, proposed_labels
from tests.workflow.test_prelabel import shown

pytestmark = pytest.mark.slow


@pytest.fixture
def zoo(local_ws: Workspace, local_model, tmp_path: Path) -> str:
    name = create(local_ws, "zoo", DIGITS, review={"audit_share": 0.5}, background=[])
    pictures(tmp_path / "in", COUNT)
    import_(local_ws, name, tmp_path / "in")
    prelabel_(local_ws, name)
    return name


def ask(ws: Workspace, truth: str, **given) -> str:
    return evaluation.ask(ws, accounts.local_user(ws), "zoo", truth, **given)


def answer(ws: Workspace, *, blind: bool) -> int:
    """Answer what waits, blind or not, as it is proposed; one of them as another class."""
    me = accounts.local_user(ws)
    offered = review.queue(ws, me, "zoo", COUNT)["items"]
    names = {c["id"]: c["name"] for c in projects.show(ws, "zoo")["classes"]}
    said = {item: names[row[0]] for item, row in shown(ws, "zoo").items()}
    told = [one for one in offered if one["blind"] == blind]
    acts = []
    for n, one in enumerate(told):
        label = said[one["item"]]
        wrong = next(name for name in names.values() if name != label)
        labels = [wrong if n == 0 else label]
        acts.append({"id": new_id(), "item": one["item"], "kind": "correct", "labels": labels})
    assert not review.decide(ws, me, "zoo", acts)["rejected"]
    return len(acts)


def test_audits_and_verified_labels_are_truths_that_say_what_they_hold_for(
    local_ws: Workspace, zoo: str
) -> None:
    with pytest.raises(PrelabelError, match="no blind audit is answered"):
        run(local_ws, ask(local_ws, "audit"))
    audited = answer(local_ws, blind=True)
    openly = answer(local_ws, blind=False)
    assert evaluation.sizes(local_ws, "zoo") == {"audit": audited, "verified": COUNT}
    found = run(local_ws, ask(local_ws, "audit"))
    json.dumps(found, allow_nan=False)
    assert found["n"] == audited == COUNT - openly
    assert found["accuracy"] == pytest.approx(1 - 1 / audited)
    assert found["truth"] == {
        "kind": "audit", "labels": audited, "file": None, "unseen": [],
        "note": evaluation.NOTES[Truth.AUDIT],
    }  # fmt: skip
    every = run(local_ws, ask(local_ws, "verified", unseen=["two"]))
    assert every["n"] == COUNT
    assert every["accuracy"] == pytest.approx(1 - 2 / COUNT)
    assert "not drawn at random" in every["truth"]["note"]
    assert every["harmonic_mean"] == every["seen_and_unseen"]["harmonic_mean"]


def test_unequal_chances_of_audit_are_told(local_ws: Workspace, zoo: str, tmp_path: Path) -> None:
    answer(local_ws, blind=True)
    projects.configure(local_ws, "zoo", review={"audit_share": 0.25})
    import_(local_ws, "zoo", *pictures(tmp_path / "more", 8, first=50))
    found = run(local_ws, ask(local_ws, "audit"))
    assert "different chances, 0.25, 0.5" in found["truth"]["note"]


def test_a_file_is_read_by_the_worker_named_as_uploaded_and_removed(
    local_ws: Workspace, zoo: str, tmp_path: Path
) -> None:
    labels = proposed_labels(local_ws, "zoo")
    rows = zip(sorted((tmp_path / "in").iterdir()), labels, strict=True)
    text = "image,label\n" + "".join(f"{path},{label}\n" for path, label in rows)
    found = run(local_ws, ask(local_ws, "file", file=TruthFile("gold.csv", text.encode())))
    assert (found["accuracy"], found["truth"]["file"]) == (1, "gold.csv")
    broken = ask(local_ws, "file", file=TruthFile("gold.csv", b"image,label\nx.png,zero\n"))
    with pytest.raises(PrelabelError) as caught:
        run(local_ws, broken)
    assert caught.value.what.startswith("line 2 of gold.csv: no item is called 'x.png'")
    with local_ws.db.read() as session:
        upload = job_rows.get(session, broken).parameters["upload"]
    assert not Path(upload).parent.exists()
    assert list((local_ws.settings.root / "uploads").iterdir()) == []


def test_who_may_not_and_what_can_not_be_asked_is_refused(local_ws: Workspace, zoo: str) -> None:
    people.add(local_ws, "ann", "annotator")
    with pytest.raises(ForbiddenError):
        evaluation.ask(local_ws, accounts.user(local_ws, "ann").id, "zoo", "audit")
    with pytest.raises(InputError, match="no truth file"):
        ask(local_ws, "file")
    projects.create(local_ws, "new", [])
    with pytest.raises(InputError):
        evaluation.ask(local_ws, accounts.local_user(local_ws), "new", "audit")
