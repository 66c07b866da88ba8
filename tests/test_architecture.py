"""The import rule of DESIGN.md, that it bites, and that the app process stays without torch."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PACKAGES = ("app", "labeling", "db")
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

WITHOUT_TORCH = """
import importlib, pkgutil, sys
from pathlib import Path
from starlette.testclient import TestClient

import app
from app.server import create_app
from labeling.settings import Settings

server = create_app(Settings(home=Path(sys.argv[1])))
for found in pkgutil.walk_packages(app.__path__, "app."):
    if found.name not in ("app.main", "app.worker"):
        importlib.import_module(found.name)
with TestClient(server, base_url="http://127.0.0.1:8501") as client:
    assert client.get("/healthz").json()["ok"]
    assert client.get("/api/queue?project=nothing").status_code == 404
    assert client.get("/").status_code == 200
heavy = {"torch", "torchvision", "open_clip", "modAL", "skorch", "sklearn", "cvat_sdk"}
loaded = sorted(heavy & set(sys.modules))
assert not loaded, loaded
"""


def lint(root: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=root,
        env={"PATH": "", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources alone, to be spoiled."""
    for package in PACKAGES:
        shutil.copytree(
            REPOSITORY / package,
            tmp_path / package,
            ignore=lambda folder, names: _others(folder, names),
        )
    shutil.copy(REPOSITORY / ".importlinter", tmp_path)
    return tmp_path


def _others(folder: str, names: list[str]) -> list[str]:
    return [n for n in names if not (n.endswith(".py") or (Path(folder) / n).is_dir())]


def test_every_import_keeps_to_the_rule() -> None:
    done = lint(REPOSITORY)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("db/ids.py", "import labeling.errors", "each knows only what stands below it"),
        ("labeling/errors.py", "import app.session", "each knows only what stands below it"),
        ("labeling/images/blobs.py", "import labeling.workspace", "Inside labeling"),
        ("labeling/heads/linear.py", "import labeling.selection.policies", "Inside labeling"),
        ("labeling/shortcut.py", "", "Inside labeling"),
        ("db/ids.py", "import db.tables", "Inside db"),
        ("app/views/jobs.py", "import db.jobs", "through workflows"),
        ("labeling/scoring/abstain.py", "import sqlalchemy", "know the database"),
        ("labeling/heads/linear.py", "import db.jobs", "know the database"),
        ("app/routes/health.py", "import streamlit", "Streamlit only"),
        ("labeling/workflows/rank.py", "import starlette", "No web framework"),
        ("labeling/workflows/rank.py", "import torch", "torch and the models"),
        ("labeling/workflows/rank.py", "def f():\n    import open_clip", "torch and the models"),
        ("app/worker.py", "import sklearn", "modAL and scikit-learn"),
        ("labeling/workflows/rank.py", "import cvat_sdk", "cvat_sdk only"),
        ("labeling/images/blobs.py", "import labeling.images.files", "No cycles"),
    ],
)
@pytest.mark.slow
def test_a_line_against_the_rule_is_found(copy: Path, file: str, line: str, contract: str) -> None:
    path = copy / file
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    if contract == "No cycles":
        (copy / "labeling/images/files.py").write_text("import labeling.images.blobs\n")
    done = lint(copy)
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    verdict = re.search(rf"{contract}.*?(KEPT|BROKEN|not configured|missing layers)", told)
    assert verdict, told[-3000:]
    assert verdict[1] != "KEPT"


@pytest.mark.slow
def test_the_app_process_has_no_torch(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_package_markers_are_empty() -> None:
    for package in PACKAGES:
        for marker in (REPOSITORY / package).rglob("__init__.py"):
            assert marker.read_text() == "", marker


def test_no_module_of_app_hides_another() -> None:
    """Streamlit puts ``app/`` first on the path."""
    from importlib.util import find_spec

    taken = set(sys.stdlib_module_names)
    for path in (REPOSITORY / "app").iterdir():
        name = path.stem if path.suffix == ".py" else path.name
        if path.name == "__init__.py" or not (path.suffix == ".py" or path.is_dir()):
            continue
        assert name not in taken, name
        spec = find_spec(name)
        assert spec is None or "site-packages" not in str(spec.origin), name
