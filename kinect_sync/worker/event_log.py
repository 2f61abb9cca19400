"""Events by number, each kept until it was heard: whoever comes back is told the rest."""

from __future__ import annotations

import threading
import zlib
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

BLOCK = 512
"""Events that are packed together: 50 s of a worker that reports ten times a second."""


class _Block(NamedTuple):
    """Events that nobody has heard for a while."""

    first: int
    until: int
    """The number after that of the last."""
    packed: bytes

    def lines(self) -> list[bytes]:
        return zlib.decompress(self.packed).splitlines(keepends=True)


class EventLog:
    """Numbers what a worker says, line by line, and keeps it; any thread may use it.

    An hour of reports is 23 MB of text, and 5 MB packed: they differ in a few digits.
    """

    def __init__(self, first: int = 1) -> None:
        """Begin with the number that the first event is to have."""
        self._changed = threading.Condition()
        self._blocks: deque[_Block] = deque()
        self._recent: list[bytes] = []
        self._next = first
        self._heard = first - 1

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self._next - 1

    @property
    def first(self) -> int:
        """The number of the first event that was not heard yet."""
        return self._heard + 1

    @property
    def nbytes(self) -> int:
        """Bytes that are kept."""
        with self._changed:
            return sum(len(each.packed) for each in self._blocks) + sum(map(len, self._recent))

    def append(self, line: bytes) -> int:
        """Take an event, a line that ends with its only line break; return its number."""
        with self._changed:
            self._recent.append(line)
            self._next += 1
            if len(self._recent) >= 2 * BLOCK:
                self._pack()
            self._changed.notify_all()
            return self._next - 1

    def forget(self, heard: int) -> None:
        """Let go of the events up to this number."""
        with self._changed:
            self._heard = max(self._heard, min(heard, self.last))
            while self._blocks and self._blocks[0].until <= self.first:
                self._blocks.popleft()
            if not self._blocks:
                recent_first = self._next - len(self._recent)
                del self._recent[: max(0, self.first - recent_first)]

    def after(self, number: int) -> Iterator[tuple[int, bytes]]:
        """Give the events after this number that are there now and not forgotten, in order."""
        with self._changed:
            blocks, recent = list(self._blocks), list(self._recent)
            number, recent_first = max(number, self._heard), self._next - len(self._recent)
        for block in blocks:
            if block.until > number + 1:
                yield from _later(number, block.first, block.lines())
        yield from _later(number, recent_first, recent)

    def wait_for_more(self, number: int, timeout_s: float) -> bool:
        """Wait until there is an event after this number; False where none comes in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.last > number, timeout_s)

    def _pack(self) -> None:
        lines = self._recent[:BLOCK]
        first = self._next - len(self._recent)
        self._blocks.append(_Block(first, first + len(lines), zlib.compress(b"".join(lines), 1)))
        del self._recent[:BLOCK]


def _later(number: int, first: int, lines: list[bytes]) -> Iterator[tuple[int, bytes]]:
    begin = max(0, number + 1 - first)
    return zip(range(first + begin, first + len(lines)), lines[begin:], strict=True)
