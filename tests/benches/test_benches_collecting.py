"""What a collection amounts to: whom it asks, who is absent, and what take.json misses after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.benches.collecting import CollectPlan, collect_take, plan_collection
from kinect_sync.devices.file_lock import FileLock
from kinect_sync.errors import RigError, UsageError
from kinect_sync.hosts.collection import CollectReport
from kinect_sync.hosts.host_files import Patience
from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.repairing import repair
from kinect_sync.review.report.writing import write_report
from kinect_sync.takes.manifest import TakeHost
from kinect_sync.takes.manifest_file import read_manifest, write_manifest
from kinect_sync.takes.names import OCCUPIED
from kinect_sync.takes.opened_take import open_take
from kinect_sync.verdicts import Verdict
from tests.agent.scripted import Hosted
from tests.hosts.lines import InProcessLine, unreachable
from tests.review.exported import export
from tests.review.small_takes import make_take, small_rig
from tests.studio.studios import MadeStudio

HOSTS = {"host-b": {"address": "10.0.0.12"}, "host-c": {"address": "10.0.0.13"}}
PLACES = {"left": "host-b", "right": "host-c"}


def take_of_hosts(folder: Path) -> Path:
    """A take of three devices, two of which were recorded on other hosts."""
    make_take(folder, rig=small_rig(hosts=HOSTS))
    manifest = read_manifest(folder)
    hosts = tuple(
        TakeHost(name=name, computer=name, clock=name, system="Linux", machine="x86_64", ksync="1.0")
        for name in HOSTS
    )
    devices = tuple(
        each.model_copy(update={"host": PLACES.get(each.settings.name)}) for each in manifest.devices
    )
    write_manifest(folder, manifest.model_copy(update={"format": 2, "hosts": hosts, "devices": devices}))
    return folder


class Spread:
    """A take whose files are where they were written."""

    def __init__(self, folder: Path) -> None:
        self.folder = take_of_hosts(folder / "walk")
        self.whole = {each.name: each.read_bytes() for each in self.folder.iterdir()}
        self.line = InProcessLine()
        self.hosts = {host: Hosted(folder / host) for host in HOSTS}
        for device, host in (("left", "host-b"), ("right", "host-c")):
            there = self.hosts[host].takes / "walk"
            there.mkdir(parents=True)
            (self.folder / f"{device}.mkv").rename(there / f"{device}.mkv")
        for host in HOSTS:
            self.come(host)
        self.plan = CollectPlan(
            self.folder, tuple(HOSTS), self.line.director, unreachable, read_manifest(self.folder),
            Patience(limit_s=0.0), gather_s=0.0,
        )  # fmt: skip

    def come(self, host: str) -> None:
        self.line.agent(host, self.hosts[host].agent.answer)

    def collect(self) -> CollectReport:
        return collect_take(self.plan, lambda here, total: None)


@pytest.fixture
def spread(tmp_path: Path) -> Iterator[Spread]:
    made = Spread(tmp_path)
    yield made
    for host in made.hosts.values():
        host.close()


def test_a_collected_take_is_what_one_computer_would_have_written(spread: Spread) -> None:
    report = spread.collect()
    assert (report.verdict, report.findings) == (Verdict.COLLECTED, ())
    assert {each.name: each.read_bytes() for each in spread.folder.iterdir()} == spread.whole


def test_who_is_absent_is_named_and_so_is_what_is_still_there(spread: Spread) -> None:
    spread.line.cut("host-c")
    report = spread.collect()
    assert report.verdict is Verdict.INCOMPLETE
    assert [(each.code, each.device) for each in report.findings] == [
        ("collection-cut-off", None),
        ("file-elsewhere", "right"),
    ]
    assert "`host-c`" in report.findings[1].what
    spread.line.heal("host-c")
    assert spread.collect().verdict is Verdict.COLLECTED


def test_where_nobody_is_there_nothing_can_be_said(spread: Spread) -> None:
    for host in HOSTS:
        spread.line.cut(host)
    with pytest.raises(UsageError) as caught:
        spread.collect()
    assert [each.code for each in caught.value.findings] == ["collection-cut-off"] * 2


def test_a_folder_that_was_renamed_is_still_the_take_of_its_hosts(spread: Spread) -> None:
    moved = spread.folder.rename(spread.folder.with_name("walk-of-monday"))
    spread.plan = replace(spread.plan, folder=moved)
    assert spread.collect().verdict is Verdict.COLLECTED


def test_without_a_take_here_its_recordings_come_all_the_same(spread: Spread, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere" / "walk"
    report = collect_take(replace(spread.plan, folder=folder, manifest=None), lambda here, total: None)
    assert report.verdict is Verdict.COLLECTED
    assert sorted(each.name for each in folder.iterdir()) == ["left.mkv", "right.mkv"]


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    made = MadeStudio(tmp_path / "studio")
    for host, spec in (*HOSTS.items(), ("host-d", {"address": "10.0.0.14"})):
        made.add(host, spec["address"], 7447)
    return made.director.path


def test_hosts_are_those_of_the_rig_or_of_the_take_or_of_the_studio(studio: Path, tmp_path: Path) -> None:
    take = take_of_hosts(tmp_path / "walk")
    one = small_rig(hosts={"host-d": {"address": "10.0.0.14"}})
    assert plan_collection(take, studio, one).hosts == ("host-d",)
    assert plan_collection(take, studio, None).hosts == ("host-b", "host-c")
    assert plan_collection(tmp_path / "unknown", studio, None).hosts == ("host-b", "host-c", "host-d")


def test_a_host_that_the_studio_does_not_know_is_refused(studio: Path, tmp_path: Path) -> None:
    with pytest.raises(RigError, match="host-e"):
        plan_collection(tmp_path / "walk", studio, small_rig(hosts={"host-e": {"address": "10.0.0.15"}}))
    take = take_of_hosts(tmp_path / "walk")
    manifest = read_manifest(take)
    unknown = manifest.hosts[0].model_copy(update={"name": "host-e"})
    write_manifest(take, manifest.model_copy(update={"hosts": (*manifest.hosts, unknown)}))
    with pytest.raises(UsageError, match="host-e"):
        plan_collection(take, studio, None)


def test_what_nobody_heard_of_comes_into_the_index_with_the_files(spread: Spread) -> None:
    index = spread.folder / "alignment.csv"
    whole = index.read_text()
    index.write_text("".join(whole.splitlines(keepends=True)[:-2]))
    killed = read_manifest(spread.folder).model_copy(update={"state": "recording", "report": None})
    write_manifest(spread.folder, killed)
    spread.plan = replace(spread.plan, manifest=killed)

    spread.line.cut("host-c")
    assert spread.collect().verdict is Verdict.INCOMPLETE
    assert len(index.read_text().splitlines()) == len(whole.splitlines()) - 2

    spread.line.heal("host-c")
    report = spread.collect()
    assert (report.verdict, [each.code for each in report.findings]) == (
        Verdict.COLLECTED,
        ["index-completed"],
    )
    assert len(index.read_text().splitlines()) == len(whole.splitlines())


def test_nothing_comes_into_a_take_that_is_recorded_still(spread: Spread) -> None:
    """Its index would be written anew beside the one that its director writes."""
    killed = read_manifest(spread.folder).model_copy(update={"state": "recording", "report": None})
    write_manifest(spread.folder, killed)
    before = {each.name: each.read_bytes() for each in spread.folder.iterdir()}
    director = FileLock(spread.folder / OCCUPIED)
    assert director.acquire()
    with pytest.raises(UsageError) as caught:
        spread.collect()
    assert [each.code for each in caught.value.findings] == ["collection-runs"]
    director.remove()
    assert {each.name: each.read_bytes() for each in spread.folder.iterdir()} == before
    assert spread.collect().verdict is Verdict.COLLECTED


def test_a_take_whose_files_are_elsewhere_says_so(spread: Spread) -> None:
    findings = {each.device: each for each in examine([spread.folder]).inspection.findings}
    for device, host in PLACES.items():
        assert findings[device].code == "file-elsewhere"
        assert f"`{host}`" in findings[device].what
        assert f"`ksync hosts collect {spread.folder}`" in str(findings[device].remedy)
    assert [each.code for each in open_take(spread.folder).missing()] == ["file-elsewhere"] * 2
    with pytest.raises(UsageError) as caught:
        export(spread.folder, spread.folder.with_name("images"))
    assert {each.code for each in caught.value.findings} == {"file-elsewhere"}
    assert {each.code for each in repair([spread.folder], in_place=False).findings} == {"file-elsewhere"}
    assert write_report(spread.folder, spread.folder.with_name("page.html")).verdict is Verdict.INCOMPLETE
