"""Where the weights behind open_clip's tags lie on the hub, known without importing open_clip.

``python -m labeling.encoders.pretrained`` writes ``pretrained.json`` anew from the installed
open_clip. The file is for early answers only: a tag that it lacks is left to open_clip itself.
"""

import json
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "pretrained.json"


def place(architecture: str, tag: str) -> str | None:
    """The place of a tag's weights, "org/name/" or "org/name/file"; None where it is unknown."""
    return _places().get(architecture, {}).get(tag)


@cache
def _places() -> dict[str, dict[str, str]]:
    return json.loads(FILE.read_text(encoding="utf-8"))


def from_open_clip() -> dict[str, dict[str, str]]:
    """Architecture to tag to place, from the table of the installed open_clip. Imports torch."""
    from open_clip.pretrained import get_pretrained_cfg, list_pretrained

    found: dict[str, dict[str, str]] = {}
    for architecture, tag in list_pretrained():
        if hub := get_pretrained_cfg(architecture, tag).get("hf_hub"):
            found.setdefault(architecture, {})[tag] = hub
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps(from_open_clip(), indent=1) + "\n", encoding="utf-8")
