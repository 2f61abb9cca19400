"""What is played: which part of which recording, and what is refused because it would look like a take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.benches.playback import hidden_findings, plan_playback, playback
from kinect_sync.director.take import TakePlan
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding, Severity
from kinect_sync.review.inspection.examining import examine
from kinect_sync.takes.names import OCCUPIED
from tests.review.sets import LEFT, MASTER, RIGHT, Filmed, write_set
from tests.review.small_takes import color_rig


@pytest.mark.parametrize(
    ("filmed", "code", "accused"),
    [
        (
            (replace(MASTER, sdk=True), replace(LEFT, sdk=True, zero_s=4.0), RIGHT),
            "recording-unrelated",
            "left",
        ),
        ((MASTER, replace(LEFT, start_us=30_000_000), RIGHT), "recording-unrelated", "left"),
        ((MASTER, RIGHT), "recording-missing", "left"),
    ],
    ids=["started late", "another time", "not there"],
)
def test_what_no_pulse_ties_together_is_not_made_a_take_in_sync(
    tmp_path: Path, filmed: Sequence[Filmed], code: str, accused: str
) -> None:
    rig = color_rig()
    plan = TakePlan(rig=rig, directory=tmp_path)
    with pytest.raises(UsageError) as refused:
        plan_playback(plan, tmp_path, write_set(tmp_path / "set", filmed), fast=True)
    assert (code, accused) in [(each.code, each.device) for each in refused.value.findings]
    assert all("ksync inspect" in (each.remedy or "") for each in refused.value.findings)


def test_too_few_pulses_for_real_time_are_refused_with_the_way_to_play_them(tmp_path: Path) -> None:
    few = [replace(each, pulses=2) for each in (MASTER, LEFT, RIGHT)]
    rig = color_rig()
    plan, folder = TakePlan(rig=rig, directory=tmp_path), write_set(tmp_path / "set", few)
    with pytest.raises(UsageError, match="2 of the 3 pulses") as refused:
        plan_playback(plan, tmp_path, folder, fast=False)
    assert refused.value.findings[0].remedy == "play them with --fast"
    assert plan_playback(plan, tmp_path, folder, fast=True).plan.pulses == 2


def test_what_playing_hides_is_told(tmp_path: Path) -> None:
    inspection = examine([write_set(tmp_path / "set", [MASTER, LEFT])]).inspection
    parted = Finding(
        code="timing-free-running", device="left", what="its captures part", remedy="record again"
    )
    told = list(hidden_findings(inspection.model_copy(update={"findings": (parted,)})))
    assert [(each.device, each.severity) for each in told] == [("left", Severity.WARNING)]
    assert "in the recordings that are played" in told[0].what
    assert list(hidden_findings(inspection)) == []


def test_what_is_played_is_told_with_the_plan_and_its_folder_goes_with_the_context(tmp_path: Path) -> None:
    rig = color_rig()
    plan, folder = TakePlan(rig=rig, directory=tmp_path), write_set(tmp_path / "set", [MASTER, LEFT, RIGHT])
    with playback(plan, folder, fast=True) as played:
        programme = played.bench.programme
        assert [each.name for each in programme.directory.iterdir()] == [OCCUPIED]
        assert programme.source == MASTER.serial
        assert {serial: reel.path.name for serial, reel in programme.reels.items()} == {
            each.serial: f"{each.name}.mkv" for each in (MASTER, LEFT, RIGHT)
        }
    assert played.findings == ()
    assert not programme.directory.exists()
