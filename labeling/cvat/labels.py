"""Our classes and the labels of a CVAT project: what is there, missing, or to be renamed. Pure.

A label belongs to the class that it was made for, by its number, for as long as it is there: its
tags were given in that sense. So no other class ever gets it, whatever the two are called since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count

from labeling.cvat.answers import RemoteLabel

MAX_NAME = 64
"""Characters of a label's name at most."""


@dataclass(frozen=True)
class Known:
    """A label of a class as it was last seen there.

    ``intended``: what it was being called when a push ended before it could note that it was.
    """

    id: int
    name: str
    intended: str | None = None


@dataclass
class LabelPlan:
    """What has to happen to the labels of a CVAT project before anything is synced.

    Attributes:
        by_class: the label of each class (and of `mapping.NONE`) that is there.
        add: classes whose label was never there, with its name.
        rename: labels and what each is to be called, one after the other; a label may come twice,
            where two exchange their names.
        renamed: ``(class id, name there now)``: somebody renamed the label there.
        removed: classes whose label somebody deleted there, with all its tags.
        untaggable: classes whose label there is not for tags.
        taken: new names of classes that a label there has which is none of ours.
    """

    by_class: dict[str, RemoteLabel] = field(default_factory=dict)
    add: dict[str, str] = field(default_factory=dict)
    rename: list[tuple[RemoteLabel, str]] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    untaggable: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


def plan_labels(
    names: Mapping[str, str],
    known: Mapping[str, Known],
    there: Iterable[RemoteLabel],
    former: Mapping[str, str] | None = None,
) -> LabelPlan:
    """Find the label of each class by the id it had; else by name, where it is nobody's yet.

    A label that was deleted and added again is one that bears the name of the class, or its last.

    Args:
        names: name of each class that is to have a label, by id, and of `mapping.NONE`.
        known: the labels of classes as last seen, also of classes that are not in ``names``.
        there: the labels of the CVAT project.
        former: what the label of a class that is not in ``names`` is to be called, should another
            class need its name; a name that is not there yet.
    """
    labels = list(there)
    by_id = {label.id: label for label in labels}
    owner = {last.id: class_id for class_id, last in known.items()}
    nobodys = {label.name.strip(): label for label in labels if label.id not in owner}
    plan = LabelPlan()
    wanted: dict[int, str] = {}
    for class_id, name in names.items():
        last = known.get(class_id)
        label = by_id.get(last.id) if last else nobodys.get(name)
        if label is None and last is not None:
            free = last.name not in names.values()
            label = nobodys.get(name) or (nobodys.get(last.name) if free else None)
        if label is None and last is not None:
            plan.removed.append(class_id)
        elif label is None:
            plan.add[class_id] = name
        elif label.kind not in ("tag", "any"):
            plan.untaggable.append(class_id)
        elif last and label.name not in (name, last.name, last.intended, _parked(label)):
            plan.renamed.append((class_id, label.name))
        else:
            plan.by_class[class_id] = label
            if label.name != name:
                wanted[label.id] = name
    resting = {label.id: (former or {}).get(owner.get(label.id, "")) for label in labels}
    for name in (*wanted.values(), *plan.add.values()):
        holder = next((one for one in labels if one.name == name and one.id not in wanted), None)
        if holder is not None and (aside := resting[holder.id]):
            wanted[holder.id] = aside
        elif holder is not None:
            plan.taken.append(name)
    plan.rename = [] if plan.taken else _in_order(labels, wanted)
    return plan


def former_name(name: str, became: Collection[str], taken: Collection[str]) -> str:
    """What the label of a class that is no more is called, should another class need its name.

    Args:
        name: of the class.
        became: the names of the classes that took its place; none: it was deactivated.
        taken: the names of the labels there.
    """
    what = f"now {next(iter(became))}" if len(became) == 1 else "split" if became else "inactive"
    for number in count(1):
        end = f" ({what[: MAX_NAME // 2]})" + (f" {number}" if number > 1 else "")
        found = name[: MAX_NAME - len(end)].rstrip() + end
        if found not in taken:
            break
    return found


def _in_order(
    labels: Iterable[RemoteLabel], wanted: Mapping[int, str]
) -> list[tuple[RemoteLabel, str]]:
    """Renamings of which each finds its name free; where none does, one label is parked first."""
    by_id = {label.id: label for label in labels}
    called = {label.id: label.name for label in by_id.values()}
    steps: list[tuple[RemoteLabel, str]] = []
    left = dict(wanted)
    while left:
        held = set(called.values())
        number = next((n for n, name in left.items() if name not in held), None)
        if number is None:
            number = next(iter(left))
            called[number] = _parked(by_id[number])
        else:
            called[number] = left.pop(number)
        steps.append((by_id[number], called[number]))
    return steps


def _parked(label: RemoteLabel) -> str:
    """What a label is called between two names."""
    return f"prelabel {label.id}"
