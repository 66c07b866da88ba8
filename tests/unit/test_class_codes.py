"""Codes of classes: unique, none the beginning of another one, and the same for good."""

from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.class_codes import ONE_STROKE, TWO_STROKES, assign

NAMES = [f"class {n}" for n in range(600)]


def fresh(count: int) -> dict[str, str | None]:
    return assign({}, NAMES[:count])


def is_prefix_free(codes: list[str]) -> bool:
    return not any(a != b and b.startswith(a) for a in codes for b in codes)


def test_nine_classes_have_one_digit_each() -> None:
    assert list(fresh(9).values()) == list("123456789")


def test_more_have_two_strokes_and_the_first_is_a_digit() -> None:
    assert list(fresh(90).values()) == [str(n) for n in range(10, 100)]
    codes = list(fresh(400).values())
    assert codes[90:92] == ["1a", "1b"]
    assert codes[90 + 234] == "1A"
    assert all(code and code[0] in "123456789" and code[1].isalnum() for code in codes)


def test_beyond_the_last_code_a_class_has_none() -> None:
    codes = list(fresh(600).values())
    assert len(TWO_STROKES) == len(set(TWO_STROKES)) == 558
    assert codes[:558] == list(TWO_STROKES)
    assert set(codes[558:]) == {None}


def test_a_class_that_comes_back_gets_its_code_back() -> None:
    codes = assign({}, ["a", "b", "c"])
    without = assign(codes, ["a", "c"])
    assert without["b"] == "2"
    with_new = assign(without, ["a", "c", "d"])
    assert (with_new["d"], with_new["b"]) == ("4", "2")
    assert assign(with_new, ["a", "b", "c", "d"]) == {"a": "1", "b": "2", "c": "3", "d": "4"}


def test_an_active_class_takes_the_code_of_an_inactive_one_where_no_other_is_left() -> None:
    codes = assign(fresh(9), NAMES[1:9])
    assert codes[NAMES[0]] == "1"
    codes = assign(codes, [*NAMES[1:9], "new"])
    assert (codes["new"], codes[NAMES[0]]) == ("1", None)


def test_two_strokes_stay_when_classes_go() -> None:
    ten = fresh(10)
    nine = assign(ten, NAMES[:9])
    assert {name: nine[name] for name in NAMES[:9]} == {name: ten[name] for name in NAMES[:9]}


@settings(max_examples=150)
@given(st.lists(st.sets(st.integers(0, 119), min_size=1), min_size=1, max_size=6))
def test_through_any_history_codes_are_unique_prefix_free_and_stay(steps: list[set[int]]) -> None:
    codes: dict[str, str | None] = {}
    for step in steps:
        active = [NAMES[n] for n in sorted(step)]
        before, codes = codes, assign(codes, active)
        given_ = [code for code in codes.values() if code]
        assert len(given_) == len(set(given_))
        assert is_prefix_free(given_)
        assert all(codes[name] for name in active)
        kept = [n for n in active if len(before.get(n) or "") == len(codes[n] or "")]
        assert all(codes[name] == before[name] for name in kept)
        assert assign(codes, active) == codes


@given(st.dictionaries(st.sampled_from(NAMES[:30]), st.sampled_from(["", "1", "10", "zz", "1A"])))
def test_whatever_is_stored_the_answer_is_sound(stored: dict[str, str]) -> None:
    codes = assign(stored, NAMES[:20])
    active = [codes[name] for name in NAMES[:20]]
    assert len(set(active)) == 20
    assert set(active) <= set(TWO_STROKES) | set(ONE_STROKE)
    assert len({len(code) for code in codes.values() if code}) == 1
