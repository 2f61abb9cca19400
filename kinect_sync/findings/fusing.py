"""Fusing: what a calibration of the rig must say of a take, and where clouds go to."""

from __future__ import annotations

from kinect_sync.findings.model import answer, refusal, warning

CALIBRATION_OF_OTHER_DEVICES = refusal(
    "calibration-of-other-devices",
    "The calibration of the rig does not know a device of the take: it goes by serial numbers.",
    "calibrate the rig with all its devices, or choose those that it knows with --devices",
)
FUSION_NOT_WRITTEN = refusal(
    "fusion-not-written",
    "The clouds could not be written.",
    "make room or choose another folder, and run the same command again: what is there is kept",
)
FUSION_OF_ANOTHER = refusal(
    "fusion-of-another",
    "The folder holds the clouds of another take, or those of this one made with another calibration or in "
    "another way.",
    "choose a new folder with -o",
)
FUSION_PROCESS_DIED = refusal(
    "fusion-process-died",
    "A process of the fusion was ended from outside, perhaps because memory ran out.",
    "run the same command again, with fewer --jobs; what is there is kept. A program of yours that fuses "
    'keeps what it runs behind `if __name__ == "__main__":`',
)
FUSION_NOT_EMPTY = refusal(
    "fusion-not-empty",
    "The folder for the clouds is not empty, and holds none.",
    "choose a new folder with -o",
)
NO_COLOR_RECORDED = refusal(
    "no-color-recorded",
    "--for needs color, as other programs are told of color cameras, and no device recorded any.",
    "choose devices with color, or record the take with it",
)
NO_FLOOR = refusal(
    "no-floor",
    "--floor needs a world whose height 0 is the floor, and this calibration's is not.",
    "calibrate with --world floor, or cut with --crop",
)
NOTHING_FUSED = answer(
    "nothing-fused",
    "No pulse was fused: none that was asked for is complete.",
    "see which are with `ksync report`, or give another --start, --stop or --every, or --holes",
)
NOTHING_TO_FUSE = refusal(
    "nothing-to-fuse",
    "No device of the selection recorded depth, of which points are made.",
    "choose devices with depth, or record the take with it",
)
OPEN3D_MISSING = refusal(
    "open3d-missing",
    "Meshes are made by Open3D, which is not installed.",
    'pip install "kinect-sync[mesh]"',
)
PULSE_NOT_FUSED = warning(
    "pulse-not-fused",
    "An image cannot be decoded; the clouds that need it are left out.",
    "with --holes they are made of the other devices",
)
VIEW_UNKNOWN = refusal(
    "view-unknown",
    "--view names a camera that the take does not have.",
    "name a device and its camera, as front.color or front.depth",
)
