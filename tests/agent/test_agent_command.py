"""`ksync agent` over the network, with real workers: agents that are killed, hang, end and come back."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from kinect_sync.benches.choice import Simulation
from kinect_sync.benches.simulation import simulate
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.timing.alignment import Entry
from kinect_sync.wire.hosts import LEASE_S
from kinect_sync.wire.messages import End, Exited, Finished, Progress, Ready, Stop
from tests.agent.network import HOST, AgentRun, agent_run, directing
from tests.agent.real import Directing
from tests.cli.commands import run_ksync, wait_until
from tests.studio.studios import MadeStudio

pytestmark = pytest.mark.realtime
FPS = 5
RIG = RigFields.model_validate(
    {
        "name": "alone",
        "topology": "standalone",
        "devices": [{"name": "front", "serial": "000123456712", "role": "standalone"}],
        "camera": {"color_resolution": "off", "depth_mode": "nfov_2x2binned", "fps": FPS},
    }
)
DEVICE = RIG.settings_of(RIG.devices[0])


@pytest.fixture
def bench(tmp_path: Path) -> Simulation:
    return simulate(RIG, tmp_path / "world")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[AgentRun]:
    with agent_run(tmp_path) as started:
        yield started


def told(director: Directing) -> list[Entry]:
    """The captures that the director knows of."""
    return [entry for each in director.said("w1", Progress) for entry in each.entries]


def wait_for_more(director: Directing) -> None:
    before = len(told(director))
    wait_until(lambda: len(told(director)) > before, "more captures are told")


def check_whole(run: AgentRun, director: Directing) -> None:
    """See that the file is whole, and that the director was told of each capture in it, once.

    A camera that nobody asks for a while drops some: pulses grow, and may have gaps.
    """
    entries = told(director)
    recording = read_recording(run.takes / "walk" / "front.mkv")
    assert recording.complete
    assert all(here.pulse < there.pulse for here, there in pairwise(entries))
    assert [each.depth_us for each in entries] == recording.depth_us.tolist()


def test_an_agent_that_hangs_or_is_killed_costs_nothing(run: AgentRun, bench: Simulation) -> None:
    agent = run.start()
    with directing(run) as director:
        director.record("w1", bench, DEVICE, "walk", None)
        wait_for_more(director)
        agent.process.send_signal(signal.SIGSTOP)
        time.sleep(LEASE_S + 1)  # what a worker that does not record would not survive
        agent.process.send_signal(signal.SIGCONT)
        wait_for_more(director)
        run.kill(agent)
        time.sleep(0.5)
        assert run.workers() == 1
        run.start()
        wait_for_more(director)
        assert "found w1 again" in run.said()
        director.tell("w1", End(pulse=told(director)[-1].pulse + FPS))
        director.wait_for("w1", Finished)
        director.tell("w1", Stop())
        assert director.wait_for("w1", Exited).code == 0
    check_whole(run, director)


def test_whoever_is_left_alone_ends_in_good_order_and_is_heard_later(
    run: AgentRun, bench: Simulation, tmp_path: Path
) -> None:
    agent = run.start("--orphan-limit", 6)
    with directing(run) as director:
        director.record("w1", bench, DEVICE, "walk", None)
        director.launch("idle", bench, None)
        director.wait_for("idle", Ready)
        wait_for_more(director)
        run.kill(agent)
        last = told(director)[-1].pulse
        wait_until(lambda: run.workers() <= 1, "the worker that does not record leaves")
        wait_until(lambda: run.workers() == 0, "the other one leaves at the orphan limit")
        assert read_recording(run.takes / "walk" / "front.mkv").complete
        run.start()
        assert director.wait_for("w1", Exited).code == 0
        assert director.wait_for("idle", Exited).code == 0
        assert director.said("w1", Finished)
        assert told(director)[-1].pulse > last + LEASE_S * FPS, "it stayed longer than the other one"
        wait_until(lambda: not any((run.folder / "state" / "workers").iterdir()), "both are forgotten")
    check_whole(run, director)


def test_an_agent_that_is_ended_says_what_goes_on_and_a_second_one_is_refused(
    run: AgentRun, bench: Simulation
) -> None:
    agent = run.start()
    with directing(run) as director:
        director.record("w1", bench, DEVICE, "walk", None)
        wait_for_more(director)
        second = run_ksync("agent", run.folder)
        assert (second.code, "agent-runs-already" in second.err) == (2, False)
        assert "an agent runs already with the folder" in second.err
        agent.process.send_signal(signal.SIGTERM)
        assert agent.process.wait() == 0
        (pid,) = (each.pid for each in agent.workers())
        assert (
            f"walk is recorded on; start the agent again to see to it; to end it now: kill {pid}"
            in run.said()
        )
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: run.workers() == 0, "it leaves in good order")
        assert read_recording(run.takes / "walk" / "front.mkv").complete


def test_who_is_refused_stands_in_what_the_agent_says(run: AgentRun) -> None:
    agent = run.start()
    wait_until(lambda: "lends simulated devices" in run.said(), "it runs")
    host = run.studio.agent(HOST).address
    with socket.create_connection((host.address, host.port)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        wait_until(lambda: "refused a connection: it speaks no TLS of ours" in run.said(), "it is told")
    agent.process.send_signal(signal.SIGTERM)
    out, _ = agent.process.communicate()
    assert (agent.process.returncode, out) == (0, b"")


def test_what_is_no_folder_of_an_agent_is_refused(tmp_path: Path) -> None:
    nowhere = run_ksync("agent", tmp_path / "nowhere")
    assert nowhere.code == 2
    assert "hosts add" in nowhere.err
    made = MadeStudio(tmp_path).add("host-b")
    (made.path / "state").write_text("a file in its place")
    refused = run_ksync("agent", made.path)
    assert refused.code == 2
    assert "can't be used" in refused.err


def test_a_take_ends_as_planned_without_agent(run: AgentRun, bench: Simulation) -> None:
    agent = run.start()
    with directing(run) as director:
        director.record("w1", bench, DEVICE, "walk", 3 * FPS)
        wait_until((run.takes / "walk" / "front.mkv").exists, "it was told to record")
        run.kill(agent)
        wait_until(lambda: run.workers() == 0, "it leaves")
        recording = read_recording(run.takes / "walk" / "front.mkv")
        assert recording.complete
        run.start()
        assert director.wait_for("w1", Exited).code == 0
    assert 2 * FPS <= told(director)[-1].pulse < 3 * FPS
    check_whole(run, director)
