"""The folder of a backup: written beside its place and renamed into it at the end, so that half of one looks like none.

manifest.json         what it is: version, schema, tables with their columns and rows, when
tables/<name>.jsonl   one row a line, a JSON list, gzip
files/<key>           the bytes of the file store
SHA256SUMS            of all of these, as `sha256sum --check SHA256SUMS` reads it
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from tms_chat.core.errors import StartError

MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
TABLES: Final = "tables"
FILES: Final = "files"
FORMAT: Final = 1
CHUNK: Final = 1024 * 1024


def table_path(name: str) -> str:
    """Where the rows of a table are, in the folder."""
    return f"{TABLES}/{name}.jsonl.gz"


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `target` at the end; nothing is left of it after an error. Raises StartError."""
    if target.exists():
        raise StartError(f"{target} is there already: name a new folder for each backup.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.unfinished-", dir=target.parent))
    except OSError as error:
        raise StartError(f"{target} cannot be written ({error.strerror}): name a folder that can.") from None
    try:
        yield folder
        _seal(folder)
        folder.rename(target)
        _to_disk(target.parent)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise StartError(f"The backup was not finished ({error.strerror}): nothing is left of it.") from None
        raise


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """What it is, for `read_manifest` and for people."""
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")


def check_archive(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Every byte against its checksum, before anything is done with it: the manifest, and the keys of its files.

    Raises StartError.
    """
    try:
        lines = (folder / SUMS).read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        raise StartError(f"{folder} is no finished backup: there is no {SUMS} in it.") from None
    sums = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
    there = {str(path.relative_to(folder)) for path in _files(folder)}
    for path in sorted(sums.keys() ^ there):
        what = "is missing" if path in sums else "does not belong to it"
        raise StartError(f"The backup {folder} is damaged: {path} {what}. Nothing was restored.")
    for path, digest in sums.items():
        if _digest(folder / path) != digest:
            raise StartError(f"The backup {folder} is damaged: {path} is not what was written. Nothing was restored.")
    manifest: dict[str, Any] = orjson.loads((folder / MANIFEST).read_bytes())
    if manifest["format"] != FORMAT:
        raise StartError("The backup is of a newer version of TMS Chat: restore it with that version.")
    return manifest, [path.removeprefix(f"{FILES}/") for path in sums if path.startswith(f"{FILES}/")]


def _seal(folder: Path) -> None:
    """The checksums, and all of it on the disk before it gets its name."""
    paths = sorted(_files(folder))
    sums = "".join(f"{_digest(path)}  {path.relative_to(folder)}\n" for path in paths)
    (folder / SUMS).write_text(sums)
    folders = {path.parent for path in paths} | {folder}
    for path in (*paths, folder / SUMS, *folders):
        _to_disk(path)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path != folder / SUMS)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
