"""Import sources: files, folders, archives and manifests, as one stream of files to read."""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from labeling.errors import RejectReason, SourceError
from labeling.images.archives import archive_entries
from labeling.images.entry import Entry, EntryOptions, Names, Refusal, read_file
from labeling.images.manifests import check_manifest, is_manifest, manifest_entries
from labeling.images.members import is_archive, is_junk, is_unreadable_archive
from labeling.images.remote import is_remote, list_remote, local_path, read_remote, scheme

DEFAULT_OPTIONS = EntryOptions()


def entries(
    sources: Sequence[str], options: EntryOptions = DEFAULT_OPTIONS
) -> Iterator[Entry | Refusal]:
    """Everything that a list of sources holds, in an order that is always the same.

    A source is a file, a folder (read with all its folders, hidden files and system junk left
    out, links to folders followed once), an archive (.zip, .tar, .tar.gz, .tar.bz2, .tar.xz; also
    one inside a folder), a manifest (.csv, .tsv, .jsonl; only when given itself) or an `s3:` URL
    of an object or a prefix. The name of a folder is no label.

    Nothing is read ahead: besides names, memory holds what the caller keeps.

    Args:
        sources: paths, `file:` or `s3:` URLs.
        options: how to read.

    Raises:
        SourceError: at once, if a source does not exist or a manifest has no column of pictures.
    """
    checked = [_checked(source) for source in dict.fromkeys(sources)]
    return _all_entries(checked, options)


def _checked(source: str) -> Path | str:
    """The source as a local path, or as a URL that answers."""
    if is_remote(source):
        return source
    path = local_path(source)
    if path is None:
        raise SourceError(f"{source}: {scheme(source)}: is not read", "Use a path, file: or s3:")
    try:
        if not path.exists():
            raise SourceError(f"{source} does not exist", "Check the path")
    except OSError as error:
        raise SourceError(f"{source} can't be read: {error.strerror}") from error
    if path.is_file() and is_manifest(path.name):
        check_manifest(path)
    return path.absolute()


def _all_entries(sources: list[Path | str], options: EntryOptions) -> Iterator[Entry | Refusal]:
    names = Names()
    for source in sources:
        if isinstance(source, str):
            yield from _remote_entries(source, options, names)
        elif source.is_dir():
            yield from _folder_entries(source, options, names)
        elif is_manifest(source.name):
            yield from manifest_entries(source, options, names)
        else:
            yield from _file_entries(source, options, names)


def _remote_entries(url: str, options: EntryOptions, names: Names) -> Iterator[Entry]:
    for found in list_remote(url):
        if not is_junk(found.removeprefix(url)) and names.claim(found):
            yield Entry(found, partial(read_remote, found, options.limits))


def _file_entries(path: Path, options: EntryOptions, names: Names) -> Iterator[Entry | Refusal]:
    """One file on disk; an archive as all that it holds. Nothing for a file that came before."""
    shown = options.shown(path)
    if not names.claim(shown):
        return
    try:
        is_file = path.is_file()
        exists = is_file or path.exists()
    except OSError as error:
        yield Refusal(shown, RejectReason.UNREADABLE, error.strerror or str(error))
        return
    if not exists:
        yield Refusal(shown, RejectReason.MISSING, "a link to a file that is not there")
    elif not is_file:
        yield Refusal(shown, RejectReason.UNSUPPORTED, "not an ordinary file")
    elif is_archive(path.name):
        yield from archive_entries(path, shown, options, names)
    elif is_unreadable_archive(path.name):
        detail = "this kind of archive is not opened; unpack it, or make it a zip"
        yield Refusal(shown, RejectReason.UNSUPPORTED, detail)
    else:
        yield Entry(shown, partial(read_file, path, options.limits), local=path)


def _folder_entries(top: Path, options: EntryOptions, names: Names) -> Iterator[Entry | Refusal]:
    """A folder and all below it, depth first, each level by name."""
    seen = {_folder_identity(top)}
    waiting = [(top, True)]
    while waiting:
        path, is_folder = waiting.pop()
        if not is_folder:
            yield from _file_entries(path, options, names)
            continue
        if path != top and path.is_symlink():
            if path.resolve().is_relative_to(top.resolve()) or _folder_identity(path) in seen:
                continue
            seen.add(_folder_identity(path))
        try:
            with os.scandir(path) as listing:
                found = sorted(((e.name, _is_folder(e)) for e in listing), reverse=True)
        except OSError as error:
            detail = f"the folder can't be listed: {error.strerror}"
            yield Refusal(options.shown(path), RejectReason.UNREADABLE, detail)
            continue
        waiting.extend((path / name, folder) for name, folder in found if not is_junk(name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder or a link to one; the listing itself tells, without another look."""
    try:
        return entry.is_dir()
    except OSError:  # no way to it: told when it is taken as a file
        return False


def _folder_identity(path: Path) -> tuple[int, int]:
    """The same for every path to one folder."""
    status = path.stat()
    return status.st_dev, status.st_ino
