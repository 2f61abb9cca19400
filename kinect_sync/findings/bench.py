"""What is there: devices that are missing, closed or strange, their plugs, their wiring, their firmware."""

from __future__ import annotations

from kinect_sync.findings.model import answer, failure, note, warning

# --- devices --------------------------------------------------------------------------------------------

DEVICE_BUSY = failure(
    "device-busy",
    "The SDK cannot open a device: it is in use, permission is missing, or it is still starting up.",
    "close other programs that use the camera; on Linux check the udev rules of the SDK (99-k4a.rules)",
)
DEVICE_CLOSED = failure(
    "device-closed",
    "The USB bus lists a device, and the SDK cannot open it.",
    "close other programs that use the camera; on Linux check the udev rules of the SDK (99-k4a.rules)",
)
DEVICE_MAY_BE_BUSY = failure(
    "device-may-be-busy",
    "A device was not found, and may be one of those that the SDK cannot open.",
    "close other programs that use the camera; on Linux check the udev rules of the SDK (99-k4a.rules)",
)
DEVICE_MISSING = answer(
    "device-missing",
    "A device of the rig is not connected, or does not tell its serial.",
    "check its power and USB cable, or correct the serial in the rig file",
)
DEVICE_NOT_FOUND = failure(
    "device-not-found",
    "A device was to be opened, and none that is connected has its serial.",
    "check its power and USB cable, or correct the serial in the rig file",
)
DEVICE_UNEXPECTED = answer(
    "device-unexpected",
    "A device is connected that the rig does not name; with --allow-extra that is a note.",
    "add it to the rig file, unplug it, or allow it with --allow-extra",
)
DISCOVERY_HANGS = failure(
    "discovery-hangs",
    "The SDK did not list the devices in time.",
    "replug the devices; if it stays, restart the computer",
)
NO_DEVICES = answer(
    "no-devices",
    "There is no device: none is connected, or the rig file lists none.",
    "plug in power and USB 3; on Linux check the udev rules of the SDK (99-k4a.rules)",
)
OPEN_FAILED = failure(
    "open-failed",
    "A device is there and not in use, and does not open.",
    "replug its power and USB, and check its firmware with AzureKinectFirmwareTool",
)
ROOM_NOT_DRAWN = failure(
    "room-not-drawn",
    "A process that draws what simulated devices see was ended from outside, perhaps because memory ran out.",
    "run the same command again: what is drawn is kept. A program of yours that records a simulated room "
    'keeps what it runs behind `if __name__ == "__main__":`',
)
SERIAL_UNREADABLE = failure(
    "serial-unreadable",
    "A device opens, but does not tell its serial.",
    "unplug the device's power and USB, plug them in again, and retry",
)

# --- plugs ----------------------------------------------------------------------------------------------

JACKS_UNREADABLE = failure(
    "jacks-unreadable",
    "The SDK cannot read whether the sync jacks of a device are plugged.",
    "unplug the device's power and USB, plug them in again, and retry",
)
JACK_LIMITS = note(
    "jack-limits",
    "A jack reports a plug, not a signal: a broken cable looks like a good one.",
    "`ksync verify` proves the cables by what the devices do",
)
JACK_PLUGGED = warning(
    "jack-plugged",
    "Something is plugged into a jack that the topology leaves empty; in sync in, that is always an error.",
    "unplug it, or correct the order of the devices in the rig file",
    error_in="check-jacks",
)
JACK_UNKNOWN = note(
    "jack-unknown",
    "The hardware cannot tell whether its sync jacks are plugged.",
    "nothing to do: `ksync verify` and every start prove the cables by behaviour, silent before "
    "the master, then not",
)
JACK_UNPLUGGED = answer(
    "jack-unplugged",
    "A jack that the topology needs has no plug.",
    "plug the cable in",
)
JACK_WRONG = answer(
    "jack-wrong",
    "The one plug of a device is in its other jack.",
    "move the plug to the other jack",
)

# --- wiring ---------------------------------------------------------------------------------------------

CABLE_ABSENT = answer(
    "cable-absent",
    "Several devices are connected, and no sync cable is plugged in anywhere.",
    "plug a cable from the master's sync out to the next device's sync in, and so on",
)
CABLE_LEADS_NOWHERE = answer(
    "cable-leads-nowhere",
    "No chain ends: a cable leads from a sync out to no device that is connected here.",
    "plug the loose end into sync in of the next device, unplug the cable, or check that device's power and "
    "USB",
)
DEVICE_NOT_WIRED = answer(
    "device-not-wired",
    "Nothing is plugged into the jacks of a device, while others are wired.",
    "plug a cable from the last device's sync out to its sync in, or unplug its USB",
)
SPLITTER_ON_CHAIN = answer(
    "splitter-on-chain",
    "A chain has several ends: a splitter on a chain, or a cable that is missing.",
    "make it one chain (one device with sync in only), or one star (no device with both)",
)
WIRING_GUESSED = warning(
    "wiring-guessed",
    "No wiring explains the plugs, and `ksync init` has guessed a daisy chain.",
    "put the devices into the order that you want, and plug what `ksync validate` lists",
)
WIRING_RING = answer(
    "wiring-ring",
    "Every device has both jacks plugged, as in a ring, so that none gives the first pulse.",
    "unplug the cable from the master's sync in",
)

# --- firmware -------------------------------------------------------------------------------------------

FIRMWARE_DIFFERS = warning(
    "firmware-differs",
    "Devices run different firmware, which takes its exposures at other moments.",
    "bring all to the newest that their maker has",
)
FIRMWARE_OLD = answer(
    "firmware-old",
    "A device's firmware is older than synchronized recording needs.",
    "update it with its maker's tool, and replug it",
)
FIRMWARE_UNKNOWN = note(
    "firmware-unknown",
    "A device's firmware is not told, or ksync knows no minimum for its hardware.",
    "look at it with `AzureKinectFirmwareTool -q`",
)
