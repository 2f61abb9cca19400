"""`ksync selftest` as it is typed: what it prints, where it goes on, and whom it asks."""

from __future__ import annotations

import io
import json
import signal
import zipfile
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from kinect_sync.cli.selftest_progress import ProgressWatcher
from kinect_sync.cli.selftest_result import show_result
from kinect_sync.errors import Interrupted
from kinect_sync.selftest.registry import find_steps
from kinect_sync.selftest.report import Outcome, SelftestReport, StepResult, findings_of_steps
from kinect_sync.verdicts import Verdict, verdict_of
from tests.cli.commands import CONFIGS, ksync, run_ksync, wait_until
from tests.cli.in_process import Run, make_run
from tests.selftest.invented import found

RIG = CONFIGS / "daisy_chain_3.yaml"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    return make_run(monkeypatch, capsys)


def test_the_list_names_every_step_and_makes_no_folder(run: Run, tmp_path: Path) -> None:
    done = run("selftest", RIG, "--list")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.splitlines()[1:]] == [step.name for step in find_steps()]
    assert done.out.count("it needs a hand") == 3
    assert list(tmp_path.iterdir()) == []


def test_a_step_is_done_and_goes_on_from_there(run: Run, tmp_path: Path) -> None:
    first = run("selftest", RIG, "--simulate", "--only", "bench")
    assert first.code == 0
    assert "1/1 bench: Are the devices" in first.err
    assert "+ bench: as expected" in first.err.replace("✓", "+")
    assert "as expected: daisy-chain-3: 1 as expected, 19 not done" in first.out
    assert "left: serial 000234567812" in first.out
    (later,) = [line for line in first.out.splitlines() if "not asked for yet: computer, open-close" in line]
    assert later.endswith("usb-plug, flash")
    folder = tmp_path / "selftest_daisy-chain-3"
    assert f"everything is in {folder.name}/{folder.name}.zip" in first.out
    assert zipfile.is_zipfile(folder / f"{folder.name}.zip")
    again = run("selftest", RIG, "--simulate", "--only", "bench", "--quiet")
    assert (again.code, again.err) == (0, "")


def test_another_length_is_another_self_test(run: Run) -> None:
    run("selftest", RIG, "--simulate", "--only", "bench")
    done = run("selftest", RIG, "--simulate", "--only", "bench", "--quick", "--json")
    assert (done.code, done.told) == (2, [("selftest-other-rig", None)])


def test_what_was_done_before_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    watcher = ProgressWatcher(Console(stderr=True), quiet=False)
    watcher.on_result(result(outcome=Outcome.AS_EXPECTED), kept=True)
    assert capsys.readouterr().err.strip().endswith("flash: as expected, known from before")
    watcher.on_result(result(outcome=Outcome.OTHERWISE), kept=True)
    again = "flash: otherwise, known from before; `--only flash` does it again"
    assert capsys.readouterr().err.strip().endswith(again)


def test_what_is_wrong_is_said_at_once_and_not_in_half_an_hour(capsys: pytest.CaptureFixture[str]) -> None:
    watcher = ProgressWatcher(Console(stderr=True), quiet=False)
    wrong = result(outcome=Outcome.OTHERWISE, findings=(found("jack-unplugged", "left"),))
    watcher.on_result(wrong, kept=False)
    assert capsys.readouterr().err.splitlines()[1:] == ["  left: it is as it is"]
    watcher.on_result(wrong, kept=True)
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.realtime
def test_an_interruption_keeps_what_was_done_and_leaves_nothing_running(tmp_path: Path) -> None:
    steps = ("--only", "bench", "--only", "silence")
    with ksync("selftest", RIG, "-o", "day", *steps, "--simulate", cwd=tmp_path) as command:
        notebook = tmp_path / "day" / "selftest.json"
        wait_until(
            lambda: notebook.exists() and "bench" in json.loads(notebook.read_text())["results"], "a step"
        )
        wait_until(command.workers, "the next one")
        command.process.send_signal(signal.SIGINT)
        ended = command.finish()
    assert (ended.code, ended.out, ended.left) == (130, "", [])
    assert "interrupted: what was done is kept in day" in ended.err
    assert list(json.loads(notebook.read_text())["results"]) == ["bench"]


def test_what_the_doctor_found_weighs_the_same_when_the_self_test_goes_on(tmp_path: Path) -> None:
    """Another process reads of it, which made no check itself."""
    steps = ("selftest", RIG, "-o", "day", "--only", "bench", "--simulate")
    assert run_ksync(*steps, cwd=tmp_path).code == 0
    notebook = tmp_path / "day" / "selftest.json"
    pages = json.loads(notebook.read_text())
    wrong = result(name="computer", outcome=Outcome.OTHERWISE, findings=(found("disk-speed"),))
    pages["results"]["computer"] = wrong.model_dump(mode="json")
    notebook.write_text(json.dumps(pages))
    again = run_ksync(*steps, cwd=tmp_path)
    assert (again.code, again.out.splitlines()[-2].partition(":")[0]) == (1, "not as expected")


# --- a terminal -------------------------------------------------------------------------------------------


def result(**told: Any) -> StepResult:
    plain = {"name": "flash", "question": "Is it seen?", "expected": "yes", "source": "a book"}
    return StepResult(**{**plain, "outcome": Outcome.NOT_DONE, **told})


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at_terminal(monkeypatch: pytest.MonkeyPatch, typed: str) -> tuple[ProgressWatcher, io.StringIO]:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    out = io.StringIO()
    return ProgressWatcher(
        Console(file=out, force_terminal=True, width=60, color_system=None), quiet=False
    ), out


@pytest.mark.parametrize(("typed", "agreed"), [("\n", True), ("s\n", False), ("SKIP\n", False), ("", False)])
def test_somebody_is_asked_and_may_leave_it_out(
    typed: str, agreed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher, out = at_terminal(monkeypatch, typed)
    hand = watcher.hand(lambda: False)
    assert hand is not None
    assert hand.ask("hold the light") is agreed
    assert "do: hold the light" in out.getvalue()


def test_an_end_that_is_asked_for_meanwhile_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher, _ = at_terminal(monkeypatch, "\n")
    hand = watcher.hand(lambda: True)
    assert hand is not None
    with pytest.raises(Interrupted):
        hand.ask("hold the light")


def test_nobody_is_asked_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert ProgressWatcher(Console(force_terminal=True), quiet=False).hand(lambda: False) is None
    monkeypatch.setattr("sys.stdin", Terminal())
    assert ProgressWatcher(Console(force_terminal=False), quiet=False).hand(lambda: False) is None


def shown(width: int, **options: Any) -> str:
    steps = (
        result(name="bench", outcome=Outcome.AS_EXPECTED, seen=("left: " + "serial and firmware " * 5,)),
        result(name="pairs", outcome=Outcome.OTHERWISE, findings=(found("selftest-unsettled", "left"),)),
        result(reason="it needs a hand"),
    )
    findings = findings_of_steps(steps)
    report = SelftestReport(
        verdict=verdict_of(findings),
        findings=findings,
        rig="studio",
        steps=steps,
        archive="a/" + "b" * 90 + ".zip",
    )
    out = io.StringIO()
    show_result(report, Console(file=out, width=width, color_system=None, **options))
    return out.getvalue()


def test_nothing_is_as_expected_where_nothing_was_done() -> None:
    report = SelftestReport(verdict=Verdict.GOOD, findings=(), rig="studio", steps=(result(reason="absent"),))
    out = io.StringIO()
    show_result(report, Console(file=out, width=100, color_system=None))
    assert out.getvalue().splitlines()[-1] == "nothing done: studio: 1 not done"


@pytest.mark.parametrize("width", [40, 200])
def test_no_letter_is_lost_on_a_terminal_of_any_width(width: int) -> None:
    text = shown(width, force_terminal=True)
    assert max(len(line) for line in text.splitlines() if "bbb" not in line) <= width
    flat = "".join(text.split())
    for told in ("serialandfirmware" * 5, "left:itisasitis", "notdone:itneedsahand", "b" * 90 + ".zip"):
        assert told in flat


def test_a_pipe_gets_one_line_of_each() -> None:
    lines = shown(80, force_terminal=False).splitlines()
    assert "  error: left: it is as it is" in lines
    assert any(line.endswith("serial and firmware ") or "serial and firmware" in line for line in lines)
