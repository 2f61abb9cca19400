"""The hosts of a studio from a program: the reports of the commands, and errors where nobody can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import kinect_sync as ks
from kinect_sync.benches.simulation import simulate
from tests.agent.network import HOST, AgentRun, agent_run, directing
from tests.cli.commands import wait_until
from tests.studio.studios import MadeStudio

RIG = """
name: alone
topology: standalone
camera: {{color_resolution: "off", depth_mode: nfov_2x2binned}}
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


@pytest.mark.realtime
def test_a_take_that_was_left_alone_is_seen_and_ended(run: AgentRun, tmp_path: Path) -> None:
    studio = run.studio.director
    rig = ks.parse_rig(RIG.format(host=HOST, port=studio.studio.hosts[HOST].port))
    with directing(run) as director:
        settings = rig.settings_of(rig.devices[0])
        director.record("w1", simulate(rig, tmp_path / "world"), settings, "walk", None)
        wait_until(lambda: "front.mkv of walk is recorded" in run.said(), "it records")
        directed = ks.end_take("walk", studio=studio.path)
        assert [each.code for each in directed.findings] == ["take-commanded"]
    wait_until(lambda: "walk is recorded on" in run.said(), "the director is missed")
    listed = ks.list_hosts(rig, studio=studio.path)
    assert (listed.verdict, listed.rig) == ("good", "alone")
    assert [(host.name, take.take, take.devices) for host in listed.hosts for take in host.takes] == [
        (HOST, "walk", ("front",))
    ]
    ended = ks.end_take(tmp_path / "walk", studio=studio.path)
    assert (ended.verdict, [host.state for host in ended.hosts]) == ("good", ["ended"])


def test_where_there_is_nobody_to_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KSYNC_STUDIO", str(tmp_path / "director"))
    for ask in (ks.list_hosts, lambda: ks.end_take("walk")):
        with pytest.raises(ks.UsageError, match="there is no"):
            ask()
    MadeStudio(tmp_path)
    assert ks.list_hosts().hosts == ()
    assert [each.code for each in ks.end_take("walk").findings] == ["take-not-recorded"]
    with pytest.raises(ks.RigError, match=HOST):
        ks.list_hosts(ks.parse_rig(RIG.format(host=HOST, port=7447)))
