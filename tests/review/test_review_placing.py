"""Devices placed in the world: a live rig's, by what they tell themselves, as a take's by its recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.review.chosen import open_recordings
from kinect_sync.review.fusing.live_devices import LiveDevices, lenses_of, live_space
from kinect_sync.review.fusing.placing import place_recorded
from kinect_sync.review.recorded import context_of
from kinect_sync.takes.opened_take import open_take
from tests.factory_calibration import make_calibration
from tests.review.fused import STANDING, UPRIGHT, calibration_of, small_geometry
from tests.review.small_takes import SERIALS, color_rig, make_take, small_rig

CALIBRATION = calibration_of({"front": UPRIGHT, "left": STANDING, "right": UPRIGHT})
FACTORY = {name: make_calibration(serial) for name, serial in SERIALS.items()}
SETTINGS = [small_rig().settings_of(device) for device in small_rig().devices]


def test_devices_are_where_they_are_whoever_tells_of_their_lenses(tmp_path: Path) -> None:
    take = open_take(make_take(tmp_path / "one", pulses=1))
    contexts = [context_of(name, each) for name, each in open_recordings(take, None).items()]
    placed = LiveDevices(SETTINGS, FACTORY.get, CALIBRATION).place(tuple(SERIALS))
    assert placed == place_recorded(take, contexts, CALIBRATION)
    assert placed["left"].world_from_depth == STANDING
    assert {name: each.name for name, each in placed.items()} == {name: name for name in SERIALS}


def test_live_devices_give_what_they_are_started_with() -> None:
    live = LiveDevices(SETTINGS, FACTORY.get, CALIBRATION)
    assert live.tracks(["front"]) == {"front": ("COLOR", "DEPTH", "IR")}
    colors = [color_rig().settings_of(device) for device in color_rig().devices]
    assert LiveDevices(colors, FACTORY.get, CALIBRATION).tracks(["left"]) == {"left": ("COLOR",)}
    assert lenses_of(SETTINGS[0], FACTORY["front"]) == small_geometry()


def test_all_that_tell_nothing_of_their_lenses_are_named_at_once() -> None:
    told = {"front": b"{}", "left": None, "right": FACTORY["right"]}
    with pytest.raises(UsageError) as refused:
        LiveDevices(SETTINGS, told.get, CALIBRATION).place(tuple(SERIALS))
    found = [(finding.code, finding.device) for finding in refused.value.findings]
    assert found == [("calibration-unusable", "front"), ("calibration-missing", "left")]


def test_who_knows_nothing_of_where_cameras_stand_is_told_the_next_step() -> None:
    with pytest.raises(UsageError, match="nobody said where") as refused:
        live_space(SETTINGS, FACTORY.get, None)
    (finding,) = refused.value.findings
    assert finding.code == "rig-calibration-missing"
    assert "ksync calibrate" in str(finding.remedy)
