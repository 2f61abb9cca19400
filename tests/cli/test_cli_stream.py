"""`ksync stream`: what it refuses, what it says, and rows of a rig in several languages."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.giving import Lines
from kinect_sync.benches.reading import Reading
from kinect_sync.cli import main
from kinect_sync.cli.stream_summary import show_stream
from kinect_sync.rig.modes import Role
from kinect_sync.streaming.addresses import LoopbackPort, SocketPath, Stdout
from kinect_sync.streaming.row_reader import Mode
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.stream_report import StreamDeviceReport, StreamReport
from tests.cli.commands import BUSY, CONFIGS, PATIENCE_S, ksync, wait_until
from tests.streaming.example_clients import c_command, javascript_command, python_command

RIG = CONFIGS / "daisy_chain_3.yaml"
SMALL = """
name: small
topology: daisy_chain
camera: {depth_mode: nfov_2x2binned, gain: 128}
devices:
  - {name: front, serial: "000123456712", role: master}
  - {name: left, serial: "000234567812", role: subordinate, depth_delay_off_color_usec: 160}
"""
Refused = Callable[..., str]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs a command that is refused; returns what it says."""

    def refuse(*arguments: object) -> str:
        assert main.run(["stream", *map(str, arguments)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        return said.err

    return refuse


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--to", "0.0.0.0:9000"), "127.0.0.1:9000"),
        (("--to", "tcp://studio-b/rows"), "`hosts:`"),
        (("--to", "-", "--json"), "both say what stdout is"),
        (("--name", "walk"), "--record"),
        (("--compress",), "--record"),
        (("--min-free", 9), "--record"),
        (("--duration", 1, "--captures", 30), "both say how long"),
        (("--fast",), "--playback"),
        (("--simulate", "--playback", "."), "both say what to record"),
        (("--patience", 0), "--patience"),
        (("--patience", "nan"), "--patience"),
        (("--patience", 5001), "--patience"),
        (("--captures", 0), "--captures"),
        (("--duration", "inf"), "--duration"),
        (("--mode", "oldest"), "--mode"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_starts(
    refused: Refused, arguments: tuple[object, ...], told: str
) -> None:
    assert told in refused(RIG, *arguments)


def test_a_terminal_is_no_place_for_images(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert "leave --to out for lines" in refused(RIG, "--to", "-")


def test_how_a_stream_went_is_told_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    device = StreamDeviceReport(
        name="front", serial="000123456712", role=Role.MASTER, captures=60, dropped=1, holes={"late": 1},
        lost=False, bias_us=0.0, jitter_us=1.5, drift_ppm=None, only_in_take=3, only_in_rows=0,
    )  # fmt: skip
    report = StreamReport(
        verdict=Verdict.INCOMPLETE, rig="pair", take="takes/walk", pulses=60, complete=59, duration_s=2.0,
        devices=(device,), before=3, given=47, missed=8, untaken=2, findings=(),
    )  # fmt: skip
    show_stream(report)
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == "incomplete: 59 of 60 pulses complete, 2.0 s"
    assert lines[2].split() == ["front", "master", "60", "1", "0.0", "1.5", "-", "1", "late"]
    assert lines[3:] == [
        "rows: 47 given, 3 before the first, 8 missed, 2 not asked for any more",
        "take: takes/walk",
        "captures that the take has and rows given lacked: 3 of front",
    ]
    show_stream(report, on_stderr=True)
    said = capsys.readouterr()
    assert said.out == ""
    assert "take: takes/walk" in said.err


@pytest.mark.parametrize(
    ("arguments", "outlet", "out", "err"),
    [
        ((), Lines(), "", "in sync: 60 of 60"),
        (("--quiet",), Lines(), "", ""),
        (("--to", "-"), Stdout(), "", "in sync: 60 of 60"),
        (("--json",), None, '{\n  "report": "stream"', ""),
        (("--to", "rows.sock"), SocketPath(Path("rows.sock")), "in sync: 60 of 60", "rows: where"),
        (("--to", "rows.sock", "--quiet"), SocketPath(Path("rows.sock")), "in sync: 60 of 60", ""),
        (("--to", "127.0.0.1:0", "--quiet"), LoopbackPort(0), "in sync: 60 of 60", "rows: where"),
    ],
)
def test_rows_have_stdout_or_the_report_has_it(
    arguments: tuple[str, ...],
    outlet: object,
    out: str,
    err: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def give(
        order: StreamOrder, reading: Reading, to: object, tell: Callable[[str], object], *, waits: bool
    ) -> Any:
        assert (to, order.keeps, order.ring, reading.mode, waits) == (outlet, False, 12, Mode.EVERY, False)
        if not isinstance(to, Lines | Stdout | None):
            tell("where")
        return StreamReport(verdict=Verdict.IN_SYNC, pulses=60, complete=60, given=60, findings=())

    monkeypatch.setattr("kinect_sync.cli.stream.give_rows", give)
    assert main.run(["stream", str(RIG), "--simulate", *arguments]) == 0
    said = capsys.readouterr()
    for told, begins in ((said.out, out), (said.err, err)):
        assert told.startswith(begins)
        assert bool(told) is bool(begins)


@pytest.mark.realtime
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes in /proc")
def test_programs_of_several_languages_get_the_rows_of_one_rig_until_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clients = {"python": python_command()}
    for name, make in (("c", lambda: c_command(tmp_path)), ("javascript", javascript_command)):
        with suppress(pytest.skip.Exception):  # the examples' own test tells what is missing
            clients[name] = make()
    monkeypatch.chdir(tmp_path)
    Path("rig.yaml").write_text(SMALL)
    arguments = ("rig.yaml", "--to", "rows.sock", "--simulate")
    with (
        ksync("stream", *arguments, "--json", "--max-drop-percent", 100) as command,
        ExitStack() as stack,
    ):
        wait_until(Path("rows.sock").exists, "somebody may come")
        programs = {name: _begin(stack, name, line) for name, line in clients.items()}
        assert main.run(["stream", *arguments]) == 2
        assert "another ksync stream gives rows at rows.sock" in capsys.readouterr().err
        wait_until(lambda: all(len(_lines(name)) > 10 for name in programs), "each has some rows")
        command.process.send_signal(signal.SIGINT)
        ended = command.finish()
        assert {program.wait(PATIENCE_S) for program in programs.values()} == {0}
    warned = [each["code"] for each in ended.report["findings"] if each["severity"] != "note"]
    assert {*warned} <= BUSY
    where, *told = ended.err.splitlines()
    assert (ended.code, where, len(told), ended.left) == (0, "rows: rows.sock", len(warned), []), ended.err
    assert (ended.report["report"], ended.report["verdict"]) == ("stream", "in_sync")
    assert not Path("rows.sock").exists()
    _check_rows({name: _lines(name) for name in programs}, ended.report["pulses"])


def _begin(stack: ExitStack, name: str, line: list[str]) -> subprocess.Popen[bytes]:
    """Start a client, which writes what it prints into a file."""
    output = stack.enter_context(Path(f"{name}.txt").open("wb"))  # noqa: SIM115
    program = subprocess.Popen([*line, "rows.sock"], stdout=output)
    stack.callback(program.kill)
    return program


def _lines(name: str) -> list[str]:
    return Path(f"{name}.txt").read_text().splitlines()


def _check_rows(told: dict[str, list[str]], pulses: int) -> None:
    """See that each pulse is the same to all, and that what each missed adds up."""
    seen: dict[int, str] = {}
    for lines in told.values():
        before = None
        for line in lines:
            count, depths = line.split(", ", 1)
            pulse, _, missed = count.split()
            assert before is None or int(pulse) == before + int(missed) + 1
            before = int(pulse)
            assert seen.setdefault(before, depths) == depths
            assert depths.startswith("front ")
        assert before is not None
        assert before < pulses
