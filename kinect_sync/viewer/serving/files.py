"""The files of the page, which are part of the package: nothing of it comes from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

PAGE = "index.html"
_TYPES = {
    PAGE: "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
}


class PageFile(NamedTuple):
    """What a browser is sent."""

    content: bytes
    type: str


@cache
def page_files() -> dict[str, PageFile]:
    """Return each file of the page by its path on the server."""
    folder = files(__package__) / "page"
    found = {f"/{name}": PageFile((folder / name).read_bytes(), kind) for name, kind in _TYPES.items()}
    return {**found, "/": found[f"/{PAGE}"]}
