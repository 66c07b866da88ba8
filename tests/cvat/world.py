"""A project and its CVAT project with people at work on both, begun anew for each history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from db import lineage
from db.ids import new_id
from labeling.class_names import ClassSpec
from labeling.errors import InputError, PrelabelError
from labeling.workflows import (
    class_moves,
    classes,
    cvat_pull,
    cvat_push,
    projects,
    review,
    second_look,
)
from tests.cvat.both_sides import ELSEWHERE, BothSides
from tests.cvat.helpers import add
from tests.cvat.server import Fault
from tests.workflow.helpers import run


class CutOff(Fault):
    """From the ``after``-th write on, the connection breaks: as if the push were killed there."""

    def __init__(self, after: int, kind: str) -> None:
        super().__init__(kind, times=10**6)
        self.after = after

    def hits(self, request: Any) -> bool:
        if request.method == "GET":
            return False
        self.after -= 1
        return self.after < 0


class World(BothSides):
    """What people do, by name; each action may be done at any time."""

    # Here ---------------------------------------------------------------------------------------

    def decide(self, who: str, number: int, labels: Sequence[int], seen: bool) -> None:
        """Somebody decides: knowing what holds, or as a second opinion."""
        item = self._pick(number)
        now = next((row["id"] for row in self._log(item)["decisions"] if row["in_force"]), None)
        chosen = self._named(labels)
        kind = "correct" if chosen else "none_of_these"
        act = {"id": new_id(), "item": item, "kind": kind, "labels": chosen}
        act |= {"supersedes": now if seen else None}
        review.decide(self.ws, self.people[who], "zoo", [act])

    def undo(self, who: str, number: int) -> None:
        item = self._pick(number)
        own = [row["id"] for row in self._log(item)["decisions"] if row["by"] == who]
        act = {"id": new_id(), "item": item, "kind": "undo", "supersedes": own[-1] if own else None}
        review.decide(self.ws, self.people[who], "zoo", [act])

    def review(self, number: int, labels: Sequence[int]) -> None:
        """A reviewer settles an item, asked or not."""
        item = self._pick(number)
        self._settle(item, self._named(labels))

    def send_back(self, number: int) -> None:
        item = self._pick(number)
        rea, seen = self.people["rea"], self._log(item)["seq"]
        second_look.send_back(self.ws, rea, "zoo", item, "ann", "look again", seen=seen)

    def settle_all(self) -> None:
        """A reviewer settles every second look as ours, theirs, or neither, by turns."""
        most = None if self._mode() == "multi" else 1
        for number, row in enumerate(second_look.waiting(self.ws, "zoo")):
            told = self._log(row["item"])
            names = set(self.names())
            sides = [c[side] for c in told["conflicts"] for side in ("ours", "theirs")]
            sides = [s for s in sides if s and set(s) <= names and (most is None or len(s) <= most)]
            sides.append(sorted(names)[:1])
            self._settle(row["item"], sides[number % len(sides)])

    def _settle(self, item: str, labels: list[str]) -> None:
        seen = self._log(item)["seq"]
        second_look.settle(self.ws, self.people["rea"], "zoo", item, labels, seen=seen)

    def _mode(self) -> str:
        with self.ws.db.read() as session:
            return projects.find(session, "zoo").mode

    def rename(self, number: int) -> None:
        self.made += 1
        classes.rename(self.ws, "zoo", self._named([number])[0], f"class {self.made}")

    def merge(self, first: int, second: int) -> None:
        one, other = self._named([first])[0], self._named([second])[0]
        if one != other:
            class_moves.merge(self.ws, "zoo", [one], other)

    def split(self, number: int) -> None:
        self.made += 1
        parts = [f"part {self.made} a", f"part {self.made} b"]
        class_moves.split(self.ws, "zoo", self._named([number])[0], parts)

    def call_again(self, number: int, new: bool) -> None:
        """Let a class, or a new one, be called as one that was merged or split."""
        name = self._name_that_ended()
        if name is None or self.spoilt is not None:
            return
        if new:
            specs = [ClassSpec(one, one) for one in [*self.names(), name]]
            classes.set_classes(self.ws, "zoo", specs)
        else:
            classes.rename(self.ws, "zoo", self._named([number])[0], name)

    def _name_that_ended(self) -> str | None:
        with self.ws.db.read() as session:
            found = projects.find(session, "zoo")
            ended = lineage.of(found).into
            rows = projects.projects.classes(session, found.id, inactive=True)
        taken = {row.name for row in rows if row.id not in ended}
        return next((r.name for r in rows if r.id in ended and r.name not in taken), None)

    def rest(self, number: int) -> None:
        """Deactivate a class whose label is called as it is there: else nobody would mend that."""
        name = self._named([number])[0]
        if len(self.names()) > 2 and self._id_of(name) != self.spoilt:
            classes.set_active(self.ws, "zoo", name, active=False)

    def new_picture(self) -> None:
        if self.made < 4:
            self.made += 1
            folder = self.ws.settings.root / f"new{self.made}"
            add(self.ws, folder, 1, first=100 + self.made, labels=self.names())

    # There --------------------------------------------------------------------------------------

    def tag(self, number: int, labels: Sequence[int | str], source: str) -> None:
        """Somebody (or a model) gives a frame these labels there."""
        item = self._pick(number)
        if item not in self.frames():
            return
        cvat = self.server.cvat
        batch, frame = self.frames()[item]
        known = self._names_there()
        chosen = {one if isinstance(one, str) else known[one % len(known)] for one in labels}
        if not chosen <= set(known):
            return
        self.there.put((batch.remote_task_id or 0, frame.frame), tuple(sorted(chosen)), source)
        ids = {cvat_id: row["name"] for cvat_id, row in cvat.labels.items()}
        of_label = self._class_of()
        given = {of_label.get(n, f"label:{n}") for n, name in ids.items() if name in chosen}
        same = given == set(frame.sent_labels) or source == "auto"
        self.edits.pop(item, None)
        self.touched = self.touched - {item} if source == "auto" else self.touched | {item}
        if not same and frame.frame not in cvat.deleted[batch.remote_task_id]:
            self.edits[item] = given

    def _names_there(self) -> list[str]:
        cvat = self.server.cvat
        (project_id,) = cvat.projects
        return [r["name"] for r in cvat.labels.values() if r["project_id"] == project_id]

    def model_run(self, number: int, sets: Sequence[Sequence[int]], fewer: bool) -> None:
        """A model annotates the task of an item anew: by turns with these labels, or as it is with
        a label fewer where there are several."""
        frames = self.frames()
        if (item := self._pick(number)) not in frames:
            return
        batch, _ = frames[item]
        task, known = batch.remote_task_id or 0, self._names_there()
        given = [{known[one % len(known)] for one in labels} for labels in sets]
        bears = [self.there.names(task, n) for n in range(len(self.server.cvat.frames[task]))]
        says = [
            bears[n][1:] or bears[n] if fewer else given[n % len(given)] for n in range(len(bears))
        ]
        self.there.run_model(task, *map(sorted, says))
        for other in [x for x, (its, _) in frames.items() if its.id == batch.id]:
            self.edits.pop(other, None)
            self.touched.discard(other)

    def take_away(self, number: int, which: int) -> None:
        """Somebody takes one tag of a frame away; it shows as a person's where others stay that the
        ledger knew beside it."""
        frames = self.frames()
        if (item := self._pick(number)) not in frames:
            return
        cvat, (batch, frame) = self.server.cvat, frames[item]
        task = batch.remote_task_id or 0
        tags = [tag for tag in cvat.tags[task].values() if tag["frame"] == frame.frame]
        if not tags:
            return
        shows = len(tags) == 1 or {tag["id"] for tag in tags} == {*(frame.tag_ids or ())}
        gone = tags.pop(which % len(tags))
        del cvat.tags[task][gone["id"]]
        self.there.touch()
        of_label = self._class_of()
        given = {of_label.get(n, f"label:{n}") for n in (tag["label_id"] for tag in tags)}
        shows &= frame.frame not in cvat.deleted[task] and frame.intended_labels is None
        self.edits.pop(item, None)
        self.touched.add(item)
        if shows and given != set(frame.sent_labels):
            self.edits[item] = given

    def delete_frames(self, frames: Sequence[int]) -> None:
        """Let just these frames be deleted, or be there again."""
        self.there.delete_frames(*frames)
        for item, (_, frame) in self.frames().items():
            if frame.frame in frames:
                self.edits.pop(item, None)

    def move_tasks(self, back: bool) -> None:
        """Move the tasks away, or back."""
        (project_id,) = self.server.cvat.projects
        for row in [*self.server.cvat.tasks.values(), *self.server.cvat.jobs.values()]:
            row["project_id"] = project_id if back else ELSEWHERE
        self.there.touch()

    def delete_task(self) -> None:
        if self.server.cvat.tasks:
            self.server.cvat.delete_task(None, max(self.server.cvat.tasks))

    def spoil_label(self, number: int, gone: bool) -> None:
        """Rename or delete a label there, which stops push and pull until it is mended."""
        name = self._named([number])[0]
        there = [row["name"] for row in self.server.cvat.labels.values()]
        spoilt = self._id_of(name)
        label = next((n for n, class_id in self._class_of().items() if class_id == spoilt), None)
        is_called = self.server.cvat.labels.get(label or 0, {}).get("name") == name
        if self.spoilt is not None or name not in there or not is_called:
            return
        self.spoilt = spoilt
        if gone:
            self.there.delete_label(name)
            self.edits.clear()
            self.touched.update(self.items())
        else:
            self.there.rename_label(name, STRANGE)

    def _id_of(self, name: str) -> str:
        with self.ws.db.read() as session:
            return projects.class_named(session, projects.find(session, "zoo"), name).id

    def mend_label(self) -> None:
        """Undo `spoil_label`, under the name that the class has by now."""
        with self.ws.db.read() as session:
            found = projects.find(session, "zoo").id
            rows = projects.projects.classes(session, found)
            name = next((row.name for row in rows if row.id == self.spoilt), None)
        self.spoilt = None
        there = [row["name"] for row in self.server.cvat.labels.values()]
        if name is None or name in there:
            return
        if STRANGE in there:
            self.there.rename_label(STRANGE, name)
        else:
            self.there.add_label(name)

    # Between ------------------------------------------------------------------------------------

    def pull(self) -> dict[str, Any]:
        """Pull; no decision may come of what models alone did there."""
        before = self.told()
        lead = self.people["lea"]
        told = run(self.ws, cvat_pull.enqueue(self.ws, lead, "zoo", self.server.url))
        assert (self.told() - before).keys() <= self.touched
        return told

    def push(self) -> dict[str, Any]:
        return run(self.ws, cvat_push.enqueue(self.ws, "zoo", self.server.url, job_size=2))

    def killed_push(self, after: int, arrived: bool) -> None:
        """A push that breaks off at one of its writes, which arrived or did not."""
        self.server.faults.append(CutOff(after, "reset_after" if arrived else "reset"))
        try:
            self.push()
        except PrelabelError:
            pass
        finally:
            self.server.faults.clear()


STRANGE = "somebody's"
"""What somebody calls a label there."""


def do(world: World, action: tuple[Any, ...]) -> None:
    """Do one action of a history; what the product refuses is not done."""
    name, *given = action
    try:
        getattr(world, name)(*given)
    except InputError:
        if name in ("pull", "push"):
            raise
    except PrelabelError as error:
        by_a_label = world.spoilt is not None and "the label" in error.what
        if not by_a_label or name not in ("pull", "push"):
            raise
