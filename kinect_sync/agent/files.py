"""What an agent answers about files of takes."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import singledispatchmethod
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kinect_sync.agent.served_files import open_served, served_sizes
from kinect_sync.errors import UsageError
from kinect_sync.findings.collecting import FILE_NOT_SERVED
from kinect_sync.rig.problem import shown
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.recording_times import pack_times
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
)
from kinect_sync.wire.lines import Answered

if TYPE_CHECKING:
    from hashlib import _Hash

HASH_NBYTES = 32 << 20
"""That are hashed for one answer: a fifth of a second from a slow disk."""
_READ_NBYTES = 1 << 20
_MOST_DIGESTS = 16
"""Files whose hash is kept where it stands; one director asks for one file of a host at a time."""


@dataclass(slots=True)
class Digest:
    """A file hashed up to somewhere: it goes on as the file is read, so that no byte is read twice."""

    file: tuple[int, ...]
    """Which file it was, and in which state."""
    nbytes: int = 0
    sha256: _Hash = field(default_factory=hashlib.sha256)

    def add(self, offset: int, content: bytes) -> None:
        """Take what was read, if that is what follows."""
        if offset == self.nbytes:
            self.sha256.update(content)
            self.nbytes += len(content)


class TakeFiles:
    """The files of takes below one folder."""

    def __init__(self, takes: Path) -> None:
        """Serve recordings from this folder."""
        self._takes = takes
        self._packed: tuple[tuple[object, ...], bytes] | None = None
        """The times of one recording, which are asked for part by part."""
        self._digests: OrderedDict[tuple[str, str], Digest] = OrderedDict()

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
            self._digest(request, stream).add(request.offset, content)
        return Answered(FilePart(offset=request.offset, nbytes=size), content)

    @answer.register
    def _(self, request: HashFile) -> Answered:
        with self._opened(request.take, request.name) as stream:
            digest = self._digest(request, stream)
            if digest.nbytes > request.nbytes:
                digest = self._begin(request, stream)
            _hash_on(digest, stream, min(request.nbytes, digest.nbytes + HASH_NBYTES))
        whole = digest.nbytes == request.nbytes
        return Answered(
            FileHash(hashed_nbytes=digest.nbytes, sha256=digest.sha256.hexdigest() if whole else None)
        )

    @answer.register
    def _(self, request: ReadTimes) -> Answered:
        times = self._times(request)
        part = times[request.offset : request.offset + MOST_PART_NBYTES]
        return Answered(FilePart(offset=request.offset, nbytes=len(times)), part)

    def _times(self, request: ReadTimes) -> bytes:
        """Return the times of a recording, read at the first question; KsyncError where it is none."""
        with self._opened(request.take, request.name) as stream:
            state = (request.take, request.name, *_state(stream))
        if self._packed is None or self._packed[0] != state:
            path = self._takes / request.take / request.name
            self._packed = (state, pack_times(read_recording(path)))
        return self._packed[1]

    @contextmanager
    def _opened(self, take: str, name: str) -> Iterator[BinaryIO]:
        try:
            stream = open_served(self._takes, take, name)
        except OSError as error:
            what = f"`{shown(name)}` of `{shown(take)}` is not served: {error.strerror or error}"
            raise UsageError(FILE_NOT_SERVED.found(what)) from error
        with stream:
            yield stream

    def _digest(self, request: ReadFile | HashFile, stream: BinaryIO) -> Digest:
        """Return how far a file is hashed: not at all, if it is another one by now."""
        digest = self._digests.get((request.take, request.name))
        if digest is None or digest.file != _state(stream):
            return self._begin(request, stream)
        self._digests.move_to_end((request.take, request.name))
        return digest

    def _begin(self, request: ReadFile | HashFile, stream: BinaryIO) -> Digest:
        digest = self._digests[request.take, request.name] = Digest(_state(stream))
        self._digests.move_to_end((request.take, request.name))
        while len(self._digests) > _MOST_DIGESTS:
            self._digests.popitem(last=False)
        return digest


def _state(stream: BinaryIO) -> tuple[int, ...]:
    seen = os.fstat(stream.fileno())
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns


def _hash_on(digest: Digest, stream: BinaryIO, until: int) -> None:
    stream.seek(digest.nbytes)
    while digest.nbytes < until and (content := stream.read(min(_READ_NBYTES, until - digest.nbytes))):
        digest.add(digest.nbytes, content)
