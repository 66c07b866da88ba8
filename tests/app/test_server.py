"""The server process as a whole: what it sets, what it keeps, what it must not load."""

import tomllib
from pathlib import Path
from typing import Any

from app import streamlit_options
from app.server import create_app
from labeling.settings import load_settings

REPOSITORY = Path(__file__).parents[2]


def test_the_options_in_code_are_those_of_the_file() -> None:
    written = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text())
    assert flattened(written) == {**streamlit_options.OPTIONS, **streamlit_options.THEME}


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    first = streamlit_options.persistent_secret(tmp_path)
    assert len(bytes.fromhex(first)) == 32
    assert streamlit_options.persistent_secret(tmp_path) == first
    assert (tmp_path / "cookie_secret").stat().st_mode & 0o077 == 0


def test_streamlit_is_configured_in_code(tmp_path: Path) -> None:
    from streamlit import config

    create_app(load_settings(home=tmp_path, allowed_hosts="labels.example"), port=9000)
    assert config.get_option("server.address") == "127.0.0.1"
    assert config.get_option("server.port") == 9000
    assert config.get_option("browser.gatherUsageStats") is False
    assert config.get_option("server.enableXsrfProtection") is True
    assert "labels.example" in config.get_option("server.allowedHosts")
    assert config.get_option("server.cookieSecret") == streamlit_options.persistent_secret(tmp_path)


def flattened(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= flattened(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
