"""What is left of a take over hosts: its rows, and the files wherever they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.takes.mkv.reader import read_recording
from tests.cli.read_back import read_rows


@dataclass(frozen=True)
class Kept:
    """What there is of one device."""

    in_file: list[int]
    """Device times of its captures."""
    in_rows: list[int]
    holes: Counter[str]
    """Rows without it, by reason."""
    last_row: int
    """The last row with it; -1 for none."""


def kept_of(take: Path, folders: Mapping[str, Path]) -> tuple[int, Mapping[str, Kept]]:
    """Return how many rows a take has, and what is kept of each device; its file is in its own folder."""
    rows = read_rows(take / "alignment.csv")
    found = {}
    for device, folder in folders.items():
        cells = [row[device] for row in rows]
        found[device] = Kept(
            read_recording(folder / f"{device}.mkv").depth_us.tolist(),
            [cell.depth_us for cell in cells if cell.capture is not None and cell.depth_us is not None],
            Counter(cell.hole for cell in cells if cell.hole),
            max((at for at, cell in enumerate(cells) if cell.capture is not None), default=-1),
        )
    return len(rows), found
