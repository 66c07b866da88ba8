"""How a figure reads, on pages and on the command line."""

import pytest

from labeling.quality.agreement import Pair, Share, error_of_labels
from labeling.quality.wording import error_in_words, in_words


def test_a_figure_bears_its_interval_and_its_n() -> None:
    assert in_words(Share(9, 10).as_dict()) == "90.0% (55.5% to 99.7%, n 10)"


def test_where_nothing_was_counted_no_figure_is_told() -> None:
    assert in_words(Share(0, 0).as_dict()) == "not known yet"


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        (0, "unknown until 20 second looks, none so far"),
        (19, "unknown until 20 second looks, 19 so far"),
        (20, "0.0% (0.0% to 16.8%, n 20)"),
    ],
)
def test_few_second_looks_tell_no_error(looks: int, words: str) -> None:
    cat = frozenset({"cat"})
    pairs = [Pair(str(number), "ann", "bob", cat, cat, None) for number in range(looks)]
    assert error_in_words(error_of_labels(pairs)) == words
