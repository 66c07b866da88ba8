"""Thresholds of a multi-label project: what they propose is what everybody is told."""

import numpy as np
import pytest
from sqlalchemy import update

from db import proposals
from db.tables import Proposal
from labeling.heads.linear import MultiLabelHead
from labeling.workflows import figures, grid, review
from labeling.workflows.projects import find
from labeling.workflows.proposing import proposal_rows
from labeling.workflows.trained_heads import CalibratedScores, proposer
from labeling.workspace import Workspace
from tests.rows import seed


def test_proposals_are_what_reaches_its_own_threshold(ws: Workspace) -> None:
    seeded = seed(ws.db, 2, mode="multi")
    cat, dog, bird = seeded.classes.values()
    low, high = seeded.items

    def work(session) -> None:
        top = [[bird, 0.2], [dog, 0.7], [cat, 0.6]]
        one = update(Proposal).where(Proposal.item_id == low)
        session.execute(one.values(class_id=bird, top=top, chosen=1))
        rest = update(Proposal).where(Proposal.item_id == high)
        session.execute(rest.values(class_id=None, top=top, chosen=0))

    ws.db.write(work)
    ann = seeded.people["ann"]
    page = grid.page(ws, ann, seeded.name, "bird", client="tab")
    waiting = {one["label"]: one["waiting"] for one in page["labels"]}
    assert waiting == {"bird": 1, "none_of_these": 1}
    [item] = page["items"]
    assert (item["item"], item["labels"]) == (low, ["bird"])
    assert item["score"] == pytest.approx(0.2 * 0.3 * 0.4)
    offered = review.queue(ws, ann, seeded.name, limit=5, client="tab")["items"]
    told = {one["item"]: [p["label"] for p in one["proposals"] if p["chosen"]] for one in offered}
    assert told == {low: ["bird"], high: []}
    with ws.db.read() as session:
        project = find(session, seeded.name)
        rows = proposals.of_items(session, project.run_id, seeded.items)
        assert figures.proposed(project, rows[low]) == {bird}
        assert figures.proposed(project, rows[high]) == set()


def test_a_head_proposes_by_the_thresholds_of_its_calibration() -> None:
    texts = np.eye(3)
    X = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    raw = MultiLabelHead(texts, 4.0, -3.0)  # sigmoid(1) = 0.73 on its own text, 0.05 elsewhere
    parameters = {"method": "none", "several": True, "thresholds": [0.9, 0.5, 0.04]}
    for calibration, chosen in ((None, [1, 1]), (parameters, [1, 1])):
        rows = proposal_rows(
            "run", ["a", "b"], ["x", "y", "z"], proposer(CalibratedScores(raw, calibration), 0)(X)
        )
        assert [row["chosen"] for row in rows] == chosen
        labels = [[class_id for class_id, _ in row["top"][: row["chosen"]]] for row in rows]
        assert labels == ([["x"], ["z"]] if calibration is None else [["z"], ["z"]])
    nothing = CalibratedScores(raw, parameters | {"thresholds": [0.9, 0.9, 0.9]})
    [row, _] = proposal_rows("run", ["a", "b"], ["x", "y", "z"], proposer(nothing, 0)(X))
    assert (row["class_id"], row["chosen"]) == (None, 0)


def test_a_single_label_proposal_counts_its_class_or_none_of_these() -> None:
    class Sure:
        multilabel, n_classes = False, 2

        def predict_proba(self, X):
            return X

    X = np.array([[0.7, 0.2, 0.1], [0.2, 0.1, 0.7]])
    rows = proposal_rows("run", ["a", "b"], ["x", "y"], proposer(Sure(), None)(X))
    assert [(row["class_id"], row["chosen"]) for row in rows] == [("x", 1), (None, 0)]
