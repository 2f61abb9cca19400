"""HTML and SVG from small functions; whatever is text is escaped, so that no name can break the page."""

from __future__ import annotations

import html

from kinect_sync.texts import printable

VOID = frozenset({"meta", "img", "br", "hr"})
_SHAPES = frozenset({"rect", "path", "line", "circle"})


class Markup(str):
    """Text that is markup already; every other text is escaped where it enters a tag."""

    __slots__ = ()


def tag(name: str, /, *children: str | None, **attributes: object) -> Markup:
    """Return an element; None is left out, and `class_` and `stroke_width` are `class` and `stroke-width`."""
    fields = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(
        str(child if isinstance(child, Markup) else escape(child)) for child in children if child
    )
    if name in VOID:
        return Markup(f"<{name}{fields}>")
    if name in _SHAPES and not inside:
        return Markup(f"<{name}{fields}/>")
    return Markup(f"<{name}{fields}>{inside}</{name}>")


def join(*parts: str | None) -> Markup:
    """Return parts one after the other; text among them is escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts if part))


def escape(text: str) -> str:
    """Write text so that it is markup of that very text: nothing in it is obeyed, and it can be read."""
    return html.escape(printable(text))


def _value(value: object) -> str:
    return short(value) if isinstance(value, float) else str(value)


def short(value: float, digits: int = 1) -> str:
    """Write a number for a drawing: no more digits than a screen shows."""
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
