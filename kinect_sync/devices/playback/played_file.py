"""The file of one recording, read by libk4arecord, capture by capture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kinect_sync.captures import Capture, Image
from kinect_sync.devices.k4a.configuration import make_configuration
from kinect_sync.devices.k4a.extension import THREAD_SAFE, give_none_back, view_capture
from kinect_sync.devices.k4a.sdk import Sdk, load_sdk
from kinect_sync.devices.port import StreamEnded
from kinect_sync.devices.programme import Reel
from kinect_sync.errors import DeviceLost
from kinect_sync.findings import Finding, Kind
from kinect_sync.findings.files import RECORDING_BROKEN, RECORDING_DIFFERS, RECORDING_UNREADABLE
from kinect_sync.rig.model import DeviceSettings

_SUCCEEDED = 0
_ENDED = 2
"""`K4A_STREAM_RESULT_EOF`"""
_SHOWN = (
    "wired_sync_mode",
    "camera_fps",
    "color_resolution",
    "depth_mode",
    "subordinate_delay_off_master_usec",
    "depth_delay_off_color_usec",
)
"""Settings, by pyk4a's names, that show in what was recorded."""


def open_with_sdk(reel: Reel, settings: DeviceSettings) -> PlayedFile:
    """Open a recording of the SDK's format; SdkMissing, or DeviceLost when libk4arecord can't."""
    return PlayedFile(load_sdk(), reel, settings)


class PlayedFile:
    """An open recording of one device; it fills the `ReelFile` protocol."""

    def __init__(self, sdk: Sdk, reel: Reel, settings: DeviceSettings) -> None:
        """Open the recording; DeviceLost when libk4arecord can't."""
        self._sdk = sdk
        self._reel = reel
        self._settings = settings
        self._was_read = False
        self._file: Any = sdk.pyk4a.PyK4APlayback(reel.path, thread_safe=THREAD_SAFE)
        try:
            self._file.open()
        except sdk.pyk4a.K4AException as failure:
            remedy = f"`ksync repair {reel.path}` completes files of a recorder that died"
            raise self._lost(RECORDING_UNREADABLE, "libk4arecord can't open it", remedy) from failure

    def calibration(self) -> bytes | None:
        """Read the calibration that the recording holds; None where it holds none."""
        try:
            return str(self._file.calibration_raw).encode()
        except self._sdk.pyk4a.K4AException:
            return None

    def differences(self, settings: DeviceSettings) -> list[Finding]:
        """Return what the settings ask for and the recording does not show."""
        try:
            recorded = self._file.configuration
        except self._sdk.pyk4a.K4AException as failure:
            raise self._lost(RECORDING_UNREADABLE, "libk4arecord can't tell its settings") from failure
        wanted = make_configuration(self._sdk, settings)
        pairs = ((name, getattr(wanted, name), _signed(recorded[name])) for name in _SHOWN)
        return [
            RECORDING_DIFFERS.found(
                f"{name} is to be {_word(want)}, and it was recorded with {_word(have)}", device=settings.name
            )
            for name, want, have in pairs
            if want != have
        ]

    def rewind(self) -> None:
        """Let the next capture be the first one again."""
        if self._was_read:
            self._file.seek(0)

    def read(self) -> Capture:
        """Read the next capture; `StreamEnded` after the last, or DeviceLost."""
        self._was_read = True
        extension = self._sdk.extension
        result, capsule = extension.playback_get_next_capture(self._file._handle, THREAD_SAFE)
        if capsule is None:
            give_none_back()
        if result == _ENDED:
            raise StreamEnded
        if result != _SUCCEEDED:
            raise self._lost(RECORDING_BROKEN, "libk4arecord can't read on in it")
        return self._unwrapped(view_capture(self._sdk, capsule, self._settings, host_time_ns=0))

    def close(self) -> None:
        """Close the recording; harmless when it is closed."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _unwrapped(self, capture: Capture) -> Capture:
        if not self._reel.wrapped_us:
            return capture
        color, depth, ir = (self._later(image) for image in (capture.color, capture.depth, capture.ir))
        return replace(capture, color=color, depth=depth, ir=ir)

    def _later(self, image: Image | None) -> Image | None:
        if image is None:
            return None
        return replace(image, device_timestamp_usec=image.device_timestamp_usec + self._reel.wrapped_us)

    def _lost(self, kind: Kind, what: str, remedy: str | None = None) -> DeviceLost:
        what = f"the recording {self._reel.path}: {what}"
        return DeviceLost(kind.found(what, device=self._settings.name, remedy=remedy))


def _signed(value: Any) -> Any:
    """Undo that pyk4a reads negative delays as 32 bits without a sign."""
    return value - 2**32 if isinstance(value, int) and value >= 2**31 else value


def _word(value: Any) -> str:
    return str(getattr(value, "name", value))
