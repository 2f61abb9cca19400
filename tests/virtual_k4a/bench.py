"""A bench of virtual Azure Kinects beneath the unmodified pyk4a, for tests that run programs as subprocesses.

    bench = VirtualBench(tmp_path, [VirtualDevice("000123456712", sync_out=True), ...])
    subprocess.run([sys.executable, "-m", "kinect_sync", ...], env=bench.environment())
    bench.captures("000123456712")

The C library of this folder takes the place of libk4a's device functions (LD_PRELOAD); images, captures,
recordings and calibrations stay the real library's. `virtual_k4a.h` says what stands in the directory.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.factory_calibration import make_calibration
from tests.virtual_k4a.scene import COLOR_SIZES, draw_lit_scene, draw_scene
from tests.virtual_k4a.screen import reserve_display

SOURCES = Path(__file__).parent
TRIGGER = "trigger"
ALWAYS = -1
NEVER = -1
LONG_QUEUE = 600
"""Captures of 20 s: none is lost to a reader that a busy machine holds up."""


class Unavailable(Exception):
    """The virtual bench cannot exist on this machine."""


@dataclass(frozen=True)
class VirtualDevice:
    """One virtual device: its cables, its clock and its faults. Numbers name captures by pulse."""

    serial: str
    sync_in: bool = False
    sync_out: bool = False
    fed_by: str = ""
    """Serial of the device whose sync out feeds this sync in, or `trigger`."""
    cut: bool = False
    """The cable into sync in is plugged, and broken."""
    reports: str = ""
    """The serial that it claims, if another."""
    femto: bool = False
    free_running: bool = False
    """As a subordinate it delivers without pulses."""
    flood: bool = False
    """It delivers as fast as it is read, whatever the time."""
    trained: bool = False
    """Pulses set the pace of its clock, so that it does not drift against the device that gives them."""
    blind: bool = False
    """Its color camera is on and gives no image."""
    drift_ppm: float = 0.0
    """How much faster than the host its clock runs; a master's pulses come by its clock."""
    jitter_us: int = 0
    bias_us: int = 0
    bias_moves_us: int = 0
    """How much later than that it is after every other start."""
    delay_grid_us: int = 0
    """Its delays are cut to whole steps of this, coarser than ticks."""
    late_us: tuple[int, ...] = ()
    """How much later than they should its first captures are, one by one, at each start."""
    apart_us: int = 0
    """How much later than its delay says depth is taken."""
    first_us: int = 219_566
    """Device timestamp of the first capture, counted from the clock reset."""
    clock_us: int = 0
    """What the clock shows at its first pulse here, as though pulses had come for so long before."""
    set_every: int = 0
    """Captures after which a Femto's clock is set to the host's again, as the real one is every minute."""
    latency_us: int = 12_000
    color_us: int = 0
    """How much later than depth a color image is there: a large one is longer on its way, BGRA is decoded."""
    start_us: int = 20_000
    """How long start_cameras takes."""
    queue: int = 7
    """Captures that wait to be read before the oldest is lost; IMU samples wait in proportion."""
    close_us: int = 0
    """How long close takes."""
    close_hangs_us: int = 0
    """So soon after opening, close never returns, as that of Orbbec's wrapper."""
    skip_first: int = 0
    """Captures at the beginning that never come."""
    unsettled: int = 0
    """Captures at the beginning of each start whose exposure has not settled."""
    unsettled_us: int = 400
    """How much later than they should these are taken."""
    garbage: int = 0
    """Captures after those that carry timestamps from before the clock reset."""
    open_us: int = 0
    """How long opening takes."""
    crowd_us: int = 0
    """Opening fails where another device's began so recently."""
    open_fails: int = 0
    """How often opening fails; ALWAYS for ever."""
    start_fails: int = 0
    """How often start_cameras fails; ALWAYS for ever."""
    stall_after: int = NEVER
    """After so many captures it gives timeouts only."""
    unplug_after: int = NEVER
    """After so many captures its USB cable is pulled: timeouts only, and the SDK counts a device less. A
    master gives no pulses any more."""
    runs_on: bool = False
    """As a subordinate it goes on at its pace when the pulses end (SDK issue 1850)."""
    die_after: int = NEVER
    """After so many captures its process is killed."""
    hang_after: int = NEVER
    """After so many captures get_capture never returns."""
    error_after: int = NEVER
    """After so many captures get_capture fails."""
    drop: tuple[int, ...] = ()
    no_color: tuple[int, ...] = ()
    no_depth: tuple[int, ...] = ()
    kept_gain: int = NEVER
    """Gain that an earlier program has left in it."""
    kept_white_balance_k: int = NEVER
    """White balance that an earlier program has left in it; it is automatic otherwise."""
    control_read_fails: tuple[int, ...] = ()
    """Numbers of color controls that cannot be read."""
    control_write_fails: tuple[int, ...] = ()
    mode_unset: tuple[int, ...] = ()
    """Numbers of color controls whose mode is not told when they are read, as by Orbbec's wrapper."""
    calibration_fails: bool = False
    calibration_bare: bool = False
    """The raw calibration comes without a NUL at its end, as from Orbbec's wrapper."""
    no_transfers: str = ""
    """Why depth's first USB transfer can't be submitted, as libusb names it (`NO_MEM`): the start succeeds,
    depth never comes, the log tells."""
    submit_errno: int = 0
    """The system's error number of that, which libusb prints where it says only `IO`."""
    count_us: int = 0
    """How long counting the devices takes on its account."""
    warns: int = 0
    """Lines that the SDK logs as warnings when the device is opened."""
    serial_fails: bool = False
    imu_fails: bool = False
    imu_ends_after: int = NEVER
    """After so many samples a transfer of the IMU fails, and it gives no more; the cameras go on."""
    color: str = "1.6.110"
    """Firmware of the color camera."""
    depth: str = "1.6.80"
    audio: str = "1.6.14"


@dataclass(frozen=True)
class Event:
    """One line of the journal: what a device did, and when on the host's monotonic clock."""

    host_time_ns: int
    serial: str
    what: str
    details: Mapping[str, str]


@dataclass(frozen=True)
class Delivered:
    """One capture that get_capture returned; a timestamp of -1 means that the image is missing."""

    serial: str
    number: int
    color_usec: int
    depth_usec: int
    lost: int
    """Captures that the full queue had dropped until then."""


class VirtualBench:
    """A directory with a bench in it."""

    def __init__(self, directory: Path, devices: Sequence[VirtualDevice]) -> None:
        """Write the bench; raises `Unavailable` where it cannot be built."""
        self.library = build_library()
        self.directory = directory / "virtual_k4a"
        self.directory.mkdir(parents=True)
        self.devices = tuple(devices)
        self._trigger_generation = 0
        (self.directory / "bench.txt").write_text("\n".join(map(_describe, range(len(devices)), devices)))
        for index, device in enumerate(devices):
            (self.directory / f"calibration.{index}.json").write_bytes(make_calibration(device.serial))
        for width, height in COLOR_SIZES:
            (self.directory / f"color.{width}x{height}.jpg").write_bytes(draw_scene(width, height))
            (self.directory / f"lit.{width}x{height}.jpg").write_bytes(draw_lit_scene(width, height))

    def environment(self, *here: str, **more: str) -> dict[str, str]:
        """Return this process's environment with the bench in it, and a display for the depth engine.

        Serials that are `here` are of the devices that are connected to this computer: all, where none is
        named. Virtual devices compute nothing; but without a display no Kinect is started.
        """
        preload = " ".join(filter(None, (str(self.library), os.environ.get("LD_PRELOAD"))))
        bench = {"LD_PRELOAD": preload, "VIRTUAL_K4A_BENCH": str(self.directory)}
        if here:
            bench["VIRTUAL_K4A_HERE"] = ",".join(here)
        return {"DISPLAY": _display(), **os.environ, **bench, **more}

    def events(self, serial: str | None = None) -> list[Event]:
        """Return the journal, in order, of one device or of all."""
        journal = self.directory / "log"
        lines = journal.read_text().splitlines() if journal.exists() else []
        events = [_parse(line) for line in lines]
        return [event for event in events if serial in (None, event.serial)]

    def log(self, serial: str | None = None) -> list[Delivered]:
        """Return what get_capture delivered, in order, of one device or of all."""
        return [
            Delivered(
                event.serial,
                int(event.details["n"]),
                int(event.details["color"]),
                int(event.details["depth"]),
                int(event.details["lost"]),
            )
            for event in self.events(serial)
            if event.what == "capture"
        ]

    def start_trigger(self, fps: int) -> None:
        """Let the pulse generator run from now."""
        self._trigger_generation += 2
        self._trigger = (self._trigger_generation, time.monotonic_ns(), 0, 90_000 // fps)
        self._write_trigger()

    def stop_trigger(self) -> None:
        """Stop the pulse generator."""
        generation, start_ns, _, period_ticks = self._trigger
        self._trigger = (generation, start_ns, time.monotonic_ns(), period_ticks)
        self._write_trigger()

    def flash(self, *after_s: float, lasting_s: float = 0.3) -> None:
        """Let a light in view of all devices go on, in so many seconds from now each time."""
        now_ns = time.monotonic_ns()
        starts = [now_ns + round(seconds * 1e9) for seconds in after_s]
        lines = (f"{start} {start + round(lasting_s * 1e9)}\n" for start in starts)
        (self.directory / "light").write_text("".join(lines))

    def _write_trigger(self) -> None:
        partial = self.directory / "trigger.partial"
        partial.write_text(" ".join(map(str, self._trigger)))
        partial.replace(self.directory / TRIGGER)


def chain(*serials: str, **changes: Any) -> list[VirtualDevice]:
    """Describe a daisy chain in cable order, the master first; all have the changes."""
    last = len(serials) - 1
    return [
        VirtualDevice(
            serial,
            sync_in=place > 0,
            sync_out=place < last,
            fed_by=serials[place - 1] if place else "",
            skip_first=place % 3,
            **changes,
        )
        for place, serial in enumerate(serials)
    ]


def star(master: str, *subordinates: str, **changes: Any) -> list[VirtualDevice]:
    """Describe a star: every subordinate is fed by the master; all have the changes."""
    followers = [
        VirtualDevice(serial, sync_in=True, fed_by=master, skip_first=place % 3, **changes)
        for place, serial in enumerate(subordinates, start=1)
    ]
    return [VirtualDevice(master, sync_out=bool(subordinates), **changes), *followers]


_display = lru_cache(maxsize=1)(reserve_display)


@lru_cache(maxsize=1)
def build_library() -> Path:
    """Compile the library, once per process; raises `Unavailable` with the reason."""
    compiler = os.environ.get("CC") or shutil.which("cc")
    if not sys.platform.startswith("linux"):
        raise Unavailable("the virtual Kinects need LD_PRELOAD, which is Linux")
    if compiler is None:
        raise Unavailable("the virtual Kinects need a C compiler, and there is no `cc`")
    directory = Path(tempfile.mkdtemp(prefix="virtual_k4a-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    library = directory / "libvirtual_k4a.so"
    options = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden"]
    sources = sorted(map(str, SOURCES.glob("*.c")))
    subprocess.run([compiler, *options, "-o", str(library), *sources, "-ldl", "-lpthread", "-lm"], check=True)
    return library


def _describe(index: int, device: VirtualDevice) -> str:
    lines = [f"device {index}"]
    for field in fields(device):
        text = _word(getattr(device, field.name))
        if text:
            lines.append(f"{field.name} {text}")
    return "\n".join(lines)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value)


def _parse(line: str) -> Event:
    host_time_ns, serial, what, *details = line.split()
    return Event(int(host_time_ns), serial, what, dict(detail.split("=", 1) for detail in details))
