"""How far files are hashed: that goes on from question to question, and along with what is read."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from hashlib import _Hash

HASH_NBYTES = 32 << 20
"""That are hashed for one answer: a fifth of a second from a slow disk."""
_READ_NBYTES = 1 << 20
_MOST_DIGESTS = 64
"""Hashes that are kept where they stand: one director asks for one file of a host at a time."""

FileState = tuple[object, ...]
"""Which file it is, and in which state: another one is hashed anew."""


@dataclass(slots=True)
class Digest:
    """A file hashed up to somewhere."""

    nbytes: int = 0
    sha256: _Hash = field(default_factory=hashlib.sha256)

    def add(self, offset: int, content: bytes) -> None:
        """Take what was read, if that is what follows."""
        if offset == self.nbytes:
            self.sha256.update(content)
            self.nbytes += len(content)

    def begin_at(self, other: Digest) -> None:
        """Stand where another one of the file does."""
        self.nbytes, self.sha256 = other.nbytes, other.sha256.copy()

    def go_on(self, stream: BinaryIO, until: int) -> None:
        """Hash on up to a place, or to the end of the file."""
        stream.seek(self.nbytes)
        while self.nbytes < until and (content := stream.read(min(_READ_NBYTES, until - self.nbytes))):
            self.add(self.nbytes, content)


class Digests:
    """The hashes of files as far as they are, each for one end.

    Several directors may ask for one file at the same time, and each for another part of it. So one hash goes
    along with what is read, and each end that is asked for has its own, which begins where that one is.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._digests: OrderedDict[tuple[FileState, int | None], Digest] = OrderedDict()

    def take(self, state: FileState, offset: int, content: bytes) -> None:
        """Take a part of a file that was read; who goes on with a file has had it hashed up to there."""
        read, before = self._of(state, None), self._digests.get((state, offset))
        if read.nbytes != offset and before is not None and before.nbytes == offset:
            read.begin_at(before)
        read.add(offset, content)

    def hashed(self, state: FileState, nbytes: int, stream: BinaryIO) -> Digest:
        """Hash a file some way on towards an end, and return how far that is."""
        digest = self._of(state, nbytes)
        read = self._of(state, None)
        if digest.nbytes < read.nbytes <= nbytes:
            digest.begin_at(read)
        digest.go_on(stream, min(nbytes, digest.nbytes + HASH_NBYTES))
        return digest

    def _of(self, state: FileState, end: int | None) -> Digest:
        digest = self._digests.setdefault((state, end), Digest())
        self._digests.move_to_end((state, end))
        while len(self._digests) > _MOST_DIGESTS:
            self._digests.popitem(last=False)
        return digest
