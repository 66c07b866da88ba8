"""`prelabel learn`: refit the head on the decisions so far, and tell what it has learned."""

from __future__ import annotations

from typing import Any

from app.commands.common import AsJson, Home, ProjectName, follow, say, table, tell, workspace
from labeling.quality.wording import in_words, useless_in_words


def learn(name: ProjectName, home: Home = None, as_json: AsJson = False) -> None:
    """Refit the head on the decisions so far, propose by it and rank by it.

    Happens by itself after each batch of decisions."""
    from labeling.workflows import learn as refit
    from labeling.workflows import learning_figures

    with workspace(home, as_json=as_json) as ws:
        job = refit.enqueue(ws, name)
        result = follow(ws, job, as_json=as_json) | {"job": job}
        figures = learning_figures.of_project(ws, name)
        tell(
            result | {"figures": figures},
            as_json=as_json,
            words=lambda: _told(result, figures),
        )


def _told(result: dict[str, Any], figures: dict[str, Any]) -> None:
    say(
        f"{result['head']}: learned from {result['labels']} labels, "
        f"{result['random_labels']} of them of the random order"
    )
    head = figures["head"]
    if head and head["candidates"]:
        rows = [(c["name"], c["log_loss"], c["low"], c["high"]) for c in head["candidates"]]
        table(("head", "log-loss", "low", "high"), rows)
        say(f"{head['method']} (at {head['chosen_at']:,} labels)")
    told = figures["separability"]
    if told and told["verdict"] == "do_not_separate":
        say(useless_in_words(told))
    for arm in ("policy", "control"):
        points = figures["curves"][arm]
        if points:
            last = points[-1]
            say(f"{arm}: after {last['labels']} labels, audits right: {in_words(last)}")
