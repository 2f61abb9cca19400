"""The golden takes by name, and their files."""

from __future__ import annotations

import tarfile
from pathlib import Path

from tests.golden.looks import TAKE

HERE = Path(__file__).parent
TAKES = sorted(HERE.glob("*/*.tar.xz"))


def by_name(archive: Path) -> str:
    """Name a take as `0.1.0/chain`."""
    return f"{archive.parent.name}/{archive.name.partition('.')[0]}"


def unpack(archive: Path, to: Path) -> Path:
    """Unpack a take into a folder of its own."""
    take = to / TAKE
    take.mkdir()
    for name, content in files_of(archive).items():
        (take / name).write_bytes(content)
    return take


def files_of(archive: Path) -> dict[str, bytes]:
    """Read the files of a take, by name."""
    files = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            content = opened.extractfile(member)
            if content is not None:
                files[Path(member.name).name] = content.read()
    return files
