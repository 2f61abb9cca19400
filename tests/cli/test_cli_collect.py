"""`ksync hosts collect` over Zenoh: real certificates, agents in this process, the command in its own."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from kinect_sync.network.lines import agent_line
from kinect_sync.review.inspection.examining import examine
from kinect_sync.takes.manifest import TakeHost
from kinect_sync.takes.manifest_file import read_manifest, write_manifest
from kinect_sync.wire.files import ReadFile
from kinect_sync.wire.hosts import Envelope
from kinect_sync.wire.lines import Answered
from tests.agent.network import HOST, agent_run
from tests.agent.scripted import Hosted
from tests.cli.commands import ALL, BUSY, ksync, run_ksync, wait_until
from tests.cli.crowd import fresh_folders
from tests.review.small_takes import make_take
from tests.studio.studios import MadeStudio

pytest.importorskip("zenoh", reason="rigs over several hosts need kinect-sync[hosts]")

LARGE = bytes(64 << 20)
AWAY = {"collection-cut-off", "host-lost", "host-silent", "host-unreachable"}
"""What is told of a host whose agent stands still for some seconds."""


class Served:
    """A studio of one host, whose agent serves the recordings of a take."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.studio = MadeStudio(folder / "studio")
        card = self.studio.add("host-b")
        self.take = make_take(folder / "here" / "walk")
        self.whole = {each.name: each.read_bytes() for each in self.take.iterdir()}
        self.hosted = Hosted(folder / "host-b")
        stack.callback(self.hosted.close)
        self.there = self.hosted.takes / "walk"
        self.there.mkdir(parents=True)
        for name in ("left.mkv", "right.mkv"):
            (self.take / name).rename(self.there / name)
        self.allowed: threading.Semaphore | None = None
        """How many parts of files are read on; None for all."""
        stack.enter_context(closing(agent_line(card, self._answer)))

    def _answer(self, envelope: Envelope) -> Answered:
        if isinstance(envelope.request, ReadFile) and envelope.request.offset and self.allowed is not None:
            self.allowed.acquire()
        return self.hosted.agent.answer(envelope)

    def arguments(self) -> tuple[object, ...]:
        return ("hosts", "collect", self.take, "--studio", self.studio.director.path)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with ExitStack() as stack:
        yield Served(tmp_path, stack)


def test_files_come_over_the_network_and_the_take_is_whole(served: Served) -> None:
    ended = run_ksync(*served.arguments(), "--json")
    assert (ended.code, ended.report["verdict"]) == (0, "collected"), ended.err
    assert {each["file"]: each["outcome"] for each in ended.report["files"]} == {
        "left.mkv": "collected",
        "right.mkv": "collected",
    }
    assert {each.name: each.read_bytes() for each in served.take.iterdir()} == served.whole
    again = run_ksync(*served.arguments())
    assert (again.code, again.out) == (0, f"take: {served.take}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends a process no Ctrl-C of its own")
def test_ctrl_c_keeps_what_came(served: Served) -> None:
    (served.there / "left.mkv").write_bytes(LARGE)
    served.allowed = allowed = threading.Semaphore(0)
    part = served.take / "left.mkv.part"
    with ksync(*served.arguments()) as command:
        wait_until(lambda: part.exists() and part.stat().st_size >= 1 << 20, "a part has come")
        command.process.send_signal(signal.SIGINT)
        wait_until(lambda: allowed.release() or command.process.poll() is not None, "it has ended")
        assert command.finish().code == 130
    served.allowed = None
    assert part.exists()
    assert run_ksync(*served.arguments()).code == 0
    assert (served.take / "left.mkv").read_bytes() == LARGE


def test_what_differs_is_told_and_kept(served: Served) -> None:
    (served.take / "left.mkv").write_bytes(b"mine")
    ended = run_ksync(*served.arguments(), "--json")
    assert (ended.code, ended.report["verdict"]) == (1, "incomplete")
    assert [each["code"] for each in ended.report["findings"]] == ["file-differs"]
    assert (served.take / "left.mkv").read_bytes() == b"mine"


def test_without_a_studio_the_next_step_is_said(served: Served, tmp_path: Path) -> None:
    ended = run_ksync("hosts", "collect", served.take, "--studio", tmp_path / "none", "--json")
    assert (ended.code, ended.report["verdict"]) == (2, "refused")
    assert [each["code"] for each in ended.report["findings"]] == ["studio-missing"]


def test_an_inspection_needs_no_images(served: Served) -> None:
    manifest = read_manifest(served.take)
    host = TakeHost(name="host-b", computer="b", clock="b", system="Linux", machine="x86_64", ksync="1.0")
    devices = tuple(
        each.model_copy(update={"host": None if each.settings.name == "front" else "host-b"})
        for each in manifest.devices
    )
    write_manifest(
        served.take, manifest.model_copy(update={"format": 2, "hosts": (host,), "devices": devices})
    )
    inspecting = ("inspect", served.take, "--studio", served.studio.director.path, "--json")
    before = run_ksync(*inspecting)
    assert (before.code, [each["code"] for each in before.report["findings"]]) == (0, ["file-elsewhere"] * 2)
    assert {each.name for each in served.take.glob("*.mkv")} == {"front.mkv"}
    assert run_ksync(*served.arguments()).code == 0
    after = run_ksync(*inspecting)
    assert {**after.report, "findings": []} == {**before.report, "findings": []}
    (served.take / "left.mkv").unlink()
    alone = run_ksync("inspect", served.take, "--studio", served.take, "--json")
    assert (alone.code, [each["code"] for each in alone.report["findings"]]) == (1, ["file-elsewhere"])


RIG = """
name: two-places
topology: daisy_chain
camera: {{depth_mode: nfov_2x2binned}}
hosts:
  {host}: {{address: 127.0.0.1, port: {port}}}
devices:
  - {{name: front, serial: "000123456712", role: master, host: here}}
  - {{name: left, serial: "000234567812", role: subordinate, host: {host}, depth_delay_off_color_usec: 160}}
"""


@pytest.mark.realtime
def test_a_take_may_be_collected_as_soon_as_it_is_over(tmp_path: Path) -> None:
    with agent_run(tmp_path) as run:
        run.start()
        port = run.studio.director.studio.hosts[HOST].port
        rig = tmp_path / "rig.yaml"
        rig.write_text(RIG.format(host=HOST, port=port))
        wait_until(lambda: "lends simulated devices" in run.said(), "the agent is up")
        for take in fresh_folders(tmp_path / "here"):
            ended = run_ksync(
                "start", rig, "--simulate", "--duration", 1, "--collect", "--json", "--max-drop-percent", ALL,
                "--studio", run.studio.director.path, "--name", take.name, "-o", take.parent,
            )  # fmt: skip
            if not {each["code"] for each in ended.report["findings"]} & AWAY:
                break
    assert (ended.code, ended.report["verdict"]) == (0, "in_sync"), ended.err
    assert (take / "left.mkv").read_bytes() == (run.takes / take.name / "left.mkv").read_bytes()
    inspection = examine([take], max_drop_percent=ALL).inspection
    assert inspection.pulses == ended.report["pulses"]
    assert {each.code for each in inspection.findings} <= BUSY
