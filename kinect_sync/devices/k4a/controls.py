"""Sets the color controls, once before the start, and reads them back.

Controls stay in the device from one program to the next, so what an earlier one left must be overwritten.
Powerline comes first: libk4a rounds an exposure up to the table of the powerline frequency that this very
process has set. Setting even the same exposure while cameras run would shift the timing.
"""

from __future__ import annotations

from typing import Any, NoReturn

from kinect_sync.devices.k4a.extension import THREAD_SAFE
from kinect_sync.devices.k4a.sdk import Sdk
from kinect_sync.devices.k4a.sdk_errors import error
from kinect_sync.findings.sdk import CONTROL_NOT_TAKEN, CONTROL_REFUSED, CONTROL_UNREADABLE
from kinect_sync.readings import Controls
from kinect_sync.rig.model import DeviceSettings

_POWERLINE = {50: 1, 60: 2}
_POWERLINE_HZ = {1: 50, 2: 60}
# The value that goes with an automatic control is ignored, but must be one that the camera knows.
_ANY_EXPOSURE_US = 2500
_ANY_WHITE_BALANCE_K = 4500


class ControlPanel:
    """The color controls of one open device."""

    def __init__(self, sdk: Sdk, kinect: Any, device: str) -> None:
        """Take the open `PyK4A` and the operator's name for the device."""
        self._extension = sdk.extension
        self._kinect = kinect
        self._device = device
        self._command = sdk.pyk4a.ColorControlCommand
        self._mode = sdk.pyk4a.ColorControlMode
        self._failure = sdk.pyk4a.K4AException

    def apply(self, settings: DeviceSettings) -> Controls:
        """Set what the settings name and read back what the camera took; raises `DeviceError`."""
        command = self._command
        self._set(command.POWERLINE_FREQUENCY, _POWERLINE[settings.powerline_hz])
        if settings.exposure_us == "auto":
            self._set(command.EXPOSURE_TIME_ABSOLUTE, _ANY_EXPOSURE_US, automatic=True)
        else:
            self._set(command.EXPOSURE_TIME_ABSOLUTE, settings.exposure_us)
        if settings.gain is not None:
            self._set(command.GAIN, settings.gain)
        if settings.white_balance_k is None:
            self._set(command.WHITEBALANCE, _ANY_WHITE_BALANCE_K, automatic=True)
        else:
            self._set(command.WHITEBALANCE, settings.white_balance_k)
        return self._read(settings)

    def _read(self, settings: DeviceSettings) -> Controls:
        exposure_us = self._read_exposure(settings)
        gain = None if exposure_us == "auto" else self._read_gain(settings)
        return Controls(
            exposure_us=exposure_us,
            powerline_hz=self._read_powerline(settings),
            gain=gain,
            white_balance_k=self._read_white_balance(settings),
        )

    def _read_powerline(self, settings: DeviceSettings) -> int:
        control = self._command.POWERLINE_FREQUENCY
        value, _ = self._get(control, settings.powerline_hz)
        found = _POWERLINE_HZ.get(value)
        if found != settings.powerline_hz:
            self._reject(control, settings.powerline_hz, found or value)
        return found

    def _read_exposure(self, settings: DeviceSettings) -> Any:
        control = self._command.EXPOSURE_TIME_ABSOLUTE
        value, mode = self._get(control, settings.exposure_us)
        automatic = mode == self._mode.AUTO
        if automatic != (settings.exposure_us == "auto"):
            self._reject(control, settings.exposure_us, "auto" if automatic else value)
        return "auto" if automatic else value

    def _read_gain(self, settings: DeviceSettings) -> int:
        value, _ = self._get(self._command.GAIN, settings.gain)
        return value

    def _read_white_balance(self, settings: DeviceSettings) -> int | None:
        control = self._command.WHITEBALANCE
        wanted = "auto" if settings.white_balance_k is None else settings.white_balance_k
        value, mode = self._get(control, wanted)
        automatic = mode == self._mode.AUTO
        if automatic != (settings.white_balance_k is None):
            self._reject(control, wanted, "auto" if automatic else value)
        return None if automatic else value

    def _set(self, control: Any, value: int, *, automatic: bool = False) -> None:
        mode = self._mode.AUTO if automatic else self._mode.MANUAL
        try:
            self._kinect._set_color_control(control, value, mode)
        except self._failure as failure:
            shown = "auto" if automatic else value
            raise error(CONTROL_REFUSED, self._device, control=_word(control), value=shown) from failure

    def _get(self, control: Any, wanted: object | None) -> tuple[int, Any]:
        """Read one control, set before or left alone. pyk4a hides a failure as value 0 and mode AUTO.

        Its own reading demands that the mode is one; Orbbec's wrapper sets none for gain and powerline.
        """
        _, mode, value = self._extension.device_get_color_control(
            self._kinect._device_handle, THREAD_SAFE, control
        )
        if value == 0 and mode == self._mode.AUTO:
            done = "was left as it was" if wanted is None else f"was set to {wanted}"
            raise error(CONTROL_UNREADABLE, self._device, control=_word(control), done=done)
        return int(value), mode

    def _reject(self, control: Any, wanted: object, found: object) -> NoReturn:
        raise error(CONTROL_NOT_TAKEN, self._device, control=_word(control), value=wanted, found=found)


_WORDS = {
    "EXPOSURE_TIME_ABSOLUTE": "exposure_us",
    "POWERLINE_FREQUENCY": "powerline_hz",
    "WHITEBALANCE": "white_balance_k",
    "GAIN": "gain",
}


def _word(control: Any) -> str:
    """Return the rig file's word for a control."""
    return _WORDS[control.name]
