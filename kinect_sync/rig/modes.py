"""The camera modes of the Azure Kinect DK, with the SDK's own words and numbers.

Sources: Azure Kinect DK hardware specification; `validate_configuration` of `k4a.c` for what goes
together; `color_priv.h` for the exposure table.
"""

from __future__ import annotations

from enum import Enum

DEVICE_TICK_HZ = 90_000
"""Timestamps and delays are multiples of one 90 kHz tick, 11.11 µs."""


class Word(str, Enum):
    """An enumeration written in YAML as its value."""

    def __str__(self) -> str:
        """Return the word as it stands in the rig file."""
        return str(self.value)


class Role(Word):
    """Who gives the pulse and who follows."""

    MASTER = "master"
    SUBORDINATE = "subordinate"
    STANDALONE = "standalone"


class Topology(Word):
    """How the sync cables run."""

    DAISY_CHAIN = "daisy_chain"
    STAR = "star"
    STANDALONE = "standalone"


class Hardware(Word):
    """The family of devices: what the SDK enforces differs."""

    AZURE_KINECT = "azure_kinect"
    FEMTO = "femto"


class ColorFormat(Word):
    """Pixel format of the color images."""

    MJPG = "mjpg"
    NV12 = "nv12"
    YUY2 = "yuy2"
    BGRA32 = "bgra32"


class ColorResolution(Word):
    """Resolution of the color camera."""

    OFF = "off"
    RES_720P = "720p"
    RES_1080P = "1080p"
    RES_1440P = "1440p"
    RES_1536P = "1536p"
    RES_2160P = "2160p"
    RES_3072P = "3072p"

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels; (0, 0) when off."""
        return _COLOR_SIZES[self]

    @property
    def max_fps(self) -> int:
        """The fastest frame rate that the SDK accepts."""
        return 15 if self is ColorResolution.RES_3072P else 30


class DepthMode(Word):
    """Mode of the depth camera."""

    OFF = "off"
    NFOV_2X2BINNED = "nfov_2x2binned"
    NFOV_UNBINNED = "nfov_unbinned"
    WFOV_2X2BINNED = "wfov_2x2binned"
    WFOV_UNBINNED = "wfov_unbinned"
    PASSIVE_IR = "passive_ir"

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the depth and IR images in pixels; (0, 0) when off."""
        return _DEPTH_SIZES[self]

    @property
    def has_depth(self) -> bool:
        """Whether the captures hold a depth image; passive IR gives IR alone."""
        return self not in (DepthMode.OFF, DepthMode.PASSIVE_IR)

    @property
    def max_fps(self) -> int:
        """The fastest frame rate that the SDK accepts."""
        return 15 if self is DepthMode.WFOV_UNBINNED else 30


_COLOR_SIZES = {
    ColorResolution.OFF: (0, 0),
    ColorResolution.RES_720P: (1280, 720),
    ColorResolution.RES_1080P: (1920, 1080),
    ColorResolution.RES_1440P: (2560, 1440),
    ColorResolution.RES_1536P: (2048, 1536),
    ColorResolution.RES_2160P: (3840, 2160),
    ColorResolution.RES_3072P: (4096, 3072),
}

_DEPTH_SIZES = {
    DepthMode.OFF: (0, 0),
    DepthMode.NFOV_2X2BINNED: (320, 288),
    DepthMode.NFOV_UNBINNED: (640, 576),
    DepthMode.WFOV_2X2BINNED: (512, 512),
    DepthMode.WFOV_UNBINNED: (1024, 1024),
    DepthMode.PASSIVE_IR: (1024, 1024),
}

_EXPOSURES_US = {
    50: (500, 1250, 2500, 10000, 20000, 30000, 40000, 50000, 60000, 80000, 100000, 120000, 130000),
    60: (500, 1250, 2500, 8330, 16670, 33330, 41670, 50000, 66670, 83330, 100000, 116670, 133330),
}


def delay_limit_us(fps: int) -> int:
    """Largest delay that the SDK accepts: one period in whole microseconds (33333, 66666, 200000)."""
    return 1_000_000 // fps


def longest_exposure_us(powerline_hz: int, fps: int) -> int:
    """Return the longest exposure of the firmware's table that fits into one period."""
    return max(entry for entry in _EXPOSURES_US[powerline_hz] if entry <= delay_limit_us(fps))


def effective_exposure_us(exposure_us: int, powerline_hz: int, fps: int) -> int:
    """Return the exposure that the device really uses for a set value.

    The firmware rounds up to its table, which depends on the powerline frequency, and caps the result at
    the largest entry that fits into one period.
    """
    table = _EXPOSURES_US[powerline_hz]
    rounded = next((entry for entry in table if entry >= exposure_us), table[-1])
    return min(rounded, longest_exposure_us(powerline_hz, fps))


def delay_ticks(delay_us: int) -> int:
    """Return the whole 90 kHz ticks of a delay, truncated toward zero: 160 µs is 14.

    Source: `K4A_USEC_TO_90K_HZ_TICK` in the SDK's `k4ainternal/common.h`.
    """
    ticks = abs(delay_us) * DEVICE_TICK_HZ // 1_000_000
    return ticks if delay_us >= 0 else -ticks


def effective_delay_us(delay_us: int) -> float:
    """Return the delay that the device really keeps: 160 µs is 155.6. Multiples of 100 µs are exact."""
    return delay_ticks(delay_us) * 1_000_000 / DEVICE_TICK_HZ
