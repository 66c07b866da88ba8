"""The evidence of a stream: silent while the bound holds, loud where it does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.quality.contradiction import RISK, contradicts, evidence

POPULATION = 2_000


def drawn(rng: np.random.Generator, wrong: int, looks: int) -> list[bool]:
    """Looks at a population with so many wrong ones, without replacement."""
    truth = np.arange(POPULATION) < wrong
    return rng.permutation(truth)[:looks].tolist()


def test_a_bound_that_holds_is_seldom_contradicted_however_often_it_is_asked() -> None:
    """At its edge, over 600 streams of 400 looks each, all asked after each look."""
    rng = np.random.default_rng(5)
    false = sum(contradicts(drawn(rng, 40, 400), POPULATION, 40) for _ in range(600))
    assert false <= 600 * RISK + 3 * np.sqrt(600 * RISK * (1 - RISK))


def test_four_times_as_many_wrong_ones_are_noticed() -> None:
    rng = np.random.default_rng(6)
    noticed = sum(contradicts(drawn(rng, 160, 300), POPULATION, 40) for _ in range(100))
    assert noticed >= 95


@given(st.lists(st.booleans(), max_size=40), st.booleans())
def test_evidence_never_shrinks_and_begins_at_one(looks: list[bool], more: bool) -> None:
    before = evidence(looks, 100, 5)
    assert before >= 1
    assert evidence([*looks, more], 100, 5) >= before


def test_more_wrong_ones_than_were_claimed_end_it() -> None:
    assert evidence([True], 10, 0) == float("inf")
    assert evidence([False] * 10, 10, 0) == 1
    with pytest.raises(ValueError, match="11 looks"):
        evidence([False] * 11, 10, 0)
