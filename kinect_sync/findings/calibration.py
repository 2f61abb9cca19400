"""Calibration of a rig: boards, what was seen of them, and what came of it."""

from __future__ import annotations

from kinect_sync.findings.model import refusal, warning

# --- boards ---------------------------------------------------------------------------------------------

OPENCV_MISSING = refusal(
    "opencv-missing",
    "Boards are found and drawn by OpenCV, which is not installed.",
    'pip install "kinect-sync[calibrate]"',
)
OPENCV_UNUSABLE = refusal(
    "opencv-unusable",
    "OpenCV is installed, and can't be used: it is too old, lacks a library, or was built for another NumPy.",
    'pip uninstall what brought it, such as opencv-python; then pip install "kinect-sync[calibrate]"',
)

# --- the file -------------------------------------------------------------------------------------------

RIG_CALIBRATION_BROKEN = refusal(
    "rig-calibration-broken",
    "A file that should hold the calibration of a rig holds something else.",
    "name the rig_calibration.json that `ksync calibrate` wrote, or bring it back",
)
RIG_CALIBRATION_DOUBTED = warning(
    "rig-calibration-doubted",
    "`ksync calibrate` itself was not content with the calibration that the rig or the take names.",
    "see what it found with `ksync report`, and calibrate again",
)
RIG_CALIBRATION_MISFIT = warning(
    "rig-calibration-misfit",
    "The calibration that the rig or the take names is of other devices, or of a device in another mode.",
    "calibrate again, or name the calibration of these devices",
)
RIG_CALIBRATION_MISSING = refusal(
    "rig-calibration-missing",
    "The calibration that was named is not there, or can't be read.",
    "name the rig_calibration.json that `ksync calibrate` wrote; in a rig file, its path counts from there",
)
RIG_CALIBRATION_NEWER = refusal(
    "rig-calibration-newer",
    "The calibration of a rig is in a format of a later version of ksync.",
    "use the ksync that wrote it, or a newer one",
)
RIG_CALIBRATION_OLD = warning(
    "rig-calibration-old",
    "More than a week lies between a take and the calibration that it names; stands and floors move.",
    "walk the board through the rig for a few seconds, and ask `ksync calibrate TAKE --check FILE`",
)
