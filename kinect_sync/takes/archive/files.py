"""One recording and its archive: packed, proven by reading back, restored."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.files import draft_of
from kinect_sync.findings import Kind
from kinect_sync.findings.archive import (
    ARCHIVE_ALREADY,
    ARCHIVE_DIFFERS,
    ARCHIVE_NOT_WRITTEN,
    RESTORE_NOT_WRITTEN,
)
from kinect_sync.findings.files import RECORDING_NOT_KINECT
from kinect_sync.findings.recording import DISK_FULL, WRITE_FAILED
from kinect_sync.takes.archive.original import Original, original_in_tags
from kinect_sync.takes.archive.restoring import ArchiveReader, Damage
from kinect_sync.takes.archive.writing import ArchiveWriter
from kinect_sync.takes.mkv.elements import ElementFile
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.mkv.reader import facts_of, find_segment, opened
from kinect_sync.takes.mkv.scan import Scan
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.takes.unpacking import DamagedImage, unpack_recording

Progress = Callable[[int], None]
"""Called with so many bytes more that are done."""


def archive_file(
    source: Path, target: Path, packing: Packing, executor: Executor, progress: Progress
) -> Original:
    """Write the archive of one recording, and name it only when it was read back from the disk and is right.

    Raises KsyncError: as `read_recording` where the source is no recording, `archive-already` where it is
    packed, `archive-differs` where what was read back is something else, and where the disk refuses.
    """
    with _written(target, ARCHIVE_NOT_WRITTEN), draft_of(target, new=True, durable=True) as draft:
        with opened(source) as file:
            original = _writer(file, source, packing).write(draft, executor, progress)
        keep_date(source, draft)
        forget_cached(draft)
        damage, proven = verify_file(draft, executor, progress)
        if damage or proven != original:
            raise KsyncError(ARCHIVE_DIFFERS.found(f"the archive of {source} gives something else back"))
    return original


def restore_file(source: Path, target: Path, executor: Executor, progress: Progress) -> Damage:
    """Write the recording that an archive was made of, byte for byte.

    Where the archive is damaged, what is left of it is written in the same format, without the images that
    are damaged; they are returned. Raises KsyncError (`archive-none`) where it is no archive, and where the
    disk refuses.
    """
    with opened(source) as file:
        reader = ArchiveReader(file, source)
        try:
            with _written(target, RESTORE_NOT_WRITTEN), draft_of(target, new=True, durable=True) as draft:
                with draft.open("wb") as out:
                    for data in reader.read(executor):
                        out.write(data)
                        progress(len(data))
                if reader.damage:
                    raise _Damaged
                keep_date(source, draft)
        except _Damaged:
            unpack_file(source, target, executor, lambda _nbytes: None, without=reader.damage)
        return reader.damage


def unpack_file(
    source: Path, target: Path, executor: Executor, progress: Progress, *, without: Damage | None = None
) -> list[DamagedImage]:
    """Write a packed recording as the SDK's format has it; what is damaged is left out, and returned.

    Raises KsyncError as `read_recording` does, and where the disk refuses.
    """
    places = without.places if without is not None else ()
    with _written(target, RESTORE_NOT_WRITTEN), draft_of(target, new=True, durable=True) as draft:
        damaged = unpack_recording(source, draft, executor, progress, without=places)
        keep_date(source, draft)
        return damaged


def verify_file(source: Path, executor: Executor, progress: Progress) -> tuple[Damage, Original]:
    """Read an archive back; tell what is damaged, and what it was made of.

    What of it the system remembers is not read from the disk: `forget_cached` is to be called before.
    """
    with opened(source) as file:
        reader = ArchiveReader(file, source)
        for data in reader.read(executor):
            progress(len(data))
        return reader.damage, reader.original


def original_in(path: Path) -> Original | None:
    """Return what an archive was made of; None where a file is none, or can't be read."""
    try:
        return original_in_tags(ImagePlaces(path).facts.tags)
    except KsyncError:
        return None


def forget_cached(path: Path) -> None:
    """Let the system forget what it remembers of a file: it is to be read from the disk."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as stream:
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def keep_date(source: Path, target: Path) -> None:
    """Give a file the date of another: by their dates it is told whether recordings were made together."""
    told = source.stat()
    os.utime(target, ns=(told.st_atime_ns, told.st_mtime_ns))


class _Damaged(Exception):
    """An archive gave something else back."""


def _writer(file: ElementFile, source: Path, packing: Packing) -> ArchiveWriter:
    segment = find_segment(file, source)
    scan = Scan(file, segment)
    facts = facts_of(file, scan.parts, source)
    if facts.packing is not None:
        raise KsyncError(ARCHIVE_ALREADY.found(f"{source} is packed already"))
    try:
        return ArchiveWriter(file, segment, scan, facts, packing)
    except (ValueError, KeyError, struct.error) as error:  # damage may say anything
        what = f"the header of {source} is damaged ({error})"
        raise KsyncError(RECORDING_NOT_KINECT.found(what)) from error


@contextmanager
def _written(target: Path, kind: Kind) -> Iterator[None]:
    """Tell what a disk refuses as one thing, whoever met it."""
    try:
        yield
    except OSError as error:
        what = f"{error.filename or target}: {error.strerror or error}"
        raise UsageError(kind.found(what)) from error
    except KsyncError as error:
        if error.findings[0].kind not in (DISK_FULL, WRITE_FAILED):
            raise
        raise UsageError(kind.found(error.findings[0].what)) from error
