"""How a take is doing so far, by the rows that were decided: judged as its end will be."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from kinect_sync.findings import Finding
from kinect_sync.takes.index_reader import TakeIndex
from kinect_sync.takes.manifest import Manifest
from kinect_sync.timing.alignment import AlignedDevice
from kinect_sync.timing.diagnosis import findings_of
from kinect_sync.timing.measures import DeviceVerification
from kinect_sync.timing.table import rows_of
from kinect_sync.timing.verification import Verification, judge
from kinect_sync.verdicts import Verdict


class Judged(NamedTuple):
    """A take as far as it went."""

    pulses: int
    complete: int
    devices: tuple[DeviceVerification, ...]
    verdict: Verdict | None
    """None while there is less than a second of it."""
    findings: tuple[Finding, ...]


class SoFar:
    """Measures a take row by row, in constant memory."""

    def __init__(self, manifest: Manifest) -> None:
        """Begin without rows."""
        settings = [device.settings for device in manifest.devices]
        self._names, self._fps = manifest.names, settings[0].fps
        self._place = manifest.names.index(manifest.reference) if manifest.reference in manifest.names else 0
        self._verification = Verification(
            [AlignedDevice.of(each) for each in settings],
            self._fps,
            settings[0].hardware,
            first_pulse_us=manifest.devices[self._place].first_pulse_us,
        )

    def add(self, rows: TakeIndex) -> None:
        """Add the next rows; those of an index that lacks a device say nothing."""
        if not set(self._names) <= set(rows.devices):
            return
        columns = [rows.devices[name].fields for name in self._names]
        for pulse, row in zip(rows.pulses.tolist(), rows_of(columns, self._place), strict=True):
            self._verification.add(replace(row, pulse=pulse))

    def judged(self) -> Judged:
        """Return what is known now."""
        pulses, complete = self._verification.pulses, self._verification.complete
        devices = self._verification.devices()
        if pulses < self._fps:
            return Judged(pulses, complete, devices, None, ())
        findings = findings_of(devices)
        return Judged(pulses, complete, devices, judge(devices, findings), findings)
