"""Ways to plug Kinects into a made-up computer, good ones and bad ones."""

from __future__ import annotations

from tests.host.made_up import INTEL, SERIALS, Change, MadeUp

PCI = "0000:00:14.0"


def single(**options: object) -> Change:
    """One Kinect at port 2-6."""

    def arrange(computer: MadeUp) -> None:
        computer.controller(PCI, INTEL, 1, 2)
        arguments = {"serial": SERIALS[0], "pci": PCI, "port": "2-6", "hub_port": "1-7"} | options
        computer.kinect(**arguments)

    return arrange


def one_controller(vendor: str, count: int, **changes: str) -> Change:
    """Several on one controller, each at a port of its own."""

    def arrange(computer: MadeUp) -> None:
        computer.controller(PCI, vendor, 1, 2)
        for number, serial in enumerate(SERIALS[:count], 1):
            computer.kinect(serial, PCI, f"2-{number}", f"1-{number}", **changes)

    return arrange


def behind_a_hub(count: int) -> Change:
    """Several at one port, behind a hub."""

    def arrange(computer: MadeUp) -> None:
        computer.controller(PCI, INTEL, 1, 2)
        for number, serial in enumerate(SERIALS[:count], 1):
            computer.kinect(serial, PCI, f"2-4.{number}", f"1-4.{number}")

    return arrange


def on_usb_2(computer: MadeUp) -> None:
    """One whose cameras turned up on the USB 2 side."""
    computer.controller(PCI, INTEL, 1, 2)
    computer.kinect(SERIALS[0], PCI, "1-7", "1-7", speed="480")


def microphones_only(computer: MadeUp) -> None:
    """One without its cameras."""
    single(lacks=("097a", "097c", "097d"))(computer)


def many(computer: MadeUp) -> None:
    """Six, each on a controller of its own."""
    for number in range(6):
        computer.controller(f"0000:0{number}:00.0", INTEL, 2 * number + 1, 2 * number + 2)
        serial = f"00000000000{number}"
        computer.kinect(serial, f"0000:0{number}:00.0", f"{2 * number + 2}-1", f"{2 * number + 1}-1")


def strange(computer: MadeUp) -> None:
    """One whose files hold nonsense, beside links that lead nowhere."""
    single(speed="fast?")(computer)
    computer.file("/sys/devices/pci0000:00/0000:00:14.0/usb2/2-6/2-6.1/busnum", b"\xff\xfe")
    computer.file("/sys/bus/usb/devices/7-1/idVendor", "045e")
    computer.file("/sys/bus/usb/devices/7-1/idProduct", "")
    (computer.root / "sys/bus/usb/devices/8-1").symlink_to("../nowhere")
