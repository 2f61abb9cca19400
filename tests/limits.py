"""What the system allows a process, narrowed for a while."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def no_more_files(left: int = 0) -> Iterator[None]:
    """Allow this process to open so many more files, and no other one."""
    if sys.platform == "win32":
        pytest.skip("a limit of open files is known to POSIX alone")
    import resource

    opened = [os.dup(0) for _ in range(left + 1)]
    for descriptor in opened:
        os.close(descriptor)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened[-1], hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
