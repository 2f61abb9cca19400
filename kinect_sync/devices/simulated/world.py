"""The simulated world: devices, cables and a trigger box, described once for every process."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from kinect_sync.devices.shared_records import read_record, write_record
from kinect_sync.devices.simulated.cables import TRIGGER, Cabling, lay_cables
from kinect_sync.devices.simulated.chance import seed_of, uniform
from kinect_sync.devices.simulated.clocks import HostClock, SystemClock, WorldClock, clock_ahead_ns
from kinect_sync.devices.simulated.faults import DeviceFaults, ExtraDevice, Faults, TriggerFaults
from kinect_sync.devices.simulated.hardware import behavior_of
from kinect_sync.devices.simulated.pulses import PulseWire
from kinect_sync.devices.simulated.room.plan import RoomPlan, albums_folder
from kinect_sync.errors import RigError
from kinect_sync.findings import Finding
from kinect_sync.findings.rig_file import FAULT_OF_UNKNOWN_DEVICE
from kinect_sync.readings import Jacks
from kinect_sync.rig.hardware import Hardware
from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.steady import steady_ns
from kinect_sync.values import Value

JITTER_US = 5.0
"""Largest deviation of an exposure without a fault; with the 90 kHz grid it stays within the 22 µs that
were seen between color and depth (SDK issue 868)."""


class SimulatedDevice(Value):
    """One device of the simulated world, with all that happens to it."""

    name: str | None
    """The rig's name for it; None for a device that is not in the rig."""
    serial: str
    """The serial number that it really has."""
    hardware: Hardware
    hears: tuple[str, ...] = ()
    """Sources whose pulses can reach its sync in, nearest first: serial numbers, or `trigger`."""
    deaf_from: int | None = None
    """From this pulse on no pulse reaches its sync in."""
    jacks: Jacks
    """What its plug detectors say."""
    drift_ppm: float
    """How much faster than the host's clock its own runs."""
    jitter_us: float = JITTER_US
    """Largest random deviation of each exposure, either way."""
    faults: DeviceFaults = DeviceFaults()


class Trigger(Value):
    """The external trigger box of the simulated world."""

    fps: float
    """Its real frequency."""
    awaits: tuple[str, ...]
    """Serial numbers of the devices that have to be started before the first pulse comes."""
    starts_after_s: float
    """Seconds from the start of the last of them to the first pulse."""
    stops_after_s: float | None
    """Seconds from the first pulse to the last."""
    never_starts: bool
    runs_on: bool = False
    """Whether nobody stops it when the last of those devices stops."""


class SimulatedWorld(Value):
    """All that a process needs to know to open devices of a simulated bench."""

    directory: Path
    """Where the processes leave word for one another, and keep their journals."""
    devices: tuple[SimulatedDevice, ...]
    """The devices that are connected, in the order of discovery."""
    trigger: Trigger | None = None
    """The external trigger, where the rig has one."""
    epoch_offset_ns: int = 0
    """Time of day minus monotonic time of the host, for hardware that stamps with the time of day."""
    clock_ahead_ns: int = 0
    """How much the monotonic clock of the world's times is ahead of the computer's: see `WorldClock`."""
    journal: bool = False
    """Whether each device writes down what really happened."""
    images: Literal["scene", "blank"] = "scene"
    """What the cameras see: a little scene, or blank images, which are drawn faster."""
    room: RoomPlan | None = None
    """The room that all cameras see in the place of the little scene."""


def build_world(
    rig: RigFields, directory: Path, faults: Faults | None = None, clock: HostClock | None = None
) -> SimulatedWorld:
    """Build the world that the rig describes, and let the faults happen to it.

    RigError when the faults name a device that the rig does not have. `directory` must be empty or new:
    it is the state of this world.
    """
    faults = faults or Faults()
    clock = clock or SystemClock()
    if wrong := tuple(_unknown_names(rig, faults)):
        raise RigError(*wrong)
    directory.mkdir(parents=True, exist_ok=True)
    wiring = lay_cables(rig, faults.devices)
    serials = {device.name: _serial_of(device, faults) for device in rig.devices}
    present = [device for device in rig.devices if not _faults_of(device, faults).missing]
    devices = [_build_device(rig, device, faults, wiring[device.name], serials) for device in present]
    devices += [_build_extra(rig, extra) for extra in faults.extra]
    world = SimulatedWorld(
        directory=directory.absolute(),
        devices=tuple(sorted(devices, key=lambda device: seed_of(device.serial))),
        trigger=_build_trigger(rig, faults.trigger, devices),
        epoch_offset_ns=time.time_ns() - steady_ns(),
        clock_ahead_ns=clock_ahead_ns(),
        room=_plan_room(rig, faults, serials),
    )
    if world.trigger and faults.trigger.already_running:
        start_trigger(world.directory, world.trigger, clock.now_ns())
    return world


def _plan_room(rig: RigFields, faults: Faults, serials: dict[str, str]) -> RoomPlan | None:
    if faults.world is None:
        return None
    devices = tuple((device.name, serials[device.name]) for device in rig.devices)
    return RoomPlan(fields=faults.world, devices=devices, albums=albums_folder())


def world_clock(world: SimulatedWorld, host: HostClock | None = None) -> WorldClock:
    """Return the world's clock as this process reads it: from `host`, or the time that really passes."""
    return WorldClock(host or SystemClock(), clock_ahead_ns() - world.clock_ahead_ns)


def start_trigger(directory: Path, trigger: Trigger, start_ns: int) -> None:
    """Let the trigger give its first pulse at this time, unless it runs already."""
    wire = PulseWire(directory, TRIGGER)
    train = wire.read()
    if trigger.never_starts or (train is not None and (train.stop_ns is None or train.stop_ns > start_ns)):
        return
    stop_ns = None if trigger.stops_after_s is None else start_ns + round(trigger.stops_after_s * 1e9)
    wire.begin_unattended(start_ns, 1e9 / trigger.fps, stop_ns)


class _Readiness(Value):
    """Word that a device is started and waits for pulses."""

    since_ns: int | None


def tell_armed(world: SimulatedWorld, serial: str, now_ns: int) -> None:
    """Leave word that a device is started; the last one sets off the trigger."""
    trigger = world.trigger
    if trigger is None or serial not in trigger.awaits:
        return
    since = _tell(world, trigger, serial, now_ns)
    if len(since) == len(trigger.awaits):
        start_trigger(world.directory, trigger, max(since) + round(trigger.starts_after_s * 1e9))


def tell_stopped(world: SimulatedWorld, serial: str, now_ns: int) -> None:
    """Leave word that a device is stopped; with the last one somebody stops the trigger."""
    trigger = world.trigger
    if trigger is None or serial not in trigger.awaits:
        return
    if not _tell(world, trigger, serial, None) and not trigger.runs_on:
        PulseWire(world.directory, TRIGGER).end(now_ns)


def _tell(world: SimulatedWorld, trigger: Trigger, serial: str, since_ns: int | None) -> list[int]:
    """Leave word of one device; return since when those are started that are."""
    write_record(world.directory / f"{serial}.armed", _Readiness(since_ns=since_ns))
    words = [read_record(world.directory / f"{other}.armed", _Readiness) for other in trigger.awaits]
    return [word.since_ns for word in words if word is not None and word.since_ns is not None]


def tell_unplugged(world: SimulatedWorld, serial: str) -> None:
    """Leave word that a device is not connected any more."""
    (world.directory / f"{serial}.unplugged").touch()


def was_unplugged(world: SimulatedWorld, serial: str) -> bool:
    """Tell whether a device was unplugged since the world began."""
    return (world.directory / f"{serial}.unplugged").exists()


def _unknown_names(rig: RigFields, faults: Faults) -> Iterator[Finding]:
    names = [device.name for device in rig.devices]
    named = [(f"devices.{name}", name) for name in faults.devices]
    named += [(f"devices.{name}.fed_by", own.fed_by) for name, own in faults.devices.items() if own.fed_by]
    named += [(f"world.devices.{name}", name) for name in (faults.world.devices if faults.world else ())]
    for field, name in named:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"the rig has {', '.join(names)}"
            yield FAULT_OF_UNKNOWN_DEVICE.found(
                f"the rig has no device named `{name}`",
                field=field,
                remedy=f"name a device of the rig: {hint}",
            )


def _faults_of(device: DeviceSpec, faults: Faults) -> DeviceFaults:
    return faults.devices.get(device.name, DeviceFaults())


def _serial_of(device: DeviceSpec, faults: Faults) -> str:
    return _faults_of(device, faults).serial or device.serial


def _build_device(
    rig: RigFields, device: DeviceSpec, faults: Faults, wiring: Cabling, serials: dict[str, str]
) -> SimulatedDevice:
    own = _faults_of(device, faults)
    serial = serials[device.name]
    return SimulatedDevice(
        name=device.name,
        serial=serial,
        hardware=rig.hardware,
        hears=() if own.deaf else tuple(serials.get(source, source) for source in wiring.hears),
        deaf_from=wiring.deaf_from,
        jacks=_jacks(rig.hardware, own, wiring),
        drift_ppm=_drift_ppm(rig.hardware, serial) if own.drift_ppm is None else own.drift_ppm,
        jitter_us=JITTER_US if own.jitter_us is None else own.jitter_us,
        faults=own,
    )


def _build_extra(rig: RigFields, extra: ExtraDevice) -> SimulatedDevice:
    return SimulatedDevice(
        name=None,
        serial=extra.serial,
        hardware=rig.hardware,
        jacks=_jacks(rig.hardware, DeviceFaults(), Cabling((), None, sync_in=False, sync_out=False)),
        drift_ppm=_drift_ppm(rig.hardware, extra.serial),
        faults=DeviceFaults(busy=extra.busy, open_fails=extra.open_fails),
    )


def _jacks(hardware: Hardware, own: DeviceFaults, wiring: Cabling) -> Jacks:
    """Say what the detectors say, where there are any."""
    if not behavior_of(hardware).detects_plugs:
        return Jacks(sync_in=None, sync_out=None)
    claims = own.jacks
    return Jacks(
        sync_in=wiring.sync_in if claims.sync_in is None else claims.sync_in,
        sync_out=wiring.sync_out if claims.sync_out is None else claims.sync_out,
    )


def _drift_ppm(hardware: Hardware, serial: str) -> float:
    chance = 2 * uniform(seed_of(serial), seed_of("drift")) - 1
    return round(behavior_of(hardware).drift_range_ppm * chance, 1)


def _build_trigger(rig: RigFields, faults: TriggerFaults, devices: list[SimulatedDevice]) -> Trigger | None:
    if rig.external_trigger is None:
        return None
    return Trigger(
        fps=faults.fps or rig.external_trigger.fps,
        awaits=tuple(device.serial for device in devices if TRIGGER in device.hears),
        starts_after_s=faults.starts_after_s,
        stops_after_s=faults.stops_after_s,
        never_starts=faults.never_starts,
        runs_on=faults.already_running,
    )
