"""A take as it lies on the disk, opened to be looked at: its manifest, its index and its recordings.

A take may come from anybody: names in it are checked when it is opened, and nothing but regular files
directly in its folder is read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.files import is_regular
from kinect_sync.findings import Finding
from kinect_sync.findings.collecting import FILE_ELSEWHERE
from kinect_sync.findings.files import (
    INDEX_BROKEN,
    RECORDING_MISSING,
    RECORDING_NEVER_BEGUN,
    RECORDING_UNREADABLE,
    TAKE_BROKEN,
    TAKE_MISSING,
)
from kinect_sync.findings.inspection import TAKE_UNFINISHED
from kinect_sync.findings.recording import LAST_CAPTURES_UNTOLD
from kinect_sync.takes.acceleration import mean_acceleration
from kinect_sync.takes.index_map import IndexMap
from kinect_sync.takes.index_reader import index_devices
from kinect_sync.takes.load_reader import Load, read_load
from kinect_sync.takes.manifest import Manifest, TakeDevice, TakeReport
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.names import INDEX, LOAD, MANIFEST, recordings_in
from kinect_sync.timing.table import MISSING


@dataclass(frozen=True)
class OpenedTake:
    """A take's folder, what it was meant to be, and which capture belongs to which pulse."""

    path: Path
    manifest: Manifest

    @cached_property
    def index(self) -> IndexMap:
        """The alignment, a stretch of it in memory at a time; UsageError where it is damaged."""
        return IndexMap(self.path / INDEX)

    @cached_property
    def accelerations(self) -> Mapping[str, NDArray[np.float64]]:
        """What the accelerometers felt on average in m/s², in their own axes, by device; read once.

        Without those that were not recorded. `KsyncError` where a recording can't be read.
        """
        felt = {
            device.settings.name: mean_acceleration(self.recording(device))
            for device in self.manifest.devices
            if device.settings.imu
        }
        return {name: each for name, each in felt.items() if each is not None}

    def load(self) -> Load | None:
        """Read how queues and disk stood; None where the take does not tell, UsageError if damaged."""
        path = self.path / LOAD
        return read_load(path) if os.path.lexists(path) else None

    def recording(self, device: TakeDevice) -> Path:
        """Return the path of a device's recording, a file in the take's folder.

        Raises UsageError: `recording-missing`, `file-elsewhere` or `recording-never-begun`, or
        `recording-unreadable` for what is no regular file.
        """
        if (problem := problem_with(self.path, device, self.manifest.report)) is not None:
            raise UsageError(problem)
        return self.path / device.file

    def remarks(self) -> tuple[Finding, ...]:
        """Say what whoever uses the take should know first."""
        if self.manifest.state == "finished" or self._is_index_rebuilt():
            return ()
        what = "ksync did not live to see the end of this take, so the index may lack its last pulses"
        remedy = f"to have them too, put {INDEX} aside and run {_rebuilding(self.path)}"
        return (TAKE_UNFINISHED.found(what, remedy=remedy, where=str(self.path / MANIFEST)),)

    def missing(self) -> tuple[Finding, ...]:
        """Name the recordings that are not in the folder any more."""
        remedy = "bring it back: what is said of it here is from take.json and the index alone"
        report, devices = self.manifest.report, self.manifest.devices
        problems = (problem_with(self.path, device, report) for device in devices)
        return tuple(
            each if each.kind is FILE_ELSEWHERE else each.model_copy(update={"remedy": remedy})
            for each in problems
            if each is not None and each.kind is not RECORDING_NEVER_BEGUN
        )

    def _is_index_rebuilt(self) -> bool:
        """Tell whether the index was made from the recordings: no times of arrival, no pulse that lacks."""
        times = (each.host_ns for part in self.index.stretches() for each in part.devices.values())
        return len(self.index) > 0 and all(bool((each == MISSING).all()) for each in times)


def open_take(path: Path) -> OpenedTake:
    """Open a take's folder.

    Raises UsageError (`take-missing`, `take-broken`, `take-newer`, `index-…`) where it is none.
    """
    manifest = _read_manifest(path)
    if not manifest.devices:
        raise UsageError(TAKE_BROKEN.found(f"{path / MANIFEST} names no device"))
    named = index_devices(path / INDEX)
    lacking = [name for name in manifest.names if name not in named]
    if lacking:
        what = f"{path / INDEX} has no columns of {', '.join(lacking)}, which {MANIFEST} names"
        raise UsageError(INDEX_BROKEN.found(what, remedy=f"put it aside and run {_rebuilding(path)}"))
    return OpenedTake(path, manifest)


def problem_with(folder: Path, device: TakeDevice, report: TakeReport | None) -> Finding | None:
    """Tell why a device's recording can't be opened; None where it can. `report` is the take's own."""
    path, name = folder / device.file, device.settings.name
    if is_regular(path):
        return None
    if not os.path.lexists(path):
        if report is not None and _is_never_begun(name, report):
            what = f"it was lost before its recording began: there never was a {device.file}"
            return RECORDING_NEVER_BEGUN.found(what, device=name)
        if device.host is not None:
            return _elsewhere(folder, device, device.host)
        return RECORDING_MISSING.found(
            f"take.json names {device.file}, and it is not in {folder}", device=name
        )
    what = f"{path} is no regular file, and nothing else of a take is opened"
    return RECORDING_UNREADABLE.found(what, remedy="put the file itself into the folder", device=name)


def _elsewhere(folder: Path, device: TakeDevice, host: str) -> Finding:
    what = f"{device.file} was recorded on `{host}`, and is not in {folder}"
    remedy = f"collect it with `ksync hosts collect {folder}`"
    return FILE_ELSEWHERE.found(what, remedy=remedy, device=device.settings.name)


def _is_never_begun(name: str, report: TakeReport) -> bool:
    """Tell whether a device had no capture by the end of the take; its file may have what nobody told."""
    empty = any(each.name == name and each.lost and each.captures == 0 for each in report.devices)
    untold = any(each.kind is LAST_CAPTURES_UNTOLD and each.device == name for each in report.findings)
    return empty and not untold


def _read_manifest(path: Path) -> Manifest:
    try:
        return read_manifest(path)
    except OSError as error:
        what, remedy = _no_manifest(path, error)
        raise UsageError(TAKE_MISSING.found(what, remedy=remedy)) from error


def _no_manifest(path: Path, error: OSError) -> tuple[str, str | None]:
    if not path.is_dir():
        return f"{path} is not the folder of a take", None
    if recordings_in(path) and not os.path.lexists(path / MANIFEST):
        what = f"{path} holds recordings, but no {MANIFEST}"
        if (path / INDEX).exists():
            lost = "its arrival times and reasons of holes will not be in the new one"
            return what, f"bring it back, or put {INDEX} aside ({lost}) and run {_rebuilding(path)}"
        return what, f"write it with {_rebuilding(path)}"
    what = f"{path} is not the folder of a take: {MANIFEST} can't be read: {error.strerror}"
    return what, None


def _rebuilding(path: Path) -> str:
    return f"`ksync inspect {path} --rebuild`"
