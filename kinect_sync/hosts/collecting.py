"""The files of a take brought together: from several hosts at once, from each one after the other."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.at_once import at_once
from kinect_sync.devices.file_lock import FileLock
from kinect_sync.errors import BenchError, KsyncError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.collecting import (
    COLLECTION_NO_ROOM,
    COLLECTION_RUNS,
    FILE_TWICE,
    TAKE_NOT_ON_HOSTS,
)
from kinect_sync.hosts.asking import Explain
from kinect_sync.hosts.bringing import Advance, Brought, bring, here_nbytes
from kinect_sync.hosts.collection import CollectedFile
from kinect_sync.hosts.host_files import HostFiles, Patience
from kinect_sync.takes.names import OCCUPIED
from kinect_sync.wire.files import FileEntry
from kinect_sync.wire.lines import DirectorLine

Progress = Callable[[int, int], None]
"""Takes how many bytes are here, and how many there are in all."""


class Counted:
    """How far a collection is, counted by several threads."""

    def __init__(self, total_nbytes: int, progress: Progress) -> None:
        """Tell `progress` of it."""
        self._total_nbytes = total_nbytes
        self._progress = progress
        self._lock = threading.Lock()
        self._here_nbytes = 0

    def advance(self, nbytes: int) -> None:
        """Count that so much more is here, or was found to be."""
        with self._lock:
            self._here_nbytes += nbytes
            self._progress(self._here_nbytes, self._total_nbytes)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which files are to come, and where from."""

    files: Mapping[str, tuple[FileEntry, ...]]
    """By host."""
    findings: tuple[Finding, ...]
    """Why there may be more of them."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What came of it."""

    files: tuple[CollectedFile, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Collector:
    """Brings the files of one take to one folder."""

    line: DirectorLine
    take: str
    """Name of the take on the hosts."""
    folder: Path
    """Its folder here."""
    explain: Explain
    """Says why a host can't be reached."""
    patience: Patience
    host_of: Mapping[str, str]
    """By name of a file, the host that has it, as far as that is known."""
    free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free

    def collect(self, hosts: Sequence[str], progress: Progress) -> Collected:
        """Bring what is not here; what stops a file is a finding, and others come all the same.

        Raises KsyncError where no host has anything, where there is no room, and where somebody else collects
        already; Ctrl-C is raised when all has ended in good order.
        """
        plan = self._plan(hosts)
        if not any(plan.files.values()):
            nothing = TAKE_NOT_ON_HOSTS.found(f"no recording of {self.take} is on {', '.join(hosts)}")
            raise UsageError(*(plan.findings or (nothing,)))
        with alone_in(self.folder):
            done = self._bring_all(plan, progress)
        brought = [each for of_host in done.values() for each in of_host]
        findings = (*plan.findings, *(finding for each in brought for finding in each.findings))
        return Collected(tuple(each.file for each in brought), tuple(dict.fromkeys(findings)))

    def _bring_all(self, plan: Plan, progress: Progress) -> dict[str, list[Brought]]:
        self._see_room(plan)
        counted = Counted(sum(each.nbytes for files in plan.files.values() for each in files), progress)
        return at_once(
            [host for host, files in plan.files.items() if files],
            lambda host: [self._bring(host, each, counted.advance) for each in plan.files[host]],
            self.patience.halt.set,
        )

    def _bring(self, host: str, entry: FileEntry, advance: Advance) -> Brought:
        return bring(self._files_of(host), entry, self.folder, self.patience.look, advance)

    def _files_of(self, host: str) -> HostFiles:
        return HostFiles(host, self.take, self.line, self.explain, self.patience)

    # --- what is to come ------------------------------------------------------------------------------

    def _plan(self, hosts: Sequence[str]) -> Plan:
        listed = at_once(hosts, self._list, self.patience.halt.set)
        findings = [finding for _, found in listed.values() for finding in found]
        files: dict[str, tuple[FileEntry, ...]] = {}
        owners: dict[str, str] = {}
        for host, (entries, _) in listed.items():
            mine = [each for each in entries if self.host_of.get(each.name, host) == host]
            twice = [each.name for each in mine if each.name.casefold() in owners]
            findings += [_twice(name, owners[name.casefold()], host) for name in twice]
            files[host] = tuple(each for each in mine if each.name not in twice)
            owners |= {each.name.casefold(): host for each in files[host]}
        return Plan(files, tuple(findings))

    def _list(self, host: str) -> tuple[tuple[FileEntry, ...], tuple[Finding, ...]]:
        try:
            return self._files_of(host).entries(), ()
        except KsyncError as error:
            return (), error.findings

    def _see_room(self, plan: Plan) -> None:
        """See that the disk has room; BenchError where it has not."""
        missing = sum(
            each.nbytes - here_nbytes(self.folder / each.name, each)
            for files in plan.files.values()
            for each in files
            if not os.path.lexists(self.folder / each.name)
        )
        if missing > (free := self.free_bytes(self.folder)):
            what = f"{missing / 1e9:.1f} GB are to come, and {free / 1e9:.1f} GB are free at {self.folder}"
            raise BenchError(COLLECTION_NO_ROOM.found(what))


def _twice(name: str, first: str, second: str) -> Finding:
    return FILE_TWICE.found(f"both `{first}` and `{second}` have a {name}: that of `{first}` is collected")


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Be the only one who writes into a folder, which is made.

    UsageError where somebody does already, BenchError where it can't be used.
    """
    lock = FileLock(folder / OCCUPIED)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        alone = lock.acquire()
    except OSError as error:
        what = f"{folder} can't be used: {error.strerror or error}"
        raise BenchError(COLLECTION_NO_ROOM.found(what)) from error
    if not alone:
        raise UsageError(COLLECTION_RUNS.found(f"somebody records or collects into {folder}"))
    try:
        yield
    finally:
        lock.remove()
