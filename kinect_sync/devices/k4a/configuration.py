"""Translates a device's settings into pyk4a's configuration."""

from __future__ import annotations

from typing import Any

from kinect_sync.devices.k4a.sdk import Sdk
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode, Role

_FORMATS = {
    ColorFormat.MJPG: "COLOR_MJPG",
    ColorFormat.NV12: "COLOR_NV12",
    ColorFormat.YUY2: "COLOR_YUY2",
    ColorFormat.BGRA32: "COLOR_BGRA32",
}
_RESOLUTIONS = {
    ColorResolution.OFF: "OFF",
    ColorResolution.RES_720P: "RES_720P",
    ColorResolution.RES_1080P: "RES_1080P",
    ColorResolution.RES_1440P: "RES_1440P",
    ColorResolution.RES_1536P: "RES_1536P",
    ColorResolution.RES_2160P: "RES_2160P",
    ColorResolution.RES_3072P: "RES_3072P",
}
_DEPTH_MODES = {
    DepthMode.OFF: "OFF",
    DepthMode.NFOV_2X2BINNED: "NFOV_2X2BINNED",
    DepthMode.NFOV_UNBINNED: "NFOV_UNBINNED",
    DepthMode.WFOV_2X2BINNED: "WFOV_2X2BINNED",
    DepthMode.WFOV_UNBINNED: "WFOV_UNBINNED",
    DepthMode.PASSIVE_IR: "PASSIVE_IR",
}
_SYNC_MODES = {
    Role.MASTER: "MASTER",
    Role.SUBORDINATE: "SUBORDINATE",
    Role.STANDALONE: "STANDALONE",
}


def make_configuration(sdk: Sdk, settings: DeviceSettings) -> Any:
    """Return the `pyk4a.Config` that start_cameras takes; every field is given, as pyk4a's defaults differ.

    Its default color format is BGRA32 (hundreds of MB/s on disk), and it synchronizes images even where
    one camera alone runs, which the SDK refuses.
    """
    pyk4a = sdk.pyk4a
    return pyk4a.Config(
        color_resolution=pyk4a.ColorResolution[_RESOLUTIONS[settings.color_resolution]],
        color_format=pyk4a.ImageFormat[_FORMATS[settings.color_format]],
        depth_mode=pyk4a.DepthMode[_DEPTH_MODES[settings.depth_mode]],
        camera_fps=pyk4a.FPS[f"FPS_{settings.fps}"],
        synchronized_images_only=settings.synchronized_images_only,
        depth_delay_off_color_usec=settings.depth_delay_off_color_usec,
        wired_sync_mode=pyk4a.WiredSyncMode[_SYNC_MODES[settings.role]],
        subordinate_delay_off_master_usec=settings.subordinate_delay_off_master_usec,
        disable_streaming_indicator=False,
    )
