"""Faulty benches, and what `devices` and `check-jacks` must say of each: finding, remedy, exit code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.commands import CONFIGS
from tests.cli.in_process import Run


@dataclass(frozen=True)
class Case:
    """One bench and one command."""

    name: str
    sentence: str
    exit_code: int
    verdict: str
    findings: tuple[tuple[str, str | None], ...] = ()
    """(code, device) of everything that is no note."""
    remedy: str = ""
    """Words of the first finding's remedy."""
    faults: str = ""
    """Name of a file in configs/faults, or YAML."""
    rig: str = "daisy_chain_3"
    command: str = "check-jacks"
    options: tuple[str, ...] = ()
    notes: tuple[str, ...] = ("jack-limits",)


UNPLUGGED, PLUGGED, WRONG = "jack-unplugged", "jack-plugged", "jack-wrong"
FRONT_LEFT = "plug a cable from `front` sync out to `left` sync in"

JACKS = [
    Case(
        "cable absent",
        "both ends of one missing cable are told, and the cable is named",
        1,
        "bad",
        ((UNPLUGGED, "front"), (UNPLUGGED, "left")),
        FRONT_LEFT,
        "cable-absent",
    ),
    Case("cable loose", "one end is out", 1, "bad", ((UNPLUGGED, "left"),), FRONT_LEFT, "cable-unplugged"),
    Case(
        "plug in the wrong jack",
        "a plug in sync out and none in sync in is one mistake, not two",
        1,
        "bad",
        ((WRONG, "right"),),
        "move the plug from `right` sync out to sync in",
        "cable-wrong-jack",
    ),
    Case(
        "master's plug in the wrong jack",
        "the master's one plug belongs into sync out",
        1,
        "bad",
        ((WRONG, "front"),),
        "move the plug from `front` sync in to sync out",
        "devices: {front: {jacks: {sync_in: true, sync_out: false}}}",
    ),
    Case(
        "splitter on a chain",
        "the middle of the chain feeds nobody, as the master feeds both",
        1,
        "bad",
        ((UNPLUGGED, "left"),),
        "plug a cable from `left` sync out to `right` sync in",
        "cable-split",
    ),
    Case(
        "master with sync in",
        "a ring: the last device's sync out leads back to the master",
        1,
        "bad",
        ((PLUGGED, "front"), (PLUGGED, "right")),
        "unplug it from `front` sync in",
        "cable-loop",
    ),
    Case(
        "a plug too many at the end",
        "a start lives with it, a check may not",
        1,
        "bad",
        ((PLUGGED, "right"),),
        "unplug it from `right` sync out",
        "devices: {right: {jacks: {sync_out: true}}}",
    ),
    Case(
        "dead jack",
        "a detector that denies the plug: the SDK would refuse to start the master",
        1,
        "bad",
        ((UNPLUGGED, "front"),),
        FRONT_LEFT,
        "jack-lies",
    ),
    Case(
        "all cables missing",
        "every jack that needs a plug is told at once",
        1,
        "bad",
        ((UNPLUGGED, "front"), (UNPLUGGED, "left"), (UNPLUGGED, "left"), (UNPLUGGED, "right")),
        FRONT_LEFT,
        "devices: {left: {cable: absent}, right: {cable: absent}}",
    ),
    Case(
        "jacks that cannot be read",
        "unknown is neither plugged nor unplugged: the check could not be made",
        3,
        "failed",
        (("jacks-unreadable", "left"),),
        "plug them in again",
        "jacks-fail",
    ),
    Case(
        "both plugs of a device swapped",
        "both jacks are plugged, so nothing shows: the report says what a jack can't know",
        0,
        "good",
        faults="cable-swapped",
    ),
    Case("dead cable", "a jack reports a plug, not a signal", 0, "good", faults="cable-dead"),
    Case(
        "two devices swapped inside a chain",
        "cables that lead to other devices of the middle look the same",
        0,
        "good",
        faults="devices: {east: {fed_by: north}, north-east: {fed_by: east}, "
        "south-east: {fed_by: north-east}}",
        rig="daisy_chain_9",
    ),
    Case(
        "order of a chain of three",
        "the end of the chain stands in its middle: with one middle device it shows",
        1,
        "bad",
        ((UNPLUGGED, "left"), (PLUGGED, "right")),
        "plug a cable from `left` sync out",
        "devices: {right: {fed_by: front}, left: {fed_by: right}}",
    ),
    Case(
        "star with a cable missing",
        "the splitter is still plugged into the master",
        1,
        "bad",
        ((UNPLUGGED, "left"),),
        "plug a cable from `center` sync out through the splitter to `left` sync in",
        "devices: {left: {cable: absent}}",
        rig="star_3",
    ),
    Case(
        "star that is wired as a chain",
        "a subordinate of a star feeds nobody",
        1,
        "bad",
        ((PLUGGED, "left"),),
        "unplug it from `left` sync out",
        "devices: {right: {fed_by: left}}",
        rig="star_3",
    ),
    Case(
        "trigger", "a plug in the first sync in is right behind a trigger", 0, "good", rig="external_trigger"
    ),
    Case(
        "trigger not plugged",
        "the first device's cable comes from the trigger",
        1,
        "bad",
        ((UNPLUGGED, "front"),),
        "from the external trigger to `front` sync in",
        "devices: {front: {cable: absent}}",
        rig="external_trigger",
    ),
    Case(
        "standalone with a plug",
        "a lone device has no sync cable",
        1,
        "bad",
        ((PLUGGED, "only"),),
        "unplug it from `only` sync in",
        "devices: {only: {jacks: {sync_in: true}}}",
        rig="standalone",
        notes=(),
    ),
    Case(
        "Femto",
        "its jacks cannot tell: unknown, never unplugged",
        0,
        "unknown",
        rig="femto_star",
        notes=("jack-unknown",),
    ),
    Case(
        "wrong serial",
        "the device in its place is told too",
        1,
        "bad",
        (("device-missing", "left"), ("device-unexpected", None)),
        "correct the serial",
        "device-exchanged",
    ),
    Case(
        "extra device",
        "told, unless it is allowed",
        1,
        "bad",
        (("device-unexpected", None),),
        "--allow-extra",
        "device-unexpected",
    ),
    Case(
        "extra device, allowed",
        "then it is a note",
        0,
        "good",
        faults="device-unexpected",
        options=("--allow-extra",),
        notes=("device-unexpected", "jack-limits"),
    ),
    Case(
        "device missing and a cable too",
        "inventory and jacks in one go",
        1,
        "bad",
        (("device-missing", "left"), (UNPLUGGED, "right")),
        "check its power and USB cable",
        "devices: {left: {missing: true}, right: {cable: unplugged}}",
    ),
    Case(
        "busy device",
        "nobody knows its jacks: the check could not be made",
        3,
        "failed",
        (("device-missing", "left"), ("device-busy", None)),
        "see what is said of that device",
        "device-busy",
    ),
]

DEVICES = [
    Case("all there", "nothing to say", 0, "good", command="devices", notes=()),
    Case(
        "missing device",
        "the rig's name for it",
        1,
        "bad",
        (("device-missing", "left"),),
        "check its power and USB cable",
        "device-missing",
        command="devices",
        notes=(),
    ),
    Case(
        "exchanged device",
        "both ways",
        1,
        "bad",
        (("device-missing", "left"), ("device-unexpected", None)),
        "correct the serial",
        "device-exchanged",
        command="devices",
        notes=(),
    ),
    Case(
        "busy device, listed",
        "the index that does not open stands beside the name that is missing",
        3,
        "failed",
        (("device-missing", "left"), ("device-busy", None)),
        "see what is said of that device",
        "device-busy",
        command="devices",
        notes=(),
    ),
    Case(
        "extra busy device",
        "a busy device that the rig does not need is told all the same",
        3,
        "failed",
        (("device-busy", None),),
        "close other programs that use the camera",
        'extra: [{serial: "000777777777", busy: true}]',
        command="devices",
        notes=(),
    ),
    Case(
        "failed open",
        "it is there, and does not open",
        3,
        "failed",
        (("device-missing", "left"), ("open-failed", None)),
        "see what is said of that device",
        "open-fails",
        command="devices",
        notes=(),
    ),
    Case(
        "mixed firmware",
        "too old for synchronized recording, and not equal",
        1,
        "bad",
        (("firmware-old", "left"), ("firmware-differs", None)),
        "AzureKinectFirmwareTool",
        "firmware-mixed",
        command="devices",
        notes=(),
    ),
    Case(
        "newer firmware on one device",
        "recent enough, but not equal: worth a look",
        0,
        "good",
        (("firmware-differs", None),),
        "AzureKinectFirmwareTool",
        "devices: {left: {color_firmware: 1.6.112}}",
        command="devices",
        notes=(),
    ),
    Case(
        "Femtos",
        "nothing is known of their firmware's minimum",
        0,
        "good",
        rig="femto_star",
        command="devices",
        notes=("firmware-unknown",),
    ),
]


def faults_of(case: Case, directory: Path) -> list[Path]:
    if not case.faults:
        return []
    path = CONFIGS / "faults" / f"{case.faults}.yaml"
    if ":" in case.faults:
        path = directory / "faults.yaml"
        path.write_text(case.faults)
    return [path]


@pytest.mark.parametrize("case", [*JACKS, *DEVICES], ids=lambda case: f"{case.command}: {case.name}")
def test_a_faulty_bench_has_its_finding_remedy_and_exit_code(case: Case, run: Run, tmp_path: Path) -> None:
    rig, faults = CONFIGS / f"{case.rig}.yaml", faults_of(case, tmp_path)
    done = run(case.command, rig, "--json", *case.options, "--simulate", *faults)
    assert (done.code, done.report["verdict"], done.told) == (
        case.exit_code,
        case.verdict,
        list(case.findings),
    ), case.sentence
    findings = done.report["findings"]
    assert all(finding["what"] and finding["remedy"] for finding in findings)
    assert tuple(f["code"] for f in findings if f["severity"] == "note") == case.notes
    if case.findings:
        assert case.remedy in findings[0]["remedy"], case.sentence
    shown = run(case.command, rig, *case.options, "--simulate", *faults)
    assert shown.code == case.exit_code
    assert all(finding["what"] in shown.err for finding in findings)


def test_the_note_on_a_long_chain_names_the_devices_that_look_alike(run: Run) -> None:
    done = run("check-jacks", CONFIGS / "daisy_chain_9.yaml", "--simulate", "--json")
    (note,) = done.report["findings"]
    assert (
        "north-east, east, south-east, south, south-west, west, north-west could have changed" in note["what"]
    )
    assert "verify" in note["remedy"]


def test_a_jack_report_has_each_jack_as_it_is_and_as_it_should_be(run: Run) -> None:
    faults = CONFIGS / "faults" / "cable-unplugged.yaml"
    done = run("check-jacks", CONFIGS / "daisy_chain_3.yaml", "--simulate", faults, "--json")
    left = done.report["devices"][1]
    assert (left["name"], left["sync_in"], left["expected_in"]) == ("left", False, True)
    assert (left["sync_out"], left["expected_out"], left["place"]) == (True, True, "master")
    text = run("check-jacks", CONFIGS / "daisy_chain_3.yaml", "--simulate", faults).out
    assert "empty, not plug" in text
    assert text.endswith("bad: 1 thing to put right for daisy-chain-3\n")


@pytest.mark.parametrize("command", ["devices", "check-jacks", "verify"])
def test_a_simulation_without_a_rig_is_refused_with_the_way_to_write_it(run: Run, command: str) -> None:
    rig = CONFIGS / "daisy_chain_3.yaml"
    done = run(command, "--simulate", rig)
    assert done.code == 2
    assert "Missing argument" in done.err or f"name RIG before it ({str(rig)!r} was taken" in done.err


@pytest.mark.parametrize("command", ["devices", "check-jacks", "verify"])
def test_a_rig_file_that_is_wrong_gives_2_and_a_report(run: Run, command: str, tmp_path: Path) -> None:
    rig = tmp_path / "rig.yaml"
    rig.write_text("name: x\n")
    done = run(command, rig, "--json")
    assert done.code == 2
    assert done.report["verdict"] == "refused"
    assert {finding["code"] for finding in done.report["findings"]} == {"missing-field"}


def test_a_timeout_belongs_to_watch(run: Run) -> None:
    assert run("check-jacks", "--timeout", "3").code == 2
