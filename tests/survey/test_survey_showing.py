"""A rig that is shown before a take: it runs as for a verification, and leaves files for a viewer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kinect_sync.director.observer import Observer, Snapshot
from kinect_sync.director.run import RunPlan
from kinect_sync.errors import Interrupted
from kinect_sync.rig.modes import Role, Topology
from kinect_sync.survey.framing import FramingReport, frame_devices, uncabled
from kinect_sync.survey.showing import show_rig
from kinect_sync.takes.index_reader import read_index
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.names import INDEX, LOAD, MANIFEST
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.messages import Arm, End, Open, Record, Stop
from tests.survey.answering import PULSES, QUICK, Bench, chain


class Watch(Observer):
    """Wants an end when some device has recorded so many captures."""

    def __init__(self, captures: int) -> None:
        self.captures = captures
        self.reached = False

    def on_change(self, snapshot: Snapshot) -> None:
        self.reached = self.reached or any(each.captures >= self.captures for each in snapshot.devices)


def plan(bench: Bench) -> RunPlan:
    """What takes long only where a device is deaf, however busy the machine is."""
    patient = QUICK.model_copy(update={"delivery_s": 20.0, "straggle_s": 20.0})
    return RunPlan(rig=bench.rig, patience=QUICK if bench.deaf else patient)


def show(bench: Bench, folder: Path, pulses: int | None = PULSES) -> object:
    return show_rig(plan(bench), folder, bench.launch, stopping=lambda: False, pulses=pulses)


def frame(bench: Bench, folder: Path, captures: int = PULSES) -> FramingReport:
    watch = Watch(captures)
    return frame_devices(plan(bench), folder, bench.launch, stopping=lambda: watch.reached, observers=[watch])


def test_a_rig_that_is_shown_publishes_and_keeps_no_file(tmp_path: Path) -> None:
    bench = Bench(chain())
    report = show_rig(plan(bench), tmp_path, bench.launch, stopping=lambda: False, pulses=PULSES)
    assert (report.verdict, report.pulses, report.complete) == (Verdict.GOOD, PULSES, PULSES)
    assert [(order.file, order.ring) for order in bench.sent(Record)] == [(None, 2)] * 3


def test_rows_holes_and_queues_are_in_files_like_those_of_a_take(tmp_path: Path) -> None:
    show(Bench(chain()), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((MANIFEST, INDEX, LOAD))
    manifest = read_manifest(tmp_path)
    assert (manifest.state, manifest.name, manifest.names) == ("recording", "lab", ["front", "left", "right"])
    assert len(read_index(tmp_path / INDEX)) == PULSES


def test_a_rig_that_is_out_of_sync_says_so_at_the_end(tmp_path: Path) -> None:
    bench = Bench(chain(), bias_us={"left": 400})
    report = show_rig(plan(bench), tmp_path, bench.launch, stopping=lambda: False, pulses=PULSES)
    assert report.verdict is Verdict.BAD
    assert [(each.code, each.device) for each in report.findings] == [("constant-bias", "left")]


def test_whoever_looks_ends_a_run_at_one_pulse(tmp_path: Path) -> None:
    bench, watch = Bench(chain()), Watch(PULSES)
    report = show_rig(plan(bench), tmp_path, bench.launch, stopping=lambda: watch.reached, observers=[watch])
    assert len({order.pulse for order in bench.sent(End)}) == 1
    assert report.pulses == PULSES


def test_a_rig_that_does_not_start_leaves_nothing_to_look_at(tmp_path: Path) -> None:
    bench = Bench(chain(), deaf=("left",))
    report = show_rig(plan(bench), tmp_path, bench.launch, stopping=lambda: False)
    assert ("device-silent", "left") in [(each.code, each.device) for each in report.findings]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_room_is_named(tmp_path: Path) -> None:
    bench = Bench(chain())
    report = show_rig(plan(bench), tmp_path / "none", bench.launch, stopping=lambda: False)
    assert [each.code for each in report.findings] == ["newest-unpublished"]
    assert report.verdict is Verdict.FAILED


# --- before there are cables -----------------------------------------------------------------------------


def test_without_cables_every_device_runs_by_itself(tmp_path: Path) -> None:
    bench = Bench(chain())
    report = frame(bench, tmp_path)
    assert (report.verdict, [each.captures for each in report.devices]) == (Verdict.GOOD, [PULSES] * 3)
    assert {order.settings.role for order in bench.sent(Open)} == {Role.STANDALONE}
    assert [(order.file, order.ring) for order in bench.sent(Record)] == [(None, 2)] * 3
    assert len(bench.sent(Stop)) == 3


def test_without_cables_nobody_judges_and_no_plug_is_looked_at(tmp_path: Path) -> None:
    bench = Bench(chain(), bias_us={"left": 5000})
    bench.found = [each.model_copy(update={"jacks": None}) for each in bench.found]
    assert frame(bench, tmp_path).verdict is Verdict.GOOD
    manifest = read_manifest(tmp_path)
    assert manifest.rig_fields is not None
    assert manifest.rig_fields.topology is Topology.STANDALONE
    assert len(read_index(tmp_path / INDEX)) == 0


def test_a_device_that_gives_nothing_costs_no_other_one_its_picture(tmp_path: Path) -> None:
    report = frame(Bench(chain(), deaf=("left",)), tmp_path)
    assert [(each.code, each.device) for each in report.findings] == [("device-late", "left")]
    assert [each.captures for each in report.devices] == [PULSES, 0, PULSES]
    assert report.verdict is Verdict.FAILED


@pytest.mark.parametrize("damage", [lambda bench: bench.found.pop(), lambda bench: bench.found.clear()])
def test_a_device_that_is_not_there_is_named_before_a_camera_starts(
    tmp_path: Path, damage: Callable[[Bench], object]
) -> None:
    bench = Bench(chain())
    damage(bench)
    assert "device-missing" in {each.code for each in frame(bench, tmp_path).findings}
    assert bench.sent(Arm) == []


def test_framing_that_is_interrupted_before_the_cameras_run_leaves_nothing_open(tmp_path: Path) -> None:
    bench = Bench(chain())
    with pytest.raises(Interrupted):
        frame_devices(plan(bench), tmp_path, bench.launch, stopping=lambda: bool(bench.sent(Open)))
    assert len(bench.sent(Stop)) == 3


def test_without_cables_delays_between_devices_mean_nothing() -> None:
    rig = chain()
    delayed = rig.devices[1].model_copy(
        update={"subordinate_delay_off_master_usec": 160, "depth_delay_off_color_usec": 320}
    )
    free = uncabled(rig.model_copy(update={"devices": (rig.devices[0], delayed)}))
    left = free.settings_of(free.devices[1])
    assert (left.role, left.subordinate_delay_off_master_usec) == (Role.STANDALONE, 0)
    assert left.depth_delay_off_color_usec == 320, "the lasers of one device stay where they were"
