"""A simulated rig for tests: devices on a clock that only waiting moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kinect_sync.captures import Capture
from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.devices.simulated.clocks import HostClock, SteppedClock
from kinect_sync.devices.simulated.device import SimulatedKinect
from kinect_sync.devices.simulated.faults import Faults
from kinect_sync.devices.simulated.journal import Exposed, read_journal
from kinect_sync.devices.simulated.world import SimulatedWorld, build_world
from kinect_sync.rig.model import DeviceSettings, RigFields

FRONT, LEFT, RIGHT = "000123456712", "000234567812", "000345678912"


def chain(**changes: Any) -> RigFields:
    """Three devices in a chain: front (master), left, right."""
    fields: dict[str, Any] = {
        "name": "chain",
        "topology": "daisy_chain",
        "devices": [
            {"name": "front", "serial": FRONT, "role": "master"},
            {"name": "left", "serial": LEFT, "role": "subordinate"},
            {"name": "right", "serial": RIGHT, "role": "subordinate"},
        ],
    }
    return RigFields.model_validate(fields | changes)


def triggered(**changes: Any) -> RigFields:
    """The same chain behind an external trigger."""
    devices = [device.model_dump() | {"role": "subordinate"} for device in chain().devices]
    trigger = {"fps": 30, "pulse_width_us": 10, "drive_current_ma": 10}
    return chain(devices=devices, external_trigger=trigger, **changes)


class ShiftedClock:
    """The clock of another host: what `clock` reads, and so much more."""

    def __init__(self, clock: HostClock, ahead_ns: int) -> None:
        self._clock = clock
        self._ahead_ns = ahead_ns

    def now_ns(self) -> int:
        return self._clock.now_ns() + self._ahead_ns

    def wait_until_ns(self, time_ns: int) -> None:
        self._clock.wait_until_ns(time_ns - self._ahead_ns)


def seen_from(world: SimulatedWorld, ahead_ns: int) -> SimulatedWorld:
    """The world as a process finds it whose clock is so much ahead of the world's."""
    return world.model_copy(update={"clock_ahead_ns": world.clock_ahead_ns - ahead_ns})


class Simulation:
    """The devices of a rig by name, all in this process."""

    def __init__(
        self,
        directory: Path,
        rig: RigFields,
        faults: dict[str, Any] | None = None,
        elsewhere: Mapping[str, int] | None = None,
    ) -> None:
        """`elsewhere` has the devices of other hosts, and how much the clocks of those are ahead, in ns."""
        self.rig = rig
        self.clock = SteppedClock()
        parsed = Faults.model_validate(faults or {})
        world = build_world(rig, directory / "world", parsed, self.clock)
        self.world = world.model_copy(update={"journal": True, "images": "blank"})
        self.bench = SimulatedBench(self.world, self.clock)
        self.benches = {
            name: SimulatedBench(seen_from(self.world, ahead_ns), ShiftedClock(self.clock, ahead_ns))
            for name, ahead_ns in (elsewhere or {}).items()
        }
        self.devices: dict[str, SimulatedKinect] = {}

    def settings(self, name: str) -> DeviceSettings:
        return next(self.rig.settings_of(device) for device in self.rig.devices if device.name == name)

    def open(self, name: str) -> SimulatedKinect:
        self.devices[name] = self.benches.get(name, self.bench).open(self.settings(name))
        return self.devices[name]

    def start(self, *names: str) -> None:
        for name in names:
            device = self.devices.get(name) or self.open(name)
            device.start(self.settings(name))

    def start_rig(self) -> None:
        """Start the subordinates, then the master."""
        self.start(
            *sorted((d.name for d in self.rig.devices), key=lambda n: self.settings(n).role == "master")
        )

    def advance(self, seconds: float) -> None:
        self.clock.wait_until_ns(self.clock.now_ns() + round(seconds * 1e9))

    def read(self, name: str, count: int, timeout_ms: int = 500) -> list[Capture]:
        """Read up to `count` captures; fewer when one does not come in time."""
        return list(self._captures(name, count, timeout_ms))

    def _captures(self, name: str, count: int, timeout_ms: int) -> Iterator[Capture]:
        for _ in range(count):
            capture = self.devices[name].get_capture(timeout_ms)
            if capture is None:
                return
            yield capture

    def read_all(self, count: int) -> dict[str, list[Capture]]:
        """Read captures of every device by turns, as their threads would."""
        read: dict[str, list[Capture]] = {name: [] for name in self.devices}
        for _ in range(count):
            for name, captures in read.items():
                captures.extend(self.read(name, 1, 200))
        return read

    def truth(self, name: str) -> list[Exposed]:
        return list(read_journal(self.world.directory, self.devices[name].serial))

    def close(self) -> None:
        for device in self.devices.values():
            device.close()


def usecs(captures: Sequence[Capture], image: str = "color") -> list[int]:
    """Return the device timestamps of one kind of image."""
    found = [getattr(capture, image) for capture in captures]
    return [each.device_timestamp_usec for each in found if each is not None]
