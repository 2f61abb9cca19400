"""The folder in which the processes of a bench without cables leave word for each other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def shared_folder() -> Iterator[Path]:
    """Make an empty folder that is gone after the context, whatever a process that hangs still holds open."""
    with tempfile.TemporaryDirectory(prefix="ksync-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
