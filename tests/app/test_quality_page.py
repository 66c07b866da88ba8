"""The page Quality: says what is not known, and draws what is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from db import heads
from db.ids import new_id
from db.tables import (
    Decision,
    Head,
    ImportBatch,
    Job,
    JobState,
    LearningPoint,
    Project,
    QueueEntry,
    Run,
)
from labeling.roles import Role
from labeling.scoring import calibrate
from labeling.workflows import accounts, class_quality, drift, review
from labeling.workspace import Workspace
from tests.app.pages import Open, texts
from tests.app.seeding import CLASSES, seed
from tests.app.test_pages import wording_of

pytestmark = pytest.mark.slow

ACCURACY = {"estimate": 0.96, "low": 0.93, "high": 0.98, "n": 40, "method": "exact"}
STOP = {
    "decisions": 120,
    "undecided": 60,
    "passed": 2,
    "strata": [
        {"share": 0.1, "imports": 1, "items": 150, "undecided": 28, "passed": 2, "audits": 40},
        {"share": 0.2, "imports": 2, "items": 32, "undecided": 32, "passed": 0, "audits": 0},
    ],
    "target": 0.95,
    "accuracy": ACCURACY,
    "signal": {"stop": True, "target": 0.95, "accuracy": ACCURACY, "decisions": 100},
    "gain": ACCURACY | {"estimate": 0.012, "low": 0.004, "high": 0.02, "decisions": 100},
}
SAVED = {
    "decisions": {
        "accuracy": 0.9, "policy_labels": 40.0, "control_labels": 100.0, "estimate": 60.0,
        "low": 20.0, "high": 90.0, "more_than": True, "n": 40, "method": "resampled",
    },
    "difference": {
        "estimate": 0.05, "low": -0.01, "high": 0.11, "p_value": 0.2, "n": 40, "method": "paired",
        "labels": 40,
    },
}  # fmt: skip


@pytest.fixture
def zoo(workspace: Workspace, tmp_path: Path) -> Workspace:
    seed(
        workspace,
        tmp_path / "pictures",
        12,
    )
    return workspace


def learn(ws: Workspace, *, calibrated: bool) -> None:
    """Store what a refit leaves behind."""
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(7), 40)
    holds = np.eye(7, dtype=bool)[rng.integers(0, 7, 40)]
    reliability = calibrate.fit(shares, holds, several=False).figures
    figures: dict[str, Any] = {"method": "log-loss", "stop": STOP, "saved": SAVED}
    figures["candidates"] = [
        {"name": name, "log_loss": loss, "low": loss - 0.1, "high": loss + 0.1, "macro_f1": score}
        for name, loss, score in (
            ("linear", 0.4, 0.72),
            ("synthesis", 0.5, 0.81),
            ("zero_shot", 0.9, 0.6),
            ("probe:dinov2-s14", 0.7, None),
        )
    ]
    figures |= {"reliability": reliability, "calibration": None}
    if calibrated:
        figures["calibration"] = {"method": "temperature", "parameters": {}}

    def work(session: Any) -> None:
        project = session.scalars(select(Project)).one()
        run = session.scalars(select(Run)).one()
        head = Head(project_id=project.id, model_id=run.model_id, kind="linear", labels=40)
        head.sha256, head.weights, head.figures, head.seq = "0" * 64, b"", figures, 1
        heads.ensure(session, head)
        for arm, right in (("policy", 30), ("control", 24)):
            for labels in (0, 20, 40):
                point = LearningPoint(project_id=project.id, arm=arm, labels=labels, kind="linear")
                point.right, point.n, point.log_loss, point.figures = right, 40, 0.5, {}
                session.add(point)

    ws.db.write(work)


def test_before_the_first_refit_nothing_is_claimed(zoo: Workspace, open_page: Open) -> None:
    page = open_page("quality", "zoo")
    assert not page.exception
    said = texts(page)
    for words in ("Not known yet", "No points yet", "nothing is learned yet", "Not measured yet"):
        assert words in said
    assert "Error of verified labels: **unknown until 20 second looks, none so far**" in said


USELESS = {
    "verdict": "do_not_separate", "kind": "lda", "right": 41, "commonest": 40, "n": 320,
    "gain": 0.003, "low": -0.06, "high": 0.07, "sample": "all", "method": "folds",
}  # fmt: skip


@pytest.mark.parametrize("verdict", ["do_not_separate", "unknown"])
def test_leads_are_told_where_features_tell_no_classes_apart(
    zoo: Workspace, open_page: Open, verdict: str
) -> None:
    learn(zoo, calibrated=False)
    with zoo.db.read() as session:
        head = session.scalars(select(Head.id)).one()
    told = {"separability": USELESS | {"verdict": verdict}}
    zoo.db.write(lambda session: heads.add_figures(session, head, told))
    words = "a head names 41 right, the commonest class alone 40 (-6 to +7 points, 95 %)"
    for address in ("quality", "review"):
        assert (words in texts(open_page(address, "zoo"))) == (verdict == "do_not_separate")


def test_review_of_a_project_that_is_gone_is_left_to_its_component(
    zoo: Workspace, open_page: Open
) -> None:
    page = open_page("review", "nowhere")
    assert not page.exception
    assert not page.error


def test_annotators_are_not_told_that_features_are_useless(
    zoo: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn(zoo, calibrated=False)
    with zoo.db.read() as session:
        head = session.scalars(select(Head.id)).one()
    zoo.db.write(lambda session: heads.add_figures(session, head, {"separability": USELESS}))
    monkeypatch.setattr("app.session.role", lambda: Role.ANNOTATOR)
    assert "commonest class" not in texts(open_page("review", "zoo"))


def test_nothing_more_to_gain_has_no_sign(
    zoo: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    gain = ACCURACY | {"estimate": -0.0001, "low": -0.0002, "high": 0.0001, "decisions": 100}
    monkeypatch.setitem(STOP, "gain", gain)
    learn(zoo, calibrated=False)
    page = open_page("quality", "zoo")
    assert page.metric[1].value == "0.0"
    assert "0.0 to 0.0 points" in texts(page)


@pytest.mark.parametrize("calibrated", [False, True])
def test_what_was_learned_is_told_with_its_intervals(
    zoo: Workspace, open_page: Open, calibrated: bool
) -> None:
    learn(zoo, calibrated=calibrated)
    page = open_page("quality", "zoo")
    assert not page.exception
    assert [metric.value for metric in page.metric] == [
        "96.0%",
        "1.2",
        "stop: reached",
        "60",
        "+5.0",
    ]
    said = wording_of(texts(page))
    for words in (
        "93.0% to 98.0%, 40 audit items",
        "Nothing is known of 32 undecided pictures of 2 imports",
        "20 to 90, to reach 90.0%: 40 by policy, 100 in random order",
        "logistic regression, shrunk to the texts",
        "macro F1 0.81 with them, 0.72 without",
        "temperature" if calibrated else "raw scores",
    ):
        assert words in said
    assert all(all(one.value.columns) for one in page.dataframe)
    table = page.dataframe[-1].value
    assert list(table["Class"]) == [*CLASSES, "none of these"]
    assert ("ECE calibrated" in table) == calibrated


def test_each_class_has_the_audits_of_what_was_proposed_as_it(zoo: Workspace) -> None:
    zoo.db.write(lambda session: session.execute(update(QueueEntry).values(purpose="audit")))
    me = accounts.local_user(zoo)
    told = review.queue(zoo, me, "zoo", 12)["items"]
    acts = [
        {"id": new_id(), "item": one["item"], "kind": "correct", "labels": ["cat"]} for one in told
    ]
    review.decide(zoo, me, "zoo", acts)
    with zoo.db.read() as session:
        blind = session.scalars(select(Decision).where(Decision.blind)).all()
    found = {row["class"]: row for row in class_quality.of_project(zoo, "zoo")}
    audits = {name: row["audit"] for name, row in found.items() if row["audit"]}
    assert sum(one["n"] for one in audits.values()) == len(blind) > 0
    assert audits["cat"]["hits"] == audits["cat"]["n"] == 2
    assert audits["dog"]["hits"] == 0
    assert found["cat"]["verified"] == 12


@pytest.mark.parametrize("different", [False, True])
def test_an_import_that_looks_different_is_said_to_be_uncovered(
    zoo: Workspace, open_page: Open, different: bool
) -> None:
    assert "Imports" not in [header.value for header in open_page("quality", "zoo").header]

    def work(session: Any) -> None:
        batch = session.scalars(select(ImportBatch)).one()
        view = {"effect": 0.3, "p_value": 0.001, "corrected": 0.002}
        row = {"batch": batch.id, "different": different, "embedding": view, "margin": view}
        job = Job(kind=drift.KIND, project_id=batch.project_id, state=JobState.DONE)
        job.parameters, job.result = {}, {"imports": [row], "tests": 2, "method": "energy"}
        session.add(job)

    zoo.db.write(work)
    page = open_page("quality", "zoo")
    assert not page.exception
    assert ("The import of" in texts(page)) == different
    assert ("It has no audit of its own" in texts(page)) == different
    assert list(page.dataframe[-1].value["Looks"]) == ["different" if different else "alike"]
