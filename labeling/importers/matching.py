"""Which picture of a project a row of labels means: by its bytes or its name, never by a guess."""

import re
import unicodedata
from collections.abc import Iterable

from labeling.errors import InputError
from labeling.images.entry import storable
from labeling.importers.base import LabelRow, suffixes
from labeling.importers.records import SHA

MARK = re.compile(r"-([0-9a-f]{12})(\.[^./]+)?$")
"""How the name of an exported picture ends: the first digits of its SHA-256."""
TOLD = 3
"""How many pictures of the same name are listed."""


class PictureFinder:
    """Finds the items that rows mean, among those that are offered.

    It remembers nothing of an item that no row may mean, so that a million items cost no memory.
    """

    def __init__(self, rows: Iterable[LabelRow]) -> None:
        self._by_sha: dict[str, str] = {}
        self._by_mark: dict[str, dict[str, str]] = {}
        self._by_end: dict[str, dict[str, str]] = {}
        self._by_stem: dict[str, dict[str, str]] = {}
        self._shas: set[str] = set()
        for row in rows:
            self._want(row)

    def _want(self, row: LabelRow) -> None:
        if row.sha256:
            self._shas.add(row.sha256)
            return
        by_name = self._by_stem if row.is_stem else self._by_end
        for name in row.names:
            by_name.setdefault(_plain(name), {})
            if SHA.fullmatch(name):
                self._shas.add(name)
            if mark := MARK.search(name):
                self._by_mark.setdefault(mark[1], {})

    def offer(self, item_id: str, path: str, sha256: str) -> None:
        """Tell of an item and a path that it came under; once for each of its paths."""
        if sha256 in self._shas:
            self._by_sha[sha256] = item_id
        if (marked := self._by_mark.get(sha256[:12])) is not None:
            marked[item_id] = path
        for end in suffixes(_plain(path)):
            _note(self._by_end, end, item_id, path)
            if self._by_stem:
                _note(self._by_stem, _stem(end), item_id, path)

    def find(self, row: LabelRow) -> str:
        """The id of the item that a row means.

        Raises:
            InputError: it has a fault, names no item, or a name that several items bear.
        """
        if row.fault:
            raise InputError(row.fault)
        if row.sha256:
            return self._of_bytes(row)
        by_name = self._by_stem if row.is_stem else self._by_end
        for name in row.names:
            if name in self._by_sha:
                return self._by_sha[name]
            mark = MARK.search(name)
            for found in (by_name[_plain(name)], self._by_mark[mark[1]] if mark else {}):
                if len(found) == 1:
                    return next(iter(found))
                if found:
                    told = ", ".join(sorted(found.values()))
                    fix = "Give more of the path, or the SHA-256."
                    raise InputError(f"several items are called {name!r}: {told}", fix)
        if not row.names:
            raise InputError("the row names no picture")
        fix = "Give its path as imported, or its SHA-256."
        raise InputError(f"no item is called {row.image!r}", fix)

    def _of_bytes(self, row: LabelRow) -> str:
        item = self._by_sha.get(row.sha256 or "")
        if item is None:
            what = f"no item has the bytes of {row.image!r} (SHA-256 {row.sha256})"
            raise InputError(what, "Import that picture, or leave the SHA-256 out to go by name.")
        return item


def _note(known: dict[str, dict[str, str]], name: str, item_id: str, path: str) -> None:
    items = known.get(name)
    if items is not None and len(items) < TOLD:
        items.setdefault(item_id, path)


def _plain(name: str) -> str:
    """A name as it is compared: one form of Unicode, / between folders, also within archives."""
    name = unicodedata.normalize("NFC", storable(name)).replace("\\", "/").replace("!/", "/")
    return name.removeprefix("./")


def _stem(path: str) -> str:
    dot = path.rfind(".")
    return path[:dot] if dot > path.rfind("/") else path
