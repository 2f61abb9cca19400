"""`ksync start` when processes are killed, stopped or told to end, when nobody listens, and without a disk.

Each scenario is a run of the real command with simulated cameras. They run side by side, as most of each is
waiting; a test is the name of one and its result.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import CONFIGS, Command, Ended, count_rows, ksync, run_ksync, wait_until
from tests.cli.crowd import Crowd, asked_for
from tests.cli.read_back import (
    STRAINED,
    Recorded,
    Take,
    check_bookkeeping,
    read_load_rows,
    read_recorded,
    read_rows,
    read_take,
)

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes in /proc"),
]

NAMES = ("front", "left", "right")
RIG = CONFIGS / "daisy_chain_3.yaml"
Scenario = Callable[[Path], None]
SCENARIOS: list[Scenario] = []


def scenario(function: Scenario) -> Scenario:
    """Enter a scenario into the list of tests."""
    SCENARIOS.append(function)
    return function


def arguments(directory: Path, *more: object, rig: object = RIG) -> list[object]:
    """A take named `take` in the scenario's directory, of the rig to start from."""
    return ["start", rig, "-o", directory, "--name", "take", *more, "--simulate"]


def armed_for_long(directory: Path) -> list[object]:
    """A start that never comes to record: its trigger is waited for longer than any of this takes."""
    trigger = CONFIGS / "external_trigger.yaml"
    return [*arguments(directory, rig=trigger), CONFIGS / "faults" / "trigger-silent.yaml"]


@contextmanager
def recording(directory: Path, *more: object, rows: int = 15, **options: Any) -> Iterator[Command]:
    """A run that goes on until it is told otherwise, once some rows of it are in the index."""
    with ksync(*arguments(directory, "--json", "--quiet", *more), **options) as command:
        wait_until(
            lambda: count_rows(directory / "take") >= rows or command.process.poll() is not None, "it records"
        )
        yield command


def reported_captures(directory: Path) -> dict[str, int]:
    """How many captures of each device stand in the index, each of which was written before."""
    rows = read_rows(directory / "take" / "alignment.csv")
    return {name: sum(row[name].capture is not None for row in rows) for name in NAMES}


def is_complete(directory: Path, name: str) -> bool:
    from kinect_sync.takes.mkv.reader import read_recording

    return read_recording(directory / "take" / f"{name}.mkv").complete


def finished_take(directory: Path, ended: Ended) -> Take:
    """Read a take that came to its end, and see that the command has said what it says."""
    assert ended.left == []
    take = read_take(directory / "take")
    check_bookkeeping(take)
    assert take.printed == ended.report
    return take


def whole_files(directory: Path) -> dict[str, Recorded]:
    """Read every file of a take that nobody finished; each begins with the same pulse."""
    files = {name: read_recorded(directory / "take" / f"{name}.mkv") for name in NAMES}
    assert len({recorded.pulses[0] for recorded in files.values()}) == 1
    return files


def lost_to_load(take: Take, name: str) -> set[int]:
    return {pulse for pulse, hole in take.holes(name).items() if hole in STRAINED}


def check_end_at_one_pulse(take: Take) -> None:
    """See that all files end together, but for captures that the machine lost."""
    last = take.begin + len(take.rows) - 1
    for name, recorded in take.files.items():
        lost = lost_to_load(take, name)
        assert recorded.pulses == [n for n in range(take.begin, last + 1) if n not in lost], name
        assert set(take.holes(name)) == lost


def verdict_of(take: Take) -> tuple[int, str]:
    """What a take whose only fault can be a slow machine must come to."""
    dropped = max(len(take.holes(name)) for name in take.files)
    return (0, "in_sync") if dropped <= len(take.rows) / 100 else (1, "incomplete")


# --- kill -9 ----------------------------------------------------------------------------------------------


@scenario
def killing_a_worker_costs_its_device_only(directory: Path) -> None:
    with recording(directory) as command:
        os.kill(command.worker_of("left").pid, signal.SIGKILL)
        rows = count_rows(directory / "take")
        wait_until(lambda: count_rows(directory / "take") >= rows + 30, "the others go on")
        command.process.send_signal(signal.SIGINT)
        ended = command.finish()
    take = finished_take(directory, ended)
    assert (ended.code, ended.report["verdict"]) == (1, "incomplete")
    codes = [(each["code"], each["device"]) for each in ended.report["findings"] if each["device"] == "left"]
    assert ("worker-died", "left") in codes
    assert not is_complete(directory, "left")
    last = take.files["left"].pulses[-1]
    assert set(take.holes("left").values()) - STRAINED == {"device_lost"}
    for name in ("front", "right"):
        assert is_complete(directory, name)
        assert len(take.files[name].pulses) + len(lost_to_load(take, name)) == len(take.rows)
        assert take.files[name].pulses[-1] > last


@scenario
def killing_the_parent_lets_every_worker_close_its_file(directory: Path) -> None:
    with recording(directory) as command:
        assert len(command.workers()) == 3
        command.process.kill()
        command.process.wait()
        wait_until(lambda: command.processes() == [], "every worker has left")
    told = reported_captures(directory)
    for name, recorded in whole_files(directory).items():
        assert is_complete(directory, name)
        assert len(recorded.pulses) >= told[name]
    assert json.loads((directory / "take" / "take.json").read_text())["state"] == "recording"


def kill_all(command: Command) -> None:
    pids = (command.process.pid, *command.processes())
    for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped, none sees another one die
        for pid in pids:
            os.kill(pid, number)
    command.process.wait()
    wait_until(lambda: command.processes() == [], "every process is gone")


@scenario
def killing_all_at_once_leaves_files_that_open_as_they_are(directory: Path) -> None:
    with recording(directory) as command:
        kill_all(command)
    told = reported_captures(directory)
    for name, recorded in whole_files(directory).items():
        assert not is_complete(directory, name)
        assert len(recorded.pulses) >= told[name] >= 1
        begin = recorded.pulses[0]
        assert set(range(begin, begin + told[name])) - set(recorded.pulses) == set(), name
    first = read_load_rows(directory / "take")[0]
    assert [first[f"{name}.written_bytes"] for name in NAMES] == [0, 0, 0]


@scenario
def killing_all_at_once_leaves_packed_files_that_are_restored(directory: Path) -> None:
    with recording(directory, "--compress") as command:
        kill_all(command)
    told = reported_captures(directory)
    inspected = run_ksync("inspect", directory / "take", "--json")
    unfinished = [
        each["device"] for each in inspected.report["findings"] if each["code"] == "file-unfinished"
    ]
    assert sorted(unfinished) == sorted(NAMES), inspected.err
    captures = {each["name"]: each["captures"] for each in inspected.report["devices"]}
    restored = run_ksync("restore", directory / "take", "-o", directory / "restored", "--json")
    assert (restored.code, restored.report["verdict"]) == (0, "restored"), restored.err
    for name in NAMES:
        recorded = read_recorded(directory / "restored" / f"{name}.mkv")
        assert len(recorded.pulses) >= captures[name] >= told[name] >= 1
        assert all(recorded.is_whole(shot) for shot in recorded.shots[:-1])
        assert recorded.configuration["depth_track_enabled"]


@scenario
def killing_the_parent_during_the_start_leaves_no_process(directory: Path) -> None:
    with ksync(*armed_for_long(directory)) as command:
        wait_until(lambda: len(command.workers()) == 3, "its workers run")
        command.process.kill()
        command.process.wait()
        wait_until(lambda: command.processes() == [], "every worker has left")
    assert not (directory / "take").exists()


@scenario
def what_a_killed_run_left_is_never_overwritten(directory: Path) -> None:
    with recording(directory) as command:
        command.process.kill()
        command.process.wait()
        wait_until(lambda: command.processes() == [], "every worker has left")
    before = {path.name: path.read_bytes() for path in (directory / "take").iterdir()}
    refused(run_ksync(*arguments(directory, "--json", "--captures", 10)), "take-exists")
    assert {path.name: path.read_bytes() for path in (directory / "take").iterdir()} == before


# --- signals ----------------------------------------------------------------------------------------------


def ends_properly(directory: Path, number: signal.Signals) -> None:
    with recording(directory) as command:
        command.process.send_signal(number)
        ended = command.finish()
    take = finished_take(directory, ended)
    check_end_at_one_pulse(take)
    assert (ended.code, ended.report["verdict"]) == verdict_of(take)
    assert all(is_complete(directory, name) for name in NAMES)


@scenario
def sigint_ends_the_take_at_one_pulse(directory: Path) -> None:
    ends_properly(directory, signal.SIGINT)


@scenario
def sigterm_ends_the_take_at_one_pulse(directory: Path) -> None:
    ends_properly(directory, signal.SIGTERM)


@scenario
def a_second_sigint_changes_nothing(directory: Path) -> None:
    with recording(directory) as command:
        command.process.send_signal(signal.SIGINT)
        command.process.send_signal(signal.SIGINT)
        ended = command.finish()
    check_end_at_one_pulse(finished_take(directory, ended))


@scenario
def ctrl_c_reaches_the_director_only(directory: Path) -> None:
    """A terminal sends it to the whole process group, in which the workers are not."""
    with recording(directory, start_new_session=True) as command:
        os.killpg(command.process.pid, signal.SIGINT)
        ended = command.finish()
    check_end_at_one_pulse(finished_take(directory, ended))


def interrupted_early(directory: Path, number: signal.Signals, said: bytes) -> None:
    talk = directory / "talk"
    directory.mkdir(exist_ok=True)
    with talk.open("wb") as stderr, ksync(*armed_for_long(directory), stderr=stderr) as command:
        wait_until(lambda: said in talk.read_bytes(), f"it says {said!r}")
        command.process.send_signal(number)
        ended = command.finish()
    assert ended.code == 130
    assert ended.left == []
    assert ended.out == ""
    assert b"Traceback" not in talk.read_bytes()
    assert not (directory / "take").exists()


@scenario
def sigint_while_workers_start_is_130_and_leaves_nothing(directory: Path) -> None:
    interrupted_early(directory, signal.SIGINT, b"front: starting")


@scenario
def sigterm_while_armed_is_130_and_leaves_nothing(directory: Path) -> None:
    interrupted_early(directory, signal.SIGTERM, b"right: armed")


@scenario
def a_worker_that_stands_still_for_a_while_has_holes_and_no_wrong_row(directory: Path) -> None:
    """Its camera goes on, and the queue of seven loses the oldest; a call that hangs looks alike."""
    with recording(directory) as command:
        worker = command.worker_of("left").pid
        os.kill(worker, signal.SIGSTOP)
        rows = count_rows(directory / "take")
        files = {name: directory / "take" / f"{name}.mkv" for name in NAMES}
        size = files["front"].stat().st_size
        # Four seconds of the master's captures, told by its file: no clock of the test decides.
        wait_until(lambda: files["front"].stat().st_size > size + 120 * 1_400_000, "four seconds have passed")
        os.kill(worker, signal.SIGCONT)
        # All rows of the pause stand in the index, and some that came after it.
        wait_until(lambda: count_rows(directory / "take") >= rows + 150, "it goes on")
        command.process.send_signal(signal.SIGINT)
        ended = command.finish()
    take = finished_take(directory, ended)
    assert rows
    assert (ended.code, ended.report["verdict"]) == (1, "incomplete")
    assert {"sensor_dropped"} <= set(take.holes("left").values()) <= STRAINED
    assert "worker-frozen" in {each["code"] for each in ended.report["findings"]}
    last = take.begin + len(take.rows) - 1
    assert last - take.files["left"].pulses[-1] <= 7, "it records until the end"
    for name in ("front", "right"):
        assert len(take.holes(name)) < len(take.holes("left"))
    assert all(is_complete(directory, name) for name in NAMES)


@scenario
def ctrl_c_ends_a_take_all_of_whose_workers_stand_still(directory: Path) -> None:
    with recording(directory) as command:
        for worker in command.workers():
            os.kill(worker.pid, signal.SIGSTOP)
        command.process.send_signal(signal.SIGINT)
        ended = command.finish()
    take = finished_take(directory, ended)
    assert (ended.code, ended.report["verdict"]) == (1, "incomplete")
    codes = [(each["code"], each["device"]) for each in ended.report["findings"]]
    assert [(code, name) for code, name in codes if code == "worker-killed"] == [
        ("worker-killed", name) for name in NAMES
    ]
    assert all(device["lost"] for device in take.report["devices"])


# --- nobody listens ---------------------------------------------------------------------------------------


def hang_up(directory: Path, *more: object) -> tuple[int, Take]:
    """Record under a terminal of its own and take that away; the report goes to a file."""
    import fcntl
    import pty
    import termios

    directory.mkdir()
    ours, theirs = pty.openpty()
    said = directory / "report.json"
    with (
        os.fdopen(ours, "rb", buffering=0) as terminal,
        said.open("wb") as stdout,
        ksync(
            *arguments(directory, "--json"),
            *more,
            stdin=theirs,
            stdout=stdout,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        ) as command,
    ):
        os.close(theirs)
        os.set_blocking(ours, False)
        shown: list[bytes | None] = []

        def records() -> bool:
            shown.append(terminal.read(1 << 16))  # so that nobody waits to write more
            told = b"recording" in b"".join(filter(None, shown))
            return told and count_rows(directory / "take") >= 15

        wait_until(records, "it records, and says so")
        terminal.close()
        ended = command.finish()
    take = read_take(directory / "take")
    check_bookkeeping(take)
    assert ended.left == []
    assert json.loads(said.read_text()) == take.printed
    return ended.code, take


@scenario
def a_closed_terminal_ends_the_take_properly(directory: Path) -> None:
    code, take = hang_up(directory)
    check_end_at_one_pulse(take)
    assert (code, take.report["verdict"]) == verdict_of(take)


@scenario
def a_closed_terminal_does_not_change_the_verdict_when_there_are_findings(directory: Path) -> None:
    code, take = hang_up(directory, CONFIGS / "faults" / "bias.yaml")
    assert (code, take.report["verdict"]) == (1, "out_of_sync")


@scenario
def a_closed_stdout_costs_the_report_and_not_the_take(directory: Path) -> None:
    directory.mkdir()
    read_end, write_end = os.pipe()
    with ksync(*arguments(directory, "--captures", 20, "--quiet"), stdout=write_end) as command:
        os.close(write_end)
        os.close(read_end)
        ended = command.finish()
    assert ended.code == 141
    assert "Traceback" not in ended.err
    assert ended.left == []
    check_bookkeeping(read_take(directory / "take"))


def close_stderr(directory: Path, *more: object) -> tuple[Ended, Take]:
    directory.mkdir()
    read_end, write_end = os.pipe()
    with ksync(*arguments(directory, "--captures", 20, "--json"), *more, stderr=write_end) as command:
        os.close(write_end)
        os.close(read_end)
        ended = command.finish()
    return ended, finished_take(directory, ended)


@scenario
def a_closed_stderr_costs_the_talk_and_not_the_take(directory: Path) -> None:
    ended, take = close_stderr(directory)
    assert (ended.code, ended.report["verdict"]) == verdict_of(take)


@scenario
def a_closed_stderr_does_not_change_the_verdict_when_there_are_findings(directory: Path) -> None:
    ended, _ = close_stderr(directory, CONFIGS / "faults" / "bias.yaml")
    assert (ended.code, ended.report["verdict"]) == (1, "out_of_sync")


# --- what is said on stdout -------------------------------------------------------------------------------


@scenario
def json_is_one_object_on_stdout_and_nothing_else(directory: Path) -> None:
    ended = run_ksync(*arguments(directory, "--json", "--captures", 30))
    assert ended.out.startswith("{")
    assert ended.out.endswith("}\n")
    assert set(ended.report) >= {"take", "verdict", "pulses", "complete", "devices"}
    keys = ["name", "serial", "role", "file", "captures", "dropped", "bias_us", "jitter_us", "drift_ppm"]
    assert all(set(device) >= set(keys) for device in ended.report["devices"])
    assert "front: recording" in ended.err
    check_end_at_one_pulse(finished_take(directory, ended))


@scenario
def json_is_one_object_when_the_start_fails_too(directory: Path) -> None:
    faults = CONFIGS / "faults" / "device-missing.yaml"
    ended = run_ksync(*arguments(directory, "--json", "--captures", 30), faults)
    assert ended.code == 3
    assert (ended.report["verdict"], ended.report["take"]) == ("failed", None)
    assert not (directory / "take").exists()


@scenario
def without_json_the_report_is_for_people(directory: Path) -> None:
    ended = run_ksync(*arguments(directory, "--captures", 20, "--quiet"))
    assert f"take: {directory / 'take'}" in ended.out
    assert "of 20 pulses complete" in ended.out
    assert all(name in ended.out for name in NAMES)


@scenario
def a_rig_comes_from_stdin_too(directory: Path) -> None:
    with ksync(
        *arguments(directory, "--json", "--quiet", "--captures", 20, rig="-"), stdin=subprocess.PIPE
    ) as command:
        ended = command.finish(RIG.read_bytes())
    take = finished_take(directory, ended)
    assert (ended.code, ended.report["verdict"]) == verdict_of(take)


# --- what is refused --------------------------------------------------------------------------------------


def refused(ended: Ended, code: str) -> None:
    assert ended.code == 2
    assert [each["code"] for each in ended.report["findings"]] == [code]
    assert (ended.report["verdict"], ended.report["take"]) == ("refused", None)
    assert "Traceback" not in ended.err
    assert ended.left == []


@scenario
def an_existing_take_stays_untouched(directory: Path) -> None:
    (directory / "take").mkdir(parents=True)
    (directory / "take" / "front.mkv").write_bytes(b"precious")
    refused(run_ksync(*arguments(directory, "--json", "--captures", 5)), "take-exists")
    assert [path.name for path in (directory / "take").iterdir()] == ["front.mkv"]
    assert (directory / "take" / "front.mkv").read_bytes() == b"precious"


@scenario
def a_folder_that_cannot_be_made_is_told(directory: Path) -> None:
    directory.mkdir()
    (directory / "file").write_text("in the way")
    refused(run_ksync(*arguments(directory / "file" / "takes", "--json", "--captures", 5)), "take-unwritable")


@scenario
def a_folder_that_may_not_be_written_to_is_told(directory: Path) -> None:
    directory.mkdir()
    directory.chmod(0o555)
    try:
        if os.access(directory, os.W_OK):
            pytest.skip("root may write everywhere")
        refused(run_ksync(*arguments(directory / "takes", "--json", "--captures", 5)), "take-unwritable")
    finally:
        directory.chmod(0o755)


@scenario
def a_reserve_beyond_the_disk_is_told_before_anything_starts(directory: Path) -> None:
    ended = run_ksync(*arguments(directory, "--json", "--captures", 5, "--min-free", 10**9))
    refused(ended, "disk-too-small")
    assert not directory.exists()


@scenario
def a_take_longer_than_the_disk_is_told_before_anything_starts(directory: Path) -> None:
    refused(run_ksync(*arguments(directory, "--json", "--duration", 10**8)), "disk-too-small")
    assert not directory.exists()


@scenario
def a_length_that_is_no_number_is_told(directory: Path) -> None:
    for length in ("nan", "inf", "-1", "0", "1e400"):
        ended = run_ksync(*arguments(directory, "--duration", length))
        assert (ended.code, ended.out) == (2, ""), length
        assert "--duration" in ended.err
        assert "Traceback" not in ended.err
    assert not directory.exists()


# --- the disk ---------------------------------------------------------------------------------------------


@contextmanager
def small_disk(directory: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own, in memory."""
    directory.mkdir()
    mount = shutil.which("mount")
    if not sys.platform.startswith("linux") or mount is None or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root on Linux")
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(directory)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", str(directory)], check=True)


@scenario
def a_disk_that_fills_up_ends_the_take_while_the_files_can_be_closed(directory: Path) -> None:
    with small_disk(directory, 2000) as disk:
        # A reserve of a dozen seconds of writing, for the guard looks late on a busy machine.
        ended = run_ksync(*arguments(disk, "--json", "--quiet", "--min-free", 1650))
        take = finished_take(disk, ended)
        check_end_at_one_pulse(take)
        assert all(is_complete(disk, name) for name in NAMES)
        assert shutil.disk_usage(disk).free > 0
    assert (ended.code, ended.report["verdict"]) == (1, "incomplete")
    assert "disk-full" in {each["code"] for each in ended.report["findings"]}


@scenario
def a_disk_that_is_full_without_warning_leaves_whole_files(directory: Path) -> None:
    """The guard looks twice a second; without a reserve the write itself fails first."""
    with small_disk(directory, 200) as disk:
        ended = run_ksync(*arguments(disk, "--json", "--quiet", "--min-free", 0))
        assert (ended.code, ended.report["verdict"]) == (1, "incomplete")
        assert ended.left == []
        assert "Traceback" not in ended.err
        files = whole_files(disk)
        begin = files["front"].pulses[0]
        for device in ended.report["devices"]:
            recorded = files[device["name"]]
            assert device["captures"] == len(recorded.pulses) >= 1
            assert recorded.pulses[0] == begin
    codes = {each["code"] for each in ended.report["findings"]}
    assert codes & {"disk-full", "disk-write-failed"}


# --- the tests --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def results(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Scenario, Future[None]]]:
    asked = asked_for(request, __file__, "plot")
    crowd, directory = Crowd(), tmp_path_factory.mktemp("kills")
    yield {
        each: crowd.submit(partial(play, each, directory / each.__name__), 3)
        for each in SCENARIOS
        if each in asked
    }
    crowd.close()


def play(plot: Scenario, directory: Path) -> None:
    try:
        plot(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.mark.parametrize("plot", SCENARIOS, ids=lambda plot: plot.__name__)
def test_start(plot: Scenario, results: dict[Scenario, Future[None]]) -> None:
    results[plot].result()
