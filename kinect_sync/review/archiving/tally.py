"""How far a run over the files of a take has come, in bytes."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes there are."""


class Tally:
    """Counts bytes, and tells whoever watches; threads may not count at once."""

    def __init__(self, total: int, progress: Progress) -> None:
        """Begin with nothing done."""
        self._done, self._total = 0, total
        self._progress = progress

    def more(self, nbytes: int) -> None:
        """Count so many bytes more, never beyond all."""
        self._done += nbytes
        self._progress(min(self._done, self._total), self._total)
