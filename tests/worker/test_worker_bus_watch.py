"""Whether a device is still connected, as far as its host tells."""

from __future__ import annotations

import pytest

from kinect_sync.worker.bus_watch import BusWatch


@pytest.mark.parametrize(
    ("case", "before", "after", "listed", "missing"),
    [
        ("the bus lists it", ({"A"}, 3), ({"A"}, 3), True, 0),
        ("the bus lists it no more", ({"A"}, 3), ({"B"}, 2), False, 0),
        ("another was unplugged", ({"A"}, 3), ({"A"}, 2), True, 0),
        ("the bus tells no numbers", (set(), 3), (set(), 2), None, 1),
        ("one was plugged in", (set(), 3), (set(), 4), None, 0),
        ("nobody can count", (set(), None), (set(), None), None, 0),
        ("nobody can count any more", (set(), 3), (set(), None), None, 0),
    ],
)
def test_a_device_is_looked_for(
    case: str, before: tuple, after: tuple, listed: bool | None, missing: int
) -> None:
    now = {"serials": before[0], "count": before[1]}
    watch = BusWatch("A", lambda: now["serials"], lambda: now["count"])
    now.update(serials=after[0], count=after[1])
    seen = watch.look()
    assert (seen.listed, seen.missing) == (listed, missing), case
