"""The kinds of hardware, and one profile for each: all that a rig, its timing and its checks ask of it.

No other room decides by the kind of hardware: it asks the profile. So one more kind, as Orbbec's cameras
through their own SDK would be, is an adapter in `devices/` and a profile here.

Sources: the hardware specification and the multi-camera pages of the Azure Kinect DK; `k4a.c`, `depth.c` and
`color_priv.h` of its SDK; `ob_k4a_impl.cpp` of Orbbec's K4A wrapper, and the manual of its sync hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from kinect_sync.readings import Firmware
from kinect_sync.rig.delays import DelayRules
from kinect_sync.rig.exposures import ExposureRules
from kinect_sync.rig.modes import Word

EPOCH_US = 10**15
"""A device time beyond this, 2001 in µs since 1970, is the host's: no camera counts so far by itself."""


class Hardware(Word):
    """The family of devices: what the SDK enforces differs."""

    AZURE_KINECT = "azure_kinect"
    FEMTO = "femto"

    @property
    def profile(self) -> HardwareProfile:
        """What is known of this hardware."""
        return _PROFILES[self]


class ClockKind(Enum):
    """What sets a device's clock."""

    FROM_FIRST_PULSE = "from_first_pulse"
    """The first pulse that the device sees sets it to zero, and nothing does after that."""
    FROM_HOST = "from_host"
    """It is set to the host's time of day again and again: it has no zero, and does not drift for long."""


class Star(NamedTuple):
    """What a star of sync cables takes."""

    subordinates: int
    """The most that one sync out feeds through what divides it."""
    hub: bool
    """Whether that is a sync hub, whose own input can feed every device; else it is a splitter."""


class FirmwareNeeds(NamedTuple):
    """Which firmware is too old."""

    tool: str
    """The maker's program that updates it."""
    bundle: str
    """The first bundle that synchronized recording can rely on, as its maker names it."""
    least: Firmware
    """The parts of that bundle."""
    opens: Firmware
    """What the SDK opens at all."""


@dataclass(frozen=True, slots=True)
class HardwareProfile:
    """One kind of hardware."""

    label: str
    """As a sentence names one device."""
    serial_digits: int | None
    """Digits of a serial number; None where letters are among them, and the length varies."""
    star: Star
    jacks_tell: bool
    """Whether the SDK says if something is plugged into a sync jack."""
    delays: DelayRules
    exposures: ExposureRules
    clock: ClockKind
    clocks_apart_us: float
    """How far two clocks may be apart, and what one is set by at a time; 0 where nothing sets them."""
    paces_apart_ppm: float
    """No two devices that run by themselves part faster; what does is a queue that fills."""
    color_spoils: bool
    """Whether users report color images that are spoiled behind pulses."""
    closes_after_s: float
    """How long after opening a device may be closed at the earliest."""
    usb_is_known: bool
    """Whether it is documented how its cameras stand on the USB and what they send."""
    firmware: FirmwareNeeds | None
    """None where ksync knows of no firmware that is too old."""

    @property
    def plural(self) -> str:
        """As a sentence names several."""
        return f"{self.label}s"

    def has_serial(self, serial: str) -> bool:
        """Tell whether a serial number is of this hardware's form; the SDK compares them as text."""
        if not serial.isascii():
            return False
        if self.serial_digits is None:
            return serial.isalnum()
        return len(serial) == self.serial_digits and serial.isdecimal()


AZURE_KINECT = HardwareProfile(
    label="Azure Kinect",
    serial_digits=12,
    star=Star(subordinates=2, hub=False),  # a headphone splitter: sync FAQ
    jacks_tell=True,
    delays=DelayRules(steps_per_s=90_000, longest_us=None, color_gives_way=False),
    exposures=ExposureRules(
        example_us=8330,
        table_us={
            50: (500, 1250, 2500, 10000, 20000, 30000, 40000, 50000, 60000, 80000, 100000, 120000, 130000),
            60: (500, 1250, 2500, 8330, 16670, 33330, 41670, 50000, 66670, 83330, 100000, 116670, 133330),
        },
    ),
    clock=ClockKind.FROM_FIRST_PULSE,
    clocks_apart_us=0.0,
    paces_apart_ppm=1000.0,  # two clocks, each up to 500 ppm off: 390 have been seen
    color_spoils=True,
    closes_after_s=0.0,
    usb_is_known=True,
    # Before, a subordinate was off by 100 µs, or did not start again with color off (SDK issues 529, 818,
    # 971). The SDK warns below these parts.
    firmware=FirmwareNeeds(
        tool="AzureKinectFirmwareTool",
        bundle="1.6.110079014",
        least=Firmware(color="1.6.110", depth="1.6.79", audio="1.6.14"),
        opens=Firmware(color="1.5.92", depth="1.5.66", audio="1.5.14"),
    ),
)
"""Microsoft's Azure Kinect DK."""

FEMTO = HardwareProfile(
    label="Femto",
    serial_digits=None,
    star=Star(subordinates=8, hub=True),
    jacks_tell=False,  # the wrapper answers `no` whatever is plugged in
    delays=DelayRules(steps_per_s=1_000_000, longest_us=33_333, color_gives_way=True),
    exposures=ExposureRules(example_us=8300, table_us={}),  # steps of 100 µs
    clock=ClockKind.FROM_HOST,
    clocks_apart_us=3000.0,  # the tolerance of Orbbec's own sample, where Microsoft's has 100 µs
    paces_apart_ppm=5000.0,  # four Bolts ran by themselves at 30.028 to 30.14 fps (OrbbecSDK issue 49)
    color_spoils=False,
    # Opening begins a thread that sets the clock, some USB commands, and then waits for its end. One that
    # closing tells to end before it waits, misses that, and closing never returns (`ob_k4a_impl.cpp`).
    closes_after_s=1.0,
    usb_is_known=False,
    firmware=None,
)
"""Orbbec's Femto Bolt and Mega, behind the interface of the Azure Kinect's SDK."""

_PROFILES = {Hardware.AZURE_KINECT: AZURE_KINECT, Hardware.FEMTO: FEMTO}


def hardware_of(*serials: str, clock_us: float = 0.0) -> Hardware:
    """Tell the hardware of devices by their serial numbers, and by a clock that counts from 1970.

    What neither speaks against is an Azure Kinect.
    """
    known = all(AZURE_KINECT.has_serial(serial) for serial in serials)
    return Hardware.AZURE_KINECT if known and clock_us <= EPOCH_US else Hardware.FEMTO
