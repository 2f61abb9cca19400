"""Which computer a device is connected to: hosts, their addresses, and who is said to be where."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.files import is_reserved
from kinect_sync.findings.rig import (
    DUPLICATE_ADDRESS,
    DUPLICATE_NAME,
    HOST_ADDRESS,
    HOST_UNUSED,
    RESERVED_NAME,
    UNKNOWN_HOST,
)
from kinect_sync.rig.address import NAME_FOR_IPV6, is_address, is_ipv6
from kinect_sync.rig.model import HERE, DeviceSpec, HostSpec, RigFields
from kinect_sync.rig.problem import Problem, if_meant, shown

_PORT_APART = "write the address alone, and the port as `port:`"


def host_names_serve(rig: RigFields) -> Iterator[Problem]:
    """A host's name is that of a folder and of a certificate, and `here` is taken."""
    seen: dict[str, str] = {}
    for name in rig.hosts:
        place = ("hosts", name)
        first = seen.setdefault(name.casefold(), name)
        if name.casefold() == HERE:
            what = f"`{name}` is the word for the computer that the command runs on, which needs no entry"
            yield Problem(place, RESERVED_NAME, what, "take it out, or choose another name")
        elif is_reserved(name):
            what = f"Windows keeps the name `{name}` for itself, and cannot make a folder of it"
            yield Problem(place, RESERVED_NAME, what)
        elif first != name:
            what = f"the name `{name}` is `{first}` in other case: one folder for both"
            yield Problem(place, DUPLICATE_NAME, what)


def address_is_one(name: str, host: HostSpec) -> Iterator[Problem]:
    """What is dialled, and stands in the host's certificate, is an IPv4 address or a name."""
    if not is_address(host.address):
        what = f"`{shown(host.address)}` is no IPv4 address, and no name of a computer"
        yield Problem(("hosts", name, "address"), HOST_ADDRESS, what, _remedy_of(host.address))


def _remedy_of(address: str) -> str | None:
    if is_ipv6(address):
        return NAME_FOR_IPV6
    return _PORT_APART if address.count(":") == 1 else None


def addresses_differ(rig: RigFields) -> Iterator[Problem]:
    """One address and port is one agent."""
    seen: dict[tuple[str, int], str] = {}
    for name, host in rig.hosts.items():
        first = seen.setdefault((host.address.casefold(), host.port), name)
        if first != name:
            what = f"`{name}` has the address and the port of `{first}`"
            yield Problem(("hosts", name, "address"), DUPLICATE_ADDRESS, what)


def hosts_have_devices(rig: RigFields) -> Iterator[Problem]:
    """Where every device says its host, one that none names is waited for without need."""
    said = {device.host for device in rig.devices}
    if None in said:
        return
    for name in rig.hosts:
        if name not in said:
            what = f"every device says its host, and none is connected to `{name}`"
            yield Problem(("hosts", name), HOST_UNUSED, what)


def device_host_exists(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """A device is connected to one of the hosts, or to this computer."""
    if device.host is None or device.host == HERE or device.host in rig.hosts:
        return
    what = f"no host is called `{device.host}`"
    known = ", ".join(f"`{name}`" for name in rig.hosts)
    remedy = if_meant(device.host, [*rig.hosts, HERE]) or (f"write one of {known}" if known else None)
    yield Problem(("devices", index, "host"), UNKNOWN_HOST, what, remedy)


RIG_RULES = (host_names_serve, addresses_differ, hosts_have_devices)
HOST_RULES = (address_is_one,)
DEVICE_RULES = (device_host_exists,)
