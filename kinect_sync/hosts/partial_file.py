"""A file that is not all here yet: `NAME.part` beside its place, which keeps what has come over all ends."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from io import BufferedRandom
from pathlib import Path
from types import TracebackType

from kinect_sync.files import name_new, open_regular, sync_directory

PART = ".part"
"""How the name of a file ends that is not all here."""
_READ_NBYTES = 1 << 20
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def part_of(path: Path) -> Path:
    """Return where that is of a file which is not all here."""
    return path.with_name(path.name + PART)


def hash_of(path: Path, look: Callable[[], None]) -> str:
    """Return the SHA-256 of a file; `look` may raise to end it. Raises OSError."""
    sha256 = hashlib.sha256()
    with open_regular(path) as stream:
        while content := stream.read(_READ_NBYTES):
            look()
            sha256.update(content)
    return sha256.hexdigest()


def drop_second_name(path: Path) -> None:
    """Drop the name that a file had before it was whole, if a kill came between its two names; OSError."""
    with suppress(FileNotFoundError):
        if os.path.samestat(part_of(path).lstat(), path.lstat()):
            part_of(path).unlink()


class PartialFile:
    """The beginning of a file, to which the rest is appended."""

    def __init__(self, path: Path) -> None:
        """Go on with what there is of the file that is to be `path`; OSError."""
        self._path = path
        self._part = part_of(path)
        self._stream = _opened(self._part)
        self._sha256 = hashlib.sha256()
        self.nbytes = 0
        """How much of it was looked at, or appended."""

    def __enter__(self) -> PartialFile:
        """Be closed at the end; what has come stays."""
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._stream.close()

    @property
    def sha256(self) -> str:
        """What it hashes to so far."""
        return self._sha256.hexdigest()

    def look_at_beginning(self, look: Callable[[], None]) -> None:
        """Hash what is there already; `look` may raise to end it."""
        self._stream.seek(0)
        while content := self._stream.read(_READ_NBYTES):
            look()
            self._sha256.update(content)
            self.nbytes += len(content)

    def discard(self) -> None:
        """Begin anew, in a new file: the old one may have another name, which keeps it."""
        self._stream.close()
        self._part.unlink()
        self._stream = _opened(self._part)
        self._sha256, self.nbytes = hashlib.sha256(), 0

    def append(self, content: bytes) -> None:
        """Take what follows; OSError where the disk refuses."""
        self._stream.write(content)
        self._sha256.update(content)
        self.nbytes += len(content)

    def finish(self) -> None:
        """Give it its name, now that all is here; FileExistsError where that is taken meanwhile, OSError."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        name_new(self._part, self._path)
        sync_directory(self._path.parent)


def _opened(part: Path) -> BufferedRandom:
    """Open what there is of a file, or make it, and follow no link; OSError."""
    if os.path.lexists(part):
        open_regular(part).close()  # a pipe would keep its reader waiting
    return open(part, "a+b", opener=lambda path, flags: os.open(path, flags | _NO_LINK, 0o666))
