"""Splits keep groups whole, give every stratum its shares, and stay when pictures are added."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.splits import Member, place

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def many(count, strata=4, group_every=0):
    return [
        Member(f"{n:064x}", f"class {n % strata}", f"g{n // 3}" if group_every else None)
        for n in range(count)
    ]


def test_every_stratum_gets_its_shares_to_one_picture():
    members = many(400)
    placed = place(members, SHARES, seed=1)
    for stratum in {member.stratum for member in members}:
        counts = Counter(placed[m.sha256] for m in members if m.stratum == stratum)
        for split, share in SHARES.items():
            assert abs(counts[split] - share * counts.total()) <= 1


def test_another_seed_gives_other_splits_and_the_same_seed_the_same():
    members = many(100)
    assert place(members, SHARES, 1) == place(members[::-1], SHARES, 1)
    assert place(members, SHARES, 1) != place(members, SHARES, 2)


groups = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 8)), max_size=60)


@given(groups, st.integers(0, 9))
def test_a_group_is_never_torn(rows, seed):
    members = [
        Member(f"{n:064x}", f"class {stratum}", f"g{group}" if group else None)
        for n, (stratum, group) in enumerate(rows)
    ]
    placed = place(members, SHARES, seed)
    assert set(placed) == {member.sha256 for member in members}
    for group in {member.group for member in members} - {None}:
        assert len({placed[m.sha256] for m in members if m.group == group}) == 1


@given(groups, st.integers(0, 60), st.integers(0, 9))
def test_what_was_placed_stays_when_pictures_are_added_or_gone(rows, cut, seed):
    members = [
        Member(f"{n:064x}", f"class {stratum}", f"g{group}" if group else None)
        for n, (stratum, group) in enumerate(rows)
    ]
    before = place(members[:cut], SHARES, seed)
    after = place(members[cut // 2 :], SHARES, seed, earlier=before)
    for sha, split in before.items():
        assert after.get(sha, split) == split


def test_new_near_duplicates_follow_the_ones_that_are_placed():
    [old] = many(1)
    old = Member(old.sha256, old.stratum, "g")
    before = place([old], {"train": 0.0, "test": 1.0}, 0)
    new = Member("f" * 64, "another class", "g")
    assert place([old, new], SHARES, 0, before)[new.sha256] == "test"


@pytest.mark.parametrize(
    "shares", [{}, {"train": 0.5}, {"train": 1.5, "test": -0.5}, {"learn": 1.0}]
)
def test_impossible_shares_are_refused(shares):
    with pytest.raises(ValueError, match=r"split|shares"):
        place(many(3), shares, 0)
