"""The server process as a whole: what it sets, what it keeps, what it must not load."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from app import streamlit_options
from app.server import create_app
from labeling.settings import load_settings

REPOSITORY = Path(__file__).parents[2]
WALK = """
import sys
from starlette.testclient import TestClient
from app.server import create_app
from labeling.settings import load_settings

with TestClient(create_app(load_settings()), base_url="http://127.0.0.1:8501") as client:
    assert client.get("/healthz").json()["ok"]
    assert client.get("/", headers={"accept": "text/html"}).status_code == 200
    assert client.get("/api/queue?project=none").status_code == 404
    import app.views.review
    import app.components.upload.face
loaded = sorted({"torch", "open_clip", "torchvision", "modAL"} & set(sys.modules))
assert not loaded, loaded
"""


def test_the_app_process_never_loads_torch(tmp_path: Path) -> None:
    environment = {**os.environ, "PRELABEL_HOME": str(tmp_path), "PYTHONPATH": str(REPOSITORY)}
    walk = subprocess.run(
        [sys.executable, "-c", WALK], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert walk.returncode == 0, walk.stderr


def test_no_file_of_app_bears_the_name_of_another_module() -> None:
    own = {path.stem for path in (REPOSITORY / "app").glob("*") if path.suffix in {".py", ""}}
    taken = own & set(sys.stdlib_module_names)
    assert not taken - {"__init__"}, taken


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
