"""A board of small pictures, each with words below it and a way to see it large."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

from app.parts import thumb


def html(rows: Sequence[Mapping[str, Any]], detailed: str | None) -> str:
    """The board as HTML.

    Args:
        rows: item, sha, width, height, source, alt, and words: lines below the picture, the first
            in bold where there are several.
        detailed: the project whose page of an item each picture opens; None: the picture, large.
    """
    return f'<div class="prelabel-gallery">{"".join(_figure(row, detailed) for row in rows)}</div>'


def _figure(row: Mapping[str, Any], detailed: str | None) -> str:
    picture = thumb.html(row["sha"], row["alt"], width=row["width"], height=row["height"])
    first, *rest = row["words"]
    words = f"<b>{escape(first)}</b>{escape(' '.join(rest))}" if rest else escape(first)
    return (
        f'<figure title="{escape(row["source"])}"><a {_way(row, detailed)}>{picture}</a>'
        f"<figcaption>{words}</figcaption></figure>"
    )


def _way(row: Mapping[str, Any], detailed: str | None) -> str:
    if detailed is None:
        return f'href="{thumb.address(row["sha"], "screen")}" target="_blank"'
    address = f"/item?{urlencode({'project': detailed, 'item': row['item']})}"
    return f'href="{escape(address)}" target="_self"'
