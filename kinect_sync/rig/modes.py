"""The camera modes of the Azure Kinect DK, with the SDK's own words and numbers.

Sources: Azure Kinect DK hardware specification; `validate_configuration` of `k4a.c` for what goes together.
"""

from __future__ import annotations

from enum import Enum

TRIGGER_S = 360.0
"""How long a rig may wait for an external trigger, as in the SDK's recorder (`recorder.cpp`)."""


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
