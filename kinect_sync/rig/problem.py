"""A problem of the rig file: a finding that still knows its place in the document.

A rule sees a rig, not a file. It says where as a path into the document, and whoever holds the file turns
the path into a line number.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import NamedTuple

from kinect_sync.findings import Finding, Kind
from kinect_sync.texts import printable

Location = tuple[str | int, ...]
"""A path into the document: `("devices", 1, "serial")`."""

_SHOWN_LENGTH = 60


class Problem(NamedTuple):
    """Something to say about the rig, and the place in the document where it is to be changed."""

    path: Location
    kind: Kind
    what: str
    remedy: str | None = None
    """What to do just here; what the kind says when None."""

    def finding(self, *, device: str | None = None, where: str | None = None) -> Finding:
        """Turn the problem into a finding, with the device's name and the line where they are known."""
        field = field_text(self.path) or None
        return self.kind.found(self.what, remedy=self.remedy, device=device, where=where, field=field)


def field_text(path: Location) -> str:
    """Write a path as an operator reads it: `devices[1].serial`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{shown(part)}" if text else shown(part)
    return text


def shown(value: object) -> str:
    """Write a value of the file so that it is safe on a terminal: printable, and not too long."""
    text = (
        value if isinstance(value, str) else "true" if value is True else "false" if value is False else None
    )
    text = str(value) if text is None else text
    text = text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"
    return printable(text)


def if_meant(word: str, known: Collection[str]) -> str | None:
    """Suggest the word that is nearest to one that nobody knows; None where none is near."""
    near = get_close_matches(word, known, n=1)
    return f"write `{near[0]}`, if that is meant" if near else None


def listed(words: list[str], last: str = "or") -> str:
    """Join words as a sentence does: `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
