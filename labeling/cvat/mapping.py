"""Our labels and CVAT's tags, frame by frame: translation, differences, three-way merge. Pure.

Labels are sets of class ids; the set ``{NONE}`` says "none of these", which is a label of its own
there, so that no tag at all can mean that somebody removed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from labeling.cvat.answers import Tag

NONE = "none_of_these"
"""Stands for "none of these" among class ids, and is the name of its label there."""
STRANGER = "label:"
"""Begins what stands for a label there that is no class here, followed by its number."""
DELETED = "deleted_frame"
"""Stands, alone, for whatever a frame bears that somebody deleted there."""
OURS = "auto"
"""Source of the tags that we, or models in CVAT, write: those of people are manual or semi-auto."""

Labels = frozenset[str]
NOTHING: Labels = frozenset()


class Step(StrEnum):
    """What becomes of a frame.

    ``keep``: both sides agree. ``push``: ours goes there. ``take``: theirs comes here.
    ``conflict``: both have changed, to different labels. ``removed``: somebody took the tag away.
    ``machine``: a model there changed what nobody has decided here; it stays as it is on both.
    ``excluded``: somebody deleted the frame. ``ambiguous``: several labels where one can be, none
    of these beside others, or a label that is no class here. What a reviewer has settled is neither
    excluded nor ambiguous any more.
    """

    KEEP = "keep"
    PUSH = "push"
    TAKE = "take"
    CONFLICT = "conflict"
    REMOVED = "removed"
    MACHINE = "machine"
    EXCLUDED = "excluded"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True)
class Theirs:
    """What a frame bears there.

    Attributes:
        labels: known classes.
        strangers: ids of labels that are no class here.
        tags: all tags.
        guessed: those of ``labels`` all of whose tags have the source auto.
        deleted: somebody deleted the frame; its tags count no more.
    """

    labels: Labels = NOTHING
    strangers: frozenset[int] = frozenset()
    tags: tuple[Tag, ...] = ()
    guessed: Labels = NOTHING
    deleted: bool = False

    @property
    def human(self) -> bool:
        """Whether any tag is manual or semi-auto: a person was at it, a hint and no proof."""
        return any(tag.source in ("manual", "semi-auto") for tag in self.tags)

    @property
    def is_by_models(self) -> bool:
        """Whether all tags have the source auto."""
        return all(tag.source == OURS for tag in self.tags)

    @property
    def tag_ids(self) -> frozenset[int]:
        """The ids of all tags."""
        return frozenset(tag.id for tag in self.tags)

    @property
    def everything(self) -> Labels:
        """The labels, and ``label:`` with its number for what is no class here; or `DELETED`."""
        if self.deleted:
            return frozenset({DELETED})
        return self.labels | {f"{STRANGER}{number}" for number in self.strangers}

    def is_answer(self, *, multi: bool) -> bool:
        """Whether this is what a person can have meant: a label, or several where they may be."""
        if self.deleted or self.strangers or not self.labels:
            return False
        return not _contradicts(self.labels, multi)


@dataclass(frozen=True)
class Changes:
    """What to write so that frames bear what they should."""

    update: tuple[Tag, ...] = ()
    create: tuple[Tag, ...] = ()
    delete: tuple[Tag, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.update or self.create or self.delete)


def theirs_by_frame(
    tags: Iterable[Tag], class_of: Mapping[int, str], deleted: Iterable[int] = ()
) -> dict[int, Theirs]:
    """What each frame bears that has tags or is deleted.

    Args:
        tags: of a task.
        class_of: class id (or `NONE`) by label id.
        deleted: frames that somebody deleted.
    """
    of_frame: dict[int, list[Tag]] = {frame: [] for frame in deleted}
    gone = frozenset(of_frame)
    for tag in tags:
        of_frame.setdefault(tag.frame, []).append(tag)
    return {frame: _theirs(found, class_of, frame in gone) for frame, found in of_frame.items()}


def _theirs(tags: Sequence[Tag], class_of: Mapping[int, str], deleted: bool) -> Theirs:
    known = [tag for tag in tags if tag.label_id in class_of]
    labels = frozenset(class_of[tag.label_id] for tag in known)
    sure = frozenset(class_of[tag.label_id] for tag in known if tag.source != OURS)
    strangers = frozenset(tag.label_id for tag in tags if tag.label_id not in class_of)
    return Theirs(labels, strangers, tuple(tags), labels - sure, deleted)


def merge(
    base: Labels | None,
    ours: Labels | None,
    theirs: Theirs,
    *,
    multi: bool = False,
    decided: bool = True,
    intent: Labels | None = None,
    known: frozenset[int] | None = None,
) -> Step:
    """Three-way merge of one frame. What a model there says replaces no decision, and is none.

    Args:
        base: what both had at the last sync, or what was there when a reviewer settled a conflict
            (`Theirs.everything`); None: nothing was sent yet.
        ours: what we have now; None: nothing to say (undecided).
        theirs: what the frame bears now.
        multi: several labels may stand together.
        decided: ours is in force; else the model proposes it, which outweighs no change there: also
            where it proposes the same, the change is somebody's word that is still to be taken.
        intent: what was being sent when a push ended before it could note that it had.
        known: ids of the tags that the frame bore when a sync last left nothing of it to decide;
            None: not known.
    """
    if theirs.deleted:
        return Step.KEEP if theirs.everything == base else Step.EXCLUDED
    odd = theirs.strangers or _contradicts(theirs.labels, multi)
    if odd and theirs.everything != base:
        unfinished = ours is not None and is_unfinished(base, intent, theirs)
        return Step.PUSH if unfinished else Step.AMBIGUOUS
    base = settled_base(base, intent, theirs)
    is_decided = decided and ours is not None
    if not (is_decided or odd or intent is not None) and _is_trimmed(known, theirs):
        return Step.TAKE
    if theirs.everything == base:
        return Step.KEEP if ours is None or ours == base else Step.PUSH
    if is_decided and ours != base:
        return Step.KEEP if theirs.everything == ours else Step.CONFLICT
    if not theirs.labels:
        return Step.REMOVED
    if (theirs.labels - base) & theirs.guessed or _is_by_a_model(known, theirs):
        return Step.CONFLICT if is_decided else Step.MACHINE
    return Step.TAKE


def is_replaced(known: frozenset[int] | None, theirs: Theirs) -> bool:
    """Whether other tags, none of them a person's, stand in the place of all that were known: a
    model has annotated the frame anew.

    Args:
        known: as for `merge`.
        theirs: what the frame bears now.
    """
    if not known or not theirs.tags or theirs.deleted:
        return False
    return theirs.is_by_models and not known & theirs.tag_ids


def _is_by_a_model(known: frozenset[int] | None, theirs: Theirs) -> bool:
    """Whether models alone can have changed a frame, which add tags or replace all: those that were
    known are all there or all gone."""
    if known is None or not theirs.is_by_models:
        return False
    return known <= theirs.tag_ids or is_replaced(known, theirs)


def _is_trimmed(known: frozenset[int] | None, theirs: Theirs) -> bool:
    """Whether somebody took some of the known tags away and let the others stand: no model does."""
    return known is not None and bool(theirs.tags) and theirs.tag_ids < known


def settled_base(base: Labels | None, intent: Labels | None, theirs: Theirs) -> Labels:
    """What both sides had last, where a push may have ended before it noted what it sent."""
    if intent is not None and (theirs.labels == intent or is_unfinished(base, intent, theirs)):
        return theirs.labels
    return base or NOTHING


def is_unfinished(base: Labels | None, intent: Labels | None, theirs: Theirs) -> bool:
    """Whether a frame is half-way from ``base`` to ``intent``: tags are created before others are
    deleted, and no person was at it."""
    if intent is None or theirs.human or theirs.strangers or theirs.labels == intent:
        return False
    return intent <= theirs.labels <= intent | (base or NOTHING) and theirs.labels != base


def _contradicts(labels: Labels, multi: bool) -> bool:
    return len(labels) > 1 and (not multi or NONE in labels)


def changes(
    wanted: Mapping[int, Labels], theirs: Mapping[int, Theirs], label_of: Mapping[str, int]
) -> Changes:
    """What to write so that each frame of ``wanted`` bears those labels, each once.

    Attributes of tags are not written: changing a label resets them, here as in CVAT's own pages.

    Args:
        wanted: labels by frame; frames that are not named stay.
        theirs: what frames bear now.
        label_of: label id by class id (and `NONE`).
    """
    update: list[Tag] = []
    create: list[Tag] = []
    delete: list[Tag] = []
    for frame, labels in wanted.items():
        ids = {label_of[class_id] for class_id in labels}
        kept, surplus = _sorted_out(theirs.get(frame, Theirs()).tags, ids)
        missing = sorted(ids - kept)
        if len(missing) == len(surplus) == 1:
            update.append(Tag(frame, missing[0], surplus[0].id, OURS))
        else:
            create += [Tag(frame, label_id, source=OURS) for label_id in missing]
            delete += surplus
    return Changes(tuple(update), tuple(create), tuple(delete))


def _sorted_out(tags: Sequence[Tag], wanted: set[int]) -> tuple[set[int], list[Tag]]:
    """The wanted labels that are there, and the tags that are too many; people's tags stay."""
    kept: set[int] = set()
    surplus = []
    for tag in sorted(tags, key=lambda t: (t.source == OURS, t.id)):
        if tag.label_id in wanted and tag.label_id not in kept:
            kept.add(tag.label_id)
        else:
            surplus.append(tag)
    return kept, surplus


def in_words(labels: Iterable[str], names: Mapping[str, str]) -> str:
    """Labels of the ledger as people read them, with names by class id; empty for none."""
    return ", ".join(sorted(_word(label, names) for label in labels))


def _word(label: str, names: Mapping[str, str]) -> str:
    if label == NONE:
        return "none of these"
    if label.startswith(STRANGER):
        return "a label that is no class here"
    if label == DELETED:
        return "a deleted frame"
    return names.get(label, "a class that is gone")
