"""What the program that reads a stream is told: lenses, that the run goes on, and how the devices stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from kinect_sync.director.device_state import Phase
from kinect_sync.director.observer import DeviceSnapshot, Observer, Snapshot
from kinect_sync.findings import Finding
from kinect_sync.rig.model import RigFields
from kinect_sync.values import Value
from kinect_sync.wire.direction import Alive, Began, DeviceChanged, LensesRead, StreamedDevice

ALIVE_S = 1.0
"""How often it is told that the run goes on."""

_Standing = Literal["delivers", "silent", "lost", "finished"]
_STANDINGS: Mapping[Phase, _Standing] = {
    Phase.STALLED: "silent",
    Phase.FROZEN: "silent",
    Phase.CUT_OFF: "silent",
    Phase.LOST: "lost",
    Phase.FINISHED: "finished",
}


class StreamTeller(Observer):
    """Tells of one run as it goes; what has not changed is not told again."""

    def __init__(
        self, tell: Callable[[Value], None], rig: RigFields, folder: Path, warned: Sequence[Finding]
    ) -> None:
        """Tell of a run of `rig` whose rings are in `folder`, and first what was `warned` of."""
        self._tell = tell
        self._rig = rig
        self._folder = folder
        self._warned = tuple(warned)
        self._told: dict[str, tuple[_Standing, tuple[Finding, ...]]] = {}
        self._read: set[str] = set()
        """The devices whose lenses were told of."""
        self._alive_s = -math.inf

    def on_change(self, snapshot: Snapshot) -> None:
        """Tell what is new: of lenses as devices are opened, and of all else once recording begins.

        From the start to the end it is told that somebody is there.
        """
        if snapshot.moment_s - self._alive_s >= ALIVE_S:
            self._alive_s = snapshot.moment_s
            self._tell(Alive())
        for device in snapshot.devices:
            if device.calibration is not None and device.name not in self._read:
                self._read.add(device.name)
                self._tell(LensesRead(device=device.name, calibration=device.calibration))
        if snapshot.reference is None:
            return
        if not self._told:
            self._tell(self._began(snapshot, snapshot.reference))
        for device in snapshot.devices:
            now = (_STANDINGS.get(device.phase, "delivers"), device.findings)
            if now != self._told.get(device.name):
                self._told[device.name] = now
                self._tell(DeviceChanged(device=device.name, standing=now[0], findings=now[1]))

    def on_end(self, snapshot: Snapshot) -> None:
        """Tell how the devices ended."""
        self.on_change(snapshot)

    def _began(self, snapshot: Snapshot, reference: str) -> Began:
        return Began(
            devices=tuple(map(self._streamed, snapshot.devices)),
            reference=reference,
            folder=self._folder,
            take=snapshot.take,
            findings=self._warned,
        )

    def _streamed(self, device: DeviceSnapshot) -> StreamedDevice:
        spec = next(each for each in self._rig.devices if each.name == device.name)
        return StreamedDevice(
            settings=self._rig.settings_of(spec), host=device.host, captures_wait=device.captures_wait
        )
