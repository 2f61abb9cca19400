"""When a device exposes for a pulse, what its clock reads then, and when the capture reaches the host."""

from __future__ import annotations

from dataclasses import dataclass

from kinect_sync.devices.simulated.chance import draw_three, seed_of, uniform
from kinect_sync.devices.simulated.clocks import AnyOscillator
from kinect_sync.devices.simulated.hardware import behavior_of
from kinect_sync.devices.simulated.pulses import PulseTrain
from kinect_sync.devices.simulated.world import SimulatedDevice
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import Role

FIRST_COLOR_US = 219_566
"""What the clock reads at the first color image with firmware 1.6.110 (SDK issue 1240)."""
MOST_LATE_PULSES = 3
"""Devices begin up to this many pulses apart (SDK issues 1224 and 1225)."""
_LATENCY_MS = (20.0, 40.0)
"""From exposure to the host; depth needs longer than color."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Color and depth of one device for one pulse, as it really was and as the device tells it."""

    number: int
    """Number of the pulse."""
    color_ns: int
    """Host time of the centre of the color exposure."""
    depth_ns: int
    """Host time of the centre of the depth exposure."""
    color_usec: int
    """Device timestamp of color."""
    depth_usec: int
    """Device timestamp of depth and IR."""
    color_arrives_ns: int
    """Host time at which the color image has been transferred."""
    depth_arrives_ns: int
    """Host time at which depth and IR have been transferred."""

    @property
    def arrives_ns(self) -> int:
        """Host time at which the capture is complete."""
        return max(self.color_arrives_ns, self.depth_arrives_ns)


class Shutter:
    """The exposures of one device: pulse, plus delays, plus what is wrong with the device."""

    def __init__(self, device: SimulatedDevice, settings: DeviceSettings, oscillator: AnyOscillator) -> None:
        """Expose as `settings` say, by the device's own crystal."""
        self._seed = seed_of(device.serial)
        self._jitter_us = device.jitter_us
        self._oscillator = oscillator
        color_us, depth_us = delays_us(settings)
        phase_us = FIRST_COLOR_US % (1e6 / settings.fps) + device.faults.bias_us
        self._color_us = color_us + phase_us
        self._depth_us = depth_us + phase_us

    def expose(self, train: PulseTrain, number: int, late_us: float = 0.0) -> Exposure:
        """Expose for one pulse of the train; the same pulse gives the same exposure every time."""
        pulse_ns, clock = train.time_ns(number), self._oscillator
        color_luck, depth_luck, latency_luck = draw_three(self._seed, number)
        color_ns = pulse_ns + clock.host_ns(self._color_us + late_us + self._jitter_us * color_luck)
        depth_ns = pulse_ns + clock.host_ns(self._depth_us + late_us + self._jitter_us * depth_luck)
        low_ms, high_ms = _LATENCY_MS
        latency_ms = low_ms + (high_ms - low_ms) * latency_luck
        return Exposure(
            number=number,
            color_ns=color_ns,
            depth_ns=depth_ns,
            color_usec=clock.read_usec(color_ns),
            depth_usec=clock.read_usec(depth_ns),
            color_arrives_ns=color_ns + round(low_ms * 1e6),
            depth_arrives_ns=depth_ns + round(latency_ms * 1e6),
        )


def first_capture_after(serial: str, fps: int) -> int:
    """Return how many pulses a device lets pass before its first capture."""
    late = int(uniform(seed_of(serial), seed_of("late")) * (MOST_LATE_PULSES + 1))
    return FIRST_COLOR_US * fps // 1_000_000 + late


def delays_us(settings: DeviceSettings) -> tuple[float, float]:
    """Return what color and depth wait after the pulse, in the device's own µs."""
    behavior, color_us = behavior_of(settings.hardware), 0.0
    if settings.role is Role.SUBORDINATE:
        color_us = behavior.kept_us(settings.subordinate_delay_off_master_usec)
    depth_delay_us = behavior.kept_us(settings.depth_delay_off_color_usec)
    if behavior.holds_color_back and depth_delay_us < 0:
        return color_us - depth_delay_us, color_us
    return color_us, color_us + depth_delay_us
