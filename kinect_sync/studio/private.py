"""Folders that hold keys: for nobody but their owner, and there as a whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from kinect_sync.files import DRAFT, draft_of

_FOR_OWNER = 0o700
_KEY = 0o600


@contextmanager
def new_folder(path: Path, files: Mapping[str, bytes]) -> Iterator[None]:
    """Make a folder with these files when the block ends well, and none if not.

    There must be nothing of that name. OSError where it can't be written. On Windows its rights are those of
    the folder above, as those of a profile are: the owner's.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}{DRAFT}")
    with suppress(OSError):
        shutil.rmtree(draft)
    draft.mkdir(mode=_FOR_OWNER)
    try:
        for name, content in files.items():
            write_private(draft / name, content)
        yield
        draft.rename(path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def write_private(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file that only its owner may read, from its first byte on; OSError where there is one.

    One that is not `durable` need not outlive the computer's power, and waits for no disk.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, _KEY), "wb") as stream:
        stream.write(content)
        stream.flush()
        if durable:
            os.fsync(stream.fileno())


def replace_private(path: Path, content: bytes) -> None:
    """Write such a file in the place of what may be there, as a whole or not at all."""
    with draft_of(path) as draft:
        write_private(draft, content)


_BINARY: int = getattr(os, "O_BINARY", 0)
