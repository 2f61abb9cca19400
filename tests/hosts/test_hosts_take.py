"""A take over several hosts, with agents and worker processes, whatever fails."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from kinect_sync.benches.simulation import simulation
from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.director import absent_hosts
from kinect_sync.director.device_state import Phase
from kinect_sync.director.observer import Observer, Snapshot
from kinect_sync.director.take import RecordedTake, TakePlan, record_take
from kinect_sync.errors import BenchError
from kinect_sync.hosts.ending import EndedTake, end_take, find_take
from kinect_sync.hosts.roll_call import calling
from kinect_sync.review.inspection.examining import examine
from kinect_sync.rig.model import HERE, RigFields
from tests.cli.commands import wait_until
from tests.director.scripted import chain
from tests.hosts.lines import unreachable
from tests.hosts.studios import AgentStudio

pytestmark = pytest.mark.realtime

PLACES = {"front": HERE, "left": "host-b", "right": "host-c"}
MOST = 100.0
"""Percent of the pulses that a busy machine may lose."""
Step = tuple[float, Callable[[], object]]
"""For how long to wait after the step before, and what to do then."""


def rig() -> RigFields:
    return chain(camera={"depth_mode": "nfov_2x2binned"})


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[AgentStudio]:
    with closing(AgentStudio(tmp_path, PLACES, through_json=True)) as studio:
        yield studio


class Steps(Observer):
    """Does one thing after the other while a take is recorded."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.left = list(steps)
        self._since_s = 0.0

    def on_change(self, snapshot: Snapshot) -> None:
        if self.left and snapshot.take is not None and snapshot.elapsed_s >= self._since_s + self.left[0][0]:
            self._since_s = snapshot.elapsed_s
            self.left.pop(0)[1]()


def stop() -> None:
    """Do nothing: a take ends when all is done."""


def record(studio: AgentStudio, folder: Path, *steps: Step, pulses: int | None = None) -> RecordedTake:
    """Record so many pulses, or until all is done."""
    plan = TakePlan(rig=rig(), directory=folder / "here", name="walk", pulses=pulses, reserve_bytes=0,
                    max_drop_percent=MOST)  # fmt: skip
    with simulation(plan.rig) as bench, studio.launcher(bench, plan.directory, "walk") as (launch, hosts):
        at = Steps(steps)
        stopping = (lambda: not at.left) if steps else (lambda: False)
        return record_take(plan, launch, stopping=stopping, observers=[at], hosts=hosts)


def index(folder: Path) -> list[dict[str, str]]:
    with (folder / "here" / "walk" / "alignment.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def codes(report: RecordedTake) -> list[str]:
    return [finding.code for finding in report.findings if "drop" not in finding.code]


def test_a_take_is_where_its_devices_are_and_never_over_another(studio: AgentStudio, tmp_path: Path) -> None:
    report = record(studio, tmp_path, pulses=30)
    assert (report.pulses, [device.host for device in report.devices]) == (30, [None, "host-b", "host-c"])
    assert len(index(tmp_path)) == 30
    assert [path.name for path in (tmp_path / "host-b" / "takes" / "walk").iterdir()] == ["left.mkv"]
    assert not (tmp_path / "here" / "walk" / "left.mkv").exists()
    (tmp_path / "here" / "walk").rename(tmp_path / "here" / "moved")
    with pytest.raises(Exception, match="exists on this host"):
        record(studio, tmp_path, pulses=5)


def test_a_host_that_is_lost_in_the_start_ends_it_and_no_camera_stays_open(
    studio: AgentStudio, tmp_path: Path
) -> None:
    plan = TakePlan(rig=rig(), directory=tmp_path / "here", name="walk", reserve_bytes=0)

    class Cutter(Observer):
        def on_change(self, snapshot: Snapshot) -> None:
            if snapshot.devices[1].phase is Phase.WAITING:
                studio.line.cut("host-b")

    with simulation(plan.rig) as bench:
        with (
            studio.launcher(bench, plan.directory, "walk") as (launch, _),
            pytest.raises(BenchError) as ended,
        ):
            record_take(plan, launch, stopping=lambda: False, observers=[Cutter()])
        assert [finding.code for finding in ended.value.findings] == ["host-lost"]
        assert "`host-b` with `left`" in ended.value.findings[0].what
        looking = SimulatedBench(bench.world)
        wait_until(lambda: all(each.serial for each in looking.discover()), "every camera is closed")
    assert not (tmp_path / "here" / "walk").exists()


def test_a_host_that_stays_away_records_on_to_its_limit_and_its_file_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absent_hosts, "HEAL_S", 0.5)
    with closing(AgentStudio(tmp_path, PLACES, orphan_limit_s=5.0)) as studio:
        report = record(studio, tmp_path, (1.0, lambda: studio.line.cut("host-b")), (1.0, stop))
        assert (report.verdict, codes(report)) == ("incomplete", ["host-lost"]), report.findings
        rows = index(tmp_path)
        assert {row["left.hole"] for row in rows[-15:]} == {"late"}
        host = studio.hosts["host-b"]
        wait_until(lambda: any("has ended walk" in line for line in host.said), "its file is closed")
    told = next(device for device in report.devices if device.name == "left")
    assert (told.lost, told.captures) == (True, len([row for row in rows if not row["left.hole"]]))
    found = examine([host.takes / "walk"], max_drop_percent=MOST).inspection
    (left,) = found.devices
    assert left.captures > told.captures + 30, "what it recorded alone"
    assert [finding.code for finding in found.findings if finding.severity == "error"] == []


def test_a_take_whose_director_is_gone_is_ended_in_good_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absent_hosts, "HEAL_S", 0.5)
    with closing(AgentStudio(tmp_path, PLACES, through_json=True)) as studio:
        record(studio, tmp_path, (1.0, lambda: studio.line.cut("host-b")), (1.0, stop))
        studio.line.heal("host-b")
        wait_until(lambda: is_ended(end(studio, running=False)), "its director is gone for three seconds")
        host = studio.hosts["host-b"]
        wait_until(lambda: any("has left" in line for line in host.said), "its worker has left")
        assert "pc2 ends walk" in host.said
        found = examine([host.takes / "walk"], max_drop_percent=MOST).inspection
        assert [finding.code for finding in found.findings if finding.severity == "error"] == []


def test_a_take_that_is_ended_on_one_host_by_somebody_else_goes_on_elsewhere(tmp_path: Path) -> None:
    ended: list[EndedTake] = []
    with closing(AgentStudio(tmp_path, PLACES)) as studio:

        def end_on_b() -> None:
            ended.extend(end(studio, running=running) for running in (False, True))

        report = record(studio, tmp_path, (1.0, end_on_b), (2.0, stop))
    assert [[finding.code for finding in each.findings] for each in ended] == [["take-commanded"], []]
    assert [host.state for each in ended for host in each.hosts] == ["not_ended", "ended"]
    captures = {device.name: device.captures for device in report.devices}
    assert captures["right"] > captures["left"] + 15
    assert not any(device.lost for device in report.devices), report.findings


def end(studio: AgentStudio, *, running: bool) -> EndedTake:
    """End the take on host-b, as somebody else does."""
    with calling(studio.line.director, unreachable) as roll:
        found = find_take(roll, ["host-b"], "walk")
        return end_take(roll, found, by="pc2", running=running, rest=time.sleep)


def is_ended(report: EndedTake) -> bool:
    return [host.state for host in report.hosts] == ["ended"]
