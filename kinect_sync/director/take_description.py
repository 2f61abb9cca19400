"""What a take was meant to be, from what is known as it begins."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence

from kinect_sync.calibration.rig_calibration import FILE as RIG_CALIBRATION
from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.fleet import Fleet
from kinect_sync.director.sink import Beginning
from kinect_sync.director.take_hosts import measured_hosts
from kinect_sync.rig.model import RigFields
from kinect_sync.steady import steady_ns
from kinect_sync.takes.manifest import (
    ClockSample,
    Host,
    Manifest,
    TakeDevice,
    TakeHost,
    Versions,
    format_of,
)
from kinect_sync.takes.names import recording_name
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.version import __version__, installed_version


def describe_take(
    name: str,
    rig: RigFields,
    fleet: Fleet,
    beginning: Beginning,
    *,
    hosts: Sequence[TakeHost] = (),
    calibration: bool = False,
    packing: Packing | None = None,
) -> Manifest:
    """Return what is written into take.json as recording begins; with a `calibration` beside it, or none.

    `packing` is what depth and IR are packed with.
    """
    file = RIG_CALIBRATION if calibration else None
    devices = tuple(_describe_device(state, beginning, packing) for state in fleet)
    return Manifest(
        format=format_of(hosts, file, devices),
        calibration=file,
        state="recording",
        name=name,
        versions=_versions(),
        host=Host(name=platform.node(), system=platform.platform(), machine=platform.machine()),
        hosts=measured_hosts(hosts, fleet.clocks),
        rig=rig,
        begin=read_clocks(),
        reference=beginning.reference,
        devices=devices,
    )


def read_clocks() -> ClockSample:
    """Read the clocks of this host at one moment."""
    return ClockSample(monotonic_ns=steady_ns(), utc_ns=time.time_ns())


def _describe_device(state: DeviceState, beginning: Beginning, packing: Packing | None) -> TakeDevice:
    anchor = beginning.anchors[state.name]
    return TakeDevice(
        file=recording_name(state.name),
        host=state.place,
        settings=state.settings,
        firmware=state.firmware,
        controls=state.controls,
        jacks=state.jacks,
        first_pulse_us=anchor.pulse_us,
        captures_before=anchor.captures_before,
        packing=packing,
    )


def _versions() -> Versions:
    return Versions(
        ksync=__version__,
        python=platform.python_version(),
        pyk4a_bundle=installed_version("pyk4a-bundle"),
        pyk4a=installed_version("pyk4a"),
    )
