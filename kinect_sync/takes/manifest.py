"""`take.json`: what a take was meant to be, written first, and what it became, written last.

The text under each field is its documentation: `docs/reference/take.md` is made of it. A change of any
field, also a new one, is a new `FORMAT`.
"""

from __future__ import annotations

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
from kinect_sync.values import Value
from kinect_sync.verdicts import Verdict, Words

FORMAT: Literal[1] = 1
"""The version that is written; earlier ones are read as well, later ones are not."""


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


class Rebuilt(Value):
    """In the place of the host: no recorder wrote this take.json, `ksync inspect --rebuild` did."""

    rebuilt: str
    """What it was made from."""


class TakeDevice(Value):
    """One device as it was when the take began."""

    file: RecordingName
    """Name of the recording in the take's folder."""
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

    @field_validator("settings")
    @classmethod
    def _named_like_a_file(cls, settings: DeviceSettings) -> DeviceSettings:
        if not is_device_name(settings.name):
            raise ValueError(f"`{shown(settings.name)}` can't be the name of a device")
        return settings


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


class Manifest(Value):
    """Everything about a take that its files do not say themselves."""

    format: Literal[1] = FORMAT
    """Version of this file's format."""
    state: Literal["recording", "finished"]
    """`recording` in a folder that nobody records into means that ksync did not live to see the end."""
    name: str
    """Name of the take: that of its folder when it was recorded."""
    versions: Versions
    """The programs that recorded it."""
    host: Host | Rebuilt
    """The computer that recorded it, or that it was rebuilt from its recordings."""
    rig: Annotated[RigFields | dict[str, Any], Field(union_mode="left_to_right")]
    """The rig file, as it was understood: `ksync schema` says what its fields are."""
    begin: ClockSample
    """Just before the first capture was recorded; 0 and the date of the files in a rebuilt take."""
    end: ClockSample | None = None
    """When all files were closed; null while it is recorded, and in a rebuilt take."""
    reference: str
    """The device against which residuals are measured: the master, or the first behind a trigger."""
    devices: tuple[TakeDevice, ...]
    """The devices, in the order of the rig and of the columns of alignment.csv."""
    report: TakeReport | None = None
    """How it went; null while it is recorded."""

    @model_validator(mode="after")
    def _one_name_for_each(self) -> Manifest:
        names, files = self.names, [device.file for device in self.devices]
        for words in (names, files):
            twice = next((word for word in words if words.count(word) > 1), None)
            if twice is not None:
                raise ValueError(f"`{shown(twice)}` stands for two devices")
        return self

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
