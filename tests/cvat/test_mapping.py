"""Labels and tags: translated, compared and merged, in every combination."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.cvat.answers import Tag
from labeling.cvat.mapping import (
    DELETED,
    NONE,
    Step,
    Theirs,
    changes,
    is_replaced,
    merge,
    settled_base,
    theirs_by_frame,
)

CLASSES = ("a", "b", "c", NONE)
LABEL_OF = {name: number for number, name in enumerate(CLASSES, 10)}
CLASS_OF = {number: name for name, number in LABEL_OF.items()}
SETS = st.frozensets(st.sampled_from(CLASSES), max_size=3)


def s(text: str | None) -> frozenset | None:
    return None if text is None else frozenset(text)


def theirs(labels: frozenset | str, source: str = "auto") -> Theirs:
    tags = tuple(Tag(0, LABEL_OF[x], n, source) for n, x in enumerate(sorted(labels), 1))
    return theirs_by_frame(tags, CLASS_OF).get(0, Theirs())


@pytest.mark.parametrize(
    ("base", "ours", "there", "step"),
    [
        ("a", "a", "a", Step.KEEP),
        ("a", "b", "b", Step.KEEP),
        ("a", "b", "a", Step.PUSH),
        (None, "a", "", Step.PUSH),
        ("", "a", "", Step.PUSH),
        ("a", "a", "b", Step.TAKE),
        ("a", None, "b", Step.TAKE),
        (None, None, "b", Step.TAKE),
        ("a", None, "a", Step.KEEP),
        (None, None, "", Step.KEEP),
        ("a", "b", "c", Step.CONFLICT),
        (None, "a", "b", Step.CONFLICT),
        ("a", "b", "", Step.CONFLICT),
        ("a", "a", "", Step.REMOVED),
        ("a", None, "", Step.REMOVED),
        ("a", "a", "ab", Step.AMBIGUOUS),
    ],
)
def test_a_frame_is_merged_three_ways(base, ours, there, step) -> None:
    assert merge(s(base), s(ours), theirs(there, "manual")) is step


def test_what_a_model_there_says_is_no_decision_and_replaces_none() -> None:
    assert merge(s("a"), None, theirs("b")) is Step.MACHINE
    assert merge(None, None, theirs("b")) is Step.MACHINE
    assert merge(s("a"), s("a"), theirs("b")) is Step.CONFLICT
    assert merge(s("a"), s("a"), theirs("b"), decided=False) is Step.MACHINE
    assert merge(s("a"), s("c"), theirs("b"), decided=False) is Step.MACHINE
    assert merge(s("a"), s("c"), theirs("b", "manual"), decided=False) is Step.TAKE
    assert merge(s("a"), s("c"), theirs("a"), decided=False) is Step.PUSH
    assert merge(s("a"), None, theirs("b", "file")) is Step.TAKE
    assert merge(s("abc"), s("abc"), theirs("ab"), multi=True) is Step.TAKE


def known(*ids: int) -> frozenset[int]:
    return frozenset(ids)


def test_tags_that_all_gave_way_to_new_ones_of_a_model_are_no_persons_word() -> None:
    """Of the tags abc with the numbers 1 to 3 a model left a and b, as tags with other numbers."""
    given = {"multi": True, "known": known(7, 8, 9)}
    assert merge(s("abc"), s("abc"), theirs("ab"), **given) is Step.CONFLICT
    assert merge(s("abc"), None, theirs("ab"), **given) is Step.MACHINE
    assert merge(s("abc"), s("ab"), theirs("ab"), **given) is Step.KEEP
    assert merge(s("ab"), s("ab"), theirs("ab"), **given) is Step.KEEP
    assert merge(s("abc"), s("abc"), theirs("ab", "manual"), **given) is Step.TAKE
    assert merge(s("abc"), s("abc"), theirs(""), **given) is Step.REMOVED
    assert is_replaced(known(7, 8, 9), theirs("ab"))
    assert not is_replaced(known(1, 8, 9), theirs("ab"))
    assert not is_replaced(known(7, 8, 9), theirs("ab", "semi-auto"))
    assert not is_replaced(known(7), theirs(""))
    assert not is_replaced(known(), theirs("ab"))
    assert not is_replaced(None, theirs("ab"))


def test_a_tag_that_went_from_among_those_known_was_taken_away_by_a_person() -> None:
    given = {"multi": True, "known": known(1, 2, 3)}
    assert merge(s("abc"), s("abc"), theirs("ab"), **given) is Step.TAKE
    assert merge(s("c"), None, theirs("ab"), **given) is Step.TAKE
    assert merge(s("ab"), None, theirs("ab"), **given) is Step.TAKE
    assert merge(s("ab"), s("c"), theirs("ab"), decided=False, **given) is Step.TAKE
    assert merge(s("ab"), s("ab"), theirs("ab"), **given) is Step.KEEP
    assert merge(s("c"), s("c"), theirs("ab"), **given) is Step.CONFLICT
    assert merge(s("c"), None, theirs("ab"), multi=True, known=known(1, 2)) is Step.MACHINE
    assert merge(s("abc"), s("abc"), theirs("ab"), multi=True, known=known(1, 2)) is Step.CONFLICT
    assert merge(s("c"), None, theirs("ab"), multi=True, known=known(1, 3)) is Step.MACHINE
    assert merge(s("c"), None, theirs("ab"), intent=s("c"), **given) is Step.MACHINE


def test_several_labels_are_one_set_where_they_may_stand_together() -> None:
    assert merge(s("ab"), s("ab"), theirs("abc", "manual"), multi=True) is Step.TAKE
    assert merge(s("ab"), s("b"), theirs("ab"), multi=True) is Step.PUSH
    assert merge(s("ab"), s("b"), theirs("abc"), multi=True) is Step.CONFLICT
    none = frozenset({NONE})
    assert merge(none, none, theirs(none | {"a"}), multi=True) is Step.AMBIGUOUS
    assert merge(s("a"), s("a"), theirs(none, "manual"), multi=True) is Step.TAKE


def test_deleted_frames_and_labels_that_are_no_class_decide_nothing() -> None:
    gone = Theirs(frozenset("a"), deleted=True)
    assert merge(s("a"), s("b"), gone) is Step.EXCLUDED
    assert not gone.is_answer(multi=True)
    strange = Theirs(frozenset("a"), frozenset({99}), ())
    assert merge(s("a"), s("a"), strange) is Step.AMBIGUOUS


def test_a_deleted_frame_that_a_reviewer_has_seen_is_left_alone_until_it_is_back() -> None:
    gone = theirs_by_frame([Tag(0, LABEL_OF["a"])], CLASS_OF, deleted=[0, 5])
    assert gone[0].everything == gone[5].everything == {DELETED}
    for ours in (None, s("a"), s("b")):
        assert merge(gone[0].everything, ours, gone[0]) is Step.KEEP
    assert merge(gone[0].everything, s("a"), theirs("a")) is Step.KEEP
    assert merge(gone[0].everything, s("b"), theirs("a")) is Step.CONFLICT
    assert merge(gone[0].everything, None, theirs("a")) is Step.MACHINE


def test_what_a_reviewer_has_settled_is_not_odd_any_more() -> None:
    strange = Theirs(frozenset("a"), frozenset({99}), ())
    assert merge(strange.everything, s("b"), strange) is Step.PUSH
    assert merge(strange.everything, None, strange) is Step.KEEP
    assert merge(s("ab"), s("b"), theirs("ab")) is Step.PUSH
    assert merge(s("ab"), s("b"), theirs("abc")) is Step.AMBIGUOUS
    assert not strange.is_answer(multi=True)
    assert [theirs("ab").is_answer(multi=several) for several in (True, False)] == [True, False]


@pytest.mark.parametrize("there", ["a", "b", "ab", ""])
def test_what_a_push_had_begun_is_no_edit_of_a_person(there: str) -> None:
    """Base a, sent b, ours c by now: whatever the write has reached, c goes there."""
    step = merge(s("a"), s("c"), theirs(there), multi=True, intent=s("b"))
    assert step is (Step.CONFLICT if there == "" else Step.PUSH)
    assert settled_base(s("a"), s("b"), theirs("b")) == s("b")
    assert merge(s("a"), s("b"), theirs("ab"), intent=s("b")) is Step.PUSH


def test_half_a_push_that_a_person_touched_is_an_edit() -> None:
    by_hand = theirs("ab", "manual")
    assert merge(s("a"), s("c"), by_hand, multi=True, intent=s("b")) is Step.CONFLICT
    assert merge(s("a"), s("a"), theirs("b", "semi-auto")) is Step.TAKE


KNOWN = st.none() | st.frozensets(st.integers(1, 4))


@given(base=st.none() | SETS, ours=st.none() | SETS, there=SETS, multi=st.booleans(), known=KNOWN)
def test_no_edit_is_overwritten(base, ours, there, multi, known) -> None:
    given = theirs(there, "manual")
    step = merge(base, ours, given, multi=multi, known=known)
    was_trimmed = known is not None and given.tag_ids < known
    old = base or frozenset()
    if step is Step.PUSH:
        assert there == old
        assert ours not in (None, there)
    if step in (Step.TAKE, Step.REMOVED):
        assert ours in (None, old)
        assert there != old or (ours is None and was_trimmed)
    if step is Step.KEEP:
        assert there in (old, ours)
    if step is Step.CONFLICT:
        assert len({old, ours, there}) == 3


TAGS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(CLASSES), st.sampled_from(["auto", "manual"])),
    max_size=12,
)


@given(there=TAGS, wanted=st.dictionaries(st.integers(0, 3), SETS))
def test_after_the_changes_each_frame_bears_what_it_should_once(there, wanted) -> None:
    ids = count(1)
    tags = {t.id: t for t in (Tag(f, LABEL_OF[c], next(ids), source) for f, c, source in there)}
    found = changes(wanted, theirs_by_frame(tags.values(), CLASS_OF), LABEL_OF)
    for tag in found.update:
        assert tags[tag.id].frame == tag.frame
        tags[tag.id] = tag
    for tag in found.create:
        assert tag.id == 0
        new = next(ids)
        tags[new] = Tag(tag.frame, tag.label_id, new)
    for tag in found.delete:
        del tags[tag.id]
    for frame in range(4):
        labels = sorted(CLASS_OF[t.label_id] for t in tags.values() if t.frame == frame)
        before = sorted(c for f, c, _ in there if f == frame)
        assert labels == (sorted(wanted[frame]) if frame in wanted else before)
    again = changes(wanted, theirs_by_frame(tags.values(), CLASS_OF), LABEL_OF)
    assert not again


def test_what_the_model_proposes_takes_nobodys_word_away() -> None:
    there = theirs("b", "manual")
    assert merge(s("a"), s("b"), there, decided=True) is Step.KEEP
    assert merge(s("a"), s("b"), there, decided=False) is Step.TAKE
    assert merge(s("a"), s("b"), theirs("b"), decided=False) is Step.MACHINE
    assert merge(s("b"), s("b"), theirs("b"), decided=False) is Step.KEEP
