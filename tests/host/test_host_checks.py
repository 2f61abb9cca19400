"""Good and bad computers, one change each: what each check says, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from kinect_sync.findings.host import HOST_CLOCK
from kinect_sync.host.checks import CheckResult, Status, unknown
from kinect_sync.host.clock import TIMESYNCD, check_clock
from kinect_sync.host.computer import CPU_QUOTA, MEMINFO, MEMORY_LIMIT, check_computer
from kinect_sync.host.depth_engine import check_depth_engine
from kinect_sync.host.permissions import check_permissions
from kinect_sync.host.sdk import check_versions
from kinect_sync.host.usb import find_kinects
from kinect_sync.host.usbfs import GRUB, PARAMETER, check_usb_memory
from kinect_sync.host.view import Host, Installed
from tests.host.made_up import BUNDLE, SERIALS, Change, MadeUp, environment, good

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="names and links of sysfs are Linux's")

OK, WARNING, PROBLEM, UNKNOWN = Status
RULE = "/etc/udev/rules.d/99-k4a.rules"
X_SOCKET = "/tmp/.X11-unix/X0"
Check = Callable[[Host], Sequence[CheckResult]]


def permissions(host: Host) -> Sequence[CheckResult]:
    return check_permissions(host, find_kinects(host))


def unplugged(host: Host) -> Sequence[CheckResult]:
    return check_permissions(host, ())


def usb_memory(devices: int) -> Check:
    return lambda host: (check_usb_memory(host, devices),)


def computer(devices: int) -> Check:
    return lambda host: check_computer(host, devices)


def clock(host: Host) -> Sequence[CheckResult]:
    return (check_clock(host),)


def holds(path: str, text: str | bytes) -> Change:
    return lambda it: it.file(path, text) and None


def lacks(*paths: str) -> Change:
    return lambda it: [it.remove(path) for path in paths] and None


def unreadable(path: str) -> Change:
    return lambda it: it.unreadable(path)


def has(**attributes: object) -> Change:
    def change(it: MadeUp) -> None:
        for name, value in attributes.items():
            setattr(it, name, value)

    return change


def both(*changes: Change) -> Change:
    return lambda it: [change(it) for change in changes] and None


def closed(it: MadeUp) -> None:
    it.closed = {find_kinects(it.host)[0].nodes[0]}


def no_nodes(it: MadeUp) -> None:
    for node in find_kinects(it.host)[0].nodes:
        it.remove(node)


def unsynchronised(**more: object) -> Change:
    return has(kernel_clock=False, **more)


def libraries(*paths: str) -> Change:
    """No cache of the loader; libraries are where they are."""
    return both(has(commands={}), *(holds(path, "") for path in paths))


def nothing(_it: MadeUp) -> None:
    return None


def quiet_grub(it: MadeUp) -> None:
    it.file(PARAMETER, "16")
    it.file(
        GRUB, 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet usbcore.usbfs_memory_mb=8 mitigations=off"\n'
    )


def without_files(it: MadeUp) -> None:
    it.installed = {"pyk4a": Installed("1.5.0", ())}


def with_sdk(version: str) -> Change:
    files = (f"pyk4a_bundle.libs/libk4a-f64cb9eb.so.{version}",)
    return has(installed={"pyk4a-bundle": Installed("1.5.0", files)})


class Row(NamedTuple):
    sentence: str
    change: Change
    check: Check
    name: str
    status: Status
    what: str
    remedy: str = ""


CHRONY = "Reference ID    : C0A80101\nLeap status     : {}\n"
MEGABYTES = "MemAvailable: {} kB\n"
ROWS = [
    # --- memory for USB transfers
    Row("enough for three", nothing, usb_memory(3), "usb-memory", OK, "1000 for 3 devices"),
    Row("no limit", holds(PARAMETER, "0\n"), usb_memory(9), "usb-memory", OK, "no limit"),
    Row("the default is enough for one", holds(PARAMETER, "16"), usb_memory(1), "usb-memory", OK, "1 device"),
    Row(
        "16 with 4 devices: the command for now", holds(PARAMETER, "16"), usb_memory(4), "usb-memory",
        PROBLEM, "16 for 4 devices", f"now: echo 128 | sudo tee {PARAMETER}",
    ),
    Row(
        "16 with 4 devices: the line for GRUB", holds(PARAMETER, "16"), usb_memory(4), "usb-memory", PROBLEM,
        "errno 12", 'GRUB_CMDLINE_LINUX_DEFAULT="quiet splash usbcore.usbfs_memory_mb=128" into /etc/',
    ),
    Row(
        "GRUB's words are kept, an old number is not", quiet_grub, usb_memory(2), "usb-memory", PROBLEM, "16",
        '"quiet mitigations=off usbcore.usbfs_memory_mb=64"',
    ),
    Row(
        "less than depth needs", holds(PARAMETER, "8"), usb_memory(1), "usb-memory", PROBLEM, "8 for 1", "32",
    ),
    Row("32 for nine", holds(PARAMETER, "32"), usb_memory(9), "usb-memory", PROBLEM, "32 for 9", "288"),
    Row("less than the rule", holds(PARAMETER, "64"), usb_memory(4), "usb-memory", WARNING, "128", "128"),
    Row("no such file", lacks(PARAMETER), usb_memory(2), "usb-memory", UNKNOWN, "no such file", "container"),
    Row("unreadable", unreadable(PARAMETER), usb_memory(2), "usb-memory", UNKNOWN, "is a directory", "look"),
    Row(
        "no number", holds(PARAMETER, b"\xff lots"), usb_memory(2), "usb-memory", UNKNOWN, "no number",
        "look",
    ),
    Row("empty", holds(PARAMETER, ""), usb_memory(2), "usb-memory", UNKNOWN, "no number", "look"),
    Row("negative", holds(PARAMETER, "-1"), usb_memory(2), "usb-memory", UNKNOWN, "'-1'", "look"),
    Row("Windows has no limit", has(system="win32"), usb_memory(9), "usb-memory", OK, "only Linux"),
    # --- permissions
    Row("the SDK's rule", nothing, permissions, "udev-rule", OK, RULE),
    Row(
        "no rule, and closed", both(lacks(RULE), closed), permissions, "udev-rule", PROBLEM, "no udev rule",
        "99-k4a",
    ),
    Row(
        "a closed node", both(lacks(RULE), closed), permissions, "usb-node", PROBLEM, "/dev/bus/usb/002/",
        "udevadm",
    ),
    Row("a rule, and still closed", closed, permissions, "usb-node", PROBLEM, "may not use", "from then on"),
    Row("no rule, and open", lacks(RULE), permissions, "udev-rule", OK, "may anyhow"),
    Row("no rule, and root", both(lacks(RULE), has(user=0)), unplugged, "udev-rule", OK, "root may"),
    Row(
        "no rule, and nothing to try", lacks(RULE), unplugged, "udev-rule", WARNING, "can't be tried",
        "udevadm",
    ),
    Row(
        "a rule that is a comment", holds(RULE, '# ATTRS{idVendor}=="045e", ATTRS{idProduct}=="097c"\n'),
        unplugged, "udev-rule", WARNING, "no udev rule", "rules.d",
    ),
    Row(
        "a rule of another name",
        both(lacks(RULE), holds("/lib/udev/rules.d/50-x.rules", '"045E" "097[a-e]"\n')), unplugged,
        "udev-rule", OK, "/lib/udev/rules.d/50-x.rules",
    ),
    Row("an unreadable rule", unreadable(RULE), unplugged, "udev-rule", WARNING, "no udev rule", "udevadm"),
    Row("no nodes in a container", no_nodes, permissions, "usb-node", UNKNOWN, "not here", "container"),
    Row("Windows needs no rule", has(system="win32"), unplugged, "udev-rule", OK, "only Linux"),
    # --- depth engine
    Row("a display", nothing, check_depth_engine, "display", OK, ":0"),
    Row("headless", environment(DISPLAY=""), check_depth_engine, "display", PROBLEM, "204", "DISPLAY=:0"),
    Row(
        "a display far away", environment(DISPLAY="localhost:10.0"), check_depth_engine, "display", WARNING,
        "else", "ssh",
    ),
    Row("no server there", lacks(X_SOCKET), check_depth_engine, "display", WARNING, "no X server", "DISPLAY"),
    Row(
        "a server with a name alone", both(lacks(X_SOCKET), holds("/proc/net/unix", f"0: 2 3 @{X_SOCKET}\n")),
        check_depth_engine, "display", OK, ":0",
    ),
    Row("another server", environment(DISPLAY=":1"), check_depth_engine, "display", WARNING, ":1", "DISPLAY"),
    Row(
        "libGL by the cache", nothing, check_depth_engine, "library-gl", OK,
        "/lib/x86_64-linux-gnu/libGL.so.1",
    ),
    Row("no libGL", libraries(), check_depth_engine, "library-gl", PROBLEM, "libGL.so.1", "libgl1"),
    Row("no libX11", libraries(), check_depth_engine, "library-x11", PROBLEM, "libX11.so.6", "libx11-6"),
    Row(
        "libGL in a folder", libraries("/usr/lib64/libGL.so.1"), check_depth_engine, "library-gl", OK,
        "lib64",
    ),
    Row(
        "libGL of one's own",
        both(libraries("/opt/gl/libGL.so.1"), environment(LD_LIBRARY_PATH="/none:/opt/gl/")),
        check_depth_engine, "library-gl", OK, "/opt/gl/libGL.so.1",
    ),
    Row("the bundled engine", nothing, check_depth_engine, "depth-engine", OK, "pyk4a_bundle.libs"),
    Row(
        "no engine", has(installed={}), check_depth_engine, "depth-engine", PROBLEM, "no depth",
        "pyk4a-bundle",
    ),
    Row(
        "the system's engine", both(has(installed={}), holds("/usr/lib/libdepthengine.so.2.0", "")),
        check_depth_engine, "depth-engine", OK, "/usr/lib/",
    ),
    Row("a graphics card", nothing, check_depth_engine, "gpu", OK, "/dev/dri"),
    Row("no graphics card", lacks("/dev/dri/card0"), check_depth_engine, "gpu", OK, "/dev/dri"),
    Row("its OpenGL can't be told", nothing, check_depth_engine, "opengl", UNKNOWN, "4.4", "glxinfo"),
    Row("nor on Windows", has(system="win32"), check_depth_engine, "opengl", UNKNOWN, "DirectX", "dxdiag"),
    Row(
        "no engine for a Mac", has(system="darwin"), check_depth_engine, "opengl", UNKNOWN, "darwin", "Linux",
    ),
    # --- SDK
    Row("the bundle", nothing, check_versions, "pyk4a-version", OK, "pyk4a-bundle 1.5.0"),
    Row("its SDK", nothing, check_versions, "sdk-version", OK, "1.4.2"),
    Row("an old SDK", with_sdk("1.4.0"), check_versions, "sdk-version", WARNING, "1.4.0", "pip install"),
    Row("1.10 is newer than 1.4", with_sdk("1.10.0"), check_versions, "sdk-version", OK, "1.10.0"),
    Row(
        "a system's SDK", without_files, check_versions, "sdk-version", UNKNOWN, "does not tell", "k4aviewer",
    ),
    Row(
        "nothing installed", has(installed={}), check_versions, "pyk4a-version", UNKNOWN, "not installed",
        "pip",
    ),
    # --- processor and memory
    Row("a core each", nothing, computer(8), "cpu-cores", OK, "8 cores for 8 devices"),
    Row(
        "few cores", has(cores=2), computer(5), "cpu-cores", WARNING, "2 cores for 5 devices",
        "fewer devices",
    ),
    Row(
        "one core is too few for one", has(cores=1), computer(1), "cpu-cores", WARNING, "1 core for 1",
        "close",
    ),
    Row(
        "a container's limit", holds(CPU_QUOTA, "150000 100000"), computer(2), "cpu-cores", WARNING, "1.5",
        "close",
    ),
    Row("a container without one", holds(CPU_QUOTA, "max 100000"), computer(2), "cpu-cores", OK, "8 cores"),
    Row("a strange limit", holds(CPU_QUOTA, "5 0"), computer(2), "cpu-cores", OK, "8 cores"),
    Row(
        "nobody counts cores", has(cores=None), computer(2), "cpu-cores", UNKNOWN, "does not tell", "one per",
    ),
    Row("memory", nothing, computer(9), "memory", OK, "16.4 GB"),
    Row(
        "little memory", holds(MEMINFO, MEGABYTES.format(900_000)), computer(3), "memory", WARNING, "0.9 GB",
        "close",
    ),
    Row(
        "a container's memory", holds(MEMORY_LIMIT, "1000000000"), computer(3), "memory", WARNING, "1.0 GB",
        "close",
    ),
    Row("memory without limit", holds(MEMORY_LIMIT, "max"), computer(3), "memory", OK, "16.4 GB"),
    Row("unreadable memory", unreadable(MEMINFO), computer(1), "memory", UNKNOWN, "is a directory", "half a"),
    Row(
        "no MemAvailable", holds(MEMINFO, "MemTotal: x kB\n"), computer(1), "memory", UNKNOWN, "does not",
        "half",
    ),
    Row("memory on Windows", has(system="win32"), computer(1), "memory", UNKNOWN, "win32", "half a gigabyte"),
    # --- clock
    Row("the kernel's clock", nothing, clock, "host-clock", OK, "kernel"),
    Row("unsynchronised", unsynchronised(), clock, "host-clock", WARNING, "nothing synchronises", "set-ntp"),
    Row("timesyncd", both(unsynchronised(), holds(TIMESYNCD, "")), clock, "host-clock", OK, "timesyncd"),
    Row(
        "chrony without rtcsync", unsynchronised(commands={"chronyc": CHRONY.format("Normal")}), clock,
        "host-clock", OK, "chrony",
    ),
    Row(
        "chrony at a loss", unsynchronised(commands={"chronyc": CHRONY.format("Not synchronised")}), clock,
        "host-clock", WARNING, "has not", "chronyc sources",
    ),
    Row(
        "systemd says yes", has(kernel_clock=None, commands={"timedatectl": "yes\n"}), clock, "host-clock",
        OK, "systemd",
    ),
    Row(
        "systemd says no", has(kernel_clock=None, commands={"timedatectl": "no\n"}), clock, "host-clock",
        WARNING, "own", "set",
    ),
    Row("nobody can tell", has(kernel_clock=None), clock, "host-clock", UNKNOWN, "neither", "timedatectl"),
    Row("Windows' clock", has(system="win32"), clock, "host-clock", UNKNOWN, "win32", "w32tm"),
    Row("a Mac's clock", has(system="darwin"), clock, "host-clock", UNKNOWN, "darwin", "settings"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.name}: {row.sentence}" for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    it = good(tmp_path)
    row.change(it)
    (result,) = [each for each in row.check(it.host) if each.name == row.name]
    assert result.status is row.status, result
    assert row.what in result.what
    assert row.remedy in (result.remedy or "")
    assert (result.remedy is None) == (result.status is Status.OK)


def test_no_graphics_device_at_all(tmp_path: Path) -> None:
    it = good(tmp_path)
    it.remove("/dev/dri/card0")
    (it.root / "dev/dri").rmdir()
    (result,) = [each for each in check_depth_engine(it.host) if each.name == "gpu"]
    assert (result.status, "graphics driver" in (result.remedy or "")) == (Status.WARNING, True)


def test_without_libraries_there_is_no_driver_to_wonder_about(tmp_path: Path) -> None:
    it = good(tmp_path)
    it.commands = {}
    assert "opengl" not in [each.name for each in check_depth_engine(it.host)]


def test_every_node_of_every_camera_is_tried(tmp_path: Path) -> None:
    it = good(tmp_path)
    tried: list[str] = []
    host = it.host

    def note(path: Path) -> bool:
        tried.append(f"/{path.relative_to(it.root)}")
        return True

    object.__setattr__(host, "may_use", note)
    kinects = find_kinects(host)
    check_permissions(host, kinects)
    assert tried == [node for kinect in kinects for node in kinect.nodes]
    assert len(tried) == 2 * len(SERIALS)


def test_the_bundle_comes_before_a_plain_pyk4a(tmp_path: Path) -> None:
    it = good(tmp_path)
    it.installed = {"pyk4a": Installed("1.4.0", ()), "pyk4a-bundle": BUNDLE}
    assert check_versions(it.host)[0].what == "pyk4a-bundle 1.5.0"


def test_unknown_is_a_note_and_ok_is_no_finding() -> None:
    result = unknown(HOST_CLOCK, "nobody knows", "look", "front")
    finding = result.finding
    assert finding is not None
    assert (finding.code, finding.severity.value, finding.device) == ("host-clock", "note", "front")
    assert result.model_copy(update={"status": Status.OK}).finding is None
