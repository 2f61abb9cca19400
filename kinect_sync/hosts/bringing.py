"""One file of a take, brought from its host to this computer: as a whole, or as much as comes."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.errors import BenchError, KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.collecting import (
    COLLECTION_NO_ROOM,
    FILE_DAMAGED,
    FILE_DIFFERS,
    PART_DISCARDED,
)
from kinect_sync.hosts.collection import CollectedFile, Outcome
from kinect_sync.hosts.host_files import HostFiles
from kinect_sync.hosts.partial_file import PartialFile, drop_second_name, hash_of, part_of
from kinect_sync.rig.problem import shown
from kinect_sync.wire.files import FileEntry

Advance = Callable[[int], None]
"""Takes how many bytes more are here, or were found to be."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file, and what there is to say of it."""

    file: CollectedFile
    findings: tuple[Finding, ...] = ()


def here_nbytes(path: Path, entry: FileEntry) -> int:
    """Return how much of a file is here, at most what there is of it."""
    there = path if os.path.lexists(path) else part_of(path)
    try:
        return min(there.lstat().st_size, entry.nbytes)
    except OSError:
        return 0


def bring(source: HostFiles, entry: FileEntry, folder: Path, look: Callable[[], None],
          advance: Advance) -> Brought:  # fmt: skip
    """Bring a file; what stops that is a finding, and what has come stays. Halted where `look` wants it."""
    path = folder / entry.name
    told: list[Finding] = []
    try:
        if os.path.lexists(path):
            return _compare(source, entry, path, look, advance)
        with PartialFile(path) as partial:
            return _fill(source, entry, partial, look, advance, told)
    except KsyncError as error:
        return _elsewhere(source, entry, path, *told, *error.findings)
    except FileExistsError:
        return Brought(_told(source, entry, Outcome.DIFFERS), (*told, _differs(source, entry, path)))
    except OSError as error:
        what = f"{path} can't be written: {error.strerror or error}"
        return _elsewhere(source, entry, path, *told, COLLECTION_NO_ROOM.found(what))


def _compare(
    source: HostFiles, entry: FileEntry, path: Path, look: Callable[[], None], advance: Advance
) -> Brought:
    """See whether the file that has the place is the same."""
    sha256 = hash_of(path, look) if path.lstat().st_size == entry.nbytes else None
    if sha256 is None or sha256 != source.sha256(entry, entry.nbytes):
        return Brought(_told(source, entry, Outcome.DIFFERS), (_differs(source, entry, path),))
    drop_second_name(path)
    advance(entry.nbytes)
    return Brought(_told(source, entry, Outcome.HERE, entry.nbytes, sha256))


def _fill(source: HostFiles, entry: FileEntry, partial: PartialFile, look: Callable[[], None],
          advance: Advance, told: list[Finding]) -> Brought:  # fmt: skip
    """Take what is not here yet; what there is to say of what was, is `told` whatever happens."""
    partial.look_at_beginning(look)
    if not _goes_on(source, entry, partial):
        what = f"what was here of {entry.name} is not what `{source.host}` has: {partial.nbytes} bytes"
        partial.discard()
        told.append(PART_DISCARDED.found(what))
    advance(partial.nbytes)
    with closing(source.parts(entry, partial.nbytes)) as parts:
        for content in parts:
            partial.append(content)
            advance(len(content))
    sha256 = partial.sha256
    if sha256 != (there := source.sha256(entry, entry.nbytes)):
        what = f"{entry.name} hashes to {sha256} here, and to {shown(there)} on `{source.host}`"
        raise BenchError(FILE_DAMAGED.found(what))
    partial.finish()
    return Brought(_told(source, entry, Outcome.COLLECTED, entry.nbytes, sha256), tuple(told))


def _goes_on(source: HostFiles, entry: FileEntry, partial: PartialFile) -> bool:
    """Tell whether what came before is the beginning of the file."""
    if not partial.nbytes:
        return True
    return partial.nbytes <= entry.nbytes and partial.sha256 == source.sha256(entry, partial.nbytes)


def _elsewhere(source: HostFiles, entry: FileEntry, path: Path, *findings: Finding) -> Brought:
    return Brought(_told(source, entry, Outcome.ELSEWHERE, here_nbytes(path, entry)), findings)


def _differs(source: HostFiles, entry: FileEntry, path: Path) -> Finding:
    return FILE_DIFFERS.found(f"{path} is not the {entry.name} that is on `{source.host}`")


def _told(
    source: HostFiles, entry: FileEntry, outcome: Outcome, here: int = 0, sha256: str | None = None
) -> CollectedFile:
    return CollectedFile(
        host=source.host,
        file=entry.name,
        outcome=outcome,
        nbytes=entry.nbytes,
        here_nbytes=here,
        sha256=sha256,
    )
