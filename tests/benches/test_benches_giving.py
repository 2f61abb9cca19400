"""Rows of a run for other programs: who is refused, what ends it, and what clients are told."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.benches import giving
from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.giving import Lines, Outlet, give_rows
from kinect_sync.benches.reading import Reading
from kinect_sync.director.take import TakePlan
from kinect_sync.errors import BenchError, Interrupted, UsageError
from kinect_sync.findings.bench import DEVICE_MISSING
from kinect_sync.streaming import outlets
from kinect_sync.streaming.addresses import LoopbackPort, SocketPath
from kinect_sync.streaming.listening import listening
from kinect_sync.streaming.row_reader import Mode
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.direction import StreamedDevice
from kinect_sync.wire.stream_report import StreamReport
from tests.cli.commands import PATIENCE_S
from tests.review.fused import UPRIGHT, calibration_of
from tests.streaming.example_clients import python_client
from tests.streaming.stand_in_rows import RIG, StandInRow, never

MISSING = BenchError(DEVICE_MISSING.found("it does not answer", device="left"))
needs_paths = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Python has no Unix sockets here")


class StandInStream:
    """A run of some rows, as a program sees it."""

    devices = tuple(StreamedDevice(settings=RIG.settings_of(each)) for each in RIG.devices)
    reference = "front"
    take = None
    director = 4711
    report = StreamReport(verdict=Verdict.IN_SYNC, rig="pair", pulses=3, findings=())

    def __init__(self, reading: Reading, rows: int, error: BaseException | None) -> None:
        self.reading = reading
        self.rows = rows
        self.error = error
        self.given = 0

    def __enter__(self) -> StandInStream:
        if isinstance(self.error, Exception):
            raise self.error
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def factory_calibration(self, device: str) -> None:
        return None

    def __iter__(self) -> Iterator[StandInRow]:
        if isinstance(self.error, KeyboardInterrupt):
            raise self.error
        while self.given < self.rows and not self.reading.stopping():
            yield StandInRow(self.given)
            self.given += 1


class Given:
    """What became of rows that were given."""

    def __init__(self, rows: int = 3, error: BaseException | None = None, *, keeps: bool = False) -> None:
        self._rows, self._error, self._keeps = rows, error, keeps
        self.stream: StandInStream | None = None
        self.told: list[str] = []

    def give(
        self, outlet: Outlet | None, come: Callable[[str], object] = str, mode: Mode = Mode.EVERY, **how: Any
    ) -> StreamReport:
        plan = TakePlan(rig=RIG, directory=Path(), calibration=calibration_of({"left": UPRIGHT}))
        order = StreamOrder(plan=plan, bench=Kinects(), keeps=self._keeps, ring=12, studio=Path())
        told = lambda words: (self.told.append(words), come(words))  # noqa: E731
        return give_rows(order, Reading(mode, stopping=never), outlet, told, start=self._start, **how)

    def _start(self, order: Callable[[], StreamOrder], reading: Reading) -> Any:
        assert order().ring == 12
        self.stream = StandInStream(reading, self._rows, self._error)
        return self.stream


class Coming:
    """A client that comes as soon as it is told where, and reads to the end on a thread of its own."""

    def __init__(self) -> None:
        self.heads: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __call__(self, told: str) -> None:
        address, _, self._token = told.partition(" ")
        path = address.rpartition(":")
        self._connection = socket.socket() if self._token else socket.socket(socket.AF_UNIX)
        self._connection.settimeout(PATIENCE_S)
        self._connection.connect((path[0], int(path[2])) if self._token else address)
        self._thread.start()

    def _read(self) -> None:
        with self._connection, self._connection.makefile("rb") as stream:
            if self._token:
                self._connection.sendall(f"{self._token}\n".encode())
            while not self.heads or self.heads[-1]["kind"] != "end":
                self.heads.append(python_client().read_message(stream)[0])

    def kinds(self) -> list[str]:
        self._thread.join(PATIENCE_S)
        return [head["kind"] for head in self.heads]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give clients all the time that they need for the token, and at the end."""
    monkeypatch.setattr(outlets, "TOKEN_S", PATIENCE_S)
    monkeypatch.setattr(giving, "LINGER_S", PATIENCE_S)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("Python has no Unix sockets here")
    monkeypatch.chdir(tmp_path)
    return Path("rows.sock")


@contextmanager
def piped_stdout() -> Iterator[int]:
    """Have a pipe in the place of stdout within the context, and give its reading end."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as pipe, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", pipe)
        yield reading


def test_clients_of_a_socket_get_every_row_of_recordings_that_wait(path: Path) -> None:
    client, given = Coming(), Given(5)
    report = given.give(SocketPath(path), client, waits=True)
    assert given.told == ["rows.sock"]
    assert client.kinds() == ["begin", *5 * ["row"], "end"]
    begin, *_, end = client.heads
    assert (begin["rig"], begin["fps"], begin["mode"], begin["reference"]) == ("pair", 30, "every", "front")
    front, left = begin["devices"]
    assert (front["place"], left["place"]["depth"]["camera_to_world"]) == (None, np.eye(4).tolist())
    assert end["report"] == report.model_dump(mode="json")
    assert list(Path.cwd().iterdir()) == []


def test_a_port_is_told_with_its_token() -> None:
    client, given = Coming(), Given(2)
    given.give(LoopbackPort(0), client, waits=True)
    (told,) = given.told
    assert told.startswith("127.0.0.1:")
    assert len(told.partition(" ")[2]) > 30
    assert client.kinds() == ["begin", "row", "row", "end"]


def test_nothing_is_started_where_somebody_gives_rows_at_the_address_already(path: Path) -> None:
    given = Given()
    with listening(SocketPath(path)), pytest.raises(UsageError, match="another ksync stream"):
        given.give(SocketPath(path))
    assert given.stream is None


@pytest.mark.parametrize(("error", "verdict"), [(MISSING, "failed"), (Interrupted(), None)])
def test_clients_are_told_why_a_rig_did_not_start(path: Path, error: Exception, verdict: str | None) -> None:
    client = Coming()
    with pytest.raises(type(error)):
        Given(error=error).give(SocketPath(path), client)
    assert client.kinds() == ["end"]
    report = client.heads[0]["report"]
    assert (report and report["verdict"]) == verdict
    assert list(Path.cwd().iterdir()) == []


def test_who_waits_no_longer_is_told_what_ends_the_run_and_clients_come_to_the_end(path: Path) -> None:
    client = Coming()
    with pytest.raises(Interrupted) as left:
        Given(error=KeyboardInterrupt()).give(SocketPath(path), client)
    (finding,) = left.value.findings
    assert (finding.code, "process 4711" in finding.what) == ("stream-left", True)
    assert client.kinds()[-1] == "end"


def test_rows_are_lines_on_stdout() -> None:
    with piped_stdout() as stdout:
        Given(2).give(Lines(), waits=True)
        assert os.read(stdout, 1 << 16).decode().count("\n") == 2
        os.close(stdout)


def test_a_run_that_keeps_nothing_ends_where_nobody_reads_stdout_any_more() -> None:
    given = Given(10**9)
    with piped_stdout() as stdout:
        os.close(stdout)
        with pytest.raises(BrokenPipeError):
            given.give(Lines(), waits=True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk here is full")
def test_a_disk_that_takes_no_rows_is_told() -> None:
    with Path("/dev/full").open("w") as full, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", full)
        with pytest.raises(UsageError, match="No space left") as caught:
            Given(10**9).give(Lines(), waits=True)
    assert caught.value.findings[0].code == "output-unwritten"


def test_a_take_goes_on_where_nobody_reads_stdout_any_more() -> None:
    given = Given(50, keeps=True)
    with piped_stdout() as stdout:
        os.close(stdout)
        report = given.give(Lines(), waits=True)
    assert report.verdict is Verdict.IN_SYNC
    assert [finding.code for finding in report.findings] == ["stream-unread"]
    assert given.stream is not None
    assert given.stream.given == 50


def test_without_an_outlet_rows_are_counted_and_wait_for_nobody() -> None:
    given = Given(7)
    given.give(None, waits=True)
    assert given.stream is not None
    assert given.stream.given == 7
    assert given.told == []
