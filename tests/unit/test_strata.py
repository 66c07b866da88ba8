"""Which audits are taken together."""

from datetime import datetime, timedelta

from labeling.quality.strata import Draw, strata

DAY = datetime(2026, 5, 1)


def draw(share: float | None, day: int, first: int | None = None, *, whole: bool = False) -> Draw:
    answered = None if first is None else DAY + timedelta(days=first)
    return Draw(share, DAY + timedelta(days=day), answered, whole)


def test_imports_that_were_there_before_the_first_answer_are_one_draw() -> None:
    assert strata([draw(0.1, 0, 5), draw(0.1, 1), draw(0.1, 2, 6)]) == [[0, 1, 2]]


def test_another_chance_is_a_stratum_of_its_own() -> None:
    assert strata([draw(0.1, 0), draw(0.05, 1), draw(0.1, 2)]) == [[0, 2], [1]]


def test_what_came_after_an_answer_waits_by_itself_until_both_are_whole() -> None:
    assert strata([draw(0.1, 0, 3), draw(0.1, 4)]) == [[0], [1]]
    assert strata([draw(0.1, 0, 3, whole=True), draw(0.1, 4, 5)]) == [[0], [1]]
    both = [draw(0.1, 0, 3, whole=True), draw(0.1, 4, 5, whole=True)]
    assert strata(both) == [[0, 1]]
    assert strata([*both, draw(0.1, 9), draw(0.1, 10)]) == [[0, 1], [2, 3]]


def test_an_answer_at_the_moment_of_the_draw_is_before_it() -> None:
    assert strata([draw(0.1, 0, 4), draw(0.1, 4)]) == [[0], [1]]


def test_a_small_import_that_none_was_drawn_from_belongs_to_its_share() -> None:
    assert strata([draw(0.1, 0, 1, whole=True), draw(0.1, 2, whole=True)]) == [[0, 1]]


def test_without_an_audit_nothing_is_known() -> None:
    assert strata([draw(0.0, 0, whole=True), draw(0.1, 0), draw(None, 3, 4)]) == [[0, 2], [1]]
    assert strata([]) == []
