"""The checks of `ksync doctor`: a warning is a risk, an error breaks takes, a note could not be told.

How much a check weighs depends on what it saw; declared is what it weighs mostly.
"""

from __future__ import annotations

from kinect_sync.findings.model import answer, note, warning

# --- SDK and devices ------------------------------------------------------------------------------------

DEVICES = warning(
    "devices",
    "No device is connected, or nobody could ask.",
    "plug in power and USB 3",
)
PYK4A_VERSION = note(
    "pyk4a-version",
    "Which pyk4a is installed, if any.",
    "install the release that ksync is made for with `pip install 'pyk4a-bundle>=1.5,<1.6'`",
)
FIRMWARE = note(
    "firmware",
    "The devices' firmware, where it is recent and the same on all; else other codes say what is wrong.",
    None,
)
SDK = note(
    "sdk",
    "The SDK, where it can be loaded; else other codes say what is wrong.",
    None,
)
SDK_VERSION = warning(
    "sdk-version",
    "The Sensor SDK is older than 1.4.1, which drops corrupt images, or does not tell its version.",
    "install the release that ksync is made for with `pip install 'pyk4a-bundle>=1.5,<1.6'`",
)

# --- USB ------------------------------------------------------------------------------------------------

UDEV_RULE = warning(
    "udev-rule",
    "No udev rule lets users open the cameras.",
    "copy scripts/99-k4a.rules of the Azure Kinect Sensor SDK's repository to /etc/udev/rules.d, run "
    "`sudo udevadm control --reload-rules && sudo udevadm trigger`, and replug the devices",
)
USB_CAMERA_MISSING = answer(
    "usb-camera-missing",
    "One of a device's two cameras is not on the bus.",
    "plug its power supply in (an amber light means too little power), then replug USB 3",
)
USB_CONTROLLER = warning(
    "usb-controller",
    "One host controller serves several devices.",
    "spread the devices over host controllers: other ports, or a PCIe card with a controller for each port",
)
USB_CONTROLLER_MAKER = warning(
    "usb-controller-maker",
    "The host controller is of a maker whose controllers are known for lost streams.",
    "prefer a controller of Intel, Texas Instruments or Renesas",
)
USB_LINK = answer(
    "usb-link",
    "A device hangs on a link that is too slow for it, or its link can't be told.",
    "use the cable that came with it, and a USB 3 port of the computer itself, without extension",
)
USB_LINK_SHARED = warning(
    "usb-link-shared",
    "Several devices share the link of one port, behind a hub.",
    "give each its own port of the computer",
)
USB_MEMORY = warning(
    "usb-memory",
    "The kernel's memory for USB transfers is too small for the number of devices.",
    "raise usbfs_memory_mb to 32 per device",
)
USB_NODE = answer(
    "usb-node",
    "This user may not use a camera that is plugged in, or its node is not here.",
    "replug the devices: the udev rule holds from then on",
)
USB_NUMBER = warning(
    "usb-number",
    "More devices are on one computer than are always found.",
    "count them with `ksync devices` before each take, and replug those that are missing",
)

# --- depth engine ---------------------------------------------------------------------------------------

DEPTH_ENGINE = answer(
    "depth-engine",
    "The depth engine's library is not here: no depth without it.",
    "install `pyk4a-bundle`, which brings it, or the SDK's package libk4a1.4",
)
DISPLAY = answer(
    "display",
    "The depth engine needs OpenGL 4.4 through a display, and there is none that serves.",
    "run where somebody is logged in on the screen, and over ssh say which: export DISPLAY=:0",
)
GPU = warning(
    "gpu",
    "There is no graphics device: the CPU would have to compute depth.",
    "install the graphics driver, or give the container its GPU",
)
LIBRARY_GL = answer(
    "library-gl",
    "libGL.so.1 is not here, and the depth engine is linked to it.",
    "install the graphics driver, or Mesa with `sudo apt install libgl1 libgl1-mesa-dri`",
)
LIBRARY_X11 = answer(
    "library-x11",
    "libX11.so.6 is not here, and the depth engine is linked to it.",
    "install it with `sudo apt install libx11-6`",
)
OPENGL = note(
    "opengl",
    "The version of OpenGL or DirectX is not told without starting it.",
    "run `glxinfo -B` on that display, and look for core profile version 4.4 or more",
)

# --- disk and computer ----------------------------------------------------------------------------------

CPU_CORES = warning(
    "cpu-cores",
    "There are fewer processor cores than devices.",
    "close other programs, record fewer devices here, or lower fps and resolution",
)
DISK_SPACE = warning(
    "disk-space",
    "Little is free on the disk that takes go to.",
    "make room, or record to another disk with -o DIR",
)
DISK_SPEED = warning(
    "disk-speed",
    "The disk that takes go to is hardly as fast as the rig writes, or slower.",
    "record to a local SSD with -o DIR, or lower fps, resolution or depth mode",
)
HOST_CLOCK = warning(
    "host-clock",
    "Nothing synchronises this computer's clock: times of day in takes are its own.",
    "switch it on with `sudo timedatectl set-ntp true`, or install chrony",
)
MEMORY = warning(
    "memory",
    "Less memory is available than the devices need.",
    "close other programs, record fewer devices here, or lower fps and resolution",
)
