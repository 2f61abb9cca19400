"""A hook of MkDocs: `FOLDER/*` in the navigation stands for the pages of a folder that are not named in it.

So a page that is made from declarations, or a decision, is in the site by being in its folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

Entry = Any
"""A page, or a heading with entries, as `mkdocs.yml` has them."""


def on_config(config: Any) -> Any:
    """Name in the navigation what the stars stand for."""
    folder = Path(config["docs_dir"])
    pages = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
    named = set(_pages(config["nav"]))
    config["nav"] = _expand(config["nav"], [page for page in pages if page not in named])
    return config


def _pages(entries: list[Entry]) -> list[str]:
    """Return every page that is named."""
    found = []
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            found += _pages(value) if isinstance(value, list) else [value]
    return found


def _expand(entries: list[Entry], others: list[str]) -> list[Entry]:
    """Return the entries with pages in the place of each star."""
    expanded: list[Entry] = []
    for entry in entries:
        if isinstance(entry, dict):
            expanded.append(
                {
                    title: _expand(each, others) if isinstance(each, list) else each
                    for title, each in entry.items()
                }
            )
        elif entry.endswith("/*"):
            expanded += [page for page in others if page.rpartition("/")[0] == entry[:-2]]
        else:
            expanded.append(entry)
    return expanded
