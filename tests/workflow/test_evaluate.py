"""Proposals against a truth file: every figure from what is stored, whatever proposed it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from db import proposals
from db.images import ids_by_path
from db.projects import class_names, show_run
from db.tables import Head, Model, Proposal, Run
from labeling.class_names import parse
from labeling.errors import InputError
from labeling.heads.linear import ZeroShotHead
from labeling.heads.storage import dump
from labeling.workflows import classes, evaluate, projects
from labeling.workflows.projects import find
from labeling.workflows.recipes import head_spec, recipe_id
from labeling.workspace import Workspace
from tests.workflow.helpers import create, import_, pictures, prelabel_
from tests.workflow.test_prelabel import shown

DIGITS = "zero,one,two"
COUNT = 12


@pytest.fixture
def zoo(ws: Workspace, model, tmp_path: Path) -> str:
    pictures(tmp_path / "in", COUNT)
    name = create(ws, "zoo", DIGITS, background=[])
    import_(ws, name, tmp_path / "in")
    prelabel_(ws, name)
    return name


def write_truth(tmp_path: Path, labels: list[str]) -> Path:
    path = tmp_path / "truth.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "label"])
        rows.writerows(
            zip(sorted(str(p) for p in (tmp_path / "in").iterdir()), labels, strict=True)
        )
    return path


def proposed_labels(ws: Workspace, name: str) -> list[str]:
    """What is proposed for the pictures, by path; empty for none of these."""
    with ws.db.read() as session:
        project = find(session, name)
        names = class_names(session, project.id)
        paths = {item: path for path, [item] in ids_by_path(session, project.id).items()}
    by_path = {paths[item]: names.get(row[0], "") for item, row in shown(ws, name).items()}
    return [by_path[path] for path in sorted(by_path)]


def test_what_is_proposed_is_all_right_against_itself(
    ws: Workspace, zoo: str, tmp_path: Path
) -> None:
    labels = proposed_labels(ws, zoo)
    found = evaluate.evaluate(ws, zoo, write_truth(tmp_path, labels))
    json.dumps(found, allow_nan=False)
    assert (found["n"], found["accuracy"], found["macro_f1"]) == (COUNT, 1, 1)
    assert found["head"] == "zero_shot"
    assert found["raw"] is None
    scores = [row[1] for row in shown(ws, zoo).values()]
    assert found["ece"] == pytest.approx(expected_ece(scores, np.ones(COUNT)), abs=1e-4)
    counts = np.array(found["confusion"]["counts"])
    assert found["confusion"]["names"] == ["zero", "one", "two", "none_of_these"]
    assert np.trace(counts) == counts.sum() == COUNT
    assert found["intervals"]["accuracy"] == {"low": 1, "high": 1}
    assert sum(one["n"] for one in found["reliability"]) == COUNT
    assert {name: c["support"] for name, c in found["per_class"].items()} == {
        name: labels.count(name) for name in ("zero", "one", "two")
    }


def expected_ece(scores, right, bins: int = 15) -> float:
    scores, right = np.array(scores), np.array(right, dtype=float)
    place = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = [abs((scores - right)[place == b].sum()) for b in range(bins)]
    return sum(gaps) / len(scores)


def test_none_of_these_is_an_answer_of_the_truth(ws: Workspace, zoo: str, tmp_path: Path) -> None:
    labels = proposed_labels(ws, zoo)
    found = evaluate.evaluate(ws, zoo, write_truth(tmp_path, ["", *labels[1:]]))
    assert found["accuracy"] == pytest.approx(1 - 1 / COUNT)
    assert sum(found["confusion"]["counts"][3]) == 1
    projects.configure(ws, zoo, background=["a photo of something else"])
    prelabel_(ws, zoo)
    labels = proposed_labels(ws, zoo)
    again = evaluate.evaluate(ws, zoo, write_truth(tmp_path, labels))
    assert "" in labels
    assert again["accuracy"] == 1
    assert again["confusion"]["counts"][3][3] == labels.count("")
    assert found["intervals"]["accuracy"]["low"] < found["accuracy"]


def test_seen_and_unseen_classes_are_told_apart(ws: Workspace, zoo: str, tmp_path: Path) -> None:
    labels = ["zero"] * 4 + ["one"] * 4 + ["two"] * 4
    proposed = proposed_labels(ws, zoo)
    found = evaluate.evaluate(ws, zoo, write_truth(tmp_path, labels), ["Two"])
    share = {
        c: sum(p == c for p, t in zip(proposed, labels, strict=True) if t == c) / 4
        for c in DIGITS.split(",")
    }
    seen, unseen = (share["zero"] + share["one"]) / 2, share["two"]
    both = 2 * seen * unseen / (seen + unseen) if seen + unseen else 0
    compared = found["seen_and_unseen"]
    assert (compared["seen"], compared["unseen"]) == (seen, unseen)
    assert found["harmonic_mean"] == compared["harmonic_mean"] == pytest.approx(both)
    assert compared["zero_shot"] == 1  # among one unseen class there is no other answer
    for wrong in (["three"], ["zero", "one", "two"]):
        with pytest.raises(InputError):
            evaluate.evaluate(ws, zoo, tmp_path / "truth.csv", wrong)


def test_a_head_that_learned_is_named_and_compared_with_its_raw_scores(
    ws: Workspace, zoo: str, tmp_path: Path
) -> None:
    def work(session) -> None:
        project = find(session, zoo)
        base = session.get_one(Run, project.run_id)
        model = session.get_one(Model, base.model_id)
        learned = dump(ZeroShotHead(np.eye(3, model.dim), 5.0))
        head = Head(
            project_id=project.id,
            model_id=model.id,
            kind="linear",
            sha256="a" * 64,
            weights=learned,
            figures={},
        )
        session.add(head)
        session.flush()
        parameters = {"method": "temperature", "several": False, "temperature": 3.0, "shift": 0.0}
        spec = proposals.recipe(session, base.recipe_id).spec
        told = {"parameters": parameters}
        spec = head_spec(spec, base.recipe_id, "linear", "a" * 64, told, [model])
        proposals.ensure_recipe(session, recipe_id(spec), spec)
        run = Run(
            project_id=project.id,
            recipe_id=recipe_id(spec),
            model_id=model.id,
            revision=base.revision,
            head_id=head.id,
        )
        session.add(run)
        session.flush()
        rows = proposals.of_items(session, base.id, list(shown_items))
        proposals.add_proposals(session, [row_of(run.id, one) for one in rows.values()])
        show_run(session, project.id, run.id)

    shown_items = shown(ws, zoo)
    ws.db.write(work)
    found = evaluate.evaluate(ws, zoo, write_truth(tmp_path, proposed_labels(ws, zoo)))
    assert found["head"] == "linear"
    assert found["accuracy"] == 1
    assert found["raw"]["brier"] != found["brier"]


def row_of(run_id: str, proposal: Proposal) -> dict:
    kept = ("item_id", "class_id", "score", "margin", "entropy", "none_score", "chosen", "top")
    return {"run_id": run_id} | {column: getattr(proposal, column) for column in kept}


def test_classes_of_a_multi_label_project_are_not_told_apart(
    ws: Workspace, model, tmp_path: Path
) -> None:
    pictures(tmp_path / "in", 4)
    name = create(ws, "many", "red,blue,green", mode="multi")
    import_(ws, name, tmp_path / "in")
    prelabel_(ws, name)
    path = write_truth(tmp_path, ["red|blue", "", "green", "red"])
    found = evaluate.evaluate(ws, name, path)
    json.dumps(found, allow_nan=False)
    assert found["confusion"] is None
    assert 0 <= found["per_class"]["red"]["auc"] <= 1
    assert sum(one["n"] for one in found["reliability"]) == 4 * 3
    with pytest.raises(InputError, match="single-label"):
        evaluate.evaluate(ws, name, path, ["red"])


def test_a_class_that_came_later_has_no_score_yet(ws: Workspace, zoo: str, tmp_path: Path) -> None:
    labels = proposed_labels(ws, zoo)
    classes.set_classes(ws, zoo, parse(DIGITS + ",three"))
    found = evaluate.evaluate(ws, zoo, write_truth(tmp_path, ["three", *labels[1:]]))
    three = found["per_class"]["three"]
    assert three.pop("intervals")["recall"]["high"] < 1
    assert three | {"ece": 0, "brier": 0} == {
        "precision": 0, "recall": 0, "f1": 0, "mcc": 0, "support": 1, "auc": 0.5, "ece": 0,
        "brier": 0,
    }  # fmt: skip
    assert found["accuracy"] == pytest.approx(1 - 1 / COUNT)
