"""Verifying what waits in the single view, picture by picture, by hands that know the truth."""

from benchmarks.hands import Hands
from benchmarks.sample_truth import NONE, Truth

IMAGE = "[data-testid=review-image]"
BLIND = "[data-testid=blind]"
DONE = "Every picture is verified"
RANKS = 9
_SETTLED = f"""old => document.querySelector('{IMAGE}')?.dataset.sha !== old
  && (document.querySelector('{IMAGE}')
      || document.querySelector('[data-testid=review]')?.textContent.includes('{DONE}'))"""


def verify_singly(hands: Hands, truth: Truth) -> int:
    """Decide every picture that comes; how many of them were blind."""
    page, blind, before = hands.page, 0, ""
    while True:
        page.wait_for_function(_SETTLED, arg=before, timeout=60_000)
        image = page.locator(IMAGE)
        if not image.count():
            return blind
        before = image.get_attribute("data-sha") or ""
        hidden = page.locator(BLIND).count() > 0
        blind += hidden
        proposal = image.get_attribute("data-proposal")
        decide(hands, truth.shows[before], None if hidden else proposal, hidden=hidden)


def decide(hands: Hands, label: str, proposal: str | None, *, hidden: bool) -> None:
    """Give the picture on screen its class, with the fewest actions."""
    page = hands.page
    ranked = page.get_by_test_id("proposal").evaluate_all("all => all.map(x => x.dataset.label)")
    if label == proposal:
        hands.press("Enter")
    elif label == NONE:
        hands.press("n")
    elif hidden:
        hands.click(page.get_by_test_id("classes").locator(f"[data-label='{label}']"))
    elif label in ranked[:RANKS]:
        hands.press(str(ranked.index(label) + 1))
    else:
        hands.press("/", *label, "Enter")
