"""The hands of somebody at a page: every key, click and drag is counted as one action."""

from playwright.sync_api import Locator, Page

_INSIDE = 8  # px from the corner of a tile


class Hands:
    """Keyboard and mouse of a page.

    Looking, moving the mouse and turning its wheel are no actions. A choice from a list of options
    is two: it is opened, and one is clicked.

    Args:
        page: the page to work on.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.actions += 1

    def click(self, target: Locator) -> None:
        """Click once."""
        target.click()
        self.actions += 1

    def choose(self, options: Locator, value: str) -> None:
        """Choose from a list of options."""
        options.select_option(value)
        self.actions += 2

    def drag(self, first: Locator, last: Locator) -> None:
        """Draw a frame from within one element to within another one."""
        first.scroll_into_view_if_needed()
        start, end = first.bounding_box(), last.bounding_box()
        if start is None or end is None:
            raise SystemExit("what should be dragged over is not on screen")
        mouse = self.page.mouse
        mouse.move(start["x"] + _INSIDE, start["y"] + _INSIDE)
        mouse.down()
        mouse.move(end["x"] + 2 * _INSIDE, end["y"] + 2 * _INSIDE, steps=4)
        mouse.up()
        self.actions += 1
