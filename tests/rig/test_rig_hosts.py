"""Hosts of a rig: what a rig file may say of them, all that can be wrong with it, and what follows."""

from __future__ import annotations

import pytest

from kinect_sync.errors import RigError
from kinect_sync.findings import Severity
from kinect_sync.rig.address import is_address
from kinect_sync.rig.facts import rig_facts
from kinect_sync.rig.loading import LoadedRig, parse_rig
from kinect_sync.rig.model import HostSpec, RigFields
from tests.rig.rig_texts import GOOD, broken, line_of

HOSTS = "hosts:\n  host-b: {address: 10.0.0.12}\n  host-c:\n    address: studio-c.local\n    port: 7448\n"


def placed(front: str | None = None, left: str | None = None, right: str | None = None) -> str:
    """The good rig with hosts, and the host of each device that says one."""
    text = GOOD
    for name, host in (("front", front), ("left", left), ("right", right)):
        if host is not None:
            text = broken((f"name: {name}\n", f"name: {name}\n    host: {host}\n"), text=text)
    return text + HOSTS


def loaded(text: str) -> LoadedRig:
    return parse_rig(text, "rig.yaml")


def test_a_rig_names_hosts_and_who_is_where() -> None:
    rig = loaded(placed("here", "host-b")).rig
    assert rig.hosts == {
        "host-b": HostSpec(address="10.0.0.12", port=7447),
        "host-c": HostSpec(address="studio-c.local", port=7448),
    }
    assert [device.host for device in rig.devices] == ["here", "host-b", None]
    assert not [each for each in loaded(placed("here", "host-b")).warnings if "host" in each.code]


def test_a_host_that_no_device_can_be_at_is_told() -> None:
    text = placed("here", "host-b", "host-b")
    (told,) = [each for each in loaded(text).warnings if each.code == "host-unused"]
    assert (told.severity, told.where) == (Severity.WARNING, f"rig.yaml:{line_of(text, 'host-c:')}")


@pytest.mark.parametrize("host", ["10.0.0.12", "studio-c", "studio-c.local", "7up.local"])
def test_addresses(host: str) -> None:
    assert is_address(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "10.0.0.300",
        "10.0.12",
        "10.0.0.12:7447",
        "a b",
        "a/b",
        "-a.local",
        "a..b",
        "x" * 300,
        "a_b",
        "fe80::1",
        "::1",
        "0.0.0.0",
        "224.0.0.1",
    ],
)
def test_what_is_no_address(host: str) -> None:
    assert not is_address(host)


ENTRY = "{address: 10.0.0.12}"


@pytest.mark.parametrize(
    ("sentence", "changes", "code", "at", "piece"),
    [
        ("A host has an address.", [(ENTRY, "{port: 7447}")], "missing-field", "host-b:", "`address:`"),
        ("A host is a mapping.", [(ENTRY, "10.0.0.9")], "wrong-type", "host-b:", "`{address: 10.0.0.9}`"),
        ("A host says something.", [(ENTRY, "")], "no-value", "host-b:", "take the line out"),
        ("A port is one.", [("port: 7448", "port: 70000")], "value-out-of-range", "port:", "1 to 65535"),
        ("A port is a number.", [("port: 7448", 'port: "7448"')], "wrong-type", "port:", "without quotes"),
        ("A host has these fields alone.", [("port: 7448", "prot: 1")], "unknown-key", "prot:", "`port`"),
        ("A name is a folder's.", [("host-b:", "host b:")], "invalid-name", "host b:", "`host_b`"),
        ("A name stands once.", [("host-c:", "host-b:")], "duplicate-key", "host-b:\n", "line 23"),
        ("Folders have no case.", [("host-c:", "HOST-B:")], "duplicate-name", "HOST-B:", "other case"),
        ("Windows has words of its own.", [("host-b:", "con:")], "reserved-name", "con:", "Windows"),
        ("This computer is no entry.", [("host-b:", "here:")], "reserved-name", "here:", "no entry"),
        ("An address is one.", [("10.0.0.12", "10.0.0.300")], "host-address", "300", "10.0.0.12"),
        ("A port stands by itself.", [("10.0.0.12", "10.0.0.12:7447")], "host-address", ":7447", "`port:`"),
        ("IPv6 goes by a name.", [("10.0.0.12", '"::1"')], "host-address", "::1", "a name in the network"),
        (
            "One agent is one host.",
            [("studio-c.local\n    port: 7448", "10.0.0.12")],
            "duplicate-address",
            "  address: 10.0.0.12",
            "`host-b`",
        ),
        (
            "A device's host is one of the rig's.",
            [("name: left\n", "name: left\n    host: host-d\n")],
            "unknown-host",
            "host-d",
            "write `host-",
        ),
        ("A host has a name.", [("name: left\n", "name: left\n    host: 3\n")], "wrong-type", "3\n", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_hosts(
    sentence: str, changes: list[tuple[str, str]], code: str, at: str, piece: str
) -> None:
    text = broken(*changes, text=GOOD + HOSTS)
    with pytest.raises(RigError) as refused:
        loaded(text)
    (finding,) = [each for each in refused.value.findings if each.severity is Severity.ERROR]
    number = text[: text.rindex(at)].count("\n") + 1
    assert (finding.code, finding.where) == (code, f"rig.yaml:{number}"), sentence
    assert piece in f"{finding.what}; {finding.remedy}"


def test_everything_wrong_is_told_at_once() -> None:
    text = placed("host-d", "here") + "  con: {adress: 10.0.0.13}\n  x y: {address: a b, port: 0}\n"
    with pytest.raises(RigError) as refused:
        loaded(text)
    assert {each.code for each in refused.value.findings if each.severity is Severity.ERROR} == {
        "unknown-host",
        "reserved-name",
        "unknown-key",
        "invalid-name",
        "host-address",
        "value-out-of-range",
    }


def test_a_host_is_no_word_of_a_rig_on_one_computer() -> None:
    with pytest.raises(RigError) as refused:
        loaded(broken(("name: left\n", "name: left\n    host: host-b\n")))
    assert [each.code for each in refused.value.findings if each.severity is Severity.ERROR] == [
        "unknown-host"
    ]


def test_each_host_has_the_load_of_its_devices() -> None:
    facts = rig_facts(loaded(placed("here", "host-b")).rig)
    here, b, c = facts.hosts
    assert (here.name, here.address, here.port, here.devices) == ("here", None, None, ("front",))
    assert (b.name, b.address, b.port, b.devices) == ("host-b", "10.0.0.12", 7447, ("left",))
    assert (c.devices, c.usb.high) == ((), 0)
    assert (here.usb, b.disk) == (facts.devices[0].usb, facts.devices[1].disk)
    assert [device.host for device in facts.devices] == ["here", "host-b", None]


def test_a_rig_without_hosts_is_written_as_before_there_were_any() -> None:
    """A closed format: an earlier ksync would not know the rig of a take that says one word more."""
    rig = loaded(GOOD).rig
    assert set(RigFields.model_validate(rig.model_dump()).model_dump()) == {
        "name", "topology", "hardware", "imu", "camera", "devices", "external_trigger", "cables", "overlaps",
    }  # fmt: skip
    assert '"host' not in rig.model_dump_json()


def test_hosts_go_through_json() -> None:
    rig = loaded(placed("here", "host-b")).rig
    assert type(rig).model_validate_json(rig.model_dump_json(by_alias=True)) == rig
