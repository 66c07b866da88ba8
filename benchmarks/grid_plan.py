"""What to mark on a page of the grid, and what to do with it, for the fewest actions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MIXED = "(several)"
"""What a stack shows whose pictures are of different classes: nothing that one key could say."""


class Tile(NamedTuple):
    """A thumbnail: what all its pictures show (or `MIXED`), their number, its row on screen."""

    shows: str
    pictures: int
    row: int


class Run(NamedTuple):
    """Tiles side by side in one row, from `first` to `last`: one click, or one drag."""

    first: int
    last: int


@dataclass(frozen=True)
class Plan:
    """What to do on a page.

    Args:
        relabel: the runs to mark for each class that is then typed.
        leave: the runs to mark and to leave for the single view.
    """

    relabel: Mapping[str, Sequence[Run]]
    leave: Sequence[Run]


def plan(
    tiles: Sequence[Tile], label: str, strokes: Mapping[str, int], *, leaving: bool = True
) -> Plan:
    """Plan a page on which `label` is proposed for all.

    Exceptions that show the same class are marked together and that class is typed, unless it is
    less work to leave them: each picture then costs one key in the single view.

    Args:
        tiles: of the page, in order.
        label: what is confirmed.
        strokes: keys that each class takes.
        leaving: whether exceptions may be left; stacks that show several classes always are.
    """
    exceptions: dict[str, list[int]] = defaultdict(list)
    for place, tile in enumerate(tiles):
        if tile.shows != label:
            exceptions[tile.shows].append(place)
    left = {
        shows
        for shows, places in exceptions.items()
        if shows == MIXED
        or (leaving and strokes[shows] > sum(tiles[place].pictures for place in places))
    }
    relabel = {
        shows: runs(tiles, places) for shows, places in exceptions.items() if shows not in left
    }
    return Plan(relabel, runs(tiles, sorted(p for shows in left for p in exceptions[shows])))


def runs(tiles: Sequence[Tile], places: Sequence[int]) -> list[Run]:
    """Places in ascending order as the fewest runs."""
    made: list[Run] = []
    for place in places:
        if made and made[-1].last == place - 1 and tiles[place].row == tiles[place - 1].row:
            made[-1] = Run(made[-1].first, place)
        else:
            made.append(Run(place, place))
    return made
