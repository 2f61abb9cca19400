"""Text that comes from elsewhere, made safe to show: on a terminal, in a report, on a page."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """Write what a terminal would obey, or could not show, as Python does; spaces of all kinds stay."""
    if text.isprintable():
        return text
    return "".join(char if _shows(char) else ascii(char)[1:-1] for char in text)


def is_utf8(path: object) -> bool:
    """Tell whether a path can stand in JSON, and so in take.json, in reports and in messages."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _shows(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"
