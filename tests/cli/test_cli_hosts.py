"""`ksync hosts init` and `hosts add`: what stands on stdout, what is refused, that nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kinect_sync.studio.folders import read_agent, read_studio
from tests.cli.in_process import Run, make_run


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """`ksync` in a folder of its own, with a studio's folder that the environment names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KSYNC_STUDIO", "studio")
    return make_run(monkeypatch, capsys)


def test_stdout_is_the_folder_and_nothing_else(run: Run, tmp_path: Path) -> None:
    made = run("hosts", "init", "stage")
    assert (made.code, made.out) == (0, "studio\n")
    added = run("hosts", "add", "host-b", "10.0.0.12", "--port", 7448)
    assert (added.code, added.out) == (0, "host-b\n")
    assert "carry this folder to host-b" in added.err
    assert str(read_studio(tmp_path / "studio").studio.hosts["host-b"]) == "10.0.0.12:7448"
    assert read_agent(tmp_path / "host-b").card.studio == "stage"


def test_a_folder_may_be_named(run: Run, tmp_path: Path) -> None:
    assert run("hosts", "init", "stage", "--studio", "elsewhere").code == 0
    added = run("hosts", "add", "host-b", "10.0.0.12", "--studio", "elsewhere", "-o", "sticks/host-b")
    assert (added.code, Path(added.out.strip())) == (0, Path("sticks/host-b"))
    assert {path.name for path in tmp_path.iterdir()} == {"elsewhere", "sticks"}


def test_a_host_is_renewed_beside_what_is_there(run: Run, tmp_path: Path) -> None:
    run("hosts", "init", "stage")
    run("hosts", "add", "host-b", "10.0.0.12")
    before = (tmp_path / "host-b" / "agent.pem").read_bytes()
    refused = run("hosts", "add", "host-b", "--renew", "--json")
    assert (refused.code, refused.told) == (2, [("host-folder-exists", None)])
    assert run("hosts", "add", "host-b", "--renew", "-o", "new").code == 0
    assert (tmp_path / "host-b" / "agent.pem").read_bytes() == before
    assert (tmp_path / "new" / "agent.pem").read_bytes() != before
    assert run("hosts", "init", "stage", "--renew").code == 0


def test_a_host_that_was_removed_is_unknown_and_its_name_is_nobodys(run: Run, tmp_path: Path) -> None:
    run("hosts", "init", "stage")
    run("hosts", "add", "host-b", "10.0.0.12")
    run("hosts", "add", "host-c", "10.0.0.13")
    removed = run("hosts", "remove", "host-b")
    assert (removed.code, removed.out) == (0, "host-b\n")
    assert "replace studio.json" in removed.err
    assert list(read_studio(tmp_path / "studio").studio.hosts) == ["host-c"]
    again = run("hosts", "remove", "host-b", "--json")
    assert (again.code, again.told) == (2, [("host-unknown", None)])
    for line in (("HOST-B", "10.0.0.99"), ("host-b", "--renew")):
        assert run("hosts", "add", *line, "-o", "new").code == 2
    assert run("hosts", "add", "host-d", "10.0.0.12").code == 0, "its address is free"
    refused = run("hosts", "add", "host-b", "10.0.0.12", "-o", "new", "--json")
    assert (refused.code, refused.told) == (2, [("host-removed", None)]), "also after others were added"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("hosts", "add", "host-b"), "Missing argument 'ADDRESS'"),
        (("hosts", "add", "host-b", "10.0.0.1", "--port", 0), "--port"),
        (("hosts",), "Missing command"),
        (("hosts", "ad"), "Did you mean 'add'?"),
        (("hosts", "add", "host-b", "10.0.0.12"), "there is no studio"),
    ],
)
def test_what_is_not_understood_is_told(run: Run, line: tuple[object, ...], told: str) -> None:
    done = run(*line)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_the_group_tells_its_commands(run: Run) -> None:
    done = run("hosts", "--help")
    assert done.code == 0
    assert "hosts init" in done.out
    assert "validate" not in done.out


@pytest.mark.parametrize(
    "line", [("init", "stage"), ("add", "host-b", "10.0.0.12")], ids=lambda line: line[0]
)
def test_what_is_not_installed_is_told(
    line: tuple[str, ...], run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    find: Callable[[str], object] = {"zenoh": None, "cryptography": object()}.__getitem__
    monkeypatch.setattr("kinect_sync.studio.extra.find_spec", find)
    done = run("hosts", *line)
    assert (done.code, done.out) == (2, "")
    assert 'not installed: zenoh; pip install "kinect-sync[hosts]"' in done.err
    assert not any(tmp_path.iterdir())
