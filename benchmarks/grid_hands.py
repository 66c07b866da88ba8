"""Verifying classes in the grid by hands that know the truth."""

from collections.abc import Mapping, Sequence

from benchmarks.grid_plan import Run, Tile, plan
from benchmarks.hands import Hands
from benchmarks.sample_truth import NONE, Truth

TILES = "[data-testid=grid-item]"
NOTICE = "[data-testid=grid-notice]:not([hidden])"
MOST = "240"
_READY = """([tiles, notice, old, empty]) => {
  if (document.querySelector('.pl-turning')) return false
  const said = document.querySelector(notice)
  if (said) return said.textContent.includes(empty)
  const painted = Number(document.querySelector('[data-testid=grid-board]')?.dataset.painted)
  return painted > 0 && document.querySelector(tiles).dataset.sha !== old
}"""
_TILES = """all => all.map(one => ({
  sha: one.dataset.sha,
  stack: one.querySelector('.pl-badge')?.textContent ?? '',
  row: one.offsetTop,
}))"""


class GridHands:
    """Somebody at the grid.

    Args:
        hands: at the page of the grid.
        truth: of its pictures.
        leaving: whether exceptions may be left for the single view where that costs less.
    """

    def __init__(self, hands: Hands, truth: Truth, *, leaving: bool) -> None:
        self.hands = hands
        self.page = hands.page
        self.truth = truth
        self.leaving = leaving

    def verify(self) -> None:
        """Go through every class that is proposed for anything, the one on screen first."""
        self.page.wait_for_selector(TILES, timeout=60_000)
        self.hands.choose(self.page.get_by_test_id("grid-limit"), MOST)
        self.page.wait_for_timeout(1000)
        shown = self._shown()
        labels = [shown, *(label for label in self._waiting() if label != shown)]
        codes = self._codes()
        for number, label in enumerate(labels):
            if number:
                self.hands.click(
                    self.page.locator(f"[data-testid=grid-class][data-label='{label}']")
                )
            self._verify_class(label, codes)

    def _verify_class(self, label: str, codes: Mapping[str, str]) -> None:
        before = ""
        while self._comes(label, before):
            before = self.page.locator(TILES).first.get_attribute("data-sha") or ""
            self._verify_page(label, codes)

    def _verify_page(self, label: str, codes: Mapping[str, str]) -> None:
        strokes = {name: len(code) for name, code in codes.items()}
        made = plan(self._tiles(), label, strokes, leaving=self.leaving)
        for shows, runs in made.relabel.items():
            self._mark(runs)
            self.hands.press(*codes[shows])
        self._mark(made.leave)
        self.hands.press("Enter")

    def _mark(self, runs: Sequence[Run]) -> None:
        tiles = self.page.locator(TILES)
        for first, last in runs:
            if first == last:
                self.hands.click(tiles.nth(first))
            else:
                self.hands.drag(tiles.nth(first), tiles.nth(last))

    def _tiles(self) -> list[Tile]:
        found = self.page.locator(TILES).evaluate_all(_TILES)
        return [self._tile(one["sha"], one["stack"], one["row"]) for one in found]

    def _tile(self, sha: str, stack: str, row: int) -> Tile:
        if not stack:
            return Tile(self.truth.shows[sha], 1, row)
        return Tile(self.truth.of_stack(sha), int(stack.removeprefix("×")), row)

    def _shown(self) -> str:
        row = self.page.locator("[data-testid=grid-class][aria-current=true]")
        return row.get_attribute("data-label") or ""

    def _waiting(self) -> list[str]:
        """The classes that anything waits of."""
        return self.page.locator("[data-testid=grid-class]:not(.pl-quiet)").evaluate_all(
            "all => all.map(one => one.dataset.label)"
        )

    def _codes(self) -> dict[str, str]:
        """The strokes of every class, as its row shows them."""
        rows = self.page.get_by_test_id("grid-class").evaluate_all(
            "all => all.map(one => [one.dataset.label, one.querySelector('kbd')?.textContent])"
        )
        return {label: cap.replace(" ", "") for label, cap in rows} | {NONE: "n"}

    def _comes(self, label: str, before: str) -> bool:
        """Wait for a page that does not begin with ``before``; False where no more comes."""
        empty = f"No more pictures proposed as {label.replace('_', ' ')} for you"
        arguments = [TILES, NOTICE, before, empty]
        self.page.wait_for_function(_READY, arg=arguments, timeout=60_000)
        return self.page.locator(NOTICE).count() == 0
