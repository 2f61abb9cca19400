"""`ksync validate`, `ksync schema` and the command itself, in the process and as a subprocess."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from kinect_sync import __version__
from kinect_sync.cli import main
from kinect_sync.cli.exit_codes import ExitCode
from kinect_sync.cli.facts import show_facts
from kinect_sync.cli.findings import show_findings
from kinect_sync.cli.subcommands import SUBCOMMANDS
from kinect_sync.errors import BenchError, DeviceLost, RigError, UsageError
from kinect_sync.findings import Finding, Severity
from kinect_sync.rig.facts import rig_facts
from kinect_sync.rig.loading import parse_rig
from kinect_sync.rig.schema import rig_schema
from tests.cli.commands import PATIENCE_S
from tests.rig import rig_texts

GOOD = rig_texts.broken(("master_usec: 0", "master_usec: 400"))  # so that no two lasers fire at once
BAD = rig_texts.broken(('"000234567812"', "000234567812"), ("role: master", "role: boss"), ("8330", "auto"))


@pytest.fixture
def rig_file(tmp_path: Path) -> Path:
    path = tmp_path / "rig.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def bad_file(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text(BAD, encoding="utf-8")
    return path


def python(*args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )


def test_a_valid_rig_gives_its_facts(rig_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["validate", str(rig_file)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for piece in (
        "studio: valid",
        "2 cables",
        "from `front` sync out to `left` sync in",
        "empty / plug",
        "000345678912",
        "160.4-167.6 MB/s",
        "8.2-9.5 GB",
        "estimate",
    ):
        assert piece in out


def test_an_invalid_rig_gives_every_finding_and_the_verdict(
    bad_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["validate", str(bad_file)]) == ExitCode.REFUSED
    out, err = capsys.readouterr()
    assert out == f"{bad_file}: not valid, 2 errors\n"
    lines = err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["warning", "error", "error"]
    assert lines[2].startswith(
        f"error: {bad_file}:15: left: devices[1].serial: the serial 000234567812 is not quoted"
    )
    assert lines[2].endswith('; write serial: "000234567812"')


def test_json_is_one_object_on_stdout(
    rig_file: Path, bad_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["validate", str(rig_file), "--json"]) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert (report["verdict"], report["findings"], err) == ("valid", [], "")
    assert [device["name"] for device in report["facts"]["devices"]] == ["front", "left", "right"]
    assert main.run(["validate", "--json", str(bad_file)]) == 2
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert (report["verdict"], report["facts"]) == ("not_valid", None)
    assert err.count("error: ") == 2
    assert [finding["code"] for finding in report["findings"]] == [
        "exposure-auto",
        "value-not-allowed",
        "serial-not-quoted",
    ]


def test_the_schema_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == rig_schema()


def test_a_rig_may_be_piped_in() -> None:
    result = python("-m", "kinect_sync", "validate", "-", stdin=GOOD)
    assert (result.returncode, result.stderr) == (0, "")
    result = python("-m", "kinect_sync", "validate", "-", stdin="")
    assert result.returncode == 2
    assert result.stderr.startswith("error: <stdin>:1: <stdin> is empty")


@pytest.mark.parametrize(
    ("args", "code", "piece"),
    [
        ([], 2, "Usage: ksync"),
        (["--help"], 0, "Record a synchronized take."),
        (["-h"], 0, "Exit codes"),
        (["--version"], 0, __version__),
        (["validate"], 2, "RIG"),
        (["validate", "--help"], 0, "--json"),
        (["validate", "none.yaml"], 2, "there is no file none.yaml"),
        (["validate", "a", "b"], 2, "unexpected extra argument"),
        (["--nonsense"], 2, "--nonsense"),
        (["valdate"], 2, "Did you mean 'validate'?"),
        (["zzz"], 2, "init, validate, schema"),
    ],
)
def test_usage(args: list[str], code: int, piece: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(args) == code
    out, err = capsys.readouterr()
    assert piece in out + err
    assert "Traceback" not in err
    assert bool(out) == (code == 0 or "not valid" in out)


FINDING = Finding(code="some-code", what="the laser is cold", remedy="warm it")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RigError(FINDING), 2),
        (UsageError(FINDING), 2),
        (BenchError(FINDING), 3),
        (DeviceLost(FINDING), 3),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(32, "Broken pipe"), 141),
    ],
)
def test_what_goes_wrong_becomes_an_exit_code(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_rig: str) -> None:
        raise error

    monkeypatch.setattr("kinect_sync.cli.schema.rig_schema", fail, raising=False)
    monkeypatch.setattr(main.ksync, "invoke", fail)
    assert main.run(["schema"]) == code
    err = capsys.readouterr().err
    assert err == ("error: the laser is cold; warm it\n" if hasattr(error, "findings") else "")


def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_context: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(main.ksync, "invoke", fail)
    with pytest.raises(ZeroDivisionError):
        main.run(["schema"])


def test_each_subcommand_says_of_itself_what_the_list_says() -> None:
    for name, subcommand in SUBCOMMANDS.items():
        command = main.ksync.get_command(
            main.ksync.make_context("ksync", ["--"], resilient_parsing=True), name
        )
        assert command is not None
        assert command.help, name
        assert subcommand.summary.endswith(".")


HEAVY = ("pydantic", "zenoh", "cryptography", "numpy", "rich", "ruamel", "pyk4a", "PIL", "multiprocessing")


def test_help_tells_the_commands_in_the_order_of_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = [line.strip().split("  ")[0] for line in lines if line.startswith("    ")]
    assert told == list(SUBCOMMANDS)
    day = ("init", "devices", "doctor", "selftest", "start", "inspect")
    assert [told.index(name) for name in day] == sorted(told.index(name) for name in day)


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from kinect_sync.cli.main import run; run(['--help']); "
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    result = python("-c", program)
    assert "Commands" in result.stdout
    assert result.stderr.strip() == "[]"


BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pyk4a", "k4a_module", "numpy", "PIL"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Blocker())
from kinect_sync.cli.main import main
main()
"""


@pytest.mark.parametrize("args", [["validate", "-"], ["validate", "-", "--json"], ["schema"], ["--help"]])
def test_no_sdk_is_needed(args: Sequence[str]) -> None:
    result = python("-c", BLOCKED, *args, stdin=GOOD)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout


def test_an_encoding_without_micro_is_no_obstacle() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "kinect_sync", "validate", "-"],
        input=GOOD.encode(), capture_output=True, timeout=PATIENCE_S, check=False,
        env={**__import__("os").environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"8330 ?s" in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pipes close otherwise on Windows")
def test_a_reader_that_leaves_early_is_no_error() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "kinect_sync", "validate", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    if process.stdin is None or process.stdout is None or process.stderr is None:
        pytest.fail("no pipes")
    process.stdout.close()
    process.stdin.write(GOOD.encode())
    process.stdin.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(PATIENCE_S) == ExitCode.BROKEN_PIPE
    assert err == b""


def on_terminal(width: int) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None, highlight=False)


def printed(console: Console) -> str:
    stream = console.file
    return stream.getvalue() if isinstance(stream, io.StringIO) else ""


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_letter_of_a_finding_is_lost_on_a_narrow_terminal(width: int) -> None:
    finding = Finding(
        code="c", severity=Severity.WARNING, where="a/very/long/path/to/a/rig-of-many-devices.yaml:12",
        device="left", field="devices[1].depth_delay_off_color_usec", what="[red]something[/red] is wrong",
        remedy="write `depth_delay_off_color_usec: 160`",
    )  # fmt: skip
    console = on_terminal(width)
    show_findings([finding], console)
    text = printed(console)
    assert all(len(line) <= width for line in text.splitlines())
    squeezed = "".join(text.split())
    for part in (finding.where, finding.field, finding.what, finding.remedy):
        assert "".join((part or "").split()) in squeezed


@pytest.mark.parametrize("width", [30, 60, 100, 220])
def test_no_fact_is_lost_on_a_narrow_terminal(width: int) -> None:
    console = on_terminal(width)
    show_facts(rig_facts(parse_rig(GOOD).rig), console)
    text = printed(console)
    assert "…" not in text
    squeezed = "".join(text.split())
    for part in ("000123456712", "subordinate", "nfov_unbinned", "160.4-167.6MB/s", "depth+200.0µs"):
        assert part in squeezed
