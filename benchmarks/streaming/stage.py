"""The virtual Kinects that the benchmark of live rows runs over, and what they gave, by their journal."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kinect_sync.rig.loading import load_rig
from kinect_sync.rig.model import DeviceSettings
from tests.cli.commands import CONFIGS
from tests.virtual_k4a.bench import VirtualBench, chain

NINE = CONFIGS / "daisy_chain_9.yaml"
FPS = 30
APART_US = 160
"""Between the lasers of two devices."""
JITTER_US = 15
MOST_DROPS = 64
"""That a virtual device can be told."""


@dataclass(frozen=True)
class Condition:
    """What a rig is like for which rows are looked for."""

    name: str
    depth_delay_us: int = 0
    """Of every device: the lasers are kept apart by the subordinates' delays."""
    drift_ppm: float = 0.0
    """How much faster the subordinates' clocks run than the master's."""
    drops: float = 0.0
    """Share of each device's captures that never come."""


CONDITIONS = (
    Condition("good clocks"),
    Condition("400 ppm of drift", drift_ppm=400.0),
    Condition("1 % of captures dropped", drops=0.01),
    Condition("a depth delay of 480 µs", depth_delay_us=480),
)


@dataclass(frozen=True)
class Stage:
    """A rig, and the virtual devices that it describes."""

    rig: Path
    settings: Sequence[DeviceSettings]
    """The master's first."""
    bench: VirtualBench

    def plans(self) -> list[dict[str, Any]]:
        """Return how a plain program starts each device."""
        return [
            {
                "index": index,
                "role": each.role.value,
                "subordinate_delay_us": each.subordinate_delay_off_master_usec,
                "depth_delay_us": each.depth_delay_off_color_usec,
            }
            for index, each in enumerate(self.settings)
        ]

    def whole_pulses(self, count: int, first: int | None = None) -> set[int]:
        """Return which of so many pulses all devices gave a capture of, from the first common one on.

        Of the run that was last: pulses are counted anew when the master starts.
        """
        first = self._first_common() if first is None else first
        dropped = {number for each in self.bench.devices for number in each.drop}
        return set(range(first, first + count)) - dropped

    def _first_common(self) -> int:
        firsts: dict[str, int] = {}
        for event in self.bench.events():
            if event.what == "start":
                firsts.pop(event.serial, None)
            elif event.what == "capture":
                firsts.setdefault(event.serial, int(event.details["n"]))
        if len(firsts) < len(self.settings):
            raise ValueError("not every device gave a capture")
        return max(firsts.values())

    def delivered_ns(self) -> Mapping[int, int]:
        """Return of each pulse when its last capture was delivered, on the host's monotonic clock."""
        last: dict[int, int] = {}
        for event in self.bench.events():
            if event.what == "capture":
                number = int(event.details["n"])
                last[number] = max(last.get(number, 0), event.host_time_ns)
        return last

    def delivered(self, from_ns: int, until_ns: int) -> int:
        """Return how many captures the devices gave between two moments."""
        return sum(
            event.what == "capture" and from_ns <= event.host_time_ns < until_ns
            for event in self.bench.events()
        )

    def is_running(self) -> bool:
        """Whether each device has given captures for a second."""
        given = dict.fromkeys((each.serial for each in self.settings), 0)
        for event in self.bench.events():
            if event.what == "start":
                given[event.serial] = 0
            given[event.serial] += event.what == "capture"
        return min(given.values()) >= FPS


def set_up(folder: Path, condition: Condition | None, pulses: int, devices: int) -> Stage:
    """Make a rig under a condition, or the shipped one; `pulses` are those among which some are dropped."""
    folder.mkdir(parents=True)
    rig = folder / "rig.yaml"
    rig.write_text(json.dumps(_rig(condition, devices)), encoding="utf-8")
    loaded = load_rig(rig).rig
    settings = [loaded.settings_of(spec) for spec in loaded.devices]
    return Stage(rig, settings, VirtualBench(folder, _kinects(settings, condition, pulses)))


def _rig(condition: Condition | None, devices: int) -> dict[str, Any]:
    fields = load_rig(NINE).rig.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    fields["devices"] = fields["devices"][:devices]
    names = [device["name"] for device in fields["devices"]]
    fields["cables"] = [cable for cable in fields["cables"] if cable["to"] in names]
    for place, device in enumerate(fields["devices"] if condition else ()):
        device["depth_delay_off_color_usec"] = condition.depth_delay_us
        if place:
            device["subordinate_delay_off_master_usec"] = APART_US * place
    return fields


def _kinects(settings: Sequence[DeviceSettings], condition: Condition | None, pulses: int) -> list[Any]:
    kinects = chain(*(each.serial for each in settings))
    if condition is None:
        return kinects
    return [
        replace(
            each,
            jitter_us=JITTER_US,
            drift_ppm=condition.drift_ppm if each.sync_in else 0.0,
            drop=_drops(condition, each.serial, pulses),
        )
        for each in kinects
    ]


def _drops(condition: Condition, serial: str, pulses: int) -> tuple[int, ...]:
    """Draw which captures of a device never come, the first second left alone."""
    count = min(MOST_DROPS, round(pulses * condition.drops))
    return tuple(sorted(random.Random(serial).sample(range(FPS, FPS + pulses), count)))


def count_rows(rows: Sequence[Sequence[int | None]], whole: Collection[int]) -> dict[str, int]:
    """Count what was given for rows: the whole pulses among them, and rows that mix pulses.

    A row has a number of each device, or None for one that gave nothing.
    """
    numbers = [set(row) - {None} for row in rows]
    complete = {row[0] for row, seen in zip(rows, numbers, strict=True) if None not in row and len(seen) == 1}
    return {
        "whole": len(whole),
        "rows": len(complete & set(whole)),
        "mixed": sum(len(seen) > 1 for seen in numbers),
    }
