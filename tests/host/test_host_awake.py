"""A pause of the computer counts as nobody's silence."""

from __future__ import annotations

import pytest

from kinect_sync.host.awake import LONGEST_S, AwakeClock


@pytest.mark.parametrize(
    ("case", "gaps_s", "awake_s", "pause_s"),
    [
        ("turn after turn", [0.1] * 30, 3.0, 0.0),
        ("a busy machine skips some turns", [0.1, 0.9, 0.1], 1.1, 0.0),
        ("a container was frozen", [0.1, 300.0, 0.1], 0.2 + LONGEST_S, 300.0),
    ],
)
def test_time_counts_while_somebody_ticks(
    case: str, gaps_s: list[float], awake_s: float, pause_s: float
) -> None:
    now_s = [1000.0]
    clock, pauses = AwakeClock(lambda: now_s[0]), []
    for gap_s in gaps_s:
        now_s[0] += gap_s
        pauses.append(clock.tick())
    assert clock.now_s == pytest.approx(awake_s), case
    assert max(pauses) == pytest.approx(pause_s)
