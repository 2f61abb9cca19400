"""A rig whose workers run on hosts with clocks and folders of their own: the same take, index and verdict."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kinect_sync.benches.choice import BenchChoice
from kinect_sync.benches.launching import Assignment, assignment_text, process_environment
from kinect_sync.benches.simulation import simulation
from kinect_sync.director.device_state import Phase
from kinect_sync.director.link import Inbox, Link, Post, ProcessLink
from kinect_sync.director.observer import Observer, Snapshot
from kinect_sync.director.take import TakePlan, record_take
from kinect_sync.review.inspection.examining import examine
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.index_reader import TakeIndex, read_index
from kinect_sync.takes.manifest import TakeHost, TakeReport
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.values import Value
from kinect_sync.wire.messages import Ready
from tests.cli.commands import ALL
from tests.director.scripted import chain

pytestmark = pytest.mark.realtime

PULSES = 30
HOURS = {"front": 0.0, "left": 7.0, "right": -3.0}
"""By how much the clock of each device's host is ahead of the director's."""
HOSTS = {name: f"host-{name}" for name in ("left", "right")}
"""All but one: that is the director's own computer, whatever its name is."""
ROOT = Path(__file__).parents[2]


class Heard:
    """What is heard of a worker at a place, as by a link to another host."""

    def __init__(self, inbox: Post, place: str | None) -> None:
        self._inbox = inbox
        self._place = place

    def put(self, item: tuple[str, Value]) -> None:
        name, event = item
        if isinstance(event, Ready):
            event = event.model_copy(update={"place": self._place})
        self._inbox.put((name, event))


class Studio:
    """A host for each device, with a folder for takes."""

    def __init__(self, bench: BenchChoice, folder: Path) -> None:
        self._bench = bench
        self._folder = folder
        self.pids: dict[str, list[int]] = {name: [] for name in HOURS}

    def takes(self, device: str) -> Path:
        """The folder that takes are put into on a device's host."""
        return self._folder / f"host-{device}"

    def launch(self, device: str, inbox: Inbox) -> Link:
        self.takes(device).mkdir(exist_ok=True)
        assignment = assignment_text(Assignment(bench=self._bench, takes=self.takes(device)))
        host = [f"host-{device}", str(HOURS[device])]
        command = [sys.executable, "-m", "tests.director.elsewhere", assignment, *host]
        environment = process_environment() | {"PYTHONPATH": str(ROOT)}
        link = ProcessLink(device, command, Heard(inbox, HOSTS.get(device)), environment)
        self.pids[device].append(link.pid)
        return link


class Killer(Observer):
    """Ends the process of a device with SIGKILL when so many pulses are decided; sees when it is lost."""

    def __init__(self, studio: Studio, device: str, at_pulse: int) -> None:
        self._studio, self._device, self._at_pulse = studio, device, at_pulse
        self._done = False
        self.has_seen_it_lost = False

    def on_change(self, snapshot: Snapshot) -> None:
        if snapshot.pulses >= self._at_pulse and not self._done:
            self._done = True
            os.kill(self._studio.pids[self._device][0], signal.SIGKILL)
        self.has_seen_it_lost = any(
            each.name == self._device and each.phase is Phase.LOST for each in snapshot.devices
        )


def rig() -> RigFields:
    """Three devices with small depth images."""
    return chain(camera={"depth_mode": "nfov_2x2binned", "fps": 15})


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with simulation(rig()) as bench:
        yield Studio(bench, tmp_path)


def record(studio: Studio, directory: Path, killer: Killer | None = None) -> TakeReport:
    """Record some pulses, or until a device is lost that was killed."""
    pulses = PULSES if killer is None else None
    plan = TakePlan(rig=rig(), directory=directory, name="walk", pulses=pulses, reserve_bytes=0,
                    max_drop_percent=ALL)  # fmt: skip
    hosts = [TakeHost(name=host, computer=name, clock=f"the clock of {host}", system="",
                      machine="", ksync="") for name, host in HOSTS.items()]  # fmt: skip
    observers = [] if killer is None else [killer]
    return record_take(
        plan,
        studio.launch,
        stopping=lambda: any(each.has_seen_it_lost for each in observers),
        observers=observers,
        hosts=hosts,
    )


def collect(studio: Studio, take: Path) -> TakeIndex:
    """Bring the files of all hosts together, as one does before looking at a take."""
    for device in HOURS:
        shutil.move(studio.takes(device) / take.name / f"{device}.mkv", take)
    return read_index(take / "alignment.csv")


def test_hosts_hours_apart_make_the_take_that_one_host_makes(studio: Studio, tmp_path: Path) -> None:
    report = record(studio, tmp_path / "director")
    assert (report.verdict, report.pulses) == ("in_sync", PULSES), report.findings
    take = tmp_path / "director" / "walk"
    hosts = read_manifest(take).hosts
    assert [round(host.offsets[-1].offset_ns / 3.6e12) for host in hosts] == [-7, 3]
    for host in hosts:
        assert 0 < min(sample.uncertainty_ns for sample in host.offsets) < 1e9, "the first may be slow"
    assert sorted(path.name for path in take.iterdir()) == ["alignment.csv", "load.csv", "take.json"]
    index = collect(studio, take)
    whole = np.all([index.devices[name].capture >= 0 for name in HOURS], axis=0)
    arrivals = np.array([index.devices[name].host_ns[whole] for name in HOURS])
    assert np.ptp(arrivals, axis=0).max() < 600e9, "host times of one pulse are all the director's"
    found = examine([take], max_drop_percent=ALL).inspection
    assert (found.verdict, found.aligned_by) == ("in_sync", "take"), found.findings
    assert found.complete == report.complete == whole.sum() > 0


def test_what_a_dead_worker_had_written_is_asked_of_its_own_host(studio: Studio, tmp_path: Path) -> None:
    report = record(studio, tmp_path / "director", Killer(studio, "left", 10))
    assert report.verdict == "incomplete"
    assert [(each.code, each.device) for each in report.findings if each.code == "worker-died"] == [
        ("worker-died", "left")
    ]
    assert len(studio.pids["left"]) == 2, "another worker of the host told what the first had written"
    index = collect(studio, tmp_path / "director" / "walk").devices["left"]
    left = next(each for each in report.devices if each.name == "left")
    assert (index.capture >= 0).sum() == left.captures > 0
    found = examine([tmp_path / "director" / "walk"]).inspection
    assert next(each for each in found.devices if each.name == "left").captures == left.captures
