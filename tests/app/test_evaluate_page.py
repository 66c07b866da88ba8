"""The page Evaluate: says what is lacking, asks for a job, draws what it found."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from db.tables import Job, JobState, Project, utc_now
from labeling.quality.class_intervals import METHOD, intervals
from labeling.scoring.evaluation import Judged, evaluate
from labeling.scoring.unseen import SeenAndUnseen
from labeling.workflows import evaluation, jobs
from labeling.workspace import Workspace
from tests.app.pages import Open, press, texts
from tests.app.seeding import CLASSES, seed

pytestmark = pytest.mark.slow


@pytest.fixture
def zoo(workspace: Workspace, tmp_path: Path) -> Workspace:
    seed(workspace, tmp_path / "pictures", 12)
    return workspace


def result(classes: int, *, calibrated: bool = True, several: bool = False) -> dict[str, Any]:
    """What an evaluation of random proposals returns."""
    rng = np.random.default_rng(0)
    names = [*CLASSES, *(f"class {n}" for n in range(len(CLASSES), classes))][:classes]
    n = 30 * classes
    true = rng.integers(0, classes, n)
    said = np.where(rng.random(n) < 0.8, true, rng.integers(0, classes, n))
    shares = 0.3 / (classes - 1) * np.ones((n, classes))
    shares[np.arange(n), said] = 0.7
    marks, proposed = np.eye(classes, dtype=bool)[true], np.eye(classes, dtype=bool)[said]
    found = evaluate(Judged(names, shares, marks, proposed, several))
    for figures, between in zip(
        found["per_class"].values(), intervals(marks, proposed), strict=True
    ):
        figures["intervals"] = {key: one._asdict() for key, one in between.items()}
    found["intervals"]["per_class_method"] = METHOD
    raw = {key: found[key] for key in ("ece", "brier", "reliability")} if calibrated else None
    truth = {"kind": "audit", "labels": n + 2, "file": None, "unseen": ["owl"]}
    truth["note"] = evaluation.NOTES[evaluation.Truth.AUDIT]
    return found | {"head": "linear", "raw": raw, "truth": truth, "project": "zoo"}


def done(ws: Workspace, found: dict[str, Any] | None, **values: Any) -> None:
    def work(session: Any) -> None:
        project = session.scalars(select(Project)).one()
        job = Job(kind=evaluation.KIND, project_id=project.id, parameters={"truth": "audit"})
        job.state, job.result, job.finished_at = JobState.DONE, found or {}, utc_now()
        for name, value in values.items():
            setattr(job, name, value)
        session.add(job)

    ws.db.write(work)


def test_before_anything_is_decided_it_says_what_comes_first(
    zoo: Workspace, open_page: Open
) -> None:
    page = open_page("evaluate", "zoo")
    assert not page.exception
    assert "Nothing is evaluated yet" in texts(page)
    assert "No blind audit is answered yet" in texts(page)
    assert [button.disabled for button in page.button if button.label == "Evaluate"] == [True]
    page.radio(key="evaluation-truth").set_value("file").run()
    assert "Choose a file first" in texts(page)


def test_without_proposals_it_leads_to_pre_labeling(
    workspace: Workspace, tmp_path: Path, open_page: Open
) -> None:
    seed(workspace, tmp_path / "pictures", 2, prelabeled=False)
    page = open_page("evaluate", "zoo")
    assert "No proposals yet" in texts(page)
    assert not page.radio


def test_a_press_puts_a_job_in_line(
    zoo: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "sizes", lambda *_: {"audit": 3, "verified": 5})
    page = open_page("evaluate", "zoo")
    assert list(page.radio(key="evaluation-truth").options)[:2] == [
        "Blind audits (3)",
        "All verified labels (5)",
    ]
    page.multiselect(key="evaluation-unseen").select("owl").run()
    page = press(page, "Evaluate")
    [job] = jobs.recent(zoo, "zoo", kind=evaluation.KIND)
    assert job["state"] == "queued"
    assert "Evaluation" in texts(page)


@pytest.mark.parametrize("classes", [6, 25])
def test_a_result_is_drawn_with_its_intervals(
    zoo: Workspace, open_page: Open, classes: int
) -> None:
    compared = asdict(SeenAndUnseen(0.8, 0.5, 0.6, 0.7))
    found = result(classes) | {"seen_and_unseen": compared, "harmonic_mean": 0.6}
    done(zoo, json.loads(json.dumps(found)))
    page = open_page("evaluate", "zoo")
    assert not page.exception
    said = texts(page)
    between = found["intervals"]["accuracy"]
    for words in (
        f"{between['low']:.1%} to {between['high']:.1%}",
        "Confusion matrix", "Reliability", "By class", "Hubs",
        "2 labels without a proposal left out",
        "Clopper",
    ):  # fmt: skip
        assert words in said
    metrics = {one.label: one.value for one in page.metric}
    assert metrics["Pictures right"] == f"{found['accuracy']:.1%}"
    assert metrics["Harmonic mean"] == "60.0%"
    assert ("The 20 answers that are confused most" in said) == (classes > 20)
    confused = page.dataframe[0].value
    assert list(confused["Pictures"]) == sorted(confused["Pictures"], reverse=True)
    assert len(page.get("download_button")) == 1


def test_several_labels_have_no_confusion_matrix_and_raw_scores_no_second_curve(
    zoo: Workspace, open_page: Open
) -> None:
    done(zoo, json.loads(json.dumps(result(6, calibrated=False, several=True))))
    page = open_page("evaluate", "zoo")
    assert not page.exception
    assert "Confusion matrix" not in texts(page)
    assert "no calibration made them better" in texts(page)


def test_a_failed_evaluation_says_why_and_earlier_ones_stay(
    zoo: Workspace, open_page: Open
) -> None:
    done(zoo, json.loads(json.dumps(result(6))))
    error = {"what": "line 2 of gold.csv: no item is called 'x'", "fix": "Give its path."}
    done(zoo, None, state=JobState.FAILED, error=error)
    page = open_page("evaluate", "zoo")
    assert any("no item is called" in one.value for one in page.error)
    assert "Confusion matrix" in texts(page)
