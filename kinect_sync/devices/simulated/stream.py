"""One run of a device's cameras and IMU, from start to stop: what reaches the queues, and when.

Nothing runs in the background. What has happened by now is worked out when somebody asks, from the pulse
train alone; so a bench costs nothing while it waits, and an hour can pass in a moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from kinect_sync.captures import ImuSample
from kinect_sync.devices.simulated.chance import seed_of, triangular, uniform
from kinect_sync.devices.simulated.clocks import AnyOscillator, HostTimeOscillator, Oscillator
from kinect_sync.devices.simulated.exposures import Exposure, Shutter, first_capture_after
from kinect_sync.devices.simulated.faults import selects
from kinect_sync.devices.simulated.hardware import behavior_of
from kinect_sync.devices.simulated.journal import Fate, Journal
from kinect_sync.devices.simulated.pulses import PulseTrain
from kinect_sync.devices.simulated.world import SimulatedDevice
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import Role

_EARLY_CAPTURES = 2
"""Captures from before the clock reset that reach the user where the SDK does not pair images."""
_POLL_NS = 10_000_000
_IMU_BATCH = 8
"""Samples come in batches at 208 Hz."""
_IMU_QUEUE = 1666
"""A second of samples: what is not fetched in that time is lost, the oldest first."""
Acceleration = tuple[float, float, float]
"""In m/s², in the frame of the accelerometer."""


def at_rest(_time_s: float) -> Acceleration:
    """Return what the accelerometer of a device feels that stands upright: the table, which pushes it up."""
    return 0.0, 0.0, -9.81


@dataclass(frozen=True, slots=True)
class QueuedCapture:
    """A capture in the queue."""

    exposure: Exposure
    color: bool
    depth: bool


class Stream:
    """What arrives from one device between start and stop."""

    def __init__(
        self,
        device: SimulatedDevice,
        settings: DeviceSettings,
        started_ns: int,
        epoch_offset_ns: int,
        journal: Journal | None,
        feels: Callable[[float], Acceleration] = at_rest,
    ) -> None:
        """Arm the device at the host time `started_ns`: it sees pulses from then on.

        `feels` is the acceleration of its IMU at a time in seconds since its clock was zeroed.
        """
        self._feels = feels
        self._device = device
        self._settings = settings
        self._behavior = behavior_of(settings.hardware)
        self._started_ns = started_ns
        self._epoch_offset_ns = epoch_offset_ns
        self._journal = journal
        self._train: PulseTrain | None = None
        self._own_pace: PulseTrain | None = None
        self._shutter: Shutter | None = None
        self._early: Shutter | None = None
        self._exposed: Exposure | None = None
        self._next = self._first = self._begun = self._origin = 0
        self._queue: deque[QueuedCapture] = deque()
        self.imu: Imu | None = None

    def advance(self, train: PulseTrain | None, now_ns: int, reach: Callable[[int], None]) -> int:
        """Let everything happen that has happened by now; return when to look again.

        `train` is what the device hears; `reach` is told each pulse before its capture arrives, and may
        raise.
        """
        heard = train is not None and train != self._train and self._own_pace is None
        if train is not None and heard and not self._is_past(train):
            self._follow(train)
        while (exposure := self._pending()) is not None:
            if exposure.arrives_ns > now_ns:
                return exposure.arrives_ns
            self._next += 1
            reach(exposure.number - self._origin)
            self._arrive(exposure)
        return now_ns + _POLL_NS

    def take(self) -> QueuedCapture | None:
        """Take the oldest capture from the queue."""
        if not self._queue:
            return None
        arrival = self._queue.popleft()
        whole = arrival.color == self._settings.has_color and arrival.depth == self._settings.has_ir
        early = arrival.exposure.number < self._first
        self._note(
            arrival.exposure,
            Fate.DELIVERED if whole else Fate.HALF,
            "before the clock reset" if early else None,
        )
        return arrival

    def since_first(self, number: int) -> int:
        """Return how many pulses a pulse comes after the first one of the train that the device hears."""
        return number if self._train is None else max(0, number - self._train.first_number)

    def end(self) -> None:
        """Forget what nobody has taken."""
        for arrival in self._queue:
            self._note(arrival.exposure, Fate.UNREAD)
        self._queue.clear()

    def _follow(self, train: PulseTrain) -> None:
        """Hear a train for the first time, or learn that it has stopped or begun anew."""
        known, self._train = self._train, train
        if known is None:
            self._zero_clock(train)
        elif known.first_number != train.first_number:
            # Its source was restarted: the device goes on with its clock as it is.
            self._next = self._first = max(train.first_number, train.first_at_or_after(self._started_ns))

    def _is_past(self, train: PulseTrain) -> bool:
        """Whether the train ended before the device was armed: not one of its pulses was seen."""
        return self._train is None and train.stop_ns is not None and train.stop_ns <= self._started_ns

    def _zero_clock(self, train: PulseTrain) -> None:
        """Let the first pulse that the device sees zero its clock."""
        faults, seed = self._device.faults, seed_of(self._device.serial)
        self._origin = train.first_number  # faults count from here
        seen = train.first_at_or_after(self._started_ns)
        zero_ns = train.time_ns(seen + faults.misses_pulses)
        old = self._old_clock(seed)
        clock = old if faults.clock_not_reset else self._new_clock(zero_ns, seed)
        self._shutter = Shutter(self._device, self._settings, clock)
        self._early = Shutter(self._device, self._settings, old)
        if self._settings.imu:
            self.imu = Imu(self._behavior.imu_period_us, seed, clock, zero_ns, self._feels)
        after = first_capture_after(self._device.serial, self._settings.fps) + faults.misses_pulses
        self._first = self._begun = seen + after
        self._next = max(seen, self._first - _EARLY_CAPTURES) if self._shows_early() else self._first

    def _new_clock(self, zero_ns: int, seed: int) -> AnyOscillator:
        if self._behavior.follows_host_time:
            return HostTimeOscillator(self._device.drift_ppm, self._epoch_offset_ns, seed)
        return Oscillator(self._device.drift_ppm, zero_ns)

    def _old_clock(self, seed: int) -> Oscillator:
        """Return the clock as it runs since the device was switched on, some hours ago."""
        hours = 1 + 5 * uniform(seed, seed_of("uptime"))
        return Oscillator(self._device.drift_ppm, self._started_ns, hours * 3.6e9)

    def _shows_early(self) -> bool:
        return self._behavior.shows_old_clock and not self._settings.synchronized_images_only

    def _pending(self) -> Exposure | None:
        """Return the next exposure whose capture has not arrived yet; None while no pulse is known."""
        number, train = self._next, self._train_at(self._next)
        if train is None or self._shutter is None or self._early is None or not train.has(number):
            return None
        if self._exposed is None or self._exposed.number != number:
            shutter = self._early if number < self._first else self._shutter
            self._exposed = shutter.expose(train, number, self._settling_us(number))
        return self._exposed

    def _settling_us(self, number: int) -> int:
        """Return how much later a capture is taken while the exposure settles."""
        faults = self._device.faults
        return faults.unsettled_us if number < self._begun + faults.unsettled else 0

    def _train_at(self, number: int) -> PulseTrain | None:
        """Return the train that gives this pulse: what the device hears, until it runs free; None if deaf."""
        free_from, heard, count = self._device.faults.free_runs_from, self._train, number - self._origin
        if heard is None or free_from is None or count < free_from:
            return None if self._is_deaf(count) else heard
        last = max(free_from - 1 + self._origin, heard.first_number)
        if self._own_pace is None and heard.has(last):
            period_ns = own_period_ns(self._device, self._settings.fps)
            self._own_pace = PulseTrain(
                first_number=last, start_ns=heard.time_ns(last), period_ns=period_ns, kept_alive=False
            )
        return self._own_pace

    def _is_deaf(self, count: int) -> bool:
        """Tell whether the cable that brings the pulses is broken; alone, a device needs none."""
        deaf_from = self._device.deaf_from
        return self._settings.role is Role.SUBORDINATE and deaf_from is not None and count >= deaf_from

    def _arrive(self, exposure: Exposure) -> None:
        """Put a capture into the queue, unless it is lost on the way."""
        faults, settings, number = self._device.faults, self._settings, exposure.number - self._origin
        if faults.stall_at is not None and number >= faults.stall_at:
            return self._note(exposure, Fate.DROPPED, "stalled")
        if faults.unplug_at is not None and number >= faults.unplug_at:
            return self._note(exposure, Fate.DROPPED, "unplugged")
        if selects(faults.drops, number):
            return self._note(exposure, Fate.DROPPED, "lost by the sensor")
        color = settings.has_color and not selects(faults.half.color, number)
        depth = settings.has_ir and not selects(faults.half.depth, number)
        if exposure.number < self._first and settings.has_ir:
            color = False  # depth runs before color does, and color is what zeroes the clock
        elif settings.synchronized_images_only and not (color and depth):
            return self._note(exposure, Fate.DROPPED, "lacks an image")
        if color or depth:
            return self._enqueue(QueuedCapture(exposure, color, depth))
        return self._note(exposure, Fate.DROPPED, "lacks every image")

    def _enqueue(self, arrival: QueuedCapture) -> None:
        if len(self._queue) == self._behavior.queue:
            self._note(self._queue.popleft().exposure, Fate.OVERRUN, "not read in time")
        self._queue.append(arrival)

    def _note(self, exposure: Exposure, fate: Fate, why: str | None = None) -> None:
        if self._journal is not None:
            self._journal.write(exposure, fate, why)


class Imu:
    """The samples of one run."""

    def __init__(
        self,
        period_us: int,
        seed: int,
        oscillator: AnyOscillator,
        zero_ns: int,
        feels: Callable[[float], Acceleration] = at_rest,
    ) -> None:
        """Sample from the host time `zero_ns` on, when the device's clock was zeroed."""
        self._period_ns = oscillator.host_ns(period_us)
        self._oscillator = oscillator
        self._zero_ns = zero_ns
        self._seed = seed
        self._feels = feels
        self._next = 0

    def take(self, now_ns: int) -> list[ImuSample]:
        """Take the samples that have arrived since the last call."""
        arrived = (now_ns - self._zero_ns) // self._period_ns // _IMU_BATCH * _IMU_BATCH
        first, self._next = max(self._next, arrived - _IMU_QUEUE), max(self._next, arrived)
        return [self._sample(number) for number in range(first, arrived)]

    def _sample(self, number: int) -> ImuSample:
        usec = self._oscillator.read_usec(self._zero_ns + number * self._period_ns)
        noise = triangular(self._seed, number)
        x, y, z = self._feels(number * self._period_ns / 1e9)
        return ImuSample(
            temperature_c=30.0,
            acc_m_s2=(x + 0.02 * noise, y - 0.01 * noise, z + 0.03 * noise),
            acc_timestamp_usec=usec,
            gyro_rad_s=(0.001 * noise, -0.002 * noise, 0.001 * noise),
            gyro_timestamp_usec=usec,
        )


def own_train(device: SimulatedDevice, fps: int, start_ns: int) -> PulseTrain:
    """Return the pulses that a device gives itself when it runs alone."""
    return PulseTrain(first_number=0, start_ns=start_ns, period_ns=own_period_ns(device, fps))


def own_period_ns(device: SimulatedDevice, fps: int) -> float:
    """Return the host time between two pulses that a device's own crystal counts out."""
    return 1e9 / fps / (1 + device.drift_ppm * 1e-6)
