"""Exports: what was asked for, what could be made, and where to."""

from __future__ import annotations

from kinect_sync.findings.model import refusal, warning

CALIBRATION_MISSING = refusal(
    "calibration-missing",
    "A recording or a device tells nothing of its lenses, and what was asked for needs that.",
    "export without calibration, depth-aligned, color-aligned and points",
)
DEVICE_UNKNOWN = refusal(
    "device-unknown",
    "--devices names a device that the take does not have.",
    "choose among the devices of the take",
)
EXPORT_NOT_WRITTEN = refusal(
    "export-not-written",
    "The export could not be written.",
    "make room or choose another folder, and run the same command again: what is there is kept",
)
EXPORT_OF_ANOTHER_TAKE = refusal(
    "export-of-another-take",
    "The folder holds the export of another take.",
    "choose a new folder with -o",
)
EXPORT_PROCESS_DIED = refusal(
    "export-process-died",
    "A process of the export was ended from outside, perhaps because memory ran out.",
    "run the same command again, with fewer --jobs; what is there is kept. A program of yours that exports "
    'keeps what it runs behind `if __name__ == "__main__":`',
)
FOLDER_NOT_EMPTY = refusal(
    "folder-not-empty",
    "The folder for the export is not empty, and not an export.",
    "choose a new folder with -o",
)
IMAGE_BROKEN = warning(
    "image-broken",
    "An image cannot be decoded; the export is incomplete.",
    "the files that need it are left out",
)
IMAGE_NOT_IN_FILE = warning(
    "image-not-in-file",
    "The recording lacks images that the index names: it was cut off.",
    "`ksync inspect` says where; with alignment.csv put aside, `ksync inspect --rebuild` makes one of what "
    "is there",
)
MCAP_MISSING = refusal(
    "mcap-missing",
    "MCAP files are written by packages that are not installed.",
    'pip install "kinect-sync[mcap]"',
)
NOTHING_CHOSEN = warning(
    "nothing-chosen",
    "No pulse was exported: none that was asked for is complete.",
    "see which are with `ksync report`, or give another --start, --stop or --every, or --holes",
)
NOTHING_TO_EXPORT = refusal(
    "nothing-to-export",
    "No device of the selection recorded what a part of --what needs.",
    "leave it out of --what",
)
