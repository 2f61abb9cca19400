"""The bench commands on real shell lines and in real terminals."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinect_sync.rig.loading import parse_rig
from tests.cli.commands import CONFIGS, PATIENCE_S, ROOT, wait_until
from tests.cli.crowd import ATTEMPTS
from tests.cli.in_process import Run

posix = pytest.mark.skipif(sys.platform == "win32", reason="these are lines of a POSIX shell")
RIG = CONFIGS / "daisy_chain_3.yaml"
UNPLUGGED = CONFIGS / "faults" / "cable-unplugged.yaml"
JQ = "jq" if shutil.which("jq") else f"{sys.executable} -m json.tool"
KSYNC = f"{shlex.quote(sys.executable)} -m kinect_sync"


LINES = [
    # (sentence, line, exit code, words on stdout)
    ("a rig file is written and checked", "set -o pipefail; ksync init --simulate {rig} | ksync validate -",
     0, "rig: valid"),
    ("what init writes is what is plugged",
     "set -o pipefail; ksync init --simulate {rig} | ksync check-jacks - --simulate", 0, "good: "),
    ("a report is one JSON value",
     "ksync check-jacks {rig} --json --simulate | {jq}", 0, '"verdict": "good"'),
    ("a list of devices too", "ksync devices {rig} --json --simulate | {jq}", 0, '"000345678912"'),
    ("good jacks let the take begin",
     "ksync check-jacks {rig} --simulate && ksync start {rig} --captures 15 --quiet --simulate", 0,
     "in sync"),
    ("bad jacks do not",
     "ksync check-jacks {rig} --simulate {unplugged} && echo started", 1, "bad: 1 thing"),
    ("what init writes is recorded",
     "ksync init --simulate {rig} -o rig.yaml && ksync start rig.yaml --captures 15 --quiet --simulate", 0,
     "in sync"),
    ("a reader that leaves early is no verdict", "ksync init --simulate {rig} | head -1", 0, "# Written by"),
]  # fmt: skip


@posix
@pytest.mark.realtime
@pytest.mark.parametrize(("sentence", "line", "code", "words"), LINES, ids=[row[0] for row in LINES])
def test_pipelines(sentence: str, line: str, code: int, words: str, tmp_path: Path) -> None:
    script = f'ksync() {{ {KSYNC} "$@"; }}; ' + line.format(rig=RIG, unplugged=UNPLUGGED, jq=JQ)
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("there is no bash")
    for attempt in range(ATTEMPTS):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        done = subprocess.run(
            [shell, "-c", script],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        if "never came from the device" not in done.stderr:  # or else this machine was too slow for the take
            break
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert words in done.stdout
    assert "started" not in done.stdout


class Terminal:
    """A terminal that runs one command: tmux, as an operator sees it."""

    def __init__(self, directory: Path, line: str, columns: int = 100) -> None:
        self._socket = f"ksync-{uuid.uuid4().hex[:8]}"
        self._exit = directory / "exit"
        shell = f"{line}; echo $? > {shlex.quote(str(self._exit))}; sleep {PATIENCE_S}"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", "30", shell)

    def _tmux(self, *arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            ["tmux", "-L", self._socket, *arguments],
            env={name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES")},
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_S,
        ).stdout

    @property
    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def shows(self, words: str) -> None:
        wait_until(lambda: words in self.screen, f"the terminal shows {words!r}")

    def type(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def exit_code(self) -> int:
        wait_until(lambda: self._exit.exists() and self._exit.read_text().strip(), "the command ends")
        return int(self._exit.read_text())

    def close(self) -> None:
        self._tmux("kill-server")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[type[Terminal]]:
    if shutil.which("tmux") is None:
        pytest.skip("there is no tmux")
    opened: list[Terminal] = []

    class Opened(Terminal):
        def __init__(self, line: str) -> None:
            super().__init__(tmp_path, line)
            opened.append(self)

    yield Opened
    for each in opened:
        each.close()


@posix
@pytest.mark.realtime
def test_cables_are_watched_in_a_terminal_while_they_are_plugged(terminal, tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text("devices: {left: {cable: absent}, right: {cable: wrong_jack}}\n")
    watching = terminal(f"{KSYNC} check-jacks {RIG} --watch --simulate {faults}")
    watching.shows("bad: 3 things to put right")
    watching.shows("it is in the wrong jack")
    faults.write_text("devices: {right: {cable: wrong_jack}}\n")
    watching.shows("bad: 1 thing to put right")
    assert "front" in watching.screen
    faults.write_text("devices: {right: [half a file\n")
    faults.write_text("devices: {left: {busy: true}}\n")
    watching.shows("failed: 2 things to put right")
    faults.write_text("devices: {}\n")
    watching.shows("good: every plug is as daisy-chain-3 needs it")
    assert watching.exit_code() == 0
    assert "bad:" not in watching.screen, "the last repaint leaves nothing behind"


@posix
@pytest.mark.realtime
def test_ctrl_c_ends_watching_without_an_answer(terminal, tmp_path: Path) -> None:
    watching = terminal(f"{KSYNC} check-jacks {RIG} --watch --simulate {UNPLUGGED}")
    watching.shows("bad: 1 thing to put right")
    watching.type("C-c")
    assert watching.exit_code() == 130
    assert "Traceback" not in watching.screen


@posix
@pytest.mark.realtime
def test_init_asks_for_the_order_that_jacks_cannot_tell(terminal, tmp_path: Path) -> None:
    rig, path = CONFIGS / "daisy_chain_9.yaml", tmp_path / "rig.yaml"
    asking = terminal(f"{KSYNC} init --simulate {rig} -o {path}")
    asking.shows("From the master on, it is:")
    listed = [line.split()[1] for line in asking.screen.splitlines() if line.strip()[:2] in NUMBERS]
    asking.type("1 1 2 3 4 5 6", "Enter")
    asking.shows("Write each of the numbers 1 2 3 4 5 6 7 once")
    asking.type("7 6 5 4 3 2 1", "Enter")
    assert asking.exit_code() == 0
    text = path.read_text()
    assert "GUESS" not in text
    assert [device.serial for device in parse_rig(text).rig.devices[1:-1]] == listed[::-1]


NUMBERS = {f"{number}." for number in range(1, 8)}


@pytest.mark.realtime
def test_watching_off_a_terminal_says_each_change_once(tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text("devices: {left: {cable: unplugged}}\n")
    command = [
        sys.executable,
        "-m",
        "kinect_sync",
        "check-jacks",
        RIG,
        "--watch",
        "--json",
        "--simulate",
        faults,
    ]
    with subprocess.Popen(
        list(map(str, command)),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stderr is not None
        assert watching.stderr.readline().startswith("bad: left: nothing is plugged into sync in")
        faults.write_text("devices: {}\n")
        out, err = watching.communicate(timeout=PATIENCE_S)
    assert watching.returncode == 0
    assert err.splitlines()[0] == "good: every plug is right"
    assert '"verdict": "good"' in out


def test_init_never_overwrites_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text("mine")
    done = run("init", "--simulate", RIG, "-o", path)
    assert (done.code, path.read_text()) == (2, "mine")
    assert "rig-exists" in done.err or "overwrites none" in done.err


def test_init_reports_as_json(run: Run) -> None:
    done = run("init", "--simulate", CONFIGS / "daisy_chain_9.yaml", "--json")
    assert (done.code, done.report["verdict"], done.report["file"]) == (0, "good", None)
    assert len(parse_rig(done.report["text"]).rig.devices) == 9
    assert len(done.report["guesses"]) == 7
    done = run("init", "--simulate", RIG, "--faults", CONFIGS / "faults" / "open-fails.yaml", "--json")
    assert (done.code, done.report["verdict"], done.report["text"]) == (3, "failed", None)
    assert done.told == [("open-failed", None)]


def test_init_says_what_it_guessed_and_what_it_wrote(run: Run, tmp_path: Path) -> None:
    faults = CONFIGS / "faults" / "cable-absent.yaml"
    done = run("init", "--simulate", RIG, "--faults", faults, "-o", tmp_path / "rig.yaml")
    assert done.code == 0
    assert "no wiring explains the plugs, so a daisy chain is guessed" in done.err
    assert "check it with `ksync validate`" in done.err
    assert "GUESS, the next 3 devices" in (tmp_path / "rig.yaml").read_text()


@pytest.mark.parametrize(
    ("sentence", "arguments", "code", "words"),
    [
        ("faults without a simulation", ("init", "--faults", "x.yaml"), 2, "belongs to --simulate"),
        (
            "a folder that is not there",
            ("init", "--simulate", RIG, "-o", "no/rig.yaml"),
            2,
            "cannot be written",
        ),
        ("a rig to simulate that is not there", ("init", "--simulate", "none.yaml"), 2, "there is no file"),
        (
            "a device that does not open",
            ("init", "--simulate", RIG, "--faults", CONFIGS / "faults" / "device-busy.yaml"),
            3,
            "in use by another program",
        ),
    ],
)
def test_init_refuses(
    sentence: str, arguments: tuple[object, ...], code: int, words: str, run: Run,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("width", [30, 50, 80, 200])
def test_no_word_of_a_table_is_lost_on_a_narrow_terminal(width: int) -> None:
    import io

    from rich.console import Console

    from kinect_sync.cli.rows import show_rows

    console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    rows = [["0", "000123456712", "", "end of a chain, or in a star"], ["1", "000234567812", "", "master"]]
    show_rows(["index", "serial", "empty", "place"], rows, console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "…" not in text
    assert "empty" not in text
    assert all(len(line) <= width for line in text.splitlines())
    squeezed = "".join(text.split())
    assert all("".join(word.split()) in squeezed for row in rows for word in row)


def test_help_tells_what_jacks_cannot_know_and_how_pairs_are_run(run: Run) -> None:
    assert "a plug, not a signal" in " ".join(run("check-jacks", "--help").out.split())
    told = " ".join(run("verify", "--help").out.split())
    assert "leave all of them powered and all cables plugged" in told
