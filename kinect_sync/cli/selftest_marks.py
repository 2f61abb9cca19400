"""How the outcome of a step is marked."""

from __future__ import annotations

from kinect_sync.selftest.report import Outcome

_MARKS = {
    Outcome.AS_EXPECTED: ("✓", "+", "green"),
    Outcome.OTHERWISE: ("✗", "x", "bold red"),
    Outcome.FAILED: ("✗", "x", "bold red"),
    Outcome.NOT_DONE: ("–", "-", "dim"),
}
"""Symbol, the same where the console has ASCII alone, and style."""


def mark_of(outcome: Outcome, encoding: str) -> tuple[str, str]:
    """Return the mark of an outcome that a console of this encoding can show, and its style."""
    symbol, plain, style = _MARKS[outcome]
    return symbol if "utf" in encoding.lower() else plain, style
