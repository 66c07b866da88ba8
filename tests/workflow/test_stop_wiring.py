"""The interval of the stop signal through the real workflow, against what is true of the dataset.

Real database, queue, decisions, refits and rankings; only the vectors are made up, so that the
truth of every item is known.
"""

import hashlib
import random
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from scipy.stats import binom
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import images, proposals
from db.ids import new_id
from db.projects import class_names
from db.tables import VERIFIED, ImportBatch, Item, Purpose, QueueEntry, utc_now
from labeling.class_names import parse
from labeling.workflows import draws, embed, learn, learning_figures, projects, review
from labeling.workflows.accounts import local_user
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, _picture
from tests.workflow.helpers import prelabel_, run

PROJECTS = 14
ITEMS, CLASSES, DIM = 400, ("ant", "bee", "cow", "dog", "eel"), 16
SHARES = (0.4, 0.25, 0.15, 0.12, 0.08)
NOISE = 0.42
TARGET = 0.85
REVIEW = NO_CHECKS | {"audit_share": 0.2, "control_share": 0.1, "target_accuracy": TARGET}
REFITS, BATCH = 4, 40
ALLOWED = int(binom.ppf(0.999, PROJECTS, 0.05))
"""Of so many intervals of 95 % chance lets no more miss, but once in a thousand."""


class MadeUp:
    """An encoder whose texts lie near the means of their classes; its pictures are stored."""

    name, preprocessing, dtype, device = "embedded", "none", "float32", "cpu"
    dim, image_size, batch_size = DIM, 32, 8
    objective, logit_scale, logit_bias = "softmax", 8.0, None

    def __init__(self, seed: int) -> None:
        self.weights_hash = f"{seed:064d}"
        self._chance = np.random.default_rng(seed)
        self.means = unit(self._chance.normal(size=(len(CLASSES), DIM)))
        self._texts = unit(self.means + 0.25 * self._chance.normal(size=self.means.shape))

    def pictures(self, truth: np.ndarray) -> np.ndarray:
        """Vectors of pictures of some classes."""
        return unit(self.means[truth] + NOISE * self._chance.normal(size=(len(truth), DIM)))

    def encode_texts(self, texts) -> np.ndarray:
        known = [next((n for n, name in enumerate(CLASSES) if name in text), 0) for text in texts]
        return self._texts[known]

    def unknown_words(self, _text: str) -> list[str]:
        return []


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class Work:
    """A project with a truth, and a person who knows it."""

    def __init__(self, ws: Workspace, seed: int) -> None:
        self.ws, self.seed, self.name = ws, seed, f"project {seed}"
        encoder = MadeUp(seed)
        ws._encoders["embedded"] = encoder
        projects.create(ws, self.name, parse(",".join(CLASSES)))
        projects.configure(ws, self.name, review=REVIEW, policy="margin", background=[])
        truth = np.random.default_rng([seed, 1]).choice(len(CLASSES), ITEMS, p=SHARES)
        ids = [str(UUID(int=seed * ITEMS + n)) for n in range(ITEMS)]
        self.truth = {item: CLASSES[n] for item, n in zip(ids, truth, strict=True)}
        shas = [hashlib.sha256(item.encode()).hexdigest() for item in ids]
        ws.db.write(lambda session: self._import(session, ids, shas))
        self._embed(encoder, encoder.pictures(truth), shas)
        prelabel_(ws, self.name)
        self.answer_audits()

    def answer_audits(self) -> None:
        """Answer the blind audit before anything else."""
        waiting = select(QueueEntry.item_id).where(
            QueueEntry.purpose == Purpose.AUDIT, QueueEntry.item_id.in_(self.truth)
        )
        with self.ws.db.read() as session:
            items = session.scalars(waiting.order_by(QueueEntry.rank)).all()
        self._send([{"item": item, "kind": "correct"} for item in items])

    def decide(self, count: int) -> None:
        """Answer what the queue offers."""
        for _ in range(count // 20):
            offered = review.queue(self.ws, local_user(self.ws), self.name, 20)["items"]
            kinds = {True: "confirm", False: "correct"}
            self._send(
                [
                    {"item": one["item"], "run": one["run"]}
                    | {"kind": kinds[one["proposal"] == self.truth[one["item"]]]}
                    for one in offered
                ]
            )

    def _send(self, acts: list[dict[str, Any]]) -> None:
        whole = [one | {"id": new_id(), "labels": [self.truth[one["item"]]]} for one in acts]
        assert not review.decide(self.ws, local_user(self.ws), self.name, whole)["rejected"]

    def told(self) -> dict[str, Any]:
        """Refit; the outlook that the page shows."""
        run(self.ws, learn.enqueue(self.ws, self.name))
        found = learning_figures.of_project(self.ws, self.name)["stop"]
        assert found["decisions"] + found["undecided"] + found["passed"] == ITEMS
        return found

    def accuracy(self) -> float:
        """How much of the dataset is right: what people decided, and the shown proposals."""
        with self.ws.db.read() as session:
            project = projects.find(session, self.name)
            names = class_names(session, project.id)
            said = proposals.of_items(session, project.run_id or "", self.truth)
            query = select(Item.id).where(Item.project_id == project.id, Item.state.in_(VERIFIED))
            decided = set(session.scalars(query))
        right = [
            item in decided or names.get(said[item].class_id) == label
            for item, label in self.truth.items()
        ]
        return float(np.mean(right))

    def _import(self, session: Session, ids: list[str], shas: list[str]) -> None:
        project, now = projects.find(session, self.name), utc_now()
        batch = ImportBatch(project_id=project.id, sources=[], imported=len(ids))
        session.add(batch)
        session.flush()
        images.add_images(session, [_picture(sha, now) for sha in shas])
        ranks = np.random.default_rng([self.seed, 2]).random(len(ids)).tolist()
        shared = {"project_id": project.id, "batch_id": batch.id, "created_at": now}
        shared["state"] = "unlabeled"
        rows = zip(ids, shas, ranks, strict=True)
        images.add_items(
            session,
            [shared | {"id": id_, "sha256": sha, "random_rank": rank} for id_, sha, rank in rows],
        )
        draws.draw_audit(session, batch, now)
        batch.finished_at = now

    def _embed(self, encoder: MadeUp, vectors: np.ndarray, shas: list[str]) -> None:
        model = embed.register(self.ws, encoder, "made up")
        with self.ws.embeddings(model.id, model.dim, 0, writer=True) as store:
            first = store.append(vectors)
        self.ws.db.write(lambda s: proposals.add_embeddings(s, model.id, shas, first))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_is_told_holds_in_simulated_projects_at_each_refit_and_at_stop(
    local_ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draws.secrets, "randbits", random.Random(5).getrandbits)
    missed, stops, missed_stops = np.zeros(REFITS, int), 0, 0
    for seed in range(PROJECTS):
        work, stopped = Work(local_ws, seed), False
        for refit in range(REFITS):
            work.decide(BATCH)
            told, true = work.told(), work.accuracy()
            missed[refit] += not holds(told["accuracy"], true)
            signal = told["signal"]
            if signal and signal["stop"] and not stopped:
                stopped, stops = True, stops + 1
                missed_stops += not holds(signal["accuracy"], true)
    assert (missed <= ALLOWED).all(), missed
    assert stops >= PROJECTS / 2, "too few say stop to tell anything"
    assert missed_stops <= ALLOWED


def holds(accuracy: dict[str, Any], true: float) -> bool:
    return accuracy["low"] - 1e-9 <= true <= accuracy["high"] + 1e-9
