"""Figures about people: shares, errors of labels, minutes of work."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.quality.agreement import Pair, Share, agreement_of, error_of_labels
from labeling.quality.intervals import clopper_pearson
from labeling.quality.pace import PAUSE_SECONDS, active_minutes, hours_left, labels_per_hour

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CAT, DOG = frozenset({"cat"}), frozenset({"dog"})
answers = st.sampled_from([CAT, DOG, frozenset()])


def pair(item: str, first: frozenset, second: frozenset, settled: frozenset | None = None) -> Pair:
    return Pair(item, "ann", "bob", first, second, settled)


def test_nothing_is_known_without_a_second_look() -> None:
    assert error_of_labels([]) is None
    assert Share(0, 0).as_dict() is None


def test_a_dispute_is_an_error_only_where_the_reviewer_says_so() -> None:
    found = error_of_labels(
        [
            pair("a", CAT, CAT),
            pair("b", CAT, DOG, settled=CAT),
            pair("c", CAT, DOG, settled=DOG),
            pair("d", CAT, DOG),
        ]
    )
    assert found is not None
    assert (found["n"], found["wrong"], found["open"]) == (4, 1, 1)
    assert found["estimate"] == 1.5 / 4


def test_an_item_that_three_people_saw_counts_once() -> None:
    found = error_of_labels([pair("a", CAT, CAT), pair("a", CAT, DOG, settled=DOG)])
    assert found is not None
    assert (found["n"], found["wrong"]) == (1, 1)


@given(st.lists(st.tuples(answers, answers, st.none() | answers), min_size=1))
def test_the_interval_holds_the_estimate_and_grows_with_what_is_open(looks: list) -> None:
    pairs = [pair(str(number), *look) for number, look in enumerate(looks)]
    found = error_of_labels(pairs)
    assert found is not None
    assert 0 <= found["low"] <= found["estimate"] <= found["high"] <= 1
    unsettled = error_of_labels([pair(p.item, p.first, p.second) for p in pairs])
    assert unsettled is not None
    assert unsettled["high"] >= found["high"]


def test_what_reviewers_find_in_agreeing_pairs_stands_for_all_of_them() -> None:
    pairs = [pair(str(n), CAT, CAT) for n in range(9)] + [pair("9", CAT, DOG, settled=DOG)]
    rechecks = [Pair("0", "ann", "rev", CAT, DOG, DOG), Pair("1", "ann", "rev", CAT, CAT, None)]
    elsewhere = Pair("9", "ann", "rev", CAT, DOG, DOG)
    before, found = error_of_labels(pairs), error_of_labels(pairs, [*rechecks, elsewhere])
    assert before is not None
    assert found is not None
    assert (found["n"], found["wrong"], found["rechecked"]) == (10, 2, 2)
    assert found["estimate"] == pytest.approx((1 + 9 / 2) / 10)
    assert found["low"] == clopper_pearson(2, 10)[0]
    seen, unseen = clopper_pearson(1, 10)[1], clopper_pearson(1, 2)[1]
    assert found["high"] == pytest.approx(min(1, seen + 0.9 * unseen))
    sound = error_of_labels(pairs, [Pair("0", "ann", "rev", CAT, CAT, None)])
    assert sound is not None
    assert (sound["estimate"], sound["high"]) == (before["estimate"], before["high"])


@given(
    st.lists(st.tuples(answers, answers, st.none() | answers), min_size=1),
    st.lists(st.tuples(answers, st.none() | answers)),
)
def test_the_interval_holds_the_estimate_with_rechecks_too(looks: list, again: list) -> None:
    pairs = [pair(str(number), *look) for number, look in enumerate(looks)]
    rechecks = [
        Pair(one.item, "ann", "rev", one.first, second, settled)
        for one, (second, settled) in zip(pairs, again, strict=False)
    ]
    found = error_of_labels(pairs, rechecks)
    assert found is not None
    assert 0 <= found["low"] <= found["estimate"] <= found["high"] <= 1


def test_agreement_is_that_of_one_person() -> None:
    others = Pair("x", "cid", "dan", CAT, DOG, None)
    found = agreement_of([pair("a", CAT, CAT), pair("b", CAT, DOG), others], "bob").as_dict()
    assert found is not None
    assert (found["hits"], found["n"]) == (1, 2)


def test_minutes_leave_pauses_out() -> None:
    at = [START, START + timedelta(seconds=30), START + timedelta(hours=2)]
    assert active_minutes(at, [4.0, 30.0, 6.0]) == pytest.approx((4 + 30 + 6) / 60)


@given(st.lists(st.integers(0, 600), max_size=30))
def test_minutes_are_never_more_than_the_day_was_long(gaps: list[int]) -> None:
    times = [START + timedelta(seconds=sum(gaps[:n])) for n in range(len(gaps))]
    minutes = active_minutes(times, [None] * len(times))
    assert 0 <= minutes <= (sum(gaps) + PAUSE_SECONDS * len(gaps)) / 60


def test_time_left_takes_the_median_pace() -> None:
    assert hours_left(300, [100, 300, 0]) == pytest.approx(1.5)
    assert hours_left(300, []) is None
    assert hours_left(300, [None, 0]) is None


def test_little_work_tells_no_speed() -> None:
    assert labels_per_hour(40, 4.9) is None
    assert labels_per_hour(40, 10) == pytest.approx(240)
