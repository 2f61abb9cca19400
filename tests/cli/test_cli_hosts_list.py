"""`ksync hosts list` and `ksync hosts end` over this computer's network, with `ksync agent` as it runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kinect_sync.benches.simulation import simulate
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.mkv.reader import read_recording
from tests.agent.network import HOST, AgentRun, agent_run, directing
from tests.cli.commands import Ended, ksync, run_ksync, run_where_heard, wait_until
from tests.studio.studios import MadeStudio, free_port

pytestmark = pytest.mark.realtime
RIG = """
name: two-places
topology: standalone
hosts:
  {host}: {{address: 127.0.0.1, port: {port}}}
devices:
  - {{name: front, serial: "000123456712", role: standalone, host: {host}}}
"""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[AgentRun]:
    with agent_run(tmp_path) as started:
        started.start()
        wait_until(lambda: "lends simulated devices" in started.said(), "the agent is up")
        yield started


def hosts(run: AgentRun, *line: object) -> Ended:
    return run_ksync("hosts", *line, "--studio", run.studio.director.path)


def listed_hosts(run: AgentRun, *line: object) -> Ended:
    return run_where_heard(HOST, "hosts", "list", *line, "--studio", run.studio.director.path)


def codes(ended: Ended) -> list[str]:
    return [finding["code"] for finding in ended.report["findings"]]


def test_hosts_that_answer_are_off_and_refuse_are_told_apart(run: AgentRun, tmp_path: Path) -> None:
    run.studio.add("host-off")
    run.studio.add("host-foreign")
    port = run.studio.director.studio.hosts["host-foreign"].port
    foreign = MadeStudio(tmp_path / "other", "other").add("host-foreign", port=port)
    with ksync("agent", foreign.path, "--takes", tmp_path / "elsewhere") as other:
        assert other.process.stderr is not None
        assert b"lends the connected devices" in other.process.stderr.readline()
        listed = listed_hosts(run, "--json")
        shown = listed_hosts(run)
    assert (listed.code, codes(listed)) == (3, ["host-unreachable", "host-refused"]), listed.err
    there, off, refused = listed.report["hosts"]
    assert (there["name"], there["simulates"], there["director"], there["takes"]) == (HOST, True, None, [])
    assert (there["clock_offset_ns"], there["clock_uncertainty_ns"]) == (0, 0), "of the same computer"
    assert there["free_bytes"] > 0
    assert there["certificate_until"] > "2026"
    assert [each["problem"]["code"] for each in (off, refused)] == ["host-unreachable", "host-refused"]
    rows = shown.out.splitlines()
    assert "simulated" in rows[1]
    assert "host-unreachable" in rows[2]
    assert "host-refused" in rows[3]
    assert rows[4] == "studio studio: 1 of 3 hosts answer"


def test_the_hosts_of_a_rig_are_those_of_the_rig(run: AgentRun, tmp_path: Path) -> None:
    run.studio.add("host-off")
    rig = tmp_path / "rig.yaml"
    rig.write_text(RIG.format(host=HOST, port=run.studio.director.studio.hosts[HOST].port))
    listed = listed_hosts(run, rig, "--json")
    assert (listed.code, [host["name"] for host in listed.report["hosts"]]) == (0, [HOST])
    assert listed.report["rig"] == "two-places"
    rig.write_text(RIG.format(host="host-z", port=free_port()))
    assert codes(listed_hosts(run, rig, "--json")) == ["host-unknown"]


def test_a_take_whose_director_is_gone_is_listed_and_ended(run: AgentRun, tmp_path: Path) -> None:
    rig = RigFields.model_validate(
        {
            "name": "alone",
            "topology": "standalone",
            "devices": [{"name": "front", "serial": "000123456712", "role": "standalone"}],
            "camera": {"color_resolution": "off", "depth_mode": "nfov_2x2binned"},
        }
    )
    with directing(run) as director:
        director.record(
            "w1", simulate(rig, tmp_path / "world"), rig.settings_of(rig.devices[0]), "walk", None
        )
        wait_until(lambda: "front.mkv of walk is recorded" in run.said(), "it records")
        refused = hosts(run, "end", "walk", "--json")
        assert (refused.code, codes(refused)) == (2, ["take-commanded"])
    wait_until(lambda: "walk is recorded on, and ends in" in run.said(), "the director is missed")
    listed = listed_hosts(run, "--json")
    (take,) = listed.report["hosts"][0]["takes"]
    assert (listed.code, codes(listed), take["take"], take["devices"]) == (
        0,
        ["take-orphaned"],
        "walk",
        ["front"],
    )
    ended = hosts(run, "end", "takes/walk")
    assert ended.code == 0, ended.err
    assert [line.split()[:3] for line in ended.out.splitlines()] == [
        ["host", "take", "devices"], [HOST, "ended", "front"],
    ]  # fmt: skip
    assert "(process" in run.said().split("ends walk")[0]
    assert read_recording(run.takes / "walk" / "front.mkv").complete
    again = hosts(run, "end", "walk", "--json")
    assert (again.code, codes(again)) == (1, ["take-not-recorded"])


def test_a_computer_without_a_studio_is_told_so(tmp_path: Path) -> None:
    listed = run_ksync("hosts", "list", "--studio", tmp_path / "none", "--json")
    assert (listed.code, codes(listed)) == (2, ["studio-missing"])
