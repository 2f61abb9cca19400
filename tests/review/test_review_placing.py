"""Devices placed in the world: by the calibrations that they give themselves as by those in recordings."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.review.chosen import open_recordings
from kinect_sync.review.fusing.placing import place_devices, place_recorded
from kinect_sync.review.recorded import context_of
from kinect_sync.rig.modes import ColorResolution, DepthMode
from kinect_sync.takes.opened_take import open_take
from tests.factory_calibration import make_calibration
from tests.review.fused import STANDING, UPRIGHT, calibration_of
from tests.review.small_takes import SERIALS, make_take

CALIBRATION = calibration_of({"front": UPRIGHT, "left": STANDING, "right": UPRIGHT})


def lenses_of(calibration: bytes, name: str) -> DeviceGeometry:
    factory = parse_calibration(calibration, name)
    return factory.in_mode(DepthMode.NFOV_2X2BINNED, ColorResolution.RES_720P)


def test_devices_are_where_they_are_whoever_tells_of_their_lenses(tmp_path: Path) -> None:
    take = open_take(make_take(tmp_path / "one", pulses=1))
    contexts = [context_of(name, each) for name, each in open_recordings(take, None).items()]
    lenses = {name: partial(lenses_of, make_calibration(serial), name) for name, serial in SERIALS.items()}
    placed = place_devices(SERIALS, lenses, CALIBRATION)
    assert placed == place_recorded(take, contexts, CALIBRATION)
    assert placed["left"].world_from_depth == STANDING
    assert {name: each.name for name, each in placed.items()} == {name: name for name in SERIALS}


def test_all_that_have_no_lenses_are_named_at_once() -> None:
    lenses = {name: partial(lenses_of, b"{}", name) for name in SERIALS}
    with pytest.raises(UsageError) as refused:
        place_devices(SERIALS, lenses, CALIBRATION)
    told = [(finding.code, finding.device) for finding in refused.value.findings]
    assert told == [("calibration-unusable", name) for name in SERIALS]
