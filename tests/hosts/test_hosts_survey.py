"""What is looked at before a take, over several hosts: with agents, and workers that simulate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from kinect_sync.benches.launching import worker_launcher
from kinect_sync.benches.simulation import simulation, spread
from kinect_sync.benches.workplaces import looks_at
from kinect_sync.director.link import Launch
from kinect_sync.doctor.checkup import Checkup
from kinect_sync.doctor.rounds import EXAMINE_S, Rounds, check_up_hosts
from kinect_sync.errors import BenchError
from kinect_sync.hosts.session import Errand, HostsSession
from kinect_sync.rig.model import HERE, RigFields
from kinect_sync.survey.inventory import report_inventory
from kinect_sync.survey.jack_check import report_jacks
from kinect_sync.survey.pairwise import verify_pairs
from kinect_sync.survey.places import survey_places, watching_places
from kinect_sync.survey.verify import VerifyPlan
from kinect_sync.verdicts import Verdict
from tests.director.scripted import chain
from tests.hosts.studios import AgentStudio

pytestmark = pytest.mark.realtime

PLACES = {"front": HERE, "left": "host-b", "right": "host-c"}
HOSTS = {"host-b": {"address": "10.0.0.11"}, "host-c": {"address": "10.0.0.12"}}


def rig() -> RigFields:
    fields = chain(camera={"depth_mode": "nfov_2x2binned"}, hosts=HOSTS)
    devices = tuple(each.model_copy(update={"host": PLACES[each.name]}) for each in fields.devices)
    return fields.model_copy(update={"devices": devices})


@dataclass(frozen=True)
class Looking:
    """A director who leads the hosts, and what starts workers."""

    session: HostsSession
    launch: Launch
    looks: Mapping[str, Launch]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[AgentStudio]:
    with closing(AgentStudio(tmp_path, PLACES, through_json=True)) as studio:
        yield studio


@contextmanager
def looking(studio: AgentStudio, faults: Path | None = None) -> Iterator[Looking]:
    with simulation(rig(), faults) as bench, studio.session() as session:
        benches = spread(bench, PLACES)
        texts = {host: each.model_dump_json(by_alias=True) for host, each in benches.items()}
        elsewhere = {device: host for device, host in PLACES.items() if host != HERE}
        launch = session.launcher(elsewhere, Errand(texts), worker_launcher(benches[HERE]))
        yield Looking(session, launch, looks_at(benches, session))


def rounds(it: Looking, takes: Path) -> Checkup:
    return check_up_hosts(
        Rounds(
            rig=rig(),
            launches=it.looks,
            ask=lambda host, request: it.session.ask(host, request, EXAMINE_S),
            takes=takes,
            simulated=True,
        )
    )


def test_devices_of_all_hosts_are_one_bench(studio: AgentStudio) -> None:
    with looking(studio) as it:
        devices = survey_places(it.looks)
        with watching_places(it.looks, lambda: False, lambda _: None) as places:
            watched = [places.look(), places.look()]
    inventory, jacks = report_inventory(devices, rig()), report_jacks(watched[1], rig())
    assert (inventory.verdict, jacks.verdict) == (Verdict.GOOD, Verdict.GOOD), inventory.findings
    assert [(each.name, each.index, each.host) for each in inventory.devices] == [
        ("front", 0, None), ("left", 0, "host-b"), ("right", 0, "host-c"),
    ]  # fmt: skip
    assert [(each.name, each.host) for each in jacks.devices] == [
        ("front", None), ("left", "host-b"), ("right", "host-c"),
    ]  # fmt: skip


def test_a_host_that_is_lost_ends_the_survey_with_its_name(studio: AgentStudio) -> None:
    with looking(studio) as it:
        studio.line.cut("host-b")
        with pytest.raises(BenchError, match="`host-b`"):
            survey_places(it.looks)
        studio.line.heal("host-b")


def test_each_host_looks_at_itself_for_its_own_devices(studio: AgentStudio, tmp_path: Path) -> None:
    with looking(studio) as it:
        checkup = rounds(it, tmp_path / "here")
    assert checkup.verdict is not Verdict.FAILED, checkup.findings
    assert [each.host for each in checkup.hosts] == ["host-b", "host-c"]
    for host in checkup.hosts:
        told = {check.name: check.what for check in host.checks}
        assert str(studio.hosts[host.host].takes) in told["disk-space"], "its own disk"
        assert "every device of `lab` is connected" in told["devices"], "and its own devices"
    assert checkup.sections, "this computer has a device too"


def test_a_device_that_is_missing_is_missed_at_its_host(studio: AgentStudio, tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text("devices: {left: {missing: true}}")
    with looking(studio, faults) as it:
        checkup = rounds(it, tmp_path / "here")
    assert [each.verdict for each in (checkup, checkup.hosts[0])] == [Verdict.BAD, Verdict.BAD]
    (missing,) = [each for each in checkup.findings if each.code == "device-missing"]
    assert missing.device == "left"
    assert missing.what.startswith("`host-b`: ")


def test_pairs_are_verified_wherever_they_are(studio: AgentStudio) -> None:
    with looking(studio) as it:
        plan = VerifyPlan(rig=rig(), seconds=0.5)
        report = verify_pairs(plan, it.launch, stopping=lambda: False, looks=it.looks)
    assert [pair.subordinate for pair in report.pairs] == ["left", "right"]
    assert all(pair.heard for pair in report.pairs), report.findings
