"""The rig as it stands in its world, seen from above: each camera with what it looks at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from kinect_sync.calibration.rig_calibration import CalibratedDevice, RigCalibration
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.report.markup import Markup, short, tag

_WIDTH, _HEIGHT = 640, 420
_MARGIN = 56
_LOOKS_M = 1.2
"""How far a camera's wedge reaches."""
_HALF_DEG = 37.5
"""Of the depth camera's narrow view."""
_LEAST_M = 1.0


class _Seen(NamedTuple):
    """One device from above."""

    name: str
    at: tuple[float, float]
    ahead: tuple[float, float]
    height_m: float | None


def draw_from_above(calibration: RigCalibration, styles: Mapping[str, str]) -> Markup:
    """Draw the devices on the horizontal plane, or on that of a device's x and z where nothing is level."""
    seen = [_seen(calibration, device) for device in calibration.devices if device.color or device.depth]
    plan = _Plan(seen)
    return tag(
        "svg",
        tag("title", _in_words(seen)),
        *plan.grid(),
        *(_camera(plan, each, styles.get(each.name, "d0")) for each in seen),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        style=f"max-width:{_WIDTH}px",
        role="img",
        class_="rig above",
    )


def _seen(calibration: RigCalibration, device: CalibratedDevice) -> _Seen:
    camera = device.color or device.depth
    pose = camera.world_from_camera if camera is not None else Pose.of(np.eye(3), np.zeros(3))
    at, ahead = np.array(pose.translation_m), np.array(pose.rotation)[:, 2]
    if calibration.world == "device":
        return _Seen(device.name, (at[0], at[2]), (ahead[0], ahead[2]), None)
    return _Seen(device.name, (at[0], at[1]), (ahead[0], ahead[1]), float(at[2]))


class _Plan:
    """A drawing to scale: x goes right, y up the page."""

    def __init__(self, seen: list[_Seen]) -> None:
        reach = [
            (each.at[0] + _LOOKS_M * each.ahead[0], each.at[1] + _LOOKS_M * each.ahead[1]) for each in seen
        ]
        places = np.array([each.at for each in seen] + reach) if seen else np.zeros((1, 2))
        low, high = places.min(0), places.max(0)
        self._middle = (low + high) / 2
        wide, deep = np.maximum(high - low, _LEAST_M).tolist()
        self.per_m = min((_WIDTH - 2 * _MARGIN) / wide, (_HEIGHT - 2 * _MARGIN) / deep)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the plane is drawn."""
        across = _WIDTH / 2 + (x - self._middle[0]) * self.per_m
        return float(across), float(_HEIGHT / 2 - (y - self._middle[1]) * self.per_m)

    def grid(self) -> list[Markup]:
        """Draw a line for each metre, and say so."""
        left, right = (self._middle[0] + side * _WIDTH / 2 / self.per_m for side in (-1, 1))
        low, high = (self._middle[1] + side * _HEIGHT / 2 / self.per_m for side in (-1, 1))
        step = 10 ** max(0, math.ceil(math.log10((right - left) / 20)))
        lines = [f"M{short(self.place(x, 0)[0])} 0V{_HEIGHT}" for x in _between(left, right, step)]
        lines += [f"M0 {short(self.place(0, y)[1])}H{_WIDTH}" for y in _between(low, high, step)]
        x, y = self.place(0.0, 0.0)
        inside = 0 <= x <= _WIDTH and 0 <= y <= _HEIGHT
        origin = f"M{short(x - 7)} {short(y)}h14M{short(x)} {short(y - 7)}v14"
        return [
            tag("path", d="".join(lines), class_="grid"),
            tag("path", tag("title", "the world's origin"), d=origin if inside else "M0 0", class_="zero"),
            tag("text", f"{step} m per square", x=_WIDTH - 10, y=_HEIGHT - 10, class_="small right"),
        ]


def _between(low: float, high: float, step: int) -> list[int]:
    return list(range(math.ceil(low / step) * step, math.floor(high) + 1, step))


def _camera(plan: _Plan, seen: _Seen, style: str) -> Markup:
    x, y = plan.place(*seen.at)
    height = "" if seen.height_m is None else f", {seen.height_m:.2f} m high"
    across, down, side = _behind(seen)
    return tag(
        "g",
        tag("title", f"{seen.name}: x {seen.at[0]:.3f} m, y {seen.at[1]:.3f} m{height}"),
        tag("path", d=_wedge(plan, seen), class_=f"area {style}"),
        tag("circle", cx=x, cy=y, r=6, class_=f"fill {style}"),
        tag("text", _short_name(seen.name), x=x + across, y=y + down, class_=f"{side} name"),
    )


def _behind(seen: _Seen) -> tuple[int, int, str]:
    """Return where a camera's name stands: behind it, where nothing is drawn."""
    across, along = seen.ahead
    if abs(across) > abs(along):
        return (-12, 5, "right") if across > 0 else (12, 5, "left")
    return (0, 22, "centre") if along > 0 else (0, -12, "centre")


def _short_name(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}…"


def _wedge(plan: _Plan, seen: _Seen) -> str:
    """Return the outline of what a camera looks at; short where it looks up or down."""
    corners = [plan.place(*seen.at)]
    for side in (-1, 1):
        angle = math.radians(side * _HALF_DEG)
        ahead_x = seen.ahead[0] * math.cos(angle) - seen.ahead[1] * math.sin(angle)
        ahead_y = seen.ahead[0] * math.sin(angle) + seen.ahead[1] * math.cos(angle)
        corners.append(plan.place(seen.at[0] + _LOOKS_M * ahead_x, seen.at[1] + _LOOKS_M * ahead_y))
    return "M" + "L".join(f"{short(x)} {short(y)}" for x, y in corners) + "Z"


def _in_words(seen: list[_Seen]) -> str:
    places = "; ".join(f"{each.name} at {each.at[0]:.2f}, {each.at[1]:.2f} m" for each in seen)
    return f"the devices from above: {places}"
