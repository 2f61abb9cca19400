"""The inventory of a bench: busy and absent told apart where the USB bus tells, and firmware compared."""

from __future__ import annotations

from kinect_sync.devices.port import Discovered
from kinect_sync.findings import Finding, Severity
from kinect_sync.readings import Firmware
from kinect_sync.rig.model import RigFields
from kinect_sync.survey.inventory import report_inventory
from kinect_sync.verdicts import Verdict
from tests.director.scripted import healthy_bench

SERIALS = ("000000000001", "000000000002", "000000000003")
RIG = RigFields.model_validate(
    {
        "name": "lab",
        "topology": "daisy_chain",
        "devices": [
            {"name": name, "serial": serial, "role": "master" if name == "front" else "subordinate"}
            for name, serial in zip(("front", "left", "right"), SERIALS, strict=True)
        ],
    }
)
CLOSED = Discovered(index=1, serial=None, problem=Finding(code="device-busy", what="index 1", remedy="x"))


def told(bench: list[Discovered], rig: RigFields | None = RIG, **options) -> list:
    return [(each.code, each.device) for each in report_inventory(bench, rig, **options).findings]


def without_left() -> list[Discovered]:
    front, _, right = healthy_bench(RIG)
    return [front, CLOSED, right]


def test_a_device_that_the_bus_lists_is_busy_and_not_absent() -> None:
    assert told(without_left(), on_usb=SERIALS) == [("device-closed", "left"), ("device-busy", None)]
    assert told(without_left(), on_usb=SERIALS[::2]) == [("device-missing", "left"), ("device-busy", None)]


def test_a_device_that_the_bus_lists_and_the_sdk_does_not_even_count_is_told() -> None:
    front, _, right = healthy_bench(RIG)
    assert told([front, right], on_usb=SERIALS) == [("device-closed", "left")]
    assert told([front, right], None, on_usb=SERIALS) == [("device-closed", SERIALS[1])]


def test_a_busy_device_of_no_rig_is_told_by_its_serial() -> None:
    bench = healthy_bench(RIG)
    assert told(bench, on_usb=(*SERIALS, "000000000009")) == [("device-closed", "000000000009")]


def test_missing_devices_are_named_and_the_unopened_index_with_them() -> None:
    report = report_inventory(without_left(), RIG)
    assert (report.verdict, report.missing) == (Verdict.FAILED, ("left",))
    assert "or the one at index 1" in report.findings[0].what


def test_an_empty_bench_is_told() -> None:
    assert told([], None) == [("no-devices", None)]
    assert [code for code, _ in told([])] == ["device-missing"] * 3


def test_firmware_that_differs_is_worth_a_look() -> None:
    bench = healthy_bench(RIG)
    newer = Firmware(color="1.6.112", depth="1.6.80", audio="1.6.14")
    bench[1] = bench[1].model_copy(update={"firmware": newer})
    report = report_inventory(bench, RIG)
    (finding,) = report.findings
    assert (finding.code, finding.severity, report.verdict) == (
        "firmware-differs",
        Severity.WARNING,
        Verdict.GOOD,
    )
    assert "1.6.112" in finding.what


def test_a_device_at_another_host_than_the_rig_says_is_told() -> None:
    places = {"front": "here", "left": "host-b", "right": None}
    devices = tuple(each.model_copy(update={"host": places[each.name]}) for each in RIG.devices)
    rig = RIG.model_copy(update={"devices": devices})
    front, left, right = healthy_bench(RIG)
    left, right = (each.model_copy(update={"host": "host-b"}) for each in (left, right))
    assert told([front, left, right], rig) == []
    moved = front.model_copy(update={"host": "host-b"})
    assert told([moved, left, right], rig) == [("device-elsewhere", "front")]
