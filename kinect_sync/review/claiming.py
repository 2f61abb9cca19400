"""A folder for many files, claimed with a mark that says what they are of, so that two are never mixed."""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kinect_sync.errors import UsageError
from kinect_sync.files import DRAFT, read_regular, replace_file
from kinect_sync.findings.model import Kind
from kinect_sync.takes.opened_take import OpenedTake

_LARGEST = 1 << 20


def mark_of(take: OpenedTake) -> dict[str, Any]:
    """Return what tells a take from every other."""
    return {"format": 1, "take": take.manifest.name, "begin_utc_ns": take.manifest.begin.utc_ns}


def claim_folder(
    directory: Path, file: str, mark: Mapping[str, Any], *, not_empty: Kind, other: Kind, word: str
) -> None:
    """Make the folder and put the mark into it, or see that an earlier run put the same there.

    Raises UsageError of the kind `not_empty` where it holds anything else, and of `other` where the mark is
    another one. `word` is what the folder is: an export.
    """
    try:
        found = json.loads(read_regular(directory / file, _LARGEST))
    except FileNotFoundError:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            what = f"{directory} is not empty, and not {word}"
            raise UsageError(not_empty.found(what)) from None
        replace_file(directory / file, json.dumps(mark, indent=2).encode() + b"\n")
        return
    except (ValueError, RecursionError):
        found = None
    if found != mark:
        raise UsageError(other.found(_difference(directory, found, mark, word)))


def _difference(directory: Path, found: Any, mark: Mapping[str, Any], word: str) -> str:
    """Say how what is there is not what is wanted."""
    same_take = isinstance(found, dict) and all(
        found.get(key) == mark[key] for key in ("format", "take", "begin_utc_ns")
    )
    if not same_take:
        return f"{directory} holds {word} of another take"
    differing = [key.replace("_", " ") for key in mark if found.get(key) != mark[key]]
    return f"{directory} holds {word} of this take with another {', '.join(differing) or 'mark'}"


def make_folder(folder: Path) -> None:
    """Make a folder for files, and remove the drafts that a run before left there when it was killed."""
    folder.mkdir(parents=True, exist_ok=True)
    for draft in folder.glob(f".*{DRAFT}"):
        draft.unlink(missing_ok=True)


def make_folder_in(directory: Path, folder: Path) -> None:
    """Make a folder as `make_folder` does, by its path in `directory`; OSError where a link leads elsewhere.

    A folder that somebody gave may hold links, and what is written must not leave it.
    """
    for above in (folder, *folder.parents):
        if (directory / above).is_symlink():
            raise OSError(errno.ELOOP, "it is a link out of the folder", str(directory / above))
    make_folder(directory / folder)


def is_there(path: Path) -> bool:
    """Tell whether a file was made before: files come whole, but a power cut may leave an empty one."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
