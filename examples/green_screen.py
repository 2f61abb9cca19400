"""Remove the background with two devices, as green_screen of the Azure Kinect's samples does.

The first device's color stays where depth is near, and green comes where it is not. Beside whoever stands
there its own depth camera sees nothing, as it stands 32 mm beside the color camera. The other device's depth,
seen as the first one's color camera would see it, tells of that too.

  python examples/green_screen.py --simulate examples/room.yaml --picture picture.jpg
"""

from __future__ import annotations

from itertools import islice

import numpy as np
from options import parser, rig_of, run, stream
from screen import Screen

import kinect_sync as ks

GREEN = (0, 177, 64)


def keep_near(row: ks.LiveRow, first: str, other: str, near_m: float) -> np.ndarray:
    """Return the first device's color, shape (height, width, 3), green where nothing is near."""
    color = row[first].color()
    near = np.zeros(color.shape[:2], bool)
    for device in (first, other):
        depth_mm = row.view(f"{first}.color", device).depth
        near |= (depth_mm > 0) & (depth_mm < 1000 * near_m)
    return np.where(near[..., None], color, np.uint8(GREEN))


def main() -> None:
    """Show the newest row, again and again."""
    options = parser(__doc__)
    options.add_argument("--devices", default="front,left", help="the one that is shown, the one that helps")
    options.add_argument("--near", type=float, default=2.2, metavar="M", help="what is farther is removed")
    options.add_argument("--picture", help="write each picture into this file, in the place of a window")
    told = options.parse_args()
    first, _, other = told.devices.partition(",")
    known = [each.name for each in rig_of(told).devices]
    if not {first, other} <= {*known}:
        options.error(f"--devices names two of {', '.join(known)}, as `{','.join(known[:2])}`")
    screen = Screen("ksync: green screen", told.picture)
    with stream(told, mode="newest") as rows:
        for row in islice(rows, told.frames):
            if row[first].hole is None and row[other].hole is None:
                screen.show(keep_near(row, first, other, told.near))
            if not screen.is_open:
                break


if __name__ == "__main__":
    run(main)
