"""What an agent answers about files of takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import singledispatchmethod
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from kinect_sync.agent.digests import Digests, FileState
from kinect_sync.agent.served_files import open_served, served_sizes
from kinect_sync.agent.times_scans import TimesScans
from kinect_sync.errors import UsageError
from kinect_sync.findings.collecting import FILE_NOT_SERVED
from kinect_sync.rig.problem import shown
from kinect_sync.values import Value
from kinect_sync.wire.files import (
    MOST_PART_NBYTES,
    FileEntry,
    FileHash,
    FileList,
    FilePart,
    HashFile,
    ListFiles,
    ReadFile,
    ReadTimes,
    Scanning,
)
from kinect_sync.wire.lines import Answered


class TakeFiles:
    """The files of takes below one folder."""

    def __init__(self, takes: Path, records: Callable[[], bool]) -> None:
        """Serve recordings from this folder; what takes long gives way where something `records`."""
        self._takes = takes
        self._digests = Digests()
        self._scans = TimesScans(records)

    @singledispatchmethod
    def answer(self, request: Value) -> Answered:
        """Answer a request; UsageError where the file is none that is served, OSError where a disk fails."""
        raise TypeError(f"{type(request).__name__} is no request about files")

    @answer.register
    def _(self, request: ListFiles) -> Answered:
        sizes = served_sizes(self._takes, request.take)
        return Answered(FileList(files=tuple(FileEntry(name=name, nbytes=size) for name, size in sizes)))

    @answer.register
    def _(self, request: ReadFile) -> Answered:
        with self._opened(request.take, request.name) as stream:
            size = os.fstat(stream.fileno()).st_size
            stream.seek(request.offset)
            content = stream.read(request.nbytes)
            self._digests.take(_state(request, stream), request.offset, content)
        return Answered(FilePart(offset=request.offset, nbytes=size), content)

    @answer.register
    def _(self, request: HashFile) -> Answered:
        with self._opened(request.take, request.name) as stream:
            digest = self._digests.hashed(_state(request, stream), request.nbytes, stream)
        whole = digest.nbytes == request.nbytes
        return Answered(
            FileHash(hashed_nbytes=digest.nbytes, sha256=digest.sha256.hexdigest() if whole else None)
        )

    @answer.register
    def _(self, request: ReadTimes) -> Answered:
        path = self._takes / request.take / request.name
        with self._opened(request.take, request.name) as stream:
            state = _state(request, stream)
            times = self._scans.times(state, lambda: FileIO(os.dup(stream.fileno())), path)
        if times is None:
            return Answered(Scanning(reads=self._scans.reads))
        part = times[request.offset : request.offset + MOST_PART_NBYTES]
        if request.offset + len(part) >= len(times):
            self._scans.forget(state)
        return Answered(FilePart(offset=request.offset, nbytes=len(times)), part)

    @contextmanager
    def _opened(self, take: str, name: str) -> Iterator[BinaryIO]:
        try:
            stream = open_served(self._takes, take, name)
        except OSError as error:
            what = f"`{shown(name)}` of `{shown(take)}` is not served: {error.strerror or error}"
            raise UsageError(FILE_NOT_SERVED.found(what)) from error
        with stream:
            yield stream


def _state(request: ReadFile | HashFile | ReadTimes, stream: BinaryIO) -> FileState:
    """Return which file was opened, and in which state."""
    seen = os.fstat(stream.fileno())
    return request.take, request.name, seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns
