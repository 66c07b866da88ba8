"""Class names, cleaned and checked once, at the door.

Nothing is guessed: what can't be used is refused with the row it came from, and what was changed
(spaces, Unicode form) is visible in the answer.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labeling.errors import ClassNameError

MAX_LENGTH = 64
SEPARATOR = "|"
"""Between several aliases or prompts in one CSV cell."""

FIELDS = ("name", "display", "aliases", "prompts")
NONE_NAMES = frozenset({"none", "none of these"})
"""What stands for none of these in files; no class can be called so."""
PAGE_NAMES = frozenset({"surest of each", "sure at random"})
"""What stands for the pages of the grid with pictures of several classes."""
RESERVED = NONE_NAMES | PAGE_NAMES | {".", ".."}

_JOINERS = "\u200c\u200d"  # needed inside words of several scripts and inside emoji
_CODE_WORDS = frozenset({"class", "label", "category", "id", "item", "sku", "type", "part", "code"})


@dataclass(frozen=True)
class RawClass:
    """A class as somebody typed it; ``where`` is for messages ("row 3 of classes.csv")."""

    name: str
    where: str
    display: str = ""
    aliases: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClassSpec:
    """A checked class.

    ``display`` is the text that goes into prompts; ``needs_display`` tells that the name looks like
    a code and nobody gave a display text, so a model can't know what is meant.
    """

    name: str
    display: str
    aliases: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    needs_display: bool = False
    warnings: tuple[str, ...] = field(default=(), compare=False)


def clean(names: Iterable[str | RawClass]) -> list[ClassSpec]:
    """Check a whole list of classes.

    Args:
        names: class names, or rows that `read` and `parse` made.

    Returns:
        one ClassSpec per row, in order.

    Raises:
        ClassNameError: no row at all, or a name that is empty, reserved, over 64 characters, holds
            a slash, backslash or invisible character, or repeats another (case does not count).
    """
    seen: dict[str, str] = {}
    specs = []
    for number, given in enumerate(names, 1):
        raw = given if isinstance(given, RawClass) else RawClass(given, f"row {number}")
        specs.append(_spec(raw, seen))
    if not specs:
        raise ClassNameError("No class name was given", "Give at least one, such as: cat,dog")
    return specs


def parse(text: str) -> list[ClassSpec]:
    """Check classes written in one line, ``a,b,c``; a name with a comma goes in double quotes."""
    cells = next(csv.reader([text], skipinitialspace=True), [])
    return clean(RawClass(cell, f"position {n}") for n, cell in enumerate(cells, 1))


def read(path: Path | str) -> list[ClassSpec]:
    """Read and check a file of classes.

    ``.txt`` has a name per line. ``.csv`` has a header with ``name`` and, if wanted, ``display``,
    ``aliases``, ``prompts`` (several separated by ``|``). ``.yaml`` or ``.yml`` is a list of names
    or of mappings with the same keys, at the top or under ``classes``.

    Raises:
        ClassNameError: the file can't be read, has another form, or holds a name that `clean`
            refuses.
    """
    path = Path(path)
    readers = {".txt": _txt_rows, ".csv": _csv_rows, ".yaml": _yaml_rows, ".yml": _yaml_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ClassNameError(
            f"{path} is no list of classes", f"Use one of {', '.join(readers)}, or a,b,c"
        )
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ClassNameError(
            f"{path} is not UTF-8 (byte {error.start})", "Save it as UTF-8"
        ) from None
    except OSError as error:
        raise ClassNameError(f"{path} can't be read: {error.strerror}") from None
    return clean(reader(text, path))


def _txt_rows(text: str, path: Path) -> Iterator[RawClass]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield RawClass(line.strip(), f"line {number} of {path.name}")


def _csv_rows(text: str, path: Path) -> Iterator[RawClass]:
    rows = csv.reader(io.StringIO(text, newline=""))
    header = [cell.strip().lower() for cell in next(rows, [])]
    if "name" not in header:
        raise ClassNameError(
            f'The first row of {path.name} has no column "name"',
            f"Begin the file with: {','.join(FIELDS)}",
        )
    _refuse_unknown(header, f"The first row of {path.name}")
    for cells in rows:
        where = f"line {rows.line_num} of {path.name}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            raise ClassNameError(
                f"{where[0].upper()}{where[1:]} has {len(cells)} cells, the header {len(header)}",
                'Put a text that holds a comma in double quotes: "red, ripe"',
            )
        yield _row(dict(zip(header, cells, strict=False)), where)


def _yaml_rows(text: str, path: Path) -> Iterator[RawClass]:
    import yaml

    try:
        # BaseLoader keeps every scalar as it is written: no, 010 and 1.0 stay names.
        data = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise ClassNameError(f"{path.name} is no valid YAML: {error}") from None
    if isinstance(data, dict) and list(data) == ["classes"]:
        data = data["classes"]
    if not isinstance(data, list):
        raise ClassNameError(
            f"{path.name} holds no list of classes", 'Write "- cat" on a line of its own per class'
        )
    for number, entry in enumerate(data, 1):
        where = f"entry {number} of {path.name}"
        if isinstance(entry, str):
            yield RawClass(entry, where)
        elif isinstance(entry, dict):
            _refuse_unknown(entry, f"Entry {number} of {path.name}")
            yield _row(entry, where)
        else:
            raise ClassNameError(f"Entry {number} of {path.name} is neither a name nor a mapping")


def _refuse_unknown(keys: Iterable[str], what: str) -> None:
    unknown = [key for key in keys if key not in FIELDS]
    if unknown:
        raise ClassNameError(
            f"{what} names {', '.join(map(repr, unknown))}", f"Only {', '.join(FIELDS)} are known"
        )


def _row(cells: Mapping[str, object], where: str) -> RawClass:
    def texts(key: str) -> tuple[str, ...]:
        value = cells.get(key, "")
        parts = value if isinstance(value, list) else str(value).split(SEPARATOR)
        return tuple(str(part).strip() for part in parts if str(part).strip())

    single = {key: cells.get(key, "") for key in ("name", "display")}
    for key, value in single.items():
        if not isinstance(value, str):
            raise ClassNameError(f"{key} in {where} is not one text: {value!r}")
    return RawClass(
        name=str(single["name"]),
        where=where,
        display=str(single["display"]),
        aliases=texts("aliases"),
        prompts=texts("prompts"),
    )


def _spec(raw: RawClass, seen: dict[str, str]) -> ClassSpec:
    name = _checked(raw.name, f"class name in {raw.where}")
    _claim(name, f'"{name}" ({raw.where})', seen)
    aliases = []
    for alias in raw.aliases:
        alias = _checked(alias, f"alias in {raw.where}")
        if name_key(alias) != name_key(name):
            _claim(alias, f'alias "{alias}" of "{name}" ({raw.where})', seen)
            aliases.append(alias)
    given = _printable(raw.display, f"display text in {raw.where}")
    needs_display = not given and looks_like_code(name)
    warning = f'"{name}" ({raw.where}) looks like a code: give it a display text for prompts'
    return ClassSpec(
        name=name,
        display=given or default_display(name),
        aliases=tuple(aliases),
        prompts=tuple(_printable(p, f"prompt in {raw.where}") for p in raw.prompts),
        needs_display=needs_display,
        warnings=(warning,) if needs_display else (),
    )


def _checked(text: str, what: str) -> str:
    name = _printable(text, what)
    if not name:
        raise ClassNameError(f"The {what} is empty", "Remove the row or write a name")
    if len(name) > MAX_LENGTH:
        raise ClassNameError(
            f'The {what} has {len(name)} characters: "{name[:MAX_LENGTH]}…"',
            f"Use at most {MAX_LENGTH} and put the rest into its display text",
        )
    if "/" in name or "\\" in name:
        raise ClassNameError(f'The {what} holds a slash: "{name}"', 'Write "or" or "-" instead')
    if _plain_key(name) in RESERVED:
        raise ClassNameError(
            f'The {what} is reserved: "{name}"', "Choose another: Prelabel has its own use for it"
        )
    return name


def _printable(text: str, what: str) -> str:
    """Return the text in NFC, trimmed, inner spaces collapsed; refuse what nobody can see."""
    trimmed = unicodedata.normalize("NFC", text.strip())
    for character in trimmed:
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
            if character in _JOINERS:
                continue
            raise ClassNameError(
                f"The {what} holds the invisible character U+{ord(character):04X}: {trimmed!r}",
                "Type the name again without it",
            )
    return " ".join(trimmed.split())


def _claim(text: str, what: str, seen: dict[str, str]) -> None:
    key = name_key(text)
    if key in seen:
        fault = f"{what} repeats {seen[key]}"
        raise ClassNameError(fault, "Each name and alias may occur only once")
    seen[key] = what


def name_key(text: str) -> str:
    """Return what makes two names the same name: case and Unicode variants do not count."""
    return unicodedata.normalize("NFKC", text).casefold()


def means_none(label: str) -> bool:
    """Return whether a label says that no class is shown: "none", "none_of_these" …"""
    return _plain_key(label) in NONE_NAMES


def page_meant(label: str) -> str | None:
    """Return which page with pictures of several classes a label asks for: "surest_of_each" …"""
    key = _plain_key(label)
    return key.replace(" ", "_") if key in PAGE_NAMES else None


def default_display(name: str) -> str:
    """Return the display text of a class that was given none."""
    return name.replace("_", " ")


def looks_like_code(name: str) -> bool:
    """Tell whether a name (SKU-114, cls_07, 12) says nothing to a text encoder.

    A name is no code when it holds a word: letters of a script beyond ASCII, or at least two ASCII
    letters with a vowel that are not capitals or placeholders beside digits.
    """
    has_digit = any(character.isdigit() for character in name)
    return not any(_is_word(run, has_digit) for run in re.findall(r"[^\W\d_]+", name))


def _plain_key(text: str) -> str:
    return name_key(text).replace("_", " ").replace("-", " ")


def _is_word(letters: str, beside_digits: bool) -> bool:
    if not letters.isascii():
        return True
    if len(letters) < 2 or not re.search("[aeiouy]", letters.lower()):
        return False
    return not (beside_digits and (letters.isupper() or letters.lower() in _CODE_WORDS))
