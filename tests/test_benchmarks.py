"""What the benchmark of live rows compares with finds rows as green_screen does; all costs count."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from benchmarks.streaming.green_screen import Capturer

PERIOD_US = 33_333
LAST = 12
"""Pulses that the scripted devices give."""


@dataclass(frozen=True)
class Shot:
    pulse: int
    color_us: int | None
    depth_us: int | None


def device(
    *,
    delay_us: int = 0,
    depth_delay_us: int = 0,
    drift: float = 0.0,
    first: int = 0,
    drops: tuple[int, ...] = (),
) -> Callable[[], Shot]:
    """Script a device: what it gives, one capture a read; ValueError where it has no more."""

    def shots() -> Iterator[Shot]:
        for pulse in range(first, LAST):
            color_us = round(pulse * PERIOD_US * (1 + drift)) + delay_us
            if pulse not in drops:
                yield Shot(pulse, color_us, color_us + depth_delay_us)
        raise ValueError("no more")

    return shots().__next__


def rows(capturer: Capturer[Shot]) -> list[int]:
    """Return the pulses of all rows, each of which must be of one."""
    found = []
    try:
        while (held := capturer.find(lambda: True)) is not None:
            (pulse,) = {each.pulse for each in held}
            found.append(pulse)
    except ValueError:
        pass
    return found


@pytest.mark.parametrize(
    ("why", "subordinate", "delay_us", "by_depth", "expected"),
    [
        ("clocks agree", device(), 0, False, list(range(LAST))),
        ("the delay is expected", device(delay_us=160), 160, False, list(range(LAST))),
        ("one that begins late is waited for", device(first=3), 0, False, list(range(3, LAST))),
        ("what one dropped is no row", device(drops=(4, 5)), 0, False, [0, 1, 2, 3, *range(6, LAST)]),
        ("a clock that drifts leaves the window for ever", device(drift=1e-3), 0, False, [0, 1, 2, 3]),
        ("color has no depth delay", device(depth_delay_us=480), 480, False, []),
        ("depth has it", device(depth_delay_us=480), 480, True, list(range(LAST))),
    ],
)
def test_captures_within_the_window_are_a_row(
    why: str, subordinate: Callable[[], Shot], delay_us: int, by_depth: bool, expected: list[int]
) -> None:
    assert rows(Capturer([device(), subordinate], [delay_us], by_depth)) == expected, why


def test_a_device_without_the_image_is_read_again_the_master_first() -> None:
    capturer: Capturer[Shot] = Capturer([device(), device()], [0], by_depth=True)
    assert capturer.behind([Shot(0, 0, None), Shot(0, 0, 0)]) is None
    assert capturer.behind([Shot(0, 0, 0), Shot(0, 0, None)]) == 1
    assert capturer.behind([Shot(0, None, 0), Shot(0, 0, None)]) == 0


def test_the_search_ends_with_its_time() -> None:
    capturer = Capturer([device(), device(delay_us=480)], [0], by_depth=False)
    assert capturer.find(lambda: False) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked at in /proc: Linux")
def test_a_process_costs_with_all_that_it_started() -> None:
    from benchmarks.processes import family, family_processor_s, processor_s

    spin = "import time\nwhile time.process_time() < 0.2: pass\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", spin], stdin=-1, stdout=-1) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in family(os.getpid())
        assert processor_s(child.pid) >= 0.15
        before_s = family_processor_s(os.getpid())
        child.communicate(b"\n")
    assert family_processor_s(os.getpid()) >= before_s - 0.02, "a child that has ended still counts"


def test_rows_that_mix_pulses_are_told_apart_from_whole_ones() -> None:
    from benchmarks.streaming.stage import count_rows

    given = [[3, 3], [4, 4], [5, None], [6, 7], [9, 9]]
    assert count_rows(given, {3, 4, 6, 7, 8}) == {"whole": 5, "rows": 2, "mixed": 1}
