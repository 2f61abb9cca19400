"""The IMU of a simulated device: a device at rest, 1.6 kHz, delivered in batches."""

from __future__ import annotations

from kinect_sync.captures import ImuSample
from kinect_sync.devices.simulated.chance import triangular
from kinect_sync.devices.simulated.oscillator import AnyOscillator
from kinect_sync.rig.hardware import Hardware

_PERIOD_US = {Hardware.AZURE_KINECT: 600, Hardware.FEMTO: 2000}
"""1666 Hz (`common.h`), and 500 Hz on a Femto."""
_BATCH = 8
"""Samples come in batches at 208 Hz."""
_QUEUE = 1666
"""A second of samples: what is not fetched in that time is lost, the oldest first."""
_GRAVITY_M_S2 = 9.81


class Imu:
    """The samples of one run."""

    def __init__(self, hardware: Hardware, seed: int, oscillator: AnyOscillator, zero_ns: int) -> None:
        """Sample from the host time `zero_ns` on, when the device's clock was zeroed."""
        self._period_ns = oscillator.host_ns(_PERIOD_US[hardware])
        self._oscillator = oscillator
        self._zero_ns = zero_ns
        self._seed = seed
        self._next = 0

    def take(self, now_ns: int) -> list[ImuSample]:
        """Take the samples that have arrived since the last call."""
        arrived = (now_ns - self._zero_ns) // self._period_ns // _BATCH * _BATCH
        first, self._next = max(self._next, arrived - _QUEUE), max(self._next, arrived)
        return [self._sample(number) for number in range(first, arrived)]

    def _sample(self, number: int) -> ImuSample:
        usec = self._oscillator.read_usec(self._zero_ns + number * self._period_ns)
        noise = triangular(self._seed, number)
        return ImuSample(
            temperature_c=30.0,
            acc_m_s2=(0.02 * noise, -0.01 * noise, -_GRAVITY_M_S2 + 0.03 * noise),
            acc_timestamp_usec=usec,
            gyro_rad_s=(0.001 * noise, -0.002 * noise, 0.001 * noise),
            gyro_timestamp_usec=usec,
        )
