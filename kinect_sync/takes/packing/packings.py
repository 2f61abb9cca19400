"""How depth and IR are packed in a recording, and how its header says so.

libk4arecord refuses a whole file whose track DEPTH or IR it can't decode, color too. Where such a track has
another name, and its tag as well, the file opens, with color and calibration and without depth. So packed
tracks are called `DEPTH (PNG)`, and the tags that say which they are begin with KSYNC instead of K4A.
"""

from __future__ import annotations

from enum import Enum


class Packing(str, Enum):
    """What depth and IR are packed with, every image for itself."""

    FFV1 = "ffv1"
    """Smallest; by PyAV."""
    PNG = "png"
    """Fastest; needs nothing that ksync does not have."""

    @property
    def pixels(self) -> str:
        """The codec's code in `V_MS/VFW/FOURCC`, where ffmpeg, mpv and VLC look for it."""
        return "FFV1" if self is Packing.FFV1 else "MPNG"

    def track_name(self, track: str) -> str:
        """Return what a packed track is called."""
        return f"{track} ({self.value.upper()})"


PACKED = ("DEPTH", "IR")
"""The tracks that are packed; color is the camera's own JPEG."""
TRACK_TAGS = {f"K4A_{track}_TRACK": f"KSYNC_{track}_TRACK" for track in PACKED}
"""The tags that tell libk4arecord which track is which, and what they are called where it may not look."""
_BITMAP_NBYTES = 40


def unpacked_name(name: str) -> tuple[str, Packing | None]:
    """Return what a track is called when it is not packed, and how it is."""
    named = {packing.track_name(track): (track, packing) for packing in Packing for track in PACKED}
    return named.get(name, (name, None))


def extradata_of(bitmap: bytes) -> bytes:
    """Return what stands behind a BITMAPINFOHEADER."""
    return bitmap[_BITMAP_NBYTES:]
