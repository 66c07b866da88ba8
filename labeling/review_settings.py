"""How the review of a project is set: shares of blind and second looks, what the keys mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from labeling.errors import InputError

DIGITS = ("rank", "code")
CONSENSUS = ("auto", "people", "crowdlab")


@dataclass(frozen=True)
class ReviewSettings:
    """Frozen settings of a project; the defaults hold where nothing is stored.

    Args:
        audit_share: share of each import batch that is drawn for blind decision, 0 to 1.
        overlap_share: share of decided items that goes blind to further people, 0 to 1.
        overlap_people: how many people in all decide such an item, 2 to 10.
        probe_share: share of verified items shown to somebody else with a wrong proposal, 0 to 0.2.
        gold_share: gold items mixed in blind, as a share of a person's first decisions, 0 to 0.5.
        recheck_share: share of items on which two people agreed that goes blind to a reviewer,
            0 to 1.
        sample_share: share of verified items drawn for the second look of a reviewer, 0 to 1.
        control_share: share of the queue that comes by the permanent random order, 0 to 1.
        confident_share: share of the waiting items, those with the surest proposals of each class,
            that the single view shows last: they are for the grid; 0 to 1.
        target_accuracy: how much of the whole dataset is to be right before work stops, 0.5 to 1.
        alike_threshold: cosine from which two pictures look alike to the project's model, 0.8 to 1;
            1: none do.
        alike_stacks: whether the grid stacks what looks alike, so that one decision can serve the
            stack after it was opened.
        generate_rare: whether a generative model of vectors competes among the heads where classes
            have few labels; it takes minutes of CPU at each choice of a head.
        shortest_seconds: viewing time below which Enter does not count, 0 to 30; 0: none.
        rest_minutes: minutes of work after which the page reminds of a rest, 0: never.
        consensus: what differing answers are weighed by: "people" alone, people and the head
            together ("crowdlab"), or "auto": whichever was better where reviewers settled.
        digits: whether digits choose proposals by "rank" or classes by their "code".
    """

    audit_share: float = 0.05
    overlap_share: float = 0.05
    overlap_people: int = 2
    probe_share: float = 0.01
    gold_share: float = 0.05
    recheck_share: float = 0.1
    sample_share: float = 0.0
    control_share: float = 0.1
    confident_share: float = 0.25
    target_accuracy: float = 0.95
    alike_threshold: float = 0.99
    alike_stacks: bool = False
    generate_rare: bool = False
    shortest_seconds: float = 0.0
    rest_minutes: int = 50
    consensus: str = "auto"
    digits: str = "rank"

    def as_dict(self) -> dict[str, Any]:
        """The settings as they are stored and sent."""
        return asdict(self)


LIMITS: dict[str, tuple[float, float]] = {
    "audit_share": (0, 1),
    "overlap_share": (0, 1),
    "overlap_people": (2, 10),
    "probe_share": (0, 0.2),
    "gold_share": (0, 0.5),
    "recheck_share": (0, 1),
    "sample_share": (0, 1),
    "control_share": (0, 1),
    "confident_share": (0, 1),
    "target_accuracy": (0.5, 1),
    "alike_threshold": (0.8, 1),
    "shortest_seconds": (0, 30),
    "rest_minutes": (0, 480),
}


CHOICES = {"digits": DIGITS, "consensus": CONSENSUS}


def read(stored: Mapping[str, Any]) -> ReviewSettings:
    """The settings that a project has stored, with the defaults for the rest.

    Raises:
        InputError: a name is not known, or a value can't be used.
    """
    known = {field.name for field in fields(ReviewSettings)}
    for name, value in stored.items():
        if name not in known:
            raise InputError(f"the review setting {name!r} is not known")
        _check(name, value)
    return ReviewSettings(**stored)


def _check(name: str, value: Any) -> None:
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise InputError(f"{name} can be {' or '.join(CHOICES[name])}, not {value!r}")
        return
    if isinstance(getattr(ReviewSettings, name), bool):
        if not isinstance(value, bool):
            raise InputError(f"{name} is either true or false, not {value!r}")
        return
    low, high = LIMITS[name]
    whole = isinstance(getattr(ReviewSettings, name), int)
    number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise InputError(f"{name} must be between {low:g} and {high:g}, not {value!r}")
