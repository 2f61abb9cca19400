"""Examinations of made-up computers, and what a check is expected to tell of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kinect_sync.devices.port import Discovered
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.registry import run_checks
from kinect_sync.doctor.results import CheckResult, Status
from kinect_sync.readings import Firmware
from kinect_sync.rig.loading import parse_rig
from kinect_sync.rig.rig import Rig
from tests.host.made_up import SERIALS, Change, MadeUp
from tests.rig.rig_texts import GOOD

FIRMWARE = Firmware(color="1.6.110", depth="1.6.80", audio="1.6.14")
OK, WARNING, PROBLEM, UNKNOWN = Status


def bench(*serials: str, **changes: str) -> Callable[[], Sequence[Discovered]]:
    """Devices that answer."""
    firmware = FIRMWARE.model_copy(update=changes)
    return lambda: [
        Discovered(index=index, serial=serial, firmware=firmware) for index, serial in enumerate(serials)
    ]


def examination(computer: MadeUp, **changes: Any) -> Examination:
    """Examine the computer with the good rig, whose devices answer, but for the changes."""
    wanted: dict[str, Any] = {
        "rig": parse_rig(GOOD).rig,
        "takes": computer.root / "takes",
        "ask_bench": bench(*SERIALS),
        "try_sdk": lambda: (),
    }
    return Examination(host=computer.host, **wanted | changes)


def rig_of(number: int) -> Rig:
    """A rig of so many devices in a chain."""
    roles = ["master", *["subordinate"] * 8] if number > 1 else ["standalone"]
    devices = [
        {"name": f"cam-{place}", "serial": f"{place:012}", "role": role}
        for place, role in enumerate(roles[:number])
    ]
    topology = "daisy_chain" if number > 1 else "standalone"
    return Rig.model_validate({"name": "many", "topology": topology, "devices": devices})


class Row(NamedTuple):
    """A computer with one change, and what a check tells of it."""

    sentence: str
    change: Change
    status: Status
    what: str
    """A piece of what was found."""
    remedy: str = ""
    """A piece of what to do."""
    code: str | None = None
    """Where it is another than the check's name."""
    device: str | None = None
    number: int | None = None
    """Devices of the rig, where they are others than the good rig's three."""


def expect(row: Row, check: str, computer: MadeUp) -> None:
    """Let the change happen to the computer, and see that the check tells it."""
    row.change(computer)
    changes = {"rig": rig_of(row.number)} if row.number else {}
    results = run_checks(examination(computer, **changes), [check])
    (result,) = [each for each in results if each.name == (row.code or check)]
    assert (result.status, result.device) == (row.status, row.device), result
    assert row.what in result.what
    assert row.remedy in (result.remedy or "")
    assert (result.remedy is None) == (result.status is Status.OK)


def told(check: str, computer: MadeUp, **changes: Any) -> list[CheckResult]:
    """Return what one check tells."""
    return list(run_checks(examination(computer, **changes), [check]))
