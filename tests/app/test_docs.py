"""Every command, setting and registry name is documented."""

from pathlib import Path

import pytest
from typer.main import get_command

from app.cli import app
from labeling.exporters.registry import EXPORTERS
from labeling.importers.registry import IMPORTERS
from labeling.prompts.templates import SHIPPED
from labeling.selection.policies import POLICIES
from labeling.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


def commands() -> list[str]:
    names = []
    for name, command in get_command(app).commands.items():
        inner = getattr(command, "commands", None)
        names += [f"{name} {sub}" for sub in inner] if inner else [name]
    return names


@pytest.mark.parametrize("command", commands())
def test_command_is_documented(command: str) -> None:
    assert f"`prelabel {command}" in (DOCS / "commands.md").read_text("utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_is_documented(name: str) -> None:
    assert f"`PRELABEL_{name.upper()}`" in (DOCS / "settings.md").read_text("utf-8")


@pytest.mark.parametrize("name", [*POLICIES, *SHIPPED, *EXPORTERS])
def test_registry_name_is_documented(name: str) -> None:
    assert f"`{name}`" in (DOCS / "commands.md").read_text("utf-8")


@pytest.mark.parametrize("name", IMPORTERS)
def test_format_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (DOCS / "formats.md").read_text("utf-8")
