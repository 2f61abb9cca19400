"""Sets of recordings with known pulses, written by ksync's writer under the names of a studio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinect_sync import __version__
from kinect_sync.rig.modes import DepthMode, Role
from kinect_sync.takes.mkv.ebml import Id, encode_id
from kinect_sync.takes.mkv.writer import MkvWriter
from tests.factory_calibration import make_calibration
from tests.takes.recorded import abandon, capture, settings

ZERO_US = 219_566
KSYNC = f"ksync-{__version__}".encode()
HEAD_NBYTES = 4096
"""The date and the writer's name stand in here."""
DAY_NS = 750_000_000_000_000_000
"""The day of the recordings, in ns since 2001."""


@dataclass(frozen=True)
class Filmed:
    """One device of a set, and what is wrong with it."""

    name: str
    serial: str
    role: Role = Role.SUBORDINATE
    start_us: int = ZERO_US
    """Device time of pulse 0."""
    first: int = 0
    """First pulse in the file."""
    pulses: int = 60
    """Pulse before which the file ends."""
    drop: tuple[int, ...] = ()
    half: tuple[int, ...] = ()
    """Pulses without depth."""
    drift_ppm: float = 0.0
    bias_us: int = 0
    period_us: float = 1e6 / 30
    fps: int = 30
    sub_delay_us: int = 0
    depth_delay_us: int = 0
    depth_error_us: int = 0
    step_us: int = 0
    """By how much the clock is set back at pulse 30."""
    depth: bool = False
    calibrated: bool = True
    unfinished: bool = False
    set_every_s: float = 0.0
    """How often the clock is set to the right time again, as a Femto's every minute; 0: never."""
    zero_s: float = 0.0
    """When its clock was at zero by the host's, by the date in the file."""
    jitter_us: int = 0
    dated: bool = True
    sdk: bool = False
    """Signed and dated as libk4arecord does it."""

    def time_us(self, pulse: int) -> int:
        """Device time of a pulse."""
        passed = pulse * self.period_us
        set_ago = passed % (self.set_every_s * 1e6) if self.set_every_s else passed
        passed += set_ago * self.drift_ppm * 1e-6
        passed += self.bias_us + self.jitter_us * (-1) ** (pulse * pulse // 3)
        return round(self.start_us + passed - (self.step_us if pulse >= 30 else 0))


MASTER = Filmed("front", "000123456712", Role.MASTER)
LEFT = Filmed("left", "000234567812", drift_ppm=80)
RIGHT = Filmed("right", "000345678912", drift_ppm=-60)


def write_set(folder: Path, filmed: Sequence[Filmed]) -> Path:
    """Write the recordings of a set into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in filmed:
        write_recording(folder / f"{each.name}.mkv", each)
    return folder


def write_recording(path: Path, filmed: Filmed) -> None:
    """Write one recording."""
    device = settings(
        name=filmed.name,
        serial=filmed.serial,
        role=filmed.role,
        fps=filmed.fps,
        depth_mode=DepthMode.NFOV_2X2BINNED if filmed.depth else DepthMode.OFF,
        subordinate_delay_off_master_usec=filmed.sub_delay_us,
        depth_delay_off_color_usec=filmed.depth_delay_us,
    )
    calibration = make_calibration(filmed.serial) if filmed.calibrated else None
    mkv = MkvWriter(path, device, color_firmware="1.6.110", depth_firmware="1.6.80", calibration=calibration)
    for pulse in range(filmed.first, filmed.pulses):
        if pulse not in filmed.drop:
            mkv.write(_capture(device, filmed, pulse))
    if filmed.unfinished:
        abandon(mkv, path)
    else:
        mkv.close()
    date(path, filmed)


def date(path: Path, filmed: Filmed) -> None:
    """Date a recording as though its images had been taken in real time."""
    with path.open("rb") as stream:
        data = bytearray(stream.read(HEAD_NBYTES))
    at = _place_of_date(data)
    if at < 0:
        return  # there is no image in it
    made_ns = DAY_NS + round((filmed.zero_s + filmed.time_us(filmed.first) / 1e6) * 1e9)
    if filmed.sdk:
        made_ns -= made_ns % 1_000_000_000
        data = data.replace(KSYNC, b"k4arecord".ljust(len(KSYNC), b"-"), 2)
    if not filmed.dated:
        data[at - 3 : at - 1] = b"\xec\x89"  # a void of as many bytes
    data[at : at + 8] = made_ns.to_bytes(8, "big")
    with path.open("r+b") as stream:
        stream.write(data)


def date_like(path: Path, other: Path) -> None:
    """Give a recording the date of another one, as though both had been made at once."""
    with other.open("rb") as model:
        data = model.read(HEAD_NBYTES)
    date_at(path, int.from_bytes(data[_place_of_date(data) :][:8], "big"))


def date_at(path: Path, made_ns: int) -> None:
    """Give a recording a date, in ns since 2001: a slow machine writes the files of a set seconds apart."""
    with path.open("r+b") as stream:
        at = _place_of_date(stream.read(HEAD_NBYTES))
        if at >= 0:  # or else there is no image in it
            stream.seek(at)
            stream.write(made_ns.to_bytes(8, "big"))


def _place_of_date(data: bytes | bytearray) -> int:
    at = data.find(encode_id(Id.DATE_UTC) + b"\x88")
    return at if at < 0 else at + 3


def _capture(device: Any, filmed: Filmed, pulse: int) -> Any:
    color_us = filmed.time_us(pulse) + filmed.sub_delay_us
    depth_us = color_us + filmed.depth_delay_us + filmed.depth_error_us
    return capture(device, color_us, None if pulse in filmed.half else depth_us, seed=pulse)
