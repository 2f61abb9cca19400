"""Calibration of a rig: boards, what was seen of them, and what came of it."""

from __future__ import annotations

from kinect_sync.findings.model import answer, refusal, warning

# --- boards ---------------------------------------------------------------------------------------------

BOARD_TOO_LARGE = refusal(
    "board-too-large",
    "A board does not fit the paper that it was to be printed on.",
    "choose larger paper, or smaller or fewer squares",
)
BOARD_UNKNOWN = refusal(
    "board-unknown",
    "What was given as a board is none: no id of a layout, no size of paper, and no file that describes one.",
    "give an id as `charuco-8x5-100-75-DICT_5X5_100`, a paper from A4 to A1, or a file; `ksync board "
    "--list` shows what there is",
)
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

RIG_CALIBRATIONS_APART = refusal(
    "rig-calibrations-apart",
    "Nothing ties a take to the calibration that it was to refine: none of its devices is in both.",
    "carry the board through where a device of that calibration sees it, or calibrate without `--refine`",
)

# --- what was seen --------------------------------------------------------------------------------------

BOARD_AMBIGUOUS = warning(
    "board-ambiguous",
    "The chessboard looks the same when it is turned: one camera may count its corners from one end and "
    "another from the other. Views that disagree are left out, and devices may be missing for that.",
    "walk a ChArUco board (`ksync board`), or a chessboard with an even number of squares one way and an odd "
    "number the other",
)
BOARD_BENT = warning(
    "board-bent",
    "The corners of the board do not lie in a plane: it is bent, or not glued down everywhere.",
    "glue it to a stiff plate; a bend of 3 mm costs some tenths of a millimetre, one of 6 mm more",
)
BOARD_MIRRORED = answer(
    "board-mirrored",
    "The board was seen mirrored: its print, or the images, are the wrong way round.",
    "print it again without mirroring, or look at it from its front",
)
BOARD_NOT_SEEN = answer(
    "board-not-seen",
    "No camera saw the board that was named in any image that was looked at.",
    "name the board that was used with `--board`, print it larger, or come closer; `ksync board` says what "
    "is seen from how far",
)
CALIBRATION_PROCESS_DIED = refusal(
    "calibration-process-died",
    "A process that looked for the board was ended from outside, perhaps because memory ran out.",
    "run the same command again, with fewer --jobs. A program of yours that calibrates keeps what it runs "
    'behind `if __name__ == "__main__":`',
)
CAMERA_ALONE = refusal(
    "camera-alone",
    "A take has a single camera: a calibration says how cameras stand to one another.",
    "record more devices, or color and IR of this one",
)
DEVICES_UNCONNECTED = answer(
    "devices-unconnected",
    "A device saw the board never at the same moment as the others: nothing tells where it is to them.",
    "carry the board through where it and another device both see it, and hold it still there",
)
IMAGES_BROKEN = warning(
    "images-broken",
    "Images of a device cannot be decoded, or are not in its recording; those were passed over.",
    "`ksync inspect` says what is wrong with the recording",
)
TOO_FEW_POSES = answer(
    "too-few-poses",
    "The board was seen in too few places to say where the cameras are, and to hold some back as a proof.",
    "walk for one to two minutes and hold the board still at 60 places, near and far, tilted and turned",
)

WALK_NOT_RECORDED = refusal(
    "walk-not-recorded",
    "A walk was to be watched while it is recorded, and nobody records that take.",
    "start `ksync start` in another shell first; of a take that has ended, leave --live out",
)

# --- what came of it ------------------------------------------------------------------------------------

ACCELEROMETER_ASTRAY = warning(
    "accelerometer-astray",
    "What an accelerometer calls up is far from what the others do: some units report it half a turn off.",
    "nothing, where others tell what is up; do not use this unit's own",
)
BOARD_SCALE_OFF = warning(
    "board-scale-off",
    "The board is larger or smaller than it says, by the depth cameras: a printer that scales does that. "
    "The calibration is right by their measure.",
    "measure the ruler on the print, and give the true size with `--board`",
)
BOARD_UNMEASURED = warning(
    "board-unmeasured",
    "No depth camera measured the board: nothing but its own word tells how large it is.",
    "measure the ruler on the print, and give the true size with `--board`; or record depth, and carry the "
    "board nearer",
)
CAMERA_BUMPED = answer(
    "camera-bumped",
    "A camera moved while the board was carried about: before and after, it stands at different places.",
    "fix the camera, and record the walk again",
)
CAMERA_CONTRADICTED = answer(
    "camera-contradicted",
    "Most of what a camera saw of the board fits with nothing that the others saw: where it stands is not to "
    "be relied on.",
    "see that the device is in sync, that its lens is clean, and that no second board is in the room",
)
CAMERA_MOVED = answer(
    "camera-moved",
    "A camera does not stand any more where the calibration says.",
    "fix it and calibrate the rig again; an earlier set helps with `--refine`",
)
CAMERA_UNKNOWN = answer(
    "camera-unknown",
    "A calibration was to be checked that does not know a device of the take: it is of other units.",
    "name the calibration of these devices with `--check FILE`, or calibrate again",
)
CAMERAS_UNCHECKED = answer(
    "cameras-unchecked",
    "A device saw too little of the board together with others to tell whether it moved.",
    "hold the board still at three places or more that it and another device both see",
)
DEPTH_BIASED = warning(
    "depth-biased",
    "A depth camera measures off by more than its data sheet has it; the calibration takes that out at the "
    "distances that were walked.",
    "let the cameras warm up for 40 minutes, and look for bright surfaces close to it",
)
DEPTH_UNCOMPARED = warning(
    "depth-uncompared",
    "No two devices measured the same board at poses that were held out: nothing tells how well their clouds "
    "fit.",
    "carry the board through where the depth cameras of two devices both see it, and hold it still there",
)
DEPTH_UNTESTED = warning(
    "depth-untested",
    "A depth camera saw too little of the board to say how far its depth is off.",
    "carry the board closer to it; inks that are transparent in infrared show it a white sheet",
)
DEVICE_LOOSE = answer(
    "device-loose",
    "A device saw so little of the board with others that noise alone leaves its place open.",
    "hold the board still at more places that it and another device both see, near to both",
)
DEVICE_UNPROVEN = warning(
    "device-unproven",
    "A device shares too few poses with any other to hold one back as a proof of its place.",
    "hold the board still at more places that it and another device both see",
)
FACTORY_POSE_OFF = warning(
    "factory-pose-off",
    "The color camera of a unit does not stand to its depth camera as its factory calibration says. The "
    "calibration of the rig has it right; the Sensor SDK does not.",
    "expect color beside the depth in whatever uses the factory's calibration; have the unit exchanged",
)
LENS_OFF = warning(
    "lens-off",
    "A camera's images do not fit its factory calibration: what is left grows towards their edges.",
    "let it warm up; if it stays, have the unit exchanged",
)
PAIR_APART = answer(
    "pair-apart",
    "Two devices measure the same board at places that are too far apart.",
    "see which of them is off with others too; let the cameras warm up, and walk again",
)
PAIR_WEAK = warning(
    "pair-weak",
    "Two devices hardly saw the board at once: how they stand to one another follows from others.",
    "nothing, if their clouds never meet; else hold the board where both see it",
)
VIEWS_LEFT_OUT = warning(
    "views-left-out",
    "Many of the views of a device do not fit with all others, and were left out.",
    "look for a second board in the room, for reflections, and for a device that is not in sync",
)
RIG_CALIBRATION_KEPT = warning(
    "rig-calibration-kept",
    "A calibration that is not to be relied on does not replace one that is, nor one that lacks a device one "
    "that has it: it stands beside it.",
    "mend what is wrong and walk again; or remove the older one, if it is the worse",
)
WORLD_NOT_FOUND = warning(
    "world-not-found",
    "The world that was asked for turned out not to be in what was recorded; another one was taken.",
    "choose another --world, or go on with this one: how the cameras stand to one another is the same",
)
WORLD_UNKNOWN = refusal(
    "world-unknown",
    "The take has nothing that the world which was asked for could come from.",
    "choose another --world, or record with `imu: true`",
)
