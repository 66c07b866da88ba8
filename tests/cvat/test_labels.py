"""Classes and the labels of a CVAT project: no class ever gets the label of another one."""

from hypothesis import given
from hypothesis import strategies as st

from labeling.cvat.answers import RemoteLabel
from labeling.cvat.labels import MAX_NAME, Known, LabelPlan, former_name, plan_labels


def label(number: int, name: str, kind: str = "tag") -> RemoteLabel:
    return RemoteLabel(number, name, kind, {})


def ids(plan: LabelPlan) -> dict[str, int]:
    return {class_id: found.id for class_id, found in plan.by_class.items()}


def steps(plan: LabelPlan) -> list[tuple[int, str]]:
    return [(found.id, name) for found, name in plan.rename]


def test_labels_are_found_by_the_id_they_had_then_by_name() -> None:
    names = {"1": "cat", "2": "dog", "3": "bird", "4": "fish", "5": "cow", "6": "bee", "7": "ant"}
    known = {
        "1": Known(11, "cat"),
        "2": Known(12, "hound"),
        "3": Known(13, "bird"),
        "4": Known(14, "fish"),
        "7": Known(19, "ant"),
    }
    there = [
        label(11, "cat"),
        label(12, "hound"),
        label(13, "fowl"),
        label(16, "bee", "rectangle"),
        label(17, "ant"),
    ]
    plan = plan_labels(names, known, there)
    assert ids(plan) == {"1": 11, "2": 12, "7": 17}
    assert steps(plan) == [(12, "dog")]
    assert plan.renamed == [("3", "fowl")]
    assert plan.removed == ["4"]
    assert plan.add == {"5": "cow"}
    assert plan.untaggable == ["6"]


def test_a_class_that_is_called_as_one_that_ended_gets_a_label_of_its_own() -> None:
    known = {"old": Known(11, "cat"), "dog": Known(12, "dog")}
    there = [label(11, "cat"), label(12, "dog")]
    plan = plan_labels({"dog": "dog", "new": "cat"}, known, there, {"old": "cat (now dog)"})
    assert (ids(plan), plan.add) == ({"dog": 12}, {"new": "cat"})
    assert steps(plan) == [(11, "cat (now dog)")]


def test_a_class_that_is_renamed_as_one_that_ended_keeps_its_own_label() -> None:
    known = {"old": Known(11, "cat"), "dog": Known(12, "dog")}
    there = [label(11, "cat"), label(12, "dog")]
    plan = plan_labels({"dog": "cat"}, known, there, {"old": "cat (now dog)"})
    assert ids(plan) == {"dog": 12}
    assert steps(plan) == [(11, "cat (now dog)"), (12, "cat")]


def test_the_former_name_of_a_class_does_not_give_its_label_away() -> None:
    plan = plan_labels({"1": "kitten", "2": "cat"}, {"1": Known(11, "cat")}, [label(11, "cat")])
    assert (ids(plan), steps(plan), plan.add) == ({"1": 11}, [(11, "kitten")], {"2": "cat"})


def test_a_label_that_is_there_again_is_found_by_the_last_name_it_had() -> None:
    known, there = {"1": Known(11, "cat")}, [label(12, "cat")]
    plan = plan_labels({"1": "kitten"}, known, there)
    assert (ids(plan), steps(plan), plan.removed) == ({"1": 12}, [(12, "kitten")], [])
    plan = plan_labels({"1": "kitten", "2": "cat"}, known, there)
    assert (ids(plan), steps(plan), plan.removed) == ({"2": 12}, [], ["1"])


def test_a_new_name_that_somebodys_label_has_is_told() -> None:
    there = [label(11, "cat"), label(12, "kitten")]
    plan = plan_labels({"1": "kitten"}, {"1": Known(11, "cat")}, there)
    assert (plan.taken, plan.rename) == (["kitten"], [])


NAMES = st.permutations("abcdef")


@given(before=NAMES, after=NAMES, most=st.integers(0, 6))
def test_labels_that_exchange_their_names_meet_no_name_that_is_taken(
    before: list[str], after: list[str], most: int
) -> None:
    """Broken off after ``most`` renamings, it goes on from there."""
    known = {str(n): Known(n, name) for n, name in enumerate(before)}
    names = {str(n): name for n, name in enumerate(after)}
    called = dict(enumerate(before))
    for end in (most, None):
        plan = plan_labels(names, known, [label(n, name) for n, name in called.items()])
        assert (plan.renamed, plan.add, plan.taken) == ([], {}, [])
        assert ids(plan) == {c: last.id for c, last in known.items()}
        for found, name in plan.rename[:end]:
            assert name not in called.values()
            called[found.id] = name
    assert list(called.values()) == after


def test_the_name_that_a_label_of_an_ended_class_gets_is_free_and_short() -> None:
    assert former_name("cat", ["dog"], ()) == "cat (now dog)"
    assert former_name("cat", ["dog"], {"cat (now dog)"}) == "cat (now dog) 2"
    assert former_name("cat", ["lion", "tiger"], ()) == "cat (split)"
    assert former_name("cat", [], ()) == "cat (inactive)"
    assert len(former_name("x" * MAX_NAME, ["y" * MAX_NAME], ())) == MAX_NAME
