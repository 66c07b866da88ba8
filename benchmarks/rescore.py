"""From changed prompts to new proposals of 1,000 pictures, against encoding them again.

``python -m benchmarks.rescore [--out FOLDER] [--full]``

A project of 1,000 pictures is pre-labelled once. Then its template or the name of a class changes,
again and again; each time the new texts are encoded as the page does (job encode_texts), and the
pre-labelling job runs:

- proposals: until all proposals are stored; wanted: less than 1 s
- everything: until the queue is ranked as well
- text: encoding the new texts before that
- encoding again: what a tool without a cache does besides, the pictures through the model

Wanted as well: not one picture encoded by all the re-scoring together.
"""

import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.homes import PROJECT, finish, fresh_home, import_from, workplace
from benchmarks.report import Figure, measured, parser, publish
from benchmarks.scenes import numbered, photograph
from labeling.encoders.stream import embed_stream
from labeling.workflows import classes, prelabel, projects
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace

PICTURES = 1_000
ROUNDS = {False: 6, True: 20}
CLASSES = "circle,square,star,ring,cross,stripes,dots,red,green,blue"
MODEL = "embedded"


@dataclass
class Rounds:
    """Wall seconds of each round, by part, and the pictures that re-scoring encoded."""

    text: list[float] = field(default_factory=list)
    proposals: list[float] = field(default_factory=list)
    everything: list[float] = field(default_factory=list)
    encoding_again: list[float] = field(default_factory=list)
    encoded: list[int] = field(default_factory=list)


def main() -> None:
    arguments = parser(__doc__).parse_args()
    found = Rounds()
    with workplace() as work, fresh_home(work, CLASSES) as ws:
        pictures = draw(work / "pictures")
        import_from(ws, work / "pictures")
        finish(ws, prelabel.enqueue(ws, PROJECT))
        for turn in range(ROUNDS[arguments.full]):
            found.encoding_again.append(measured(lambda: encode(ws, pictures)).wall)
            change(ws, turn)
            text_job = prelabel.enqueue_texts(ws, PROJECT)
            found.text.append(measured(partial(finish, ws, text_job)).wall)
            rescore(ws, found)
    again = [e + p for e, p in zip(found.encoding_again, found.proposals, strict=True)]
    figures = [
        Figure("new prompts to 1,000 stored proposals", median(found.proposals), "<= 1", "s"),
        Figure("the same and ranked", median(found.everything), unit="s"),
        Figure("encoding the new texts before", median(found.text), unit="s"),
        Figure(
            "with encoding again / from the cache",
            median(a / p for a, p in zip(again, found.proposals, strict=True)),
        ),
        Figure("pictures encoded by re-scoring", sum(found.encoded), "<= 0", ""),
    ]
    publish("rescore", arguments.out, figures, {"model": MODEL, "rounds": vars(found)})


def draw(folder: Path) -> list[bytes]:
    folder.mkdir()
    scene = photograph(224, 224)
    made = [numbered(scene, number) for number in range(PICTURES)]
    for number, data in enumerate(made):
        (folder / f"{number:04}.jpg").write_bytes(data)
    return made


def change(ws: Workspace, turn: int) -> None:
    """A new template in even turns, a new name for a class in odd ones."""
    if turn % 2 == 0:
        projects.configure(ws, PROJECT, templates=[f"picture {turn} of a {{}}"])
    else:
        name = projects.show(ws, PROJECT)["classes"][0]["name"]
        classes.rename(ws, PROJECT, name, f"disc {turn}")


def rescore(ws: Workspace, found: Rounds) -> None:
    """Run the pre-labelling job and note when the proposals are stored and when it is done."""
    stored: list[float] = []

    def note(job: dict[str, Any]) -> None:
        if job["message"] == "ranking":
            stored.append(time.perf_counter())

    started = time.perf_counter()
    job = run_to_end(ws, prelabel.enqueue(ws, PROJECT), note)
    found.everything.append(time.perf_counter() - started)
    found.proposals.append(stored[0] - started)
    found.encoded.append(job.result["encoded"])


def encode(ws: Workspace, pictures: list[bytes]) -> None:
    loads = ((number, partial(bytes, data)) for number, data in enumerate(pictures))
    for _ in embed_stream(ws.encoder(MODEL), loads):
        pass


if __name__ == "__main__":
    main()
