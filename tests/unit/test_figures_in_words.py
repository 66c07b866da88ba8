"""How a figure reads, on pages and on the command line."""

from labeling.quality.agreement import Share
from labeling.quality.wording import in_words


def test_a_figure_bears_its_interval_and_its_n() -> None:
    assert in_words(Share(9, 10).as_dict()) == "90.0% (55.5% to 99.7%, n 10)"


def test_where_nothing_was_counted_no_figure_is_told() -> None:
    assert in_words(Share(0, 0).as_dict()) == "not known yet"
