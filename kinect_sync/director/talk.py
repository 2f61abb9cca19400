"""What a worker's process prints: its last lines, and what the SDK tells there of its device."""

from __future__ import annotations

from collections import deque

from kinect_sync.director.sdk_words import kind_of, sdk_text
from kinect_sync.steady import steady_s

LAST_WORDS = 20
"""Lines of a worker's stderr that are kept: the SDK says there what its return codes do not."""
AGAIN_S = 1.0
"""How long lines of a kind that was just told are not told again."""
MOST_KINDS = 100
"""Kinds of lines of which it is known when they were told."""


class Talk:
    """The lines that one process prints."""

    def __init__(self) -> None:
        """Begin before the first of them."""
        self._last: deque[str] = deque(maxlen=LAST_WORDS)
        self._said_s: dict[str, float] = {}

    @property
    def last_words(self) -> tuple[str, ...]:
        """The last lines."""
        return tuple(self._last)

    def take(self, line: str) -> str | None:
        """Take a line; return what the SDK says there, unless the like was told just now."""
        self._last.append(line)
        text = sdk_text(line)
        return text if text and self._is_news(text) else None

    def _is_news(self, text: str) -> bool:
        """Tell whether nothing of the kind was said just now: a line may come with every image."""
        kind, now_s = kind_of(text), steady_s()
        if now_s - self._said_s.get(kind, -AGAIN_S) < AGAIN_S:
            return False
        if len(self._said_s) >= MOST_KINDS:
            self._said_s.clear()
        self._said_s[kind] = now_s
        return True
