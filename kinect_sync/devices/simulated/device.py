"""One open simulated device: what the SDK and the hardware behind it would do."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from kinect_sync.captures import Capture, Image, ImuSample
from kinect_sync.devices.file_lock import FileLock
from kinect_sync.devices.port import LIVE
from kinect_sync.devices.simulated.calibration import make_calibration
from kinect_sync.devices.simulated.clocks import WorldClock
from kinect_sync.devices.simulated.frames import Film
from kinect_sync.devices.simulated.hardware import behavior_of
from kinect_sync.devices.simulated.journal import Journal
from kinect_sync.devices.simulated.pulses import PulseTrain, PulseWire, SyncInput
from kinect_sync.devices.simulated.settings import broken_rules, set_controls
from kinect_sync.devices.simulated.spoilt import SpoiltFilm
from kinect_sync.devices.simulated.stream import (
    Acceleration,
    QueuedCapture,
    Stream,
    at_rest,
    own_period_ns,
    own_train,
)
from kinect_sync.devices.simulated.world import (
    SimulatedDevice,
    SimulatedWorld,
    tell_armed,
    tell_stopped,
    tell_unplugged,
)
from kinect_sync.errors import DeviceError, DeviceLost, StartRefused
from kinect_sync.findings import Finding
from kinect_sync.findings.bench import JACKS_UNREADABLE
from kinect_sync.findings.sdk import CONTROL_REFUSED, NOT_STARTED, START_REFUSED, STREAM_ENDED
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import Role

if TYPE_CHECKING:
    from kinect_sync.devices.simulated.room.film import RoomFilm

START_NS = 200_000_000
"""How long `start` takes; a real device needs up to a second."""
FIRST_PULSE_NS = 100_000_000
"""From the end of a master's start to its first pulse."""
_FOREVER_NS = 3_600_000_000_000


class SimulatedKinect:
    """An open device of a simulated world; it fills the `Device` protocol."""

    def __init__(
        self, world: SimulatedWorld, device: SimulatedDevice, clock: WorldClock, lock: FileLock
    ) -> None:
        """Take over the lock that says that the device is open."""
        self.serial = device.serial
        self.pace = LIVE
        self._world = world
        self._device = device
        self._clock = clock
        self._lock = lock
        self._wire = PulseWire(world.directory, device.serial)
        self._journal = Journal(world.directory, device.serial) if world.journal else None
        self._stream: Stream | None = None
        self._film: Film | RoomFilm | SpoiltFilm | None = None
        self._feels: Callable[[float], Acceleration] = at_rest
        self._settings: DeviceSettings | None = None
        self._sync_input = SyncInput(world.directory, device.hears)
        self._own_train: PulseTrain | None = None
        self._lost = False
        self._exposure_us: int | None = None

    def firmware(self) -> Firmware | None:
        """Return the versions of the firmware bundle 1.6.110, or of a Femto Bolt."""
        firmware = behavior_of(self._device.hardware).firmware
        color = self._device.faults.color_firmware
        return firmware.model_copy(update={"color": color}) if color else firmware

    def jacks(self) -> Jacks:
        """Return what the plug detectors say; they may lie. DeviceError if they cannot be read."""
        if self._device.faults.jacks_fail:
            raise DeviceError(
                JACKS_UNREADABLE.found("the state of the sync jacks cannot be read", device=self._device.name)
            )
        return self._device.jacks

    def calibration(self) -> bytes | None:
        """Return the device's own calibration."""
        return make_calibration(self.serial)

    def set_controls(self, settings: DeviceSettings) -> Controls:
        """Set the color controls, which stay set until the end of the world; DeviceError if they fail."""
        if self._device.faults.control_fails:
            what, remedy = "the SDK could not set the powerline frequency", "replug the device"
            raise DeviceError(CONTROL_REFUSED.found(what, device=self._device.name, remedy=remedy))
        controls = set_controls(self._world.directory, self.serial, settings)
        self._exposure_us = None if controls.exposure_us == "auto" else controls.exposure_us
        return controls

    def start(self, settings: DeviceSettings) -> None:
        """Start the cameras; StartRefused with every rule of the SDK that the settings break."""
        self._check_start(settings)
        self._settings = settings
        self._film = self._load_film(settings)
        self._clock.wait_until_ns(self._clock.now_ns() + START_NS)
        now_ns = self._clock.now_ns()
        self._lost = False
        epoch_ns = self._world.epoch_offset_ns
        self._stream = Stream(self._device, settings, now_ns, epoch_ns, self._journal, self._feels)
        self._own_train = self._begin_pulses(settings, now_ns + FIRST_PULSE_NS)
        tell_armed(self._world, self.serial, now_ns)

    def get_capture(self, timeout_ms: int) -> Capture | None:
        """Wait for the next capture; None after the timeout, DeviceLost once the stream has ended."""
        deadline_ns = self._clock.now_ns() + timeout_ms * 1_000_000
        while True:
            now_ns = self._clock.now_ns()
            stream = self._running_stream()
            look_again_ns = stream.advance(self._pulses(now_ns), now_ns, self._reach)
            if (arrival := stream.take()) is not None:
                return self._develop(arrival, now_ns)
            if now_ns >= deadline_ns:
                return None
            self._clock.wait_until_ns(min(deadline_ns, look_again_ns))

    def get_imu_samples(self) -> Sequence[ImuSample]:
        """Take what the IMU has queued; it runs once the device's clock is zeroed."""
        if self._stream is None or self._stream.imu is None:
            return ()
        return self._stream.imu.take(self._clock.now_ns())

    def stop(self) -> None:
        """Stop the cameras, and with those of a master the pulses."""
        if self._stream is None:
            return
        stream, self._stream = self._stream, None
        if self._settings is not None and self._settings.role is Role.MASTER:
            self._wire.end(self._clock.now_ns())
        tell_stopped(self._world, self.serial, self._clock.now_ns())
        stream.end()

    def close(self) -> None:
        """Stop the cameras and let others open the device."""
        self.stop()
        if self._journal is not None:
            self._journal.close()
        self._lock.release()

    # --- how it does so -------------------------------------------------------------------------------

    def _check_start(self, settings: DeviceSettings) -> None:
        name = self._device.name
        if self._stream is not None:
            what, remedy = "its cameras already run", "stop them before starting again"
            raise StartRefused(START_REFUSED.found(what, device=name, remedy=remedy))
        if self._device.faults.start_fails:
            what = "the SDK could not start the cameras, although the settings are valid"
            remedy = "replug the device, and connect it to a USB 3 controller of its own"
            raise StartRefused(START_REFUSED.found(what, device=name, remedy=remedy))
        if broken := broken_rules(settings, self._device.jacks):
            remedy = "correct the rig or the cables"
            raise StartRefused(*(kind.found(what, device=name, remedy=remedy) for kind, what in broken))

    def _load_film(self, settings: DeviceSettings) -> Film | RoomFilm | SpoiltFilm:
        """Prepare the images before the cameras start: no capture can wait for them."""
        seen, faults = self._load_sight(settings), self._device.faults
        if faults.covered_at is None and faults.overexposed_at is None:
            return seen
        return SpoiltFilm(seen, self.serial, settings, faults)

    def _load_sight(self, settings: DeviceSettings) -> Film | RoomFilm:
        room, name = self._world.room, self._device.name
        if room is None or name is None:
            return Film(self.serial, settings, self._world.images)
        from kinect_sync.devices.simulated.room.film import RoomFilm
        from kinect_sync.devices.simulated.room.world import World

        eye = World(room).eye(name, settings, self._device.faults.bias_us)
        self._feels = eye.unit.feels
        return RoomFilm(eye, self._since_first)

    def _since_first(self, number: int) -> int:
        return 0 if self._stream is None else self._stream.since_first(number)

    def _begin_pulses(self, settings: DeviceSettings, first_ns: int) -> PulseTrain | None:
        """Give pulses: on the wire as a master, to itself alone otherwise; none as a subordinate."""
        if settings.role is Role.MASTER:
            return self._wire.begin(first_ns, own_period_ns(self._device, settings.fps))
        if settings.role is Role.STANDALONE or self._device.faults.free_running:
            return own_train(self._device, settings.fps, first_ns)
        return None

    def _pulses(self, now_ns: int) -> PulseTrain | None:
        return self._own_train or self._sync_input.listen(now_ns)

    def _running_stream(self) -> Stream:
        if self._stream is None:
            raise DeviceLost(NOT_STARTED.found("its cameras do not run", device=self._device.name))
        if self._lost:
            raise DeviceLost(_stream_ended(self._device))
        return self._stream

    def _reach(self, number: int) -> None:
        """Let happen what is to happen to the whole device at a pulse."""
        faults = self._device.faults
        if faults.die_at is not None and number >= faults.die_at:
            _die()
        while faults.hang_at is not None and number >= faults.hang_at:
            self._clock.wait_until_ns(self._clock.now_ns() + _FOREVER_NS)
        if faults.unplug_at is not None and number >= faults.unplug_at:
            tell_unplugged(self._world, self.serial)
        if faults.stream_error_at is not None and number >= faults.stream_error_at:
            self._lost = True
            raise DeviceLost(_stream_ended(self._device))

    def _develop(self, arrival: QueuedCapture, now_ns: int) -> Capture:
        """Turn an arrival into a capture with images."""
        film, exposure = self._film, arrival.exposure
        if film is None or self._settings is None:
            raise ValueError("a device develops captures after its start")
        number, depth_usec = exposure.number, exposure.depth_usec
        color_ns, depth_ns, now_ns = map(
            self._clock.on_host_ns, (exposure.color_arrives_ns, exposure.depth_arrives_ns, now_ns)
        )
        color = depth = infrared = None
        if arrival.color:
            color = Image(film.color(number), exposure.color_usec, color_ns, self._exposure_us)
        if arrival.depth:
            infrared = Image(film.infrared(number), depth_usec, depth_ns)
        if arrival.depth and self._settings.has_depth:
            depth = Image(film.depth(number), depth_usec, depth_ns)
        return Capture(color=color, depth=depth, ir=infrared, host_time_ns=now_ns)


def _stream_ended(device: SimulatedDevice) -> Finding:
    return STREAM_ENDED.found(
        "its stream ended with an error",
        device=device.name,
    )


def _die() -> NoReturn:
    """End the process at once, as a crash inside the SDK does."""
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(134)
