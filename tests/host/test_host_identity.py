"""Which steady clock is which."""

from __future__ import annotations

import platform

import pytest

from kinect_sync.host.identity import this_host, windows_clock

PC = {"MachineGuid": "3f2a", "ComputerName": "KINECT-PC", "BootId": "41"}


def clock(registry: dict[str, str]) -> str:
    return windows_clock(lambda _, name: registry.get(name))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"MachineGuid": "99aa"}, id="another computer of the same name"),
        pytest.param({"ComputerName": "KINECT-2"}, id="another computer from a copy of the same disk"),
        pytest.param({"BootId": "42"}, id="the same computer after its next boot"),
    ],
)
def test_on_windows_clocks_are_told_apart(other: dict[str, str]) -> None:
    assert clock({**PC, **other}) != clock(PC)


def test_on_windows_a_name_that_changes_makes_no_other_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    before = clock(PC)
    monkeypatch.setattr(platform, "node", lambda: "RENAMED")
    assert clock(PC) == before
    assert clock({}) == "RENAMED", "where the registry tells nothing"


def test_it_is_one_clock_in_one_process() -> None:
    assert this_host() == this_host()
