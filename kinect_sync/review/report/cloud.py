"""The fused cloud of one pulse as pictures, with the cameras in it: whether the rig is one camera."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.errors import KsyncError
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.motion import Motion
from kinect_sync.geometry.normals import seen_from
from kinect_sync.geometry.point_table import Singles
from kinect_sync.geometry.poses import Numbers, Pose
from kinect_sync.geometry.splats import look_at, splat
from kinect_sync.geometry.undistortion import STRAIGHT
from kinect_sync.review.fusing.cloud import Bytes, Cloud
from kinect_sync.review.fusing.one_pulse import fuse_pulse
from kinect_sync.review.fusing.placing import PlacedDevice
from kinect_sync.review.fusing.request import CloudSettings
from kinect_sync.review.report.chart import legend
from kinect_sync.review.report.data import COLORS, FirstSet, TakeData
from kinect_sync.review.report.markup import Markup, join, tag
from kinect_sync.review.report.pictures import data_url

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_SIZE_PX = 960, 540
_FINER = 2
"""Drawn so many times as large in each direction, and shrunk: edges are smooth."""
_VIEW_DEG = 40.0
_SIDE_M = 0.012
_SPLAT_M = 0.02
"""Larger than the cubes, so that a slanted surface has no gaps."""
_NEARER = 0.7
"""Of the way at which all of the cloud would be seen: its middle is what cameras look at."""
_GROUND = np.array((18, 22, 29), np.float32)
"""Behind the points, and the same by day and by night."""
_UNCOLORED = np.array((120, 130, 145), np.uint8)
_VIEWS = {"From above": (25.0, 42.0), "From the other side": (205.0, 18.0)}
"""How far around from behind the first device one stands, and how steeply one looks down, in degrees."""
_HUES = (
    "6aa9f0", "f59a5b", "54cbad", "de8ccb", "d8bd4b", "a5a2ff", "f58ba6", "96d06f", "a9b3c2"
)  # fmt: skip
"""Of the devices, as the page has them on a dark ground."""
_FACING = 0.1
"""Cosine of the angle to the normal above which a surface is drawn; noise turns one by a few degrees."""
_FRUSTUM_M = 0.25
_LINE = 300
"""Points along a line."""


class _Drawn(NamedTuple):
    xyz_m: Singles
    rgb: Bytes
    normals: Singles
    """NaN for what is seen from all sides."""


def draw_cloud(data: TakeData, calibration: RigCalibration) -> Markup | None:
    """Draw the cloud of the first complete pulse; None where the take has none, or recorded no depth."""
    if data.first_set is None:
        return None
    try:
        return _draw(data, calibration, data.first_set)
    except (KsyncError, OSError, ValueError) as error:
        return tag("p", f"No picture: {error}")


def _draw(data: TakeData, calibration: RigCalibration, first: FirstSet) -> Markup | None:
    settings = CloudSettings(normals=True, voxel_mm=_SIDE_M * 1000)
    cloud, placed = fuse_pulse(data.take, calibration, first.times_us, settings)
    if not len(cloud):
        return None
    up = np.array((0.0, -1.0, 0.0) if calibration.world == "device" else (0.0, 0.0, 1.0))
    drawn = _points_of(cloud)
    cameras = _cameras(placed, {device.name: int(device.style[1:]) for device in data.devices})
    shown = []
    for words, (around_deg, down_deg) in _VIEWS.items():
        image = _render(drawn, cameras, _stand(cloud, placed, up, np.deg2rad((around_deg, down_deg))))
        picture = tag("img", src=data_url(image), alt=words, width=image.width, height=image.height)
        shown.append(tag("figure", tag("figcaption", words), picture))
    named = ((device.style, device.name) for device in data.devices if device.name in placed)
    return join(tag("div", *shown, class_="clouds"), legend(named))


def _points_of(cloud: Cloud) -> _Drawn:
    xyz_m = np.concatenate([part.xyz_m for part in cloud.parts], axis=1)
    rgb = np.concatenate([part.rgb for part in cloud.parts], axis=1)
    rgb[:, ~np.concatenate([part.colored for part in cloud.parts])] = _UNCOLORED[:, None]
    normals = [part.normals for part in cloud.parts if part.normals is not None]
    return _Drawn(xyz_m, rgb, np.concatenate(normals, axis=1))


# --- cameras ------------------------------------------------------------------------------------------------


def _cameras(placed: Mapping[str, PlacedDevice], styles: Mapping[str, int]) -> _Drawn:
    """Return the pyramids that depth cameras look through, as points, in the devices' colors."""
    lines, colors = [], []
    for name, device in placed.items():
        lens = device.geometry.depth
        if lens is None:
            continue
        across, down = lens.width / 2 / lens.fx, lens.height / 2 / lens.fy
        corners = np.array([(-across, -down, 1), (across, -down, 1), (across, down, 1), (-across, down, 1)])
        ends = corners * _FRUSTUM_M
        begins = np.concatenate((np.zeros((4, 3)), ends))
        part = np.linspace(0, 1, _LINE)[:, None, None]
        along = begins + part * (np.concatenate((ends, np.roll(ends, -1, axis=0))) - begins)
        lines.append(device.world_from_depth.apply(along.reshape(-1, 3)).T)
        hue = bytes.fromhex(_HUES[styles[name] % COLORS])
        colors.append(np.repeat(np.frombuffer(hue, np.uint8)[:, None], along.size // 3, axis=1))
    xyz_m = np.concatenate(lines, axis=1).astype(np.float32)
    return _Drawn(xyz_m, np.concatenate(colors, axis=1), np.full_like(xyz_m, np.nan))


def _stand(
    cloud: Cloud, placed: Mapping[str, PlacedDevice], up: Numbers, angles: NDArray[np.float64]
) -> Pose:
    """Return world_from_camera of whoever looks at the middle of the cloud, from so far that all is seen."""
    around, down = angles
    xyz_m = np.concatenate([part.xyz_m[:, ::7] for part in cloud.parts], axis=1).astype(np.float64)
    middle = np.median(xyz_m, axis=1)
    reach_m = max(0.5, float(np.quantile(np.linalg.norm(xyz_m - middle[:, None], axis=0), 0.8)))
    first = next(iter(placed.values()))
    ahead = np.array(first.world_from_depth.rotation)[:, 2]
    level = ahead - (ahead @ up) * up
    if np.linalg.norm(level) < 0.3:  # it looks down or up: the top of its image is ahead
        level = np.array(first.world_from_depth.rotation)[:, 1]
        level -= (level @ up) * up
    level /= np.linalg.norm(level)
    turned = np.cos(around) * level + np.sin(around) * np.cross(up, level)
    far_m = _NEARER * reach_m / np.sin(np.deg2rad(_VIEW_DEG) / 2)
    eye = middle + far_m * (np.sin(down) * up - np.cos(down) * turned)
    return look_at(eye, middle, up)


# --- the picture --------------------------------------------------------------------------------------------


def _render(cloud: _Drawn, cameras: _Drawn, world_from_camera: Pose) -> Picture:
    """Return what is seen from there, without surfaces that show their back: a doll's house is open."""
    from PIL import Image

    width, height = (each * _FINER for each in _SIZE_PX)
    focal_px = height / 2 / np.tan(np.deg2rad(_VIEW_DEG) / 2)
    middle = (width - 1) / 2, (height - 1) / 2
    lens = Lens(
        width=width, height=height, fx=focal_px, fy=focal_px, cx=middle[0], cy=middle[1], distortion=STRAIGHT
    )
    eye_m = np.array(world_from_camera.translation_m, np.float32)[:, None]
    facing = seen_from(cloud.normals, cloud.xyz_m, eye_m) > _FACING
    xyz_m = np.concatenate((cloud.xyz_m[:, facing], cameras.xyz_m), axis=1)
    rgb = np.concatenate((cloud.rgb[:, facing], cameras.rgb), axis=1)
    drawn = splat(Motion.of(world_from_camera.inverse()).points(xyz_m), rgb, _SPLAT_M, lens)
    share = drawn[..., 3:].astype(np.float32) / 255
    painted = drawn[..., :3] * share + _GROUND * (1 - share)
    shrunk = painted.reshape(_SIZE_PX[1], _FINER, _SIZE_PX[0], _FINER, 3).mean(axis=(1, 3))
    return Image.fromarray((shrunk + 0.5).astype(np.uint8))
