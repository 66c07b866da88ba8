"""The accuracy if work stopped now, against projects that a policy worked on."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.quality.stop import (
    HeadThen,
    Remaining,
    accuracy_now,
    due,
    expected_gain,
    look_risk,
    passed,
    planned_looks,
    signal,
)


def left(undecided: int, right: int, wrong: int, items: int = 1_000, skipped: int = 0) -> Remaining:
    return Remaining(items, undecided, skipped, np.arange(right + wrong) < right)


def test_over_all_audits_of_a_pool_that_a_policy_worked_on_the_interval_holds() -> None:
    """The policy takes the three highest values; the head errs at what it finds hard."""
    values = np.array([9.0, 8.5, 8, 5, 4.5, 4, 3, 2, 1.5, 1])
    wrong = np.array([1, 1, 0, 1, 0, 0, 1, 0, 0, 0], bool)
    held = []
    for draw in combinations(range(10), 5):
        audit = np.isin(np.arange(10), draw)
        over = values >= 8
        undecided, seen = ~audit & ~over, wrong[audit & ~over]
        found = accuracy_now(Remaining(10, int(undecided.sum()), 0, ~seen), 0.8)
        true = 1 - wrong[undecided].sum() / 10
        held.append(found.low - 1e-9 <= true <= found.high + 1e-9)
    assert np.mean(held) >= 0.8


def test_a_policy_may_depend_on_labels_and_the_head_on_what_it_chose() -> None:
    """300 projects in which each label moves the next choice; 276 is the 0.1 % point of 95 %."""
    held = 0
    for seed in range(300):
        generator = np.random.default_rng(seed)
        centre = generator.standard_normal((400, 2))
        truth = centre[:, 0] + 0.3 * generator.standard_normal(400) > 0
        audit = np.zeros(400, bool)
        audit[generator.permutation(400)[:80]] = True
        over, line = np.zeros(400, bool), 1.0
        for _ in range(60):
            distance = np.where(over, np.inf, abs(centre[:, 0] - line))
            pick = int(np.argmin(distance))
            over[pick] = True
            if not audit[pick]:
                line += (
                    0.1 if truth[pick] != (centre[pick, 0] > line) and not truth[pick] else -0.05
                )
        right = (centre[:, 0] > line) == truth
        undecided = ~audit & ~over
        found = accuracy_now(Remaining(400, int(undecided.sum()), 0, right[audit & ~over]))
        held += found.low - 1e-9 <= 1 - (~right[undecided]).sum() / 400 <= found.high + 1e-9
    assert held >= 276


@given(st.integers(0, 500), st.integers(0, 60), st.integers(0, 60), st.integers(0, 50))
def test_the_interval_holds_the_estimate_and_grows_with_confidence(
    undecided: int, right: int, wrong: int, skipped: int
) -> None:
    wide = accuracy_now(left(undecided, right, wrong, skipped=skipped), 0.99)
    narrow = accuracy_now(left(undecided, right, wrong, skipped=skipped), 0.9)
    assert 0 <= wide.low <= narrow.low <= narrow.high <= wide.high <= 1
    assert wide.low - 1e-9 <= wide.estimate <= wide.high + 1e-9


def test_all_decided_is_all_right_and_no_audit_tells_nothing() -> None:
    done = accuracy_now(left(0, 20, 0))
    assert (done.estimate, done.low, done.high) == (1, 1, 1)
    unknown = accuracy_now(left(400, 0, 0))
    assert (unknown.low, unknown.high, unknown.n) == (0.6, 1, 0)
    assert "hypergeometric" in done.method


def test_what_was_passed_and_not_decided_may_be_anything() -> None:
    without = accuracy_now(left(100, 30, 0))
    with_skips = accuracy_now(left(100, 30, 0, skipped=50))
    assert with_skips.low == pytest.approx(without.low - 0.05)
    assert with_skips.high == without.high


def test_imports_with_chances_of_their_own_are_counted_apart() -> None:
    apart = accuracy_now([left(100, 30, 0, items=400), left(500, 60, 20, items=600)])
    alone = accuracy_now(left(500, 60, 20, items=600), 0.975)
    assert apart.estimate == pytest.approx(1 - 0.25 * 500 / 1_000)
    assert apart.high == pytest.approx(1 - 0.6 * (1 - alone.high))
    without_audit = accuracy_now([left(100, 0, 0, items=400), left(500, 60, 20, items=600)])
    plain = accuracy_now(left(500, 60, 20, items=600))
    assert without_audit.low == pytest.approx(1 - (100 + 600 * (1 - plain.low)) / 1_000)
    assert without_audit.high == pytest.approx(1 - 0.6 * (1 - plain.high))


def test_strata_hold_together() -> None:
    """500 draws at chances of a tenth and a third; 463 is the 1 % point of 95 %."""
    held = 0
    wrong = [np.arange(600) < 90, np.arange(300) < 3]
    for seed in range(500):
        generator = np.random.default_rng(seed)
        draws = [generator.permutation(len(of)) < n for of, n in zip(wrong, (60, 100), strict=True)]
        strata = [
            Remaining(len(of), int((~draw).sum()), 0, ~of[draw])
            for of, draw in zip(wrong, draws, strict=True)
        ]
        errors = sum(of[~draw].sum() for of, draw in zip(wrong, draws, strict=True))
        found = accuracy_now(strata)
        held += found.low - 1e-9 <= 1 - errors / 900 <= found.high + 1e-9
    assert held >= 463


def test_items_are_passed_when_a_later_rank_is_decided() -> None:
    ranks = np.array([0, 4, 7, 12, -1])
    np.testing.assert_array_equal(
        passed(ranks, np.array([2, 9, 5])), [True, True, True, False, False]
    )
    assert not passed(ranks, np.array([], int)).any()


@given(st.integers(1, 10**6))
def test_looks_are_planned_up_to_the_last_item(items: int) -> None:
    looks = planned_looks(items)
    assert looks[-1] == items
    assert list(looks) == sorted(set(looks))
    assert len(looks) < 50
    assert due(looks, looks[-1] - 1, items)
    assert not due(looks, items, items + 20)


@given(imports=st.lists(st.integers(1, 20_000), min_size=1, max_size=6), share=st.floats(0.1, 1))
def test_all_looks_together_spend_no_more_than_the_risk(imports: list[int], share: float) -> None:
    """However many imports come, and whenever: each plans the looks anew."""
    spent, before, items = 0.0, 0, 0
    for more in imports:
        items += more
        looks = planned_looks(items)
        ahead = [look for look in looks if look > before]
        for look in ahead[: max(1, round(share * len(ahead)))]:
            risk = look_risk(looks, look, spent)
            assert risk > 0
            spent, before = spent + risk, look
    assert spent < 0.05


def test_looks_of_one_import_share_the_risk_evenly() -> None:
    looks = planned_looks(3_000)
    spent = 0.0
    for look in looks:
        risk = look_risk(looks, look, spent)
        assert risk == pytest.approx(0.05 / (len(looks) + 1))
        spent += risk


def test_the_signal_stops_only_where_the_low_end_reaches_the_target() -> None:
    risk = look_risk(planned_looks(1_000), 100, 0.0)
    assert signal(left(50, 100, 0), 0.9, risk).stop
    early = signal(left(900, 100, 0), 0.95, risk)
    assert not early.stop
    assert early.accuracy.low < accuracy_now(left(900, 100, 0)).low
    assert "planned" in early.accuracy.method


def heads(*errors: float, audited: int = 400) -> list[HeadThen]:
    """Heads with 100, 200, … labels that are wrong at a share of the audit."""
    return [
        HeadThen(
            100 * (i + 1), 2_000, np.arange(audited) >= share * audited, np.zeros(audited, bool)
        )
        for i, share in enumerate(errors)
    ]


def test_errors_that_fall_are_expected_to_fall_on() -> None:
    found = expected_gain(heads(0.4, 0.3, 0.225, 0.17), 2_500)
    assert found is not None
    assert 0.02 < found.estimate < 0.045
    assert found.low < found.estimate < found.high


def test_nothing_is_expected_of_heads_that_stopped_learning() -> None:
    found = expected_gain(heads(0.2, 0.2, 0.2, 0.2), 2_500)
    assert found is not None
    assert found.estimate == pytest.approx(0, abs=1e-9)
    worse = expected_gain(heads(0.2, 0.25, 0.3), 2_500)
    assert worse is not None
    assert worse.estimate == 0


def test_two_heads_or_no_audit_tell_no_trend() -> None:
    assert expected_gain(heads(0.4, 0.3), 2_500) is None
    assert expected_gain([], 2_500) is None
    assert expected_gain(heads(0.4, 0.3, 0.2, audited=0), 2_500) is None
