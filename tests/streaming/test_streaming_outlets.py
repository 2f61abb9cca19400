"""Clients of a stream over real sockets: slow, stopped, gone, or sending rubbish, each in nobody's way."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kinect_sync.streaming import outlets
from kinect_sync.streaming.addresses import LoopbackPort, SocketPath
from kinect_sync.streaming.listening import listening
from kinect_sync.streaming.messages import StreamMessages, only_end
from kinect_sync.streaming.outlets import MOST, PipeWriter, RowServer
from kinect_sync.streaming.sharing import SharedRows
from tests.cli.commands import PATIENCE_S, wait_until
from tests.streaming.example_clients import python_client
from tests.streaming.stand_in_rows import StandInRow, begun, never

TOKEN = "correct-horse"
needs_paths = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Python has no Unix sockets here")


class Client:
    """A program that reads rows, when it is told to."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.stream = connection.makefile("rb")

    def read(self) -> dict[str, Any]:
        head, _ = python_client().read_message(self.stream)
        return head  # type: ignore[no-any-return]

    def read_rows(self, count: int) -> list[int]:
        rows: list[int] = []
        while len(rows) < count:
            head = self.read()
            rows += [head["pulse"]] if head["kind"] == "row" else []
        return rows

    def say_no_more(self) -> None:
        self.connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.stream.close()
        self.connection.close()


@dataclass
class Served:
    """A stream that is served, and clients that have come."""

    rows: SharedRows
    messages: StreamMessages
    server: RowServer
    come: Callable[[], Client]

    def put(self, *pulses: int) -> None:
        for pulse in pulses:
            self.messages.put(StandInRow(pulse), never)  # type: ignore[arg-type]  # a stand-in

    def wait_for(self, clients: int) -> None:
        """Wait until so many take rows, which they do on threads of their own."""
        wait_until(lambda: self.rows.takers == clients, f"{clients} take rows")


@contextmanager
def served(address: SocketPath | LoopbackPort, token: str | None = None) -> Iterator[Served]:
    rows = SharedRows(4)
    messages = begun(rows)
    with listening(address) as listener, ExitStack() as stack:
        server = RowServer(listener, rows, messages.framed, token, full=only_end({"verdict": "refused"}))
        where, family = listener.getsockname(), listener.family

        def come() -> Client:
            connection = socket.socket(family)
            connection.settimeout(PATIENCE_S)
            connection.connect(where)
            client = Client(connection)
            stack.callback(client.close)
            return client

        try:
            yield Served(rows, messages, server, come)
        finally:
            messages.end(None)
            server.close(0.2)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give clients all the time that they need for the token."""
    monkeypatch.setattr(outlets, "TOKEN_S", PATIENCE_S)


@pytest.fixture
def stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("Python has no Unix sockets here")
    monkeypatch.chdir(tmp_path)
    with served(SocketPath(Path("rows.sock"))) as it:
        yield it


def test_a_stopped_client_holds_up_nobody_and_is_told_what_it_missed_when_it_goes_on(stream: Served) -> None:
    quick, stopped = stream.come(), stream.come()
    stream.wait_for(2)
    stream.put(0)  # 0.7 MB each, more than a socket holds
    assert quick.read_rows(1) == [0]
    assert stopped.read()["kind"] == "begin", "the first row is on its way to it"
    for pulse in range(1, 20):
        stream.put(pulse)
        assert quick.read_rows(1) == [pulse]
    stream.messages.end({"verdict": "in_sync"})
    heads = [stopped.read() for _ in range(6)]
    given = [(head["pulse"], head["missed"]) for head in heads if head["kind"] == "row"]
    assert given[0] == (0, 0)
    assert given[-1] == (19, 0)
    assert sum(missed for _, missed in given) + len(given) == 20
    assert heads[-1] == {"kind": "end", "missed": 0, "report": {"verdict": "in_sync"}}
    assert quick.read()["kind"] == "end"
    assert quick.stream.read() == b""


def test_a_client_that_has_gone_is_forgotten(stream: Served) -> None:
    gone, other = stream.come(), stream.come()
    stream.wait_for(2)
    gone.close()
    stream.put(0)
    assert other.read_rows(1) == [0]
    stream.wait_for(1)


@pytest.mark.parametrize("over", [pytest.param("path", marks=needs_paths), "port"])
@pytest.mark.parametrize("leave", [Client.close, Client.say_no_more])
def test_who_goes_before_there_is_a_row_leaves_the_place_to_others(
    over: str, leave: Callable[[Client], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = (SocketPath(Path("rows.sock")), None) if over == "path" else (LoopbackPort(0), TOKEN)
    with served(*place) as stream:
        gone = [stream.come() for _ in range(MOST)]
        for client in gone:
            client.connection.sendall(TOKEN.encode() + b"\n and more")  # at a path it is passed over
        stream.wait_for(MOST)
        serving = [each for each in threading.enumerate() if each.name == "rows-client"]
        for client in gone:
            leave(client)
        stream.wait_for(0)
        for thread in serving:
            thread.join(PATIENCE_S)  # it has its place until then
        other = stream.come()
        other.connection.sendall(TOKEN.encode() + b"\n")
        stream.wait_for(1)
        stream.put(0)
        assert other.read_rows(1) == [0]
        assert stream.server.turned_away == 0


def test_what_clients_send_is_passed_over_and_holds_up_them_alone(stream: Served) -> None:
    rude, other = stream.come(), stream.come()
    stream.wait_for(2)
    rude.connection.settimeout(0.05)
    with pytest.raises(TimeoutError):
        rude.connection.sendall(b"GET / HTTP/1.1\r\n\0" * 1_000_000)
    rude.connection.settimeout(PATIENCE_S)
    stream.put(0)
    assert other.read_rows(1) == [0]
    assert rude.read_rows(1) == [0]


def test_there_is_an_end_to_how_many_come(stream: Served) -> None:
    before = threading.enumerate()
    first = stream.come()
    stream.wait_for(1)
    (serving,) = [each for each in threading.enumerate() if each.name == "rows-client" and each not in before]
    for _ in range(MOST - 1):
        stream.come()
    stream.wait_for(MOST)
    late = stream.come()
    assert late.read() == {"kind": "end", "missed": 0, "report": {"verdict": "refused"}}
    assert (late.stream.read(), stream.server.turned_away) == (b"", 1)
    first.close()
    stream.put(0)
    serving.join(PATIENCE_S)  # it has its place until then
    stream.wait_for(MOST - 1)
    late = stream.come()
    stream.wait_for(MOST)
    stream.put(1)
    assert late.read_rows(1) == [1]


class LateThread(threading.Thread):
    """A thread that gets no time before somebody waits for it."""

    def start(self) -> None:
        pass

    def join(self, timeout: float | None = None) -> None:
        if self.ident is None:
            super().start()
        super().join(timeout)


@needs_paths
def test_who_came_before_the_end_is_told_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    late = SimpleNamespace(Thread=LateThread, Lock=threading.Lock)
    monkeypatch.setattr(outlets, "threading", late)
    with served(SocketPath(Path("rows.sock"))) as stream:
        clients = [stream.come() for _ in range(3)]
        stream.messages.end({"verdict": "failed"})
        stream.server.close(PATIENCE_S)
        for client in clients:
            assert client.read()["kind"] == "begin"
            assert client.read()["report"] == {"verdict": "failed"}


def test_a_client_that_never_reads_is_cut_off_at_the_end(stream: Served) -> None:
    stopped = stream.come()
    stream.wait_for(1)
    stream.put(0, 1)
    stream.messages.end(None)
    stream.server.close(0.05)
    assert stream.rows.takers == 0
    with pytest.raises(ValueError, match="too early"):
        stopped.read_rows(2)


def test_over_tcp_rows_are_for_who_shows_the_token_first() -> None:
    with served(LoopbackPort(0), TOKEN) as stream:
        strangers = [stream.come() for _ in range(4)]
        lines = (b"wrong\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * 999, b"\xff\xfe\n")
        for stranger, line in zip(strangers, lines, strict=True):
            stranger.connection.sendall(line)
        silent, friend = stream.come(), stream.come()
        friend.connection.sendall(TOKEN[:5].encode())
        friend.connection.sendall(TOKEN[5:].encode() + b"\r\n")
        stream.wait_for(1)
        for stranger in strangers:
            assert _is_sent_away(stranger)
        stream.put(0)
        assert friend.read_rows(1) == [0]
        silent.close()


def test_strangers_who_say_nothing_keep_nobody_out() -> None:
    with served(LoopbackPort(0), TOKEN) as stream:
        strangers = [stream.come() for _ in range(MOST + 4)]
        friends = [stream.come() for _ in range(2)]
        for friend in friends:
            friend.connection.sendall(TOKEN.encode() + b"\n")
        stream.wait_for(len(friends))
        assert all(map(_is_sent_away, strangers[:4])), "the oldest made room"
        stream.put(0)
        assert [friend.read_rows(1) for friend in friends] == [[0], [0]]
        assert stream.server.turned_away == 0


def _is_sent_away(client: Client) -> bool:
    try:
        return client.stream.read() == b""
    except ConnectionResetError:  # what it sent was not read to the end
        return True


def test_a_pipe_is_written_by_nobody_who_is_waited_for() -> None:
    rows = SharedRows(2)
    messages = begun(rows)
    reading, writing = os.pipe()
    writer = PipeWriter(writing, rows, messages.framed)
    for pulse in range(9):
        messages.put(StandInRow(pulse), never)  # type: ignore[arg-type]  # a stand-in
    messages.end(None)
    writer.close(0.05)  # nobody has read yet
    with os.fdopen(reading, "rb") as stream:
        heads = []
        while not heads or heads[-1]["kind"] != "end":
            heads.append(python_client().read_message(stream)[0])
    writer.close(PATIENCE_S)
    assert writer.failure is None
    given = [head for head in heads if head["kind"] == "row"]
    assert 1 <= len(given) <= 4
    assert given[-1]["pulse"] == 8
    os.close(writing)


def test_a_pipe_whose_reader_has_gone_is_told() -> None:
    rows = SharedRows(2)
    messages = begun(rows)
    reading, writing = os.pipe()
    os.close(reading)
    writer = PipeWriter(writing, rows, messages.lines)
    messages.put(StandInRow(0), never)  # type: ignore[arg-type]  # a stand-in
    writer.close(PATIENCE_S)
    assert isinstance(writer.failure, BrokenPipeError)
    os.close(writing)
