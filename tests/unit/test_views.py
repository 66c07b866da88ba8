"""Which view pays more: worth of a page and of the single view, and when the grid is advised."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labeling.selection.views import (
    BULK,
    EARLY,
    FIRST_AT_RANDOM,
    FIRST_DECISIONS,
    GRID_MARGIN,
    TURN,
    Belief,
    Page,
    better_page,
    gives_many,
    keys_of,
    may_draw,
    page_of,
    shares_of,
    worth_of_single,
)

shapes = st.tuples(st.integers(1, 30), st.integers(1, 6))
shares = shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=st.floats(0, 1 / 6)))
keys = st.integers(1, 3)
confidences = arrays(np.float64, st.integers(0, 20), elements=st.floats(0, 1))


def test_a_page_costs_its_opening_its_confirmation_marks_of_errors_and_keys_for_their_classes() -> (
    None
):
    page = page_of("7", np.array([[0.5, 0.0], [0.5, 0.0]]), keys=2)
    assert (page.label, page.pictures, page.wrong) == ("7", 2, 1.0)
    assert page.worth == pytest.approx(1 / (1 + 1 + 1 + 2 * 0.75))
    assert [keys_of(classes) for classes in (2, 10, 11)] == [1, 1, 2]


@given(shares, keys)
def test_a_page_removes_less_than_an_error_an_action(others: np.ndarray, keys: int) -> None:
    page = page_of("cat", others, keys)
    assert 0 <= page.worth < 1
    assert 0 <= page.wrong <= page.pictures + 1e-9


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 10_000)), st.integers(1, 240))
def test_every_class_that_waits_has_its_share_of_the_surest(waiting: dict, room: int) -> None:
    shares = shares_of(waiting, room)
    assert list(shares) == [one for one, count in waiting.items() if count]
    assert all(share >= 1 for share in shares.values())
    exact = [room * waiting[one] / sum(waiting.values()) for one in shares]
    assert all(abs(share - e) <= 1 for share, e in zip(shares.values(), exact, strict=True))


@given(shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=st.floats(0, 0.1))), keys)
def test_a_page_at_random_comes_first_while_it_gives_eight_labels_an_action(
    others: np.ndarray, keys: int
) -> None:
    page = page_of(None, np.tile(others, (10, 1)), keys)
    assert gives_many(page) == (page.pictures >= 20 and page.pictures / page.actions >= BULK)


def test_fewer_than_twenty_sure_pictures_are_no_page_at_random() -> None:
    few, enough = (page_of(None, np.zeros((n, 1)), 1) for n in (19, 20))
    assert [gives_many(page) for page in (few, enough)] == [False, True]


def test_pages_at_random_take_turns_with_the_single_view() -> None:
    first = [may_draw(labels, None) for labels in (FIRST_AT_RANDOM - 1, FIRST_AT_RANDOM)]
    assert first == [False, True]
    assert [may_draw(1000, since) for since in (0, TURN - 1, TURN)] == [False, False, True]
    assert not may_draw(FIRST_AT_RANDOM - 1, TURN)


def test_a_page_that_is_mostly_wrong_is_never_advised_whatever_it_promises() -> None:
    wrong, right = (
        page_of("cat", np.full((240, 1), 0.6), 1),
        page_of("dog", np.full((9, 1), 0.5), 1),
    )
    assert better_page([wrong], 0.1, FIRST_DECISIONS) is None
    assert better_page([wrong, right], 0.1, FIRST_DECISIONS) is right


@given(shares, keys, st.randoms())
def test_the_order_of_pictures_and_classes_changes_nothing(others, keys, chance) -> None:
    rows, columns = (chance.sample(range(n), n) for n in others.shape)
    same = page_of("cat", others[rows][:, columns], keys)
    assert same.worth == pytest.approx(page_of("cat", others, keys).worth)


@given(shares, keys)
def test_pictures_beyond_doubt_change_nothing_and_dearer_names_make_a_page_worth_less(
    others: np.ndarray, keys: int
) -> None:
    page = page_of("cat", others, keys)
    certain = np.zeros((3, others.shape[1]))
    longer = page_of("cat", np.concatenate([others, certain]), keys)
    assert longer.worth == pytest.approx(page.worth)
    assert page_of("cat", others, keys + 1).worth <= page.worth


@given(confidences, st.floats(0, 1000), st.floats(0, 1000))
def test_what_the_head_learned_only_adds_to_the_worth_of_the_single_view(
    upcoming: np.ndarray, then: float, now: float
) -> None:
    belief = Belief(200, now)
    expected = worth_of_single(upcoming, belief, None)
    assert 0 <= expected <= 1
    found = worth_of_single(upcoming, belief, Belief(140, then))
    assert found == pytest.approx(max(expected, (then - now) / 60))


@given(shares, keys, st.integers(FIRST_DECISIONS, 400), st.integers(0, 400))
def test_labels_of_pages_at_random_count_only_where_a_page_gives_many_labels_an_action(
    others: np.ndarray, keys: int, labels: int, at_random: int
) -> None:
    page = page_of("cat", others, keys)
    found = better_page([page], 0.0, labels, at_random)
    many = labels - at_random >= FIRST_DECISIONS or page.pictures >= EARLY * page.actions
    assert (found is page) == (many and 0 < page.wrong <= page.pictures / 2)


@given(st.lists(st.floats(0, 0.99), max_size=8), st.floats(0, 1), st.integers(0, 1000))
def test_only_the_best_page_is_advised_and_only_where_it_clearly_pays_more(
    worths: list[float], single: float, decisions: int
) -> None:
    pages = [Page(str(number), 10, 4 * worth, 4.0) for number, worth in enumerate(worths)]
    found = better_page(pages, single, decisions)
    pays = max(worths, default=0.0) > GRID_MARGIN * single
    assert (found is not None) == (pays and bool(worths) and decisions >= FIRST_DECISIONS)
    if found:
        assert found.worth == max(worths)
