"""Pages as Streamlit's own test runner draws them."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

MAIN = Path(__file__).parents[2] / "app" / "main.py"
Open = Callable[..., AppTest]


def texts(page: AppTest) -> str:
    """Everything a page says outside of tables."""
    kinds = ("title", "header", "markdown", "caption", "text", "info", "warning", "error")
    return "\n".join(element.value for kind in kinds for element in page.get(kind))
