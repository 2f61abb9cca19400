"""How a verdict is printed: in its own word or the command's, and in the same color everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kinect_sync.verdicts import Rung, Verdict

_DOUBTFUL = (Verdict.UNKNOWN, Verdict.INCOMPLETE)
_NONE: Mapping[Verdict, str] = MappingProxyType({})


def verdict_words(verdict: Verdict, words: Mapping[Verdict, str] = _NONE) -> tuple[str, str]:
    """Return what to say, of `words` where they have something for the verdict, and its style."""
    if verdict in _DOUBTFUL:
        style = "bold yellow"
    else:
        style = "bold green" if verdict.rung is Rung.YES else "bold red"
    return words.get(verdict, verdict.told), style
