"""A take as it lies on the disk, opened to be looked at: its manifest and its index."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding, Severity
from kinect_sync.takes.index_reader import MISSING, Index, read_index
from kinect_sync.takes.manifest import INDEX, MANIFEST, Manifest, TakeDevice


@dataclass(frozen=True, slots=True)
class OpenedTake:
    """A take's folder, what it was meant to be, and which capture belongs to which pulse."""

    path: Path
    manifest: Manifest
    index: Index

    def recording(self, device: TakeDevice) -> Path:
        """Return the path of a device's recording."""
        return self.path / device.file

    def remarks(self) -> tuple[Finding, ...]:
        """Say what whoever uses the take should know first."""
        if self.manifest.state == "finished" or self._is_index_rebuilt():
            return ()
        what = "ksync did not live to see the end of this take, so the index may lack its last pulses"
        remedy = f"to have them too, put {INDEX} aside and run {_rebuilding(self.path)}"
        return (
            Finding(
                code="take-unfinished",
                severity=Severity.WARNING,
                where=str(self.path / MANIFEST),
                what=what,
                remedy=remedy,
            ),
        )

    def missing(self) -> tuple[Finding, ...]:
        """Name the recordings that are not in the folder any more."""
        return tuple(
            Finding(
                code="recording-missing",
                device=device.settings.name,
                what=f"{device.file} is not in {self.path}",
                remedy="bring it back: what is said of it here is from take.json and the index alone",
            )
            for device in self.manifest.devices
            if not self.recording(device).is_file()
        )

    def _is_index_rebuilt(self) -> bool:
        """Tell whether the index was made from the recordings: no times of arrival, no pulse that lacks."""
        times = [columns.host_ns for columns in self.index.devices.values()]
        return len(self.index) > 0 and all(bool((each == MISSING).all()) for each in times)


def open_take(path: Path) -> OpenedTake:
    """Open a take's folder; UsageError (`take-missing`, `take-broken`, `index-…`) where it is none."""
    manifest = _read_manifest(path)
    index = read_index(path / INDEX)
    lacking = [each.settings.name for each in manifest.devices if each.settings.name not in index.devices]
    if lacking:
        what = f"{path / INDEX} has no columns of {', '.join(lacking)}, which {MANIFEST} names"
        raise _error("index-broken", what, f"put it aside and run {_rebuilding(path)}")
    return OpenedTake(path, manifest, index)


def _read_manifest(path: Path) -> Manifest:
    try:
        text = (path / MANIFEST).read_bytes()
    except OSError as error:
        what, remedy = _no_manifest(path, error)
        raise _error("take-missing", what, remedy) from error
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"{part}: " for part in (".".join(map(str, first["loc"])),) if part)
        what = f"{path / MANIFEST} is not what this ksync writes: {place}{first['msg']}"
        remedy = f"use the ksync that recorded it, or put it and {INDEX} aside and run {_rebuilding(path)}"
        raise _error("take-broken", what, remedy) from error


def _no_manifest(path: Path, error: OSError) -> tuple[str, str]:
    if not path.is_dir():
        return f"{path} is not the folder of a take", "give a folder that `ksync start` made"
    if any(path.glob("*.mkv")):
        what = f"{path} holds recordings, but no {MANIFEST}"
        if (path / INDEX).exists():
            lost = "its arrival times and reasons of holes will not be in the new one"
            return what, f"bring it back, or put {INDEX} aside ({lost}) and run {_rebuilding(path)}"
        return what, f"write it with {_rebuilding(path)}"
    what = f"{path} is not the folder of a take: {MANIFEST} can't be read: {error.strerror}"
    return what, "give a folder that `ksync start` made"


def _rebuilding(path: Path) -> str:
    return f"`ksync inspect {path} --rebuild`"


def _error(code: str, what: str, remedy: str) -> UsageError:
    return UsageError(Finding(code=code, what=what, remedy=remedy))
