"""Several chains behind one trigger: what a rig may say of them, and the cables that follow."""

from __future__ import annotations

import pytest

from kinect_sync.errors import RigError
from kinect_sync.findings import Severity
from kinect_sync.rig.facts import rig_facts
from kinect_sync.rig.loading import parse_rig
from kinect_sync.rig.topology import between, cables, expected_jacks, feeding_cable, suspect_cables
from tests.rig.chains import chains_36
from tests.rig.rig_texts import GOOD, broken

TRIGGERED = GOOD.replace("role: master", "role: subordinate") + (
    "external_trigger:\n  fps: 30\n  pulse_width_us: 100\n  drive_current_ma: 8\n"
)
CHAINS = "chains:\n  - [front]\n  - [right, left]\n"


def links(text: str) -> list[str]:
    return [f"{cable.from_device}>{cable.to_device}" for cable in cables(parse_rig(text).rig)]


def test_each_chain_has_its_pulse_from_the_distributor() -> None:
    assert links(TRIGGERED + CHAINS) == ["trigger>front", "trigger>right", "right>left"]
    rig = parse_rig(TRIGGERED + CHAINS).rig
    assert list(expected_jacks(rig).values()) == [(True, False), (True, False), (True, True)]
    told = "from the external trigger through the pulse distributor to `right` sync in"
    assert str(feeding_cable(rig, "right")) == told


def test_one_chain_says_the_order_and_needs_no_distributor() -> None:
    text = TRIGGERED + "chains: [[right, front, left]]\n"
    assert links(text) == ["trigger>right", "right>front", "front>left"]
    assert between(parse_rig(text).rig) is None


def test_thirty_six_devices_are_four_chains() -> None:
    rig = chains_36()
    facts = rig_facts(rig)
    assert len(rig.devices) == 36
    assert (facts.cables_to_buy, facts.splitter.partition(",")[0]) == (36, "pulse distributor with 4 outputs")
    ends = [device.name for device in facts.devices if not device.sync_out]
    assert ends == ["north-9", "east-9", "south-9", "west-9"]
    assert all(device.sync_in for device in facts.devices)


@pytest.mark.parametrize(
    ("silent", "suspects"),
    [
        ({f"south-{n}" for n in range(1, 10)}, ["trigger>south-1"]),
        ({f"south-{n}" for n in range(4, 10)}, ["south-3>south-4"]),
        (
            {"west-9", *(f"east-{n}" for n in range(1, 10))},
            ["trigger>east-1", "west-8>west-9"],
        ),
    ],
)
def test_silence_blames_the_cable_of_its_own_chain(silent: set[str], suspects: list[str]) -> None:
    found = suspect_cables(chains_36(), silent)
    assert [f"{cable.from_device}>{cable.to_device}" for cable in found] == suspects


def errors(text: str) -> list[tuple[str, str | None, str | None]]:
    with pytest.raises(RigError) as refused:
        parse_rig(text, "rig.yaml")
    return [(f.code, f.field, f.where) for f in refused.value.findings if f.severity is Severity.ERROR]


LINE = len(TRIGGERED.splitlines()) + 1


@pytest.mark.parametrize(
    ("sentence", "text", "told"),
    [
        ("A master feeds one chain.", GOOD + CHAINS, [("chains-without-trigger", "chains", "rig.yaml:22")]),
        (
            "A star has no chains.",
            TRIGGERED.replace("daisy_chain", "star") + CHAINS,
            [("chains-without-trigger", "chains", f"rig.yaml:{LINE}")],
        ),
        (
            "A chain names devices.",
            TRIGGERED + CHAINS.replace("right,", "right, rihgt,"),
            [("unknown-device", "chains[1][1]", f"rig.yaml:{LINE + 2}")],
        ),
        (
            "A device is in one chain.",
            TRIGGERED + CHAINS.replace("[front]", "[front, left]"),
            [("duplicate-name", "chains[1][1]", f"rig.yaml:{LINE + 2}")],
        ),
        (
            "A device is in a chain once.",
            TRIGGERED + CHAINS.replace("[front]", "[front, front]"),
            [("duplicate-name", "chains[0][1]", f"rig.yaml:{LINE + 1}")],
        ),
        (
            "A device is in some chain.",
            TRIGGERED + CHAINS.replace("right, left", "right"),
            [("device-in-no-chain", "devices[1]", "rig.yaml:14")],
        ),
        (
            "A chain has a device.",
            TRIGGERED + CHAINS + "  - []\n",
            [("empty-group", "chains[2]", f"rig.yaml:{LINE + 3}")],
        ),
        (
            "A chain is a list.",
            TRIGGERED + "chains: [front, left]\n",
            [("wrong-type", f"chains[{number}]", f"rig.yaml:{LINE}") for number in (0, 1)],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_chains(
    sentence: str, text: str, told: list[tuple[str, str | None, str | None]]
) -> None:
    assert errors(text) == told, sentence


def test_a_chain_takes_nine() -> None:
    names = [device.name for device in chains_36().devices]
    with pytest.raises(RigError) as refused:
        chains_36(chains=[names[:10], names[10:19], names[19:28], names[28:]])
    (finding,) = [each for each in refused.value.findings if each.severity is Severity.ERROR]
    assert (finding.code, finding.field) == ("too-many-devices", "chains[0][9]")


def test_more_than_a_chain_takes_is_shown_the_way() -> None:
    extra = "".join(
        f'  - {{name: extra-{index}, serial: "0009{index:08d}", role: subordinate}}\n' for index in range(7)
    )
    with pytest.raises(RigError, match="several `chains:`"):
        parse_rig(GOOD + extra)


def test_cables_that_were_bought_are_held_against_the_chains() -> None:
    text = TRIGGERED + CHAINS + "cables:\n  - {from: trigger, to: right, length_m: 3}\n"
    parse_rig(text)
    stray = text + "  - {from: front, to: left, length_m: 3}\n"
    assert [code for code, _, _ in errors(stray)] == ["cable-not-in-topology"]


def test_a_rig_without_chains_is_written_as_before_there_were_any() -> None:
    assert "chains" not in parse_rig(broken()).rig.model_dump()
    rig = chains_36()
    assert type(rig).model_validate_json(rig.model_dump_json(by_alias=True)) == rig
