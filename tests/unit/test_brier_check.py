"""Which of two consensuses is called the better one."""

import pytest

from labeling.quality.brier_check import LEAST, compared

HONEST = [(True, 0.9)] * 9 + [(False, 0.6)]
BOLD = [(True, 0.99)] * 5 + [(False, 0.99)] * 5


def test_the_one_that_is_right_and_honest_about_it_is_better() -> None:
    found = compared(BOLD * 3, HONEST * 3)
    assert found.better
    assert (found.n, found.one_right, found.other_right) == (30, 0.5, 0.9)
    assert found.other_brier == pytest.approx((9 * 0.01 + 0.36) / 10)
    assert not compared(HONEST * 3, BOLD * 3).better
    assert not compared(HONEST * 3, HONEST * 3).better


def test_few_settled_pictures_show_nothing() -> None:
    n = LEAST - 1
    assert not compared([(False, 0.9)] * n, [(True, 0.9)] * n).better
    assert compared([(False, 0.9)] * LEAST, [(True, 0.9)] * LEAST).better
    assert compared([(True, 0.9)], [(True, 0.8)]).n == 1


def test_what_can_t_be_compared_is_refused() -> None:
    for one, other in (([], []), (HONEST, HONEST[1:])):
        with pytest.raises(ValueError, match="compared"):
            compared(one, other)
