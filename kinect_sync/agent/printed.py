"""What a worker that lodges prints: into a file, as a pipe would end with its agent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kinect_sync.director.link import LONGEST_LINE
from kinect_sync.director.talk import Talk
from kinect_sync.wire.messages import END_OF_TALK

MOST_BYTES = 1 << 20
"""What is kept of it: a line may come with every image."""


class Printed:
    """The end of one worker's output."""

    def __init__(self, path: Path, said: Callable[[str], None], *, begun: bool) -> None:
        """Give to `said` what the SDK tells there, but for what a worker that has long `begun` told then."""
        self._path = path
        self._said = said
        self._talk = Talk()
        self._at = 0
        if begun:
            self.look(told=False)

    @property
    def last_words(self) -> tuple[str, ...]:
        """The last lines."""
        return self._talk.last_words

    def look(self, *, told: bool = True, ended: bool = False) -> None:
        """Take in what was printed since; a line that is not whole yet only when its writer has `ended`."""
        with suppress(OSError):
            if self._path.stat().st_size != self._at:
                self._take_in(told=told, ended=ended)

    def _take_in(self, *, told: bool, ended: bool) -> None:
        with self._path.open("r+b") as stream:
            stream.seek(self._at)
            while line := stream.readline(LONGEST_LINE):
                if not (line.endswith(b"\n") or len(line) == LONGEST_LINE or ended):
                    break
                self._at += len(line)
                self._take(line.decode(errors="replace").rstrip(), told=told)
            if self._at > MOST_BYTES:  # its writer appends, and goes on from the new end
                stream.truncate(0)
                self._at = 0

    def _take(self, line: str, *, told: bool) -> None:
        if line == END_OF_TALK:
            return
        if (text := self._talk.take(line)) and told:
            self._said(text)
