"""How fast the files of a take grow, and whether anything is written at all."""

from __future__ import annotations

from collections import deque

WINDOW_S = 5.0
"""A rate is over so much time: a disk takes what was written in gulps."""
_LEAST_S = 1.0


class Growth:
    """Sizes of all files together, over the last seconds."""

    def __init__(self) -> None:
        """Begin without a size."""
        self._sizes: deque[tuple[float, int]] = deque()

    def note(self, now_s: float, nbytes: int) -> None:
        """Note a size; one that became less, as of a file that was removed, begins anew.

        What is told of the same moment again says nothing.
        """
        if self._sizes and now_s == self._sizes[-1][0]:
            return
        if self._sizes and nbytes < self._sizes[-1][1]:
            self._sizes.clear()
        self._sizes.append((now_s, nbytes))
        while len(self._sizes) > 2 and now_s - self._sizes[1][0] >= WINDOW_S:
            self._sizes.popleft()

    @property
    def per_s(self) -> float | None:
        """Bytes per second; None before a second has passed."""
        if not self._sizes or self._sizes[-1][0] - self._sizes[0][0] < _LEAST_S:
            return None
        (began_s, before), (now_s, nbytes) = self._sizes[0], self._sizes[-1]
        return (nbytes - before) / (now_s - began_s)
