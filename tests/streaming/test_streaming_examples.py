"""The clients in `examples/`: in three languages the same lines, and Python's against what is no stream."""

from __future__ import annotations

import io
import random
import socket
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from kinect_sync.streaming import outlets
from kinect_sync.streaming.addresses import LoopbackPort, SocketPath
from kinect_sync.streaming.framing import PREFIX
from kinect_sync.streaming.listening import listening
from kinect_sync.streaming.outlets import RowServer
from kinect_sync.streaming.sharing import SharedRows
from kinect_sync.timing.alignment import HoleReason
from tests.cli.commands import PATIENCE_S
from tests.streaming.example_clients import (
    EXAMPLES,
    c_command,
    javascript_command,
    python_client,
    python_command,
)
from tests.streaming.stand_in_rows import StandInRow, begun, never

ROWS = (
    StandInRow(0),
    StandInRow(1, left=HoleReason.SENSOR_DROPPED),
    StandInRow(2, front=HoleReason.HALF_CAPTURE),
)
LINES = [
    "0 missed 0, front 1000, left 1000",
    "1 missed 0, front 1001, left -",
    "2 missed 0, front 1002, left 1002",
]
COMMANDS = {
    "c": c_command,
    "javascript": lambda _: javascript_command(),
    "python": lambda _: python_command(),
}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give clients all the time that they need for the token."""
    monkeypatch.setattr(outlets, "TOKEN_S", PATIENCE_S)


def whole_stream(given: Sequence[StandInRow] = ROWS) -> bytes:
    """All that a client is sent of some rows."""
    rows = SharedRows(8)
    messages = begun(rows)
    with rows.taking() as taken:
        for row in given:
            messages.put(row, never)  # type: ignore[arg-type]  # a stand-in
        messages.end({"verdict": "in_sync"})
        return b"".join(part for message in messages.framed(taken) for part in message)


def spoken(program: subprocess.Popen[str]) -> list[str]:
    output, errors = program.communicate(timeout=PATIENCE_S)
    assert (program.returncode, errors) == (0, "")
    return output.splitlines()


@pytest.mark.parametrize("language", COMMANDS)
def test_a_client_reads_rows_from_a_pipe(language: str, tmp_path: Path) -> None:
    command = COMMANDS[language](tmp_path)
    ran = subprocess.run(
        [*command, "-"], input=whole_stream(), capture_output=True, check=False, timeout=PATIENCE_S
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.decode().splitlines() == LINES


@pytest.mark.parametrize("language", COMMANDS)
def test_a_client_tells_where_a_stream_was_cut_or_is_none(language: str, tmp_path: Path) -> None:
    command = COMMANDS[language](tmp_path)
    for data in (whole_stream()[:-5], b"RIFF" + bytes(200)):
        ran = subprocess.run(
            [*command, "-"], input=data, capture_output=True, check=False, timeout=PATIENCE_S
        )
        assert ran.returncode == 1
        assert ran.stderr


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Python has no Unix sockets here")
@pytest.mark.parametrize("language", COMMANDS)
def test_a_client_reads_rows_from_a_socket(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = COMMANDS[language](tmp_path)
    monkeypatch.chdir(tmp_path)
    assert lines_from(SocketPath(Path("rows.sock")), lambda _: [*command, "rows.sock"]) == LINES


@pytest.mark.parametrize("language", ["javascript", "python"])
def test_a_client_reads_rows_from_a_port(language: str, tmp_path: Path) -> None:
    command = COMMANDS[language](tmp_path)
    assert lines_from(LoopbackPort(0), lambda port: [*command, f"127.0.0.1:{port}", "open"], "open") == LINES


def lines_from(
    address: SocketPath | LoopbackPort, command: Callable[[int], list[str]], token: str | None = None
) -> list[str]:
    """What a client prints that comes to a socket before the first row."""
    rows = SharedRows(8, waits=True)
    messages = begun(rows)
    with listening(address) as listener, ExitStack() as stack:
        where = listener.getsockname()
        server = RowServer(listener, rows, messages.framed, token)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        program = stack.enter_context(subprocess.Popen(command(where[1] if token else 0), text=True, **pipes))
        stack.callback(program.kill)
        for row in ROWS:
            messages.put(row, lambda: program.poll() is not None)  # type: ignore[arg-type]  # a stand-in
        messages.end(None)
        server.close(PATIENCE_S)
        return spoken(program)


def read_all(data: bytes) -> int:
    """Read what may be a stream as `examples/rows.py` does; ValueError where it is none."""
    client = python_client()
    stream = io.BytesIO(data)
    count = 0
    while True:
        head, payload = client.read_message(stream)
        if head["kind"] == "end":
            return count
        for device in head["devices"] if head["kind"] == "row" else ():
            count += len(client.pixels(payload, device["depth"])[0]) > 0 if device["depth"] else 0


def test_a_reader_of_version_1_passes_over_what_it_does_not_know() -> None:
    later = b'{"kind":"clock","new":1}'
    data = whole_stream()
    assert read_all(PREFIX.pack(b"KSR1", len(later), 3) + later + b"abc" + data) == 5


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "too early"),
        (b"KSR1", "too early"),
        (b"KSR2" + bytes(12), "version 1"),
        (PREFIX.pack(b"KSR1", 0xFFFFFFFF, 0), "larger than any row"),
        (PREFIX.pack(b"KSR1", 2, 2**64 - 1) + b"{}", "larger than any row"),
        (PREFIX.pack(b"KSR1", 2, 0) + b"{}", "no kind"),
        (PREFIX.pack(b"KSR1", 2, 0) + b"[]", "no kind"),
        (PREFIX.pack(b"KSR1", 3, 0) + b"\xff{}", "decode"),
        (PREFIX.pack(b"KSR1", 14, 1 << 29) + b'{"kind":"row"}', "too early"),
    ],
)
def test_what_is_no_stream_is_told_and_takes_no_memory(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_all(data)


def test_a_stream_that_was_damaged_anywhere_is_an_answer_or_a_value_error() -> None:
    whole = bytearray(whole_stream(ROWS[2:]))
    heads = [at for at in range(len(whole) - 4) if whole[at : at + 4] == b"KSR1"]
    chance = random.Random(14)
    for _ in range(200):
        damaged = bytearray(whole)
        at = chance.choice(heads) + chance.randrange(1200)
        damaged[at % len(damaged)] = chance.randrange(256)
        try:
            read_all(bytes(damaged))
        except (ValueError, KeyError, TypeError):
            continue


def test_an_image_outside_its_payload_is_no_image() -> None:
    for place in ([0, 8, 2, 2], [8, 8, 2, 2], [-8, 8, 2, 2], [0, 6, 2, 2], [0, 8, -2, -2]):
        with pytest.raises(ValueError, match="outside"):
            python_client().pixels(bytes(8 if place[0] else 4), place)


@pytest.mark.parametrize("name", ["rows.c", "rows.js", "rows.py"])
def test_an_example_is_a_page_and_tells_how_it_is_run(name: str) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) < 100
    assert f"examples/{name}" in text
    assert "ksync stream" in text
