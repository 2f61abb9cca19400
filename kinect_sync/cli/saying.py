"""Lines on stdout and stderr; nothing that stands in a file, or in the name of one, is obeyed by a terminal.

Whatever is printed comes through `safe`: plain lines and JSON here, what rich draws in `console.py`.
"""

from __future__ import annotations

import re

import click

from kinect_sync.texts import printable

_UNSAFE_IN_JSON = re.compile(r"[^ -~\n]")


def safe(text: str) -> str:
    """Write text that may hold anything so that only its line breaks are obeyed."""
    return text if text.isprintable() else "\n".join(map(printable, text.split("\n")))


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print text that may hold anything."""
    click.echo(safe(text), err=err, nl=nl)


def say_json(text: str) -> None:
    """Print JSON; what a terminal would obey is written as JSON's own escapes, which every reader undoes."""
    click.echo(_UNSAFE_IN_JSON.sub(_escaped, text))


def _escaped(match: re.Match[str]) -> str:
    char = match.group()
    if printable(char) == char:
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
