"""Images that were drawn before, on the disk: a bench is rehearsed more than once, by several processes.

An album has the images of one camera, in a folder that is named by everything that they depend on. So what is
there is right, whoever wrote it, and whoever draws an image at the same time writes the same.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.files import replace_file

MOST_BYTES = 6_000_000_000
"""What all albums may take; beyond it those go that were not used for longest."""
_IN_USE_S = 3600.0


@dataclass(frozen=True)
class Album:
    """Images by name; where there is no folder, nothing is kept."""

    folder: Path | None

    def get(self, name: str) -> bytes | None:
        """Return an image; None where it was not drawn yet."""
        if self.folder is None:
            return None
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            return None

    def has(self, name: str) -> bool:
        """Tell whether an image was drawn."""
        return self.folder is not None and (self.folder / name).exists()

    def put(self, name: str, content: bytes) -> bytes:
        """Keep an image; a disk that refuses costs only the time to draw it again."""
        if self.folder is not None:
            with suppress(OSError):
                self.folder.mkdir(parents=True, exist_ok=True)
                replace_file(self.folder / name, content)
        return content

    def touch(self) -> None:
        """Say that it is used."""
        if self.folder is not None:
            with suppress(OSError):
                self.folder.mkdir(parents=True, exist_ok=True)
                os.utime(self.folder)


def clear_old_albums(folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Remove the albums that were not used for longest until the rest is small enough, but none in use."""
    try:
        albums = sorted((each for each in folder.iterdir() if each.is_dir()), key=_used_at)
    except OSError:
        return
    sizes = {each: _size(each) for each in albums}
    for album in albums:
        if sum(sizes.values()) <= most_bytes or time.time() - _used_at(album) < _IN_USE_S:
            return
        shutil.rmtree(album, ignore_errors=True)
        del sizes[album]


def _used_at(album: Path) -> float:
    try:
        return album.stat().st_mtime
    except OSError:
        return 0.0


def _size(album: Path) -> int:
    total = 0
    with suppress(OSError):
        for each in album.iterdir():
            with suppress(OSError):
                total += each.stat().st_size
    return total
