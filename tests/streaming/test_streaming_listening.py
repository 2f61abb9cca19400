"""Where rows can be had: which addresses there are, and that one command at a time listens at one."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.streaming.addresses import LONGEST_NBYTES, LoopbackPort, SocketPath, Stdout, parse_address
from kinect_sync.streaming.listening import listening, shown

needs_paths = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Python has no Unix sockets here")
KILLED = """
import os, sys
from pathlib import Path
from kinect_sync.streaming.addresses import SocketPath
from kinect_sync.streaming.listening import listening
with listening(SocketPath(Path(sys.argv[1]))):
    os._exit(9)
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of a socket, short wherever tests put their files."""
    monkeypatch.chdir(tmp_path)
    return Path("rows.sock")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("-", Stdout()),
        ("rows.sock", SocketPath(Path("rows.sock"))),
        ("/run/user/1000/rows", SocketPath(Path("/run/user/1000/rows"))),
        ("./9000", SocketPath(Path("9000"))),
        ("takes/at:9", SocketPath(Path("takes/at:9"))),
        ("127.0.0.1:9000", LoopbackPort(9000)),
        ("localhost:0", LoopbackPort(0)),
    ],
)
def test_an_address_is_a_path_a_port_of_this_computer_or_stdout(text: str, address: object) -> None:
    assert parse_address(text, has_paths=True) == address


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("0.0.0.0:9000", "127.0.0.1:9000"),
        (":9000", "127.0.0.1:9000"),
        ("192.168.1.5:9000", "`hosts:`"),
        ("studio-b:9000", "ssh -L"),
        ("[::]:9000", "127.0.0.1:9000"),
        ("127.0.0.1:65536", "127.0.0.1:PORT"),
        ("tcp://127.0.0.1:9000", "run the program on this computer"),
        ("http://studio-b/rows", "run the program on this computer"),
        ("unix:@rows", "run the program on this computer"),
        ("", "the path of a socket"),
        ("a\0b", "the path of a socket"),
        ("9000", "127.0.0.1:9000, or ./9000"),
        ("localhost", "127.0.0.1:PORT, or ./localhost"),
        ("127.0.0.1:http", "127.0.0.1:PORT"),
        ("x" * (LONGEST_NBYTES + 1), "shorter"),
    ],
)
def test_any_other_is_refused_with_the_way_that_works(text: str, way: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(text, has_paths=True)
    (finding,) = caught.value.findings
    assert finding.code == "stream-address-unusable"
    assert way in str(finding.remedy)


def test_where_there_are_no_unix_sockets_a_path_is_refused_for_a_port() -> None:
    with pytest.raises(UsageError, match=r"127\.0\.0\.1:PORT"):
        parse_address("C:\\rows", has_paths=False)


@needs_paths
def test_a_socket_is_this_users_alone_and_gone_at_the_end(path: Path) -> None:
    with listening(SocketPath(path)) as listener:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            listener.accept()[0].close()
    assert list(Path.cwd().iterdir()) == []


@needs_paths
def test_a_second_command_is_refused_and_the_first_goes_on(path: Path) -> None:
    with listening(SocketPath(path)) as listener:
        with pytest.raises(UsageError, match="another ksync stream") as caught, listening(SocketPath(path)):
            pass
        assert caught.value.findings[0].code == "stream-address-taken"
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            listener.accept()[0].close()


@needs_paths
def test_the_socket_of_a_command_that_was_killed_is_replaced(path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert killed.returncode == 9
    assert stat.S_ISSOCK(path.stat().st_mode)
    with listening(SocketPath(path)), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


@needs_paths
def test_what_another_program_listens_at_is_not_taken_from_it(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with (
            pytest.raises(UsageError, match="somebody else listens"),
            listening(SocketPath(path)),
        ):
            pass
    assert path.exists()


@needs_paths
def test_a_file_is_nobodys_to_replace(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(UsageError, match="no socket") as caught, listening(SocketPath(path)):
        pass
    assert caught.value.findings[0].code == "stream-address-taken"
    assert path.read_text() == "mine"


@needs_paths
def test_a_socket_that_somebody_else_made_meanwhile_stays(path: Path) -> None:
    with listening(SocketPath(path)):
        path.unlink()
        path.write_text("mine")
    assert path.read_text() == "mine"


@needs_paths
def test_a_path_without_a_folder_is_told(path: Path) -> None:
    with pytest.raises(UsageError) as caught, listening(SocketPath(Path("nowhere") / path)):
        pass
    (finding,) = caught.value.findings
    assert (finding.code, finding.what) == ("stream-address-unusable", "there is no folder nowhere")


@needs_paths
def test_nobody_is_told_to_remove_a_folder(path: Path) -> None:
    path.mkdir()
    with pytest.raises(UsageError, match="is a folder") as caught, listening(SocketPath(path)):
        pass
    (finding,) = caught.value.findings
    assert (finding.code, finding.remedy) == (
        "stream-address-taken",
        f"give a path in it, as {path / 'rows.sock'}",
    )


def test_a_port_is_this_computers_alone_and_one_commands() -> None:
    with listening(LoopbackPort(0)) as listener:
        host, port = listener.getsockname()
        assert host == "127.0.0.1"
        assert shown(LoopbackPort(port)) == f"127.0.0.1:{port}"
        with pytest.raises(UsageError, match=f"port {port}") as caught, listening(LoopbackPort(port)):
            pass
        assert caught.value.findings[0].code == "stream-address-taken"
