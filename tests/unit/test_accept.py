"""What may be accepted unseen: never more than the wish over all draws, and what it costs."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.errors import InputError
from labeling.quality.accept import Accepted, accept
from labeling.quality.spending import spend
from labeling.quality.wish import Scope, Wish, cost

pytestmark = pytest.mark.slow

ONE_CLASS = np.zeros(2_000, int)


def audited(wish: Wish, wrong: np.ndarray, draw: np.ndarray, **more) -> Accepted:
    scores = np.linspace(0.99, 0.2, len(wrong))
    classes = more.pop("classes", np.zeros(len(wrong), int))
    return accept(wish, scores, classes, draw, 1.0 - wrong[draw], **more)


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("wrong_at", [(), (11,), (5, 9), (0, 6, 10), (8, 9, 10, 11), (2, 3, 4)])
@pytest.mark.parametrize("per_class", [False, True])
def test_over_all_draws_the_wish_is_broken_with_delta_at_most(
    scope: Scope, wrong_at: tuple[int, ...], per_class: bool
) -> None:
    wish = Wish(0.25, 0.2, scope, per_class)
    wrong = np.zeros(12)
    wrong[list(wrong_at)] = 1
    classes = np.arange(12) % 2
    groups = [classes == 0, classes == 1] if per_class else [classes >= 0]
    broken = []
    for draw in combinations(range(12), 6):
        found = audited(wish, wrong, np.array(draw), classes=classes).mask
        shares = [
            wrong[found & group].sum() / (group if scope == Scope.DATASET else found & group).sum()
            for group in groups
            if (found & group).any()
        ]
        broken.append(any(share > 0.25 for share in shares))
    assert np.mean(broken) <= 0.2


def test_all_looks_together_break_the_wish_with_delta_at_most() -> None:
    wish = Wish(0.1, 0.1, looks=(40, 80, 120))
    generator = np.random.default_rng(1)
    wrong = (np.arange(400) >= 340) & (np.arange(400) % 2 == 0)
    broken = 0
    for _ in range(400):
        draw = generator.permutation(400)[:120]
        masks = [audited(wish, wrong, draw[:n], look=i).mask for i, n in enumerate(wish.looks)]
        broken += any(wrong[mask].mean() > 0.1 for mask in masks if mask.any())
    assert broken <= 58  # the 99.9 % point of 400 draws at 10 %


def test_a_perfect_audit_accepts_all_but_the_audit() -> None:
    draw = np.arange(0, 2_000, 10)
    found = audited(Wish(0.02), np.zeros(2_000), draw)
    assert found.mask.sum() == 1_800
    assert not found.mask[draw].any()
    assert found.upper_bound is not None
    assert found.upper_bound <= 0.02
    assert found.audit_n == 200
    assert "hypergeometric" in found.method


def test_undecided_counts_as_wrong() -> None:
    draw = np.arange(0, 2_000, 10)
    right = np.ones(200)
    scores = np.linspace(0.99, 0.2, 2_000)
    all_right = accept(Wish(0.02), scores, ONE_CLASS, draw, right)
    right[150:] = np.nan
    skipped = accept(Wish(0.02), scores, ONE_CLASS, draw, right)
    right[150:] = 0
    refused = accept(Wish(0.02), scores, ONE_CLASS, draw, right)
    assert skipped.mask.sum() < all_right.mask.sum()
    np.testing.assert_array_equal(skipped.mask, refused.mask)


def test_too_small_an_audit_accepts_nothing() -> None:
    found = audited(Wish(0.02), np.zeros(2_000), np.arange(100))
    assert not found.mask.any()
    assert found.upper_bound is None
    assert found.parts[0].threshold is None


def test_an_empty_frame_accepts_nothing() -> None:
    none = np.zeros(0)
    found = accept(Wish(0.02), none, none.astype(int), none.astype(int), none)
    assert found.mask.shape == (0,)
    assert found.upper_bound is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.01, 0.02, 0.05]), st.sampled_from(list(Scope)))
def test_a_further_error_or_a_stricter_wish_never_accepts_more(
    seed: int, alpha: float, scope: Scope
) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.random(600)
    wrong = generator.random(600) > scores**0.1
    draw = generator.permutation(600)[:300]
    right = 1.0 - wrong[draw]
    before = accept(Wish(2 * alpha, 0.05, scope), scores, ONE_CLASS[:600], draw, right).mask
    right[generator.integers(300)] = 0
    after = accept(Wish(2 * alpha, 0.05, scope), scores, ONE_CLASS[:600], draw, right).mask
    assert not (after & ~before).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_items_and_of_the_draw_does_not_matter(seed: int) -> None:
    generator = np.random.default_rng(seed)
    scores, classes = np.round(generator.random(500), 2), generator.integers(0, 3, 500)
    draw, right = generator.permutation(500)[:250], generator.random(250) < 0.98
    wish = Wish(0.1, per_class=True)
    found = accept(wish, scores, classes, draw, right.astype(float)).mask
    order = generator.permutation(500)
    place = np.argsort(order)
    again = accept(
        wish, scores[order], classes[order], place[draw][::-1], right[::-1].astype(float)
    )
    np.testing.assert_array_equal(again.mask, found[order])


def test_classes_that_pass_whole_leave_their_risk_to_the_others() -> None:
    generator = np.random.default_rng(3)
    classes = np.repeat([0, 1], 1_000)
    wrong = np.zeros(2_000)
    wrong[classes == 1] = generator.random(1_000) < 0.2
    draw = generator.permutation(2_000)[:800]
    easy, hard = audited(Wish(0.05, per_class=True), wrong, draw, classes=classes).parts
    assert (easy.class_id, hard.class_id) == (0, 1)
    assert easy.accepted + easy.audited == 1_000
    assert easy.risk == pytest.approx(0.025)
    assert hard.risk == pytest.approx(0.05)


def test_the_costs_that_people_are_told() -> None:
    assert cost(Wish(0.02)).inside == {None: 149}
    assert cost(Wish(0.01)).inside == {None: 299}
    assert set(cost(Wish(0.02, per_class=True), classes=10).inside.values()) == {263}
    assert cost(Wish(0.02), hoped=0.5).draws == 298


@pytest.mark.parametrize(("alpha", "size"), [(0.02, 5_000), (0.01, 4_000), (0.05, 300)])
@pytest.mark.parametrize("scope", list(Scope))
def test_the_cost_of_a_frame_is_the_smallest_audit_that_accepts_all(
    alpha: float, size: int, scope: Scope
) -> None:
    wish = Wish(alpha, scope=scope)
    needed = cost(wish, size).inside[None]
    assert needed is not None
    for drawn, accepts in ((needed, True), (needed - 1, False)):
        same_scores = np.full(size, 0.5)
        found = accept(wish, same_scores, np.zeros(size, int), np.arange(drawn), np.ones(drawn))
        assert bool(found.mask.any()) == accepts


def test_a_class_too_small_for_the_wish_is_told_so() -> None:
    told = cost(Wish(0.02, per_class=True), {0: 5_000, 1: 30})
    assert told.inside[0] is not None
    assert told.inside[1] is None
    assert told.draws is None


def test_spending_adds_up_and_ascends() -> None:
    shares = spend(0.05, (100, 200, 300))
    assert sum(shares) == pytest.approx(0.05)
    assert list(shares) == sorted(shares)
    with pytest.raises(ValueError, match="ascend"):
        spend(0.05, (100, 100))


@pytest.mark.parametrize("values", [{"alpha": 0}, {"alpha": 1.2}, {"delta": 0}, {"looks": (9, 9)}])
def test_a_wish_that_cannot_be_is_refused(values: dict) -> None:
    with pytest.raises(InputError):
        Wish(**({"alpha": 0.02} | values))


def test_looks_that_were_not_planned_and_broken_audits_are_refused() -> None:
    with pytest.raises(ValueError, match="not planned"):
        audited(Wish(0.02, looks=(10, 20)), np.zeros(50), np.arange(10), look=2)
    with pytest.raises(ValueError, match="twice"):
        audited(Wish(0.02), np.zeros(50), np.array([1, 1]))
