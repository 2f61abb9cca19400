"""How much a host may say: what it says is kept, and a host that lies would fill the director's memory."""

from __future__ import annotations

from collections.abc import Callable

AT_ONCE = 2000.0
PER_S = 200.0
"""A device reports ten times a second, and its SDK writes some lines with every capture."""


class Allowance:
    """What one host may have said by now."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin with what may come at once."""
        self._clock = clock
        self._began_s = self._seen_s = clock()
        self._asides = AT_ONCE

    def numbered(self) -> float:
        """Return how many events a worker may have told that was started since."""
        return AT_ONCE + PER_S * (self._clock() - self._began_s)

    def take_aside(self) -> bool:
        """Take one of what is told besides; False where there was too much of it lately."""
        now_s = self._clock()
        self._asides = min(AT_ONCE, self._asides + PER_S * (now_s - self._seen_s))
        self._seen_s = now_s
        if self._asides < 1:
            return False
        self._asides -= 1
        return True
