"""Pages as Streamlit's own test runner draws them: opened, read, pressed."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

MAIN = Path(__file__).parents[2] / "app" / "main.py"
Open = Callable[..., AppTest]


def open_at(address: str, **query: str) -> AppTest:
    """Open a page as a browser does that comes to its address."""
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page._page_hash = calc_hash(address) if address != "projects" else ""
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def texts(page: AppTest) -> str:
    """Everything a page says outside of tables."""
    kinds = ("title", "header", "markdown", "caption", "text", "info", "warning", "error")
    return "\n".join(element.value for kind in kinds for element in page.get(kind))


def press(page: AppTest, label: str) -> AppTest:
    """Press the one button that is labelled so."""
    [found] = [button for button in page.button if button.label == label]
    assert not found.disabled, label
    return found.click().run()
