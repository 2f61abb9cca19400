"""What is looked at before a take, over `ksync agent` and the network of this computer."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinect_sync.rig.loading import load_rig
from tests.agent.network import HOST, AgentRun, agent_run
from tests.cli.commands import Ended, ksync, run_ksync, run_where_heard, wait_until
from tests.studio.studios import MadeStudio
from tests.virtual_k4a.bench import VirtualDevice
from tests.virtual_k4a.fixtures import MakeBench

pytestmark = pytest.mark.realtime
RIG = """
name: two-places
topology: daisy_chain
hosts:
  {host}: {{address: 127.0.0.1, port: {port}}}
camera: {{depth_mode: nfov_2x2binned}}
devices:
  - {{name: front, serial: "000123456712", role: master, host: here}}
  - {{name: left, serial: "000234567812", role: subordinate, host: {host}}}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentRun]:
    folder = tmp_path_factory.mktemp("studio")
    with agent_run(folder) as started:
        started.start()
        port = started.studio.director.studio.hosts[HOST].port
        (folder / "rig.yaml").write_text(RIG.format(host=HOST, port=port))
        wait_until(lambda: "lends simulated devices" in started.said(), "the agent is up")
        yield started


def survey(run: AgentRun, *line: object) -> Ended:
    return run_where_heard(HOST, *line, "--json", "--studio", run.studio.director.path)


def rig(run: AgentRun) -> Path:
    return run.log.parent / "rig.yaml"


def test_devices_and_jacks_of_a_host_stand_beside_those_of_this_computer(run: AgentRun) -> None:
    devices = survey(run, "devices", rig(run), "--simulate")
    assert devices.code == 0, devices.err
    assert [(each["name"], each["host"]) for each in devices.report["devices"]] == [
        ("front", None), ("left", HOST),
    ]  # fmt: skip
    jacks = survey(run, "check-jacks", rig(run), "--simulate")
    assert jacks.code == 0, jacks.err
    assert [each["host"] for each in jacks.report["devices"]] == [None, HOST]


def test_each_host_is_looked_at_by_its_own_doctor(run: AgentRun, tmp_path: Path) -> None:
    options = ("--studio", run.studio.director.path, "-o", tmp_path / "takes")
    shown = run_ksync("doctor", rig(run), "--simulate", *options)
    own, _, other = shown.out.partition(f"\n{HOST}\n")
    assert own.startswith("this computer\n"), shown.err
    assert str(tmp_path / "takes") in own
    assert str(run.takes) in other


def test_what_is_connected_where_becomes_a_rig_with_hosts(run: AgentRun, tmp_path: Path) -> None:
    output = tmp_path / "found.yaml"
    written = survey(run, "init", "--simulate", rig(run), "-o", output)
    assert written.code == 0, written.err
    found = load_rig(str(output)).rig
    assert [(device.serial, device.host) for device in found.devices] == [
        ("000123456712", "here"), ("000234567812", HOST),
    ]  # fmt: skip
    assert found.hosts == load_rig(str(rig(run))).rig.hosts


def test_pairs_are_verified_over_hosts(run: AgentRun) -> None:
    verified = survey(run, "verify", rig(run), "--simulate", "--pairwise", "--seconds", 0.5)
    (pair,) = verified.report["pairs"]
    assert (pair["subordinate"], pair["heard"]) == ("left", True), verified.err


def test_kinects_of_all_hosts_of_the_studio_become_a_rig(virtual_k4a: MakeBench, tmp_path: Path) -> None:
    front = VirtualDevice("000123456712", sync_out=True)
    left = VirtualDevice("000234567812", sync_in=True, fed_by=front.serial)
    bench = virtual_k4a([front, left])
    studio = MadeStudio(tmp_path / "studio")
    agent = studio.add(HOST)
    lent = {"environment": bench.environment(left.serial), "stderr": subprocess.PIPE}
    with ksync("agent", agent.path, "--takes", tmp_path / "takes", **lent) as lending:
        assert lending.process.stderr is not None
        assert b"lends the connected devices" in lending.process.stderr.readline()
        output = tmp_path / "found.yaml"
        written = run_ksync(
            "init", "--hosts", "-o", output, "--studio", studio.director.path,
            environment=bench.environment(front.serial),
        )  # fmt: skip
    assert written.code == 0, written.err
    found = load_rig(str(output)).rig
    assert [(device.serial, device.host) for device in found.devices] == [
        (front.serial, "here"), (left.serial, HOST),
    ]  # fmt: skip
    assert found.hosts[HOST].port == agent.card.port
