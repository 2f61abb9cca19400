"""`take.json`: what a take was meant to be, written first, and what it became, written last.

The text under each field is its documentation: `docs/reference/take.md` is made of it. A change of any
field, also a new one, is a new `FORMAT`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from kinect_sync.findings import Finding
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.model import DeviceSettings, RigFields
from kinect_sync.rig.modes import Role
from kinect_sync.rig.problem import shown
from kinect_sync.takes.names import RecordingName, is_device_name
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.values import Value, without_empty
from kinect_sync.verdicts import Verdict, Words

FORMAT = 4
"""The latest version; earlier ones are read as well, later ones are not.

A take is written in the earliest version that has all of it, so that an earlier ksync reads it: 4 where
recordings are packed, else 3 where it names a calibration, else 2 where there are hosts, else 1.
"""


class ClockSample(Value):
    """Host clocks read at one moment: what ties host times of the take to the calendar."""

    monotonic_ns: int
    """CLOCK_MONOTONIC, the clock of every host time in the take."""
    utc_ns: int
    """The same moment in UTC, ns since 1970; as good as the host's time synchronisation."""


class Versions(Value):
    """The programs that recorded a take; what was not there is left out."""

    model_config = ConfigDict(populate_by_name=True)

    ksync: str
    """Version of ksync."""
    python: str | None = None
    """Version of Python; absent in a rebuilt take."""
    pyk4a_bundle: Annotated[str | None, Field(alias="pyk4a-bundle")] = None
    """Version of the package `pyk4a-bundle`, which brings the SDK along, where it was installed."""
    pyk4a: str | None = None
    """Version of the package `pyk4a`, where it was installed."""

    @property
    def named(self) -> dict[str, str]:
        """The versions by the names of the packages."""
        return self.model_dump(by_alias=True)

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, str]:
        return {name: version for name, version in handler(self).items() if version is not None}


class Host(Value):
    """The computer that recorded a take."""

    name: str
    """Its name in the network."""
    system: str
    """Operating system and its version."""
    machine: str
    """Kind of processor."""


class OffsetSample(Value):
    """How a host's steady clock stood to the director's at one moment."""

    monotonic_ns: int
    """The moment, on the director's clock: that of every host time in the take."""
    offset_ns: int
    """The director's clock - the host's."""
    uncertainty_ns: int
    """How far that may be off, either way."""


class TakeHost(Value):
    """Another computer whose devices a take was recorded with, by an agent there."""

    name: str
    """Its name in the studio, and in the rig file."""
    computer: str
    """Its own name in the network."""
    clock: str
    """Its steady clock, which began anew when it was started last."""
    system: str
    """Operating system and its version."""
    machine: str
    """Kind of processor."""
    ksync: str
    """Version of ksync there."""
    offsets: tuple[OffsetSample, ...] = ()
    """How its clock stood to the director's over time; empty where both are one computer."""


class Rebuilt(Value):
    """In the place of the host: no recorder wrote this take.json, `ksync inspect --rebuild` did."""

    rebuilt: str
    """What it was made from."""


class TakeDevice(Value):
    """One device as it was when the take began."""

    file: RecordingName
    """Name of the recording in the take's folder."""
    host: str | None = None
    """The host that it was recorded on, one of `hosts`; left out where that was the director's computer."""
    settings: DeviceSettings
    """What the device was started with, nothing left to derive."""
    firmware: Firmware | None
    """Firmware of the device; null where nothing told."""
    controls: Controls | None
    """Color controls as read back from the device; null in a rebuilt take."""
    jacks: Jacks | None
    """What the plug detectors of the sync jacks said; null in a rebuilt take."""
    first_pulse_us: float
    """Device time of the first common pulse, pulse 0 of alignment.csv, delays subtracted."""
    captures_before: int
    """Captures that came while the rig settled, before the first common pulse; they are not recorded. In a
    rebuilt take they are at the beginning of the file."""
    packing: Packing | None = None
    """What depth and IR in the file were packed with when it was recorded; left out where they are as the SDK
    gave them."""

    @field_validator("settings")
    @classmethod
    def _named_like_a_file(cls, settings: DeviceSettings) -> DeviceSettings:
        if not is_device_name(settings.name):
            raise ValueError(f"`{shown(settings.name)}` can't be the name of a device")
        return settings

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_empty(handler(self), "host", "packing")


class DeviceReport(Value):
    """One device's part in a take."""

    name: str
    """The operator's word for the device."""
    serial: str
    """Its serial number."""
    role: Role
    """`master`, `subordinate` or `standalone`."""
    file: str
    """Name of its recording."""
    host: str | None = None
    """The host that it was recorded on; left out where that was the computer of the command."""
    captures: int
    """Captures in the file."""
    dropped: int
    """Pulses of the take without a whole capture of this device."""
    holes: dict[str, int]
    """The same, by reason."""
    lost: bool
    """Whether the device stopped delivering before the end, or its host could not be reached at the end."""
    bias_us: float | None
    """Constant part of observed - expected, at the first common pulse."""
    jitter_us: float | None
    """Spread (RMS) around bias and drift."""
    drift_ppm: float | None
    """Slope of observed - expected over time: this device's clock against the reference's."""

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_empty(handler(self), "host")


class TakeReport(Value):
    """How a take went, as it is kept."""

    take: str | None
    """The take's folder as it was named then; null where the rig did not start and nothing was written."""
    verdict: Annotated[
        Verdict, Words(Verdict.IN_SYNC, Verdict.INCOMPLETE, Verdict.OUT_OF_SYNC, Verdict.FAILED)
    ]
    """Whether every device was on the pulse, and all captures are there."""
    pulses: int
    """Pulses from the first common one to the end."""
    complete: int
    """Pulses with a whole capture of every device."""
    duration_s: float
    """Length in seconds."""
    devices: tuple[DeviceReport, ...]
    """Each device's part, in the order of the rig."""
    findings: tuple[Finding, ...]
    """What there is to say of the take, first what was warned of before it; the page of findings explains
    each."""


def format_of(
    hosts: Sequence[TakeHost], calibration: str | None, devices: Sequence[TakeDevice]
) -> Literal[1, 2, 3, 4]:
    """Return the earliest version of the format that can hold a take."""
    if any(device.packing is not None for device in devices):
        return 4
    if calibration is not None:
        return 3
    return 2 if hosts else 1


class Manifest(Value):
    """Everything about a take that its files do not say themselves."""

    format: Literal[1, 2, 3, 4] = 1
    """Version of this file's format: 4 where a device has a `packing`, else 3 where there is a `calibration`,
    else 2 where there are `hosts`."""
    state: Literal["recording", "finished"]
    """`recording` in a folder that nobody records into means that ksync did not live to see the end."""
    name: str
    """Name of the take: that of its folder when it was recorded."""
    versions: Versions
    """The programs that recorded it."""
    host: Host | Rebuilt
    """The computer that recorded it, of several that of the director; or that it was rebuilt from its
    recordings."""
    hosts: tuple[TakeHost, ...] = ()
    """The other computers that recorded it; left out where there are none."""
    rig: Annotated[RigFields | dict[str, Any], Field(union_mode="left_to_right")]
    """The rig file, as it was understood: `ksync schema` says what its fields are."""
    begin: ClockSample
    """Just before the first capture was recorded; 0 and the date of the files in a rebuilt take."""
    end: ClockSample | None = None
    """When all files were closed; null while it is recorded, in a rebuilt take, and where nobody lived to see
    it."""
    reference: str
    """The device against which residuals are measured: the master, or the first behind a trigger."""
    devices: tuple[TakeDevice, ...]
    """The devices, in the order of the rig and of the columns of alignment.csv."""
    report: TakeReport | None = None
    """How it went; null while it is recorded."""
    calibration: Literal["rig_calibration.json"] | None = None
    """The file beside this one that says where the cameras stood; left out where the rig named none."""

    @model_validator(mode="after")
    def _one_name_for_each(self) -> Manifest:
        names, files = self.names, [device.file for device in self.devices]
        for words in (names, files):
            twice = next((word for word in words if words.count(word) > 1), None)
            if twice is not None:
                raise ValueError(f"`{shown(twice)}` stands for two devices")
        return self

    @model_validator(mode="after")
    def _places_every_device(self) -> Manifest:
        hosts = [host.name for host in self.hosts]
        if self.format != format_of(self.hosts, self.calibration, self.devices):
            words = "format 4 has a packing, format 3 has a calibration, format 2 has hosts"
            raise ValueError(f"{words}, and format 1 has none of them")
        lost = next((each.host for each in self.devices if each.host and each.host not in hosts), None)
        if lost is not None:
            raise ValueError(f"`{shown(lost)}` is no host of the take")
        return self

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_empty(handler(self), "hosts", "calibration")

    @property
    def names(self) -> list[str]:
        """The devices' names, in order."""
        return [device.settings.name for device in self.devices]

    @property
    def rebuilt(self) -> bool:
        """Whether it was made from the recordings: they know neither cables nor exposure nor the recorder."""
        return isinstance(self.host, Rebuilt)

    @property
    def rig_fields(self) -> RigFields | None:
        """The rig; None where it is not one that this ksync knows."""
        return self.rig if isinstance(self.rig, RigFields) else None
