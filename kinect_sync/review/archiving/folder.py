"""The files of a take and of its archive: which there are, what marks and proves them, how one is copied."""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.errors import UsageError
from kinect_sync.files import (
    DRAFT,
    draft_of,
    is_plain_name,
    is_regular,
    open_regular,
    read_regular,
    replace_file,
)
from kinect_sync.findings import Finding, Kind
from kinect_sync.findings.archive import ARCHIVE_LEFT_OUT, ARCHIVE_TAKE_BUSY
from kinect_sync.findings.files import NO_RECORDINGS, TAKE_MISSING
from kinect_sync.takes.archive.files import forget_cached, keep_date, original_in
from kinect_sync.takes.archive.original import Original
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.names import OCCUPIED, RECORDING

ARCHIVE = "archive.json"
"""Says of which take a folder is the archive, so that two are never mixed."""
SUMS = "archive.sha256"
"""Checksums of all files of the archive, for `sha256sum -c`."""
_OWN = (ARCHIVE, SUMS, OCCUPIED)
_SUM = re.compile(r"([0-9a-f]{64})  (.+)")
_LARGEST = 16 << 20
_BLOCK = 1 << 20


def is_recording(path: Path) -> bool:
    """Tell whether a file has the name of a recording."""
    return path.name.endswith(RECORDING)


def is_archive(folder: Path) -> bool:
    """Tell whether a folder is marked as an archive."""
    return is_regular(folder / ARCHIVE)


def entries_of(folder: Path) -> list[Path]:
    """Return what stands directly in a folder, by name, but for drafts; UsageError where it is none."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        what = f"{folder} is not the folder of a take: {error.strerror}"
        raise UsageError(TAKE_MISSING.found(what)) from error
    return [path for path in entries if not path.name.endswith(DRAFT)]


def files_of(folder: Path) -> tuple[list[Path], list[Finding]]:
    """Return the files directly in a folder, by name, and what there is to say of everything else in it.

    UsageError where it is no folder, or can't be read. Files of the archive's own are not among them.
    """
    inside = [path for path in entries_of(folder) if path.name not in _OWN]
    files = [path for path in inside if is_regular(path) and is_plain_name(path.name)]
    if not any(map(is_recording, files)):
        raise UsageError(NO_RECORDINGS.found(f"{folder} holds no recording"))
    others = [path.name for path in inside if path not in files]
    what = f"{', '.join(others)} in {folder} is no plain file, and stays where it is"
    return files, [ARCHIVE_LEFT_OUT.found(what)] if others else []


class Originals:
    """What the recordings of an archive were made of, each read once."""

    def __init__(self, files: Iterable[Path]) -> None:
        """Read it from the headers of those files that are recordings."""
        self._of = {path: original_in(path) for path in files if is_recording(path)}

    def of(self, path: Path) -> Original | None:
        """Return what a file is the archive of; None where it is none."""
        return self._of.get(path)

    def nbytes(self, path: Path) -> int:
        """Return the size of a file when it is restored."""
        original = self.of(path)
        return original.nbytes if original is not None else path.stat().st_size


def mark_of_folder(take: Path) -> dict[str, Any]:
    """Return what tells a take from every other, also one whose take.json is lost."""
    try:
        manifest = read_manifest(take)
    except (OSError, UsageError):
        return {"format": 1, "take": take.resolve().name, "begin_utc_ns": None}
    return {"format": 1, "take": manifest.name, "begin_utc_ns": manifest.begin.utc_ns}


@contextmanager
def at_rest(take: Path) -> Iterator[None]:
    """See that nobody writes into a take's folder, and keep others out; UsageError where somebody does."""
    lock = FileLock(take / OCCUPIED)
    try:
        free = lock.acquire()
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise UsageError(TAKE_MISSING.found(f"{take} can't be used: {error.strerror}")) from error
        free = not is_regular(take / OCCUPIED)  # where nobody can write, nobody does
    if not free:
        raise UsageError(ARCHIVE_TAKE_BUSY.found(f"somebody records or collects into {take}"))
    try:
        yield
    finally:
        lock.remove()


def check_room(directory: Path, nbytes: float, kind: Kind, *, needs: str) -> None:
    """Refuse before anything is written what the disk has no room for; `needs` says what needs it."""
    there = next(each for each in (directory, *directory.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if nbytes > free:
        what = f"{needs} may need {nbytes / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free for {directory}"
        raise UsageError(kind.found(what))


def not_written(directory: Path, error: OSError, kind: Kind) -> UsageError:
    """Return what a disk refused, as commands tell it."""
    what = f"{error.filename or directory}: {error.strerror or error}"
    return UsageError(kind.found(what))


# --- checksums ----------------------------------------------------------------------------------------------


def copy_file(source: Path, target: Path) -> str:
    """Copy a file as it is, prove it by reading back, and return its sha256.

    OSError where the disk refuses, also FileExistsError.
    """
    digest = hashlib.sha256()
    with draft_of(target, new=True, durable=True) as draft:
        with open_regular(source) as file, draft.open("wb") as out:
            while data := file.read(_BLOCK):
                digest.update(data)
                out.write(data)
        keep_date(source, draft)
        forget_cached(draft)
        if sha256_of(draft) != digest.hexdigest():
            raise OSError(errno.EIO, "it can't be read back as it was written", str(target))
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """Return the checksum of a file, in hexadecimal digits."""
    with open_regular(path) as file:
        digest = hashlib.sha256()
        while data := file.read(_BLOCK):
            digest.update(data)
    return digest.hexdigest()


def read_sums(directory: Path) -> dict[str, str]:
    """Return the checksums of an archive's files by name, as far as they can be read; empty where none are.

    Names that lead out of the folder are no names of its files.
    """
    try:
        lines = read_regular(directory / SUMS, _LARGEST).decode(errors="replace").splitlines()
    except OSError:
        return {}
    found = (match for line in lines if (match := _SUM.fullmatch(line)))
    return {match[2]: match[1] for match in found if is_plain_name(match[2])}


def write_sums(directory: Path, sums: dict[str, str]) -> None:
    """Keep the checksums of an archive's files; OSError where the disk refuses."""
    lines = (f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    replace_file(directory / SUMS, "".join(lines).encode(), durable=True)


def total_nbytes(files: Sequence[Path]) -> int:
    """Return how many bytes files have."""
    return sum(path.stat().st_size for path in files)
