"""A judgement as the numbers that are kept and printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kinect_sync.calibration.measures import (
    CameraMeasures,
    DeviceMeasures,
    Measures,
    Moment,
    PairMeasures,
)
from kinect_sync.calibration.solving import judgement as judged
from kinect_sync.calibration.solving.judgement import Judgement
from kinect_sync.calibration.solving.solution import Solution, SolvedDevice
from kinect_sync.calibration.views import Camera

_DIGITS = 4
"""Of a number in millimetres, pixels or degrees: more are noise."""


def measures_of(
    solution: Solution,
    judgement: Judgement,
    seconds_of: Callable[[int], float],
    gravity_deg: Mapping[str, float],
) -> Measures:
    """Return what a calibration was found to be worth."""
    return Measures(
        poses=judgement.poses,
        held_out=judgement.told_on,
        depth_mm=_short(judgement.depth_mm),
        depth_p90_mm=_short(judgement.depth_p90_mm),
        devices=tuple(
            _device(device, judgement.devices.get(name), gravity_deg.get(name))
            for name, device in solution.devices.items()
        ),
        pairs=tuple(_pair(pair) for pair in judgement.pairs),
        over_time={name: _moments(each, seconds_of) for name, each in judgement.moments.items()},
    )


def _device(
    device: SolvedDevice, measures: judged.DeviceMeasures | None, gravity_deg: float | None
) -> DeviceMeasures:
    if measures is None:
        return DeviceMeasures(name=device.name, gravity_deg=_short(gravity_deg))
    return DeviceMeasures(
        name=device.name,
        color=_camera(measures.cameras.get(Camera.COLOR)),
        depth=_camera(measures.cameras.get(Camera.DEPTH)),
        plane_mm=_short(measures.plane_mean_mm),
        plane_spread_mm=_short(measures.plane_spread_mm),
        factory_px=_short(measures.factory_px),
        solved_px=_short(measures.solved_px),
        factory_turn_deg=_short(device.factory_turn_deg if device.both_saw else None),
        factory_shift_mm=_short(device.factory_shift_mm if device.both_saw else None),
        gravity_deg=_short(gravity_deg),
    )


def _camera(measures: judged.CameraMeasures | None) -> CameraMeasures | None:
    if measures is None:
        return None
    return CameraMeasures(
        views=measures.views,
        coverage=round(measures.coverage, _DIGITS),
        residual_px=_short(measures.in_sample_px),
        held_out_px=_short(measures.left_out_px),
        held_out_ratio=_short(measures.left_out_ratio),
    )


def _pair(pair: judged.PairMeasures) -> PairMeasures:
    return PairMeasures(
        first=pair.first,
        second=pair.second,
        poses=pair.shared,
        sigma_mm=round(pair.sigma_mm, _DIGITS),
        sigma_deg=round(pair.sigma_deg, _DIGITS),
        depth_mm=_short(pair.depth_mm),
        depth_p90_mm=_short(pair.depth_p90_mm),
    )


def _moments(moments: Sequence[judged.Moment], seconds_of: Callable[[int], float]) -> tuple[Moment, ...]:
    return tuple(
        Moment(pulse=each.pulse, seconds=round(seconds_of(each.pulse), 3), px=round(each.px, _DIGITS))
        for each in moments
    )


def _short(number: float | None) -> float | None:
    return None if number is None else round(number, _DIGITS)
