"""A take over three hosts, once it is collected, is what the same rig gives on one computer."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from kinect_sync.benches.launching import worker_launcher
from kinect_sync.benches.simulation import simulation
from kinect_sync.director.take import RecordedTake, TakePlan, record_take
from kinect_sync.findings import Finding
from kinect_sync.hosts.collecting import Collector
from kinect_sync.hosts.host_files import Patience
from kinect_sync.review.inspection.examining import examine
from kinect_sync.takes.mkv.reader import read_recording
from tests.director.scripted import chain
from tests.hosts.studios import AgentStudio

pytestmark = pytest.mark.realtime

PLACES = {"front": "host-a", "left": "host-b", "right": "host-c"}
MOST = 100.0
"""What a busy machine may lose without harm to what is tested, in percent."""
PULSES = 30
Key, Content = TypeVar("Key"), TypeVar("Content")
TRACKS = ("COLOR", "DEPTH", "IR")


def record_here(plan: TakePlan) -> RecordedTake:
    with simulation(plan.rig) as bench:
        launch = worker_launcher(bench, plan.directory)
        return record_take(plan, launch, stopping=lambda: False)


def record_elsewhere(plan: TakePlan, folder: Path) -> RecordedTake:
    """Record on three hosts, and collect."""
    with closing(AgentStudio(folder, PLACES)) as studio:
        with (
            simulation(plan.rig) as bench,
            studio.launcher(bench, plan.directory, plan.name) as (launch, hosts),
        ):
            report = record_take(plan, launch, stopping=lambda: False, hosts=hosts)
        line = studio.line.director(lambda host, heard: None, lambda host, there: None)
        collector = Collector(line, "walk", plan.directory / "walk", _explain, Patience(), {})
        collected = collector.collect(list(studio.hosts), lambda here, total: None)
    assert not collected.findings
    return report


def _explain(host: str) -> Finding:
    raise AssertionError(f"{host} can be reached")


def images(path: Path) -> dict[tuple[str, int], bytes]:
    """Every image by its track and device time."""
    content, recording = path.read_bytes(), read_recording(path)
    return {
        (name, time): content[at : at + size]
        for name in TRACKS
        for track in [recording.tracks[name]]
        for time, at, size in zip(
            track.timestamps_us.tolist(), track.offsets.tolist(), track.sizes.tolist(), strict=True
        )
    }


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "alignment.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def of_time(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Complete rows by the time of their pulse, without what counts from the beginning of the take."""
    counted = ("pulse", "capture", "host_ns")
    return {
        row["front.color_us"]: {name: text for name, text in row.items() if not name.endswith(counted)}
        for row in rows
        if not any(text for name, text in row.items() if name.endswith(".hole"))
    }


def assert_same(one: Mapping[Key, Content], three: Mapping[Key, Content]) -> None:
    """What both have is the same; they begin at one pulse or another, and a busy machine loses some."""
    both = one.keys() & three.keys()
    assert both
    assert {key: one[key] for key in both} == {key: three[key] for key in both}


def test_a_collected_take_is_that_of_one_computer(tmp_path: Path) -> None:
    rig = chain(camera={"depth_mode": "nfov_2x2binned", "fps": 15})
    folders = {}
    for name in ("one", "three"):
        plan = TakePlan(rig=rig, directory=tmp_path / name, name="walk", pulses=PULSES, reserve_bytes=0,
                        max_drop_percent=MOST)  # fmt: skip
        report = record_here(plan) if name == "one" else record_elsewhere(plan, tmp_path / "hosts")
        assert report.verdict == "in_sync", report.findings
        folders[name] = plan.directory / "walk"

    one, three = folders.values()
    assert {each.name for each in one.iterdir()} == {each.name for each in three.iterdir()}
    assert [list(row) for row in rows(one)] == [list(row) for row in rows(three)]
    assert_same(of_time(rows(one)), of_time(rows(three)))
    for device in PLACES:
        assert_same(images(one / f"{device}.mkv"), images(three / f"{device}.mkv"))
    inspections = [examine([folder], max_drop_percent=MOST).inspection for folder in (one, three)]
    assert [each.verdict for each in inspections] == ["in_sync", "in_sync"]
    found = {finding.code for each in inspections for finding in each.findings}
    assert found <= {"captures-sensor-dropped", "captures-not-recorded"}, "a busy machine loses some"
