"""A take in the making: the disk, the files, and devices that stop before its end."""

from __future__ import annotations

from kinect_sync.findings.model import answer, failure, refusal, warning

# --- devices --------------------------------------------------------------------------------------------

CLOCK_JUMPED = answer(
    "clock-jumped",
    "A device's clock jumped during the take, so that its captures can't be told apart any more.",
    "what it had recorded is kept; restart the whole rig: one restarted device is never in sync",
)
DEVICE_STALLED = answer(
    "device-stalled",
    "A device delivered nothing more before the end of the take.",
    "check its USB and sync cables; what it had recorded is kept",
)
DEVICE_UNFINISHED = answer(
    "device-unfinished",
    "A device did not reach the last pulse of the take.",
    "what it had recorded is kept; check its USB connection",
)
DEVICE_UNPLUGGED = answer(
    "device-unplugged",
    "A device that delivered is not on the USB bus any more: its cable was pulled, or its power failed.",
    "check its USB cable and its power supply; what it had recorded is kept",
)
HOST_PAUSED = warning(
    "host-paused",
    "ksync itself stood still for a while: the computer or its container was paused, or a disk did not "
    "answer.",
    "nothing that was written is lost, but cameras go on: see which pulses are missing, and what stops this "
    "computer",
)
LAST_CAPTURES_UNTOLD = warning(
    "last-captures-untold",
    "A device's process died, and what it had written last could not be asked for: the index lacks it.",
    "nothing is lost: those captures are in the file; put alignment.csv aside, and `ksync inspect --rebuild` "
    "lists them",
)
PULSES_ENDED = answer(
    "pulses-ended",
    "The pulses ended before the take did, as their source was lost or stopped.",
    "let the source of the pulses run until ksync has ended, and record again",
)
SOURCE_LOST = answer(
    "source-lost",
    "The device that gives the pulses stopped during the take, which was ended for that: the others may go "
    "on without pulses, and are then in sync with nothing.",
    "see what is said of this device, and record again",
)
WORKER_FROZEN = warning(
    "worker-frozen",
    "A device's process stood still for a while and went on; its camera did not wait for it.",
    "see which pulses are missing, and what stops processes on this computer: too little memory, or a disk "
    "that does not answer",
)

# --- the disk -------------------------------------------------------------------------------------------

CAPTURE_BEFORE_FILE_START = failure(
    "capture-before-file-start",
    "A device's clock stepped back to before the start of its file.",
    "start the rig anew: its recording cannot go on",
)
DISK_FULL = failure(
    "disk-full",
    "The disk is full; where the take was ended in time and is whole, that is a warning.",
    "make room, or record to another disk",
)
DISK_REFUSED = warning(
    "disk-refused",
    "The disk refused a write for a while, and then took it.",
    "check the disk and its cable; what did not fit into the queue meanwhile is told for itself",
)
DISK_STALLED = failure(
    "disk-stalled",
    "The disk took nothing more before the end of the take.",
    "check the disk; what it had taken is kept",
)
DISK_TOO_SMALL = refusal(
    "disk-too-small",
    "The take would need more than is free on the disk.",
    "make room, record for a shorter time, to another disk, or with --compress",
)
DISK_WRITE_FAILED = failure(
    "disk-write-failed",
    "A recording could not be written any more.",
    "check the disk; every capture before this one is in the file",
)
FILE_NOT_CREATED = refusal(
    "file-not-created",
    "A recording's file cannot be created.",
    "check the directory",
)
IMAGE_DOES_NOT_FIT = failure(
    "image-does-not-fit",
    "A device sent an image that its settings do not ask for.",
    "start the rig anew: its recording cannot go on",
)
IMU_DROPPED = warning(
    "imu-dropped",
    "The disk did not keep up, and IMU samples were dropped; images are counted apart from them.",
    "record to a faster disk; gaps in the IMU samples' times show where",
)
INDEX_WRITE_FAILED = failure(
    "index-write-failed",
    "alignment.csv could not be written any more.",
    "check the disk; the recordings are whole, and the index can be made again from them",
)
LOAD_WRITE_FAILED = warning(
    "load-write-failed",
    "load.csv could not be written any more.",
    "check the disk; only `ksync report` lacks something, how queue and disk stood from there on",
)
MANIFEST_WRITE_FAILED = failure(
    "manifest-write-failed",
    "take.json could not be completed.",
    "check the disk; what stands in the recordings is whole, and `ksync inspect` looks at it",
)
TAKE_EXISTS = refusal(
    "take-exists",
    "There is a take of this name already, and takes are never overwritten.",
    "choose another --name or folder",
)
TAKE_GONE = failure(
    "take-gone",
    "The folder of the take was removed or moved while it was recorded.",
    "record again; if it was moved, its recordings are whole there, and `ksync inspect` looks at them",
)
TAKE_NAME_UNUSABLE = refusal(
    "take-name-unusable",
    "The name of the take is a path, or no name of a folder at all.",
    "give --name as the name of a folder alone, and apart from it the folder that it is made in",
)
TAKE_UNWRITABLE = refusal(
    "take-unwritable",
    "The folder of the take can't be made.",
    "choose a folder on a disk that you may write to",
)
WRITE_FAILED = failure(
    "write-failed",
    "The disk refused a write to a recording, or has lost what it had taken.",
    "check the disk and its cable",
)
