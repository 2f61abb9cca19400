"""The folder in which the processes of a bench without cables leave word for each other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kinect_sync.benches.held_folder import held_folder, remove_left

PREFIX = "ksync-bench-"


@contextmanager
def shared_folder() -> Iterator[Path]:
    """Make a folder that is gone after the context; what killed processes left is removed before."""
    place = Path(tempfile.gettempdir())
    remove_left(place, PREFIX)
    with held_folder(place, PREFIX) as folder:
        yield folder
