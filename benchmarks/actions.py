"""Input actions per verified item: single view, grid, and the two mixed, on the sample ``digits``.

``python -m benchmarks.actions [--out FOLDER] [--full]``

Hands that know the truth verify the whole sample with the page's own keys, clicks and drags, each
of them counted as one action (``benchmarks/hands.py``), from the open page to the last item:

- single: no grid; Enter where the proposal is right, else the rank of the class or a search
- grid: each class confirmed page by page; every exception is marked and given its class there
- mixed: the same, but exceptions that take fewer actions in the single view are left for it

Blind items, and near-duplicates of them, come in the single view only; they are counted in all
three. The baseline is counted from the proposals of the same run: a page with one click an item
(the right class is a button), and a page with a click to confirm and one more to choose a class
where the proposal is wrong. Every label is compared with the truth in the end.
"""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Browser, expect

from benchmarks.browser import chromium, served, workspace
from benchmarks.grid_hands import GridHands
from benchmarks.hands import Hands
from benchmarks.homes import finish, workplace
from benchmarks.report import Figure, parser, publish
from benchmarks.sample_truth import Truth, proposed, read_truth, verified
from benchmarks.single_hands import verify_singly
from labeling.workflows import demo

SAMPLE = "digits"
VIEWPORT = {"width": 1920, "height": 1080}


@dataclass(frozen=True)
class Way:
    """How the sample is verified.

    Args:
        grid: whether the grid comes before the single view.
        leaving: whether exceptions may be left for the single view.
    """

    grid: bool
    leaving: bool = False


WAYS = {"single": Way(grid=False), "grid": Way(grid=True), "mixed": Way(grid=True, leaving=True)}


@dataclass(frozen=True)
class Outcome:
    """Actions, in all and in the grid; items, how many came blind, verified, verified rightly."""

    actions: int
    in_grid: int
    items: int
    blind: int
    verified: int
    right: int

    @property
    def per_item(self) -> float:
        """Actions for each verified item."""
        return self.actions / self.verified


def main() -> None:
    arguments = parser(__doc__).parse_args()
    with workplace() as work, chromium() as browser:
        with workspace(work / "home") as ws:
            for job in demo.add_sample(ws, SAMPLE):
                finish(ws, job)
            truth, first = read_truth(ws, SAMPLE), proposed(ws, SAMPLE)
        found = {}
        for name, way in WAYS.items():
            home = shutil.copytree(work / "home", work / name)
            found[name] = by_hand(browser, home, truth, way)
    outcomes = {name: asdict(one) for name, one in found.items()}
    publish("actions", arguments.out, figures(found, clicks_to_confirm(truth, first)), outcomes)


def by_hand(browser: Browser, home: Path, truth: Truth, way: Way) -> Outcome:
    """Verify the whole sample in a browser."""
    with served(home) as server:
        page = browser.new_page(viewport=VIEWPORT)
        hands, in_grid = Hands(page), 0
        page.goto(f"{server.url}/review?project={SAMPLE}" + ("&view=grid" if way.grid else ""))
        if way.grid:
            GridHands(hands, truth, leaving=way.leaving).verify()
            in_grid = hands.actions
            hands.click(page.get_by_test_id("view-single"))
        blind = verify_singly(hands, truth)
        saved = page.get_by_test_id("outbox")
        expect(saved).to_have_attribute("data-pending", "0", timeout=60_000)
        page.close()
    with workspace(home) as ws:
        labels = verified(ws, SAMPLE)
    right = sum(truth.shows[sha] == label for sha, label in labels.items())
    return Outcome(hands.actions, in_grid, len(truth.shows), blind, len(labels), right)


def clicks_to_confirm(truth: Truth, first: Mapping[str, str]) -> float:
    """Clicks per item where one confirms a proposal and a wrong one takes another to choose."""
    wrong = sum(truth.shows[sha] != label for sha, label in first.items())
    return 1 + wrong / len(first)


def figures(found: Mapping[str, Outcome], to_confirm: float) -> list[Figure]:
    """Actions per verified item of every way, beside clicks."""
    mixed = found["mixed"].per_item
    return [
        Figure("single view only: actions per item", found["single"].per_item, unit=""),
        Figure("grid, and single view for blind items", found["grid"].per_item, unit=""),
        Figure("mixed: actions per item", mixed, "<= 0.4", ""),
        Figure("a click an item, on its class / mixed", 1 / mixed),
        Figure("a click to confirm, one more to choose: per item", to_confirm, unit=""),
        Figure("– / mixed", to_confirm / mixed),
        *(
            Figure(f"{name}: items verified rightly", 100 * one.right / one.items, ">= 100", "%")
            for name, one in found.items()
        ),
    ]


if __name__ == "__main__":
    main()
