"""Recordings looked at together: whether their clocks have one zero, and whether they tell one story."""

from __future__ import annotations

from kinect_sync.findings.model import answer, note, warning

# --- one zero -------------------------------------------------------------------------------------------

ALIGNED_BY_HOST = warning(
    "aligned-by-host",
    "A recording's clock is unrelated to the reference's and was tied by the host's, as was asked for.",
    "compare an event that all cameras see; its residuals prove nothing",
)
ALIGNMENT_UNCERTAIN = warning(
    "alignment-uncertain",
    "Recording began so long after the clocks' zero that the alignment may be off by whole pulses.",
    "compare an event that all cameras see; `ksync start` notes the first pulse of every device",
)
BIAS_UNTOLD = note(
    "bias-untold",
    "The files begin too long after their clocks' zero to tell a constant bias from drift.",
    None,
)
FILES_APART = warning(
    "files-apart",
    "By their dates, one file was finished before the other was begun.",
    "give recordings that were made together",
)
FILE_UNEVEN = warning(
    "file-uneven",
    "A file begins after others or ends before them; what is outside is left out of the alignment.",
    "`ksync start` begins and ends all files at the same pulse",
)
FPS_DIFFER = answer(
    "fps-differ",
    "Two files were recorded at different rates.",
    "record all devices at one rate",
)
SERIAL_TWICE = answer(
    "serial-twice",
    "Several files are recordings of one device.",
    "give recordings that were made together",
)
STANDALONE_FILE = answer(
    "standalone-file",
    "A file was recorded standalone: no pulse ties its images to the others', whatever their times.",
    "connect sync cables and record with roles: master and subordinate",
)
START_ORDER_UNCLEAR = warning(
    "start-order-unclear",
    "By the dates of the files, different pulses may have set two clocks to zero; dates prove nothing.",
    "make sure that it was started before the master, and that the files were made together",
)
START_ORDER_UNKNOWN = note(
    "start-order-unknown",
    "The files do not say when they were made, so not whether a device was started before its master.",
    None,
)
SUBORDINATE_STARTED_LATE = answer(
    "subordinate-started-late",
    "By the dates of the files, a device was started after its master: another pulse set its clock to zero.",
    "start subordinates before the master, or use `ksync start`; --align-by-host is good to 2 s",
)
TWO_MASTERS = answer(
    "two-masters",
    "Two files are masters': each has a clock and pulses of its own.",
    "make one of them a subordinate, or look at each with its subordinates",
)

# --- one file -------------------------------------------------------------------------------------------

FEMTO_CLOCK = note(
    "femto-clock",
    "A recording's clock follows the host's and is set again every minute, as a Femto's.",
    None,
)
FILE_UNFINISHED = warning(
    "file-unfinished",
    "A file was not finished by its recorder; all whole images can be read.",
    "complete it with `ksync repair`",
)
NO_CALIBRATION = warning(
    "no-calibration",
    "A recording holds no calibration: its depth and color can't be brought together.",
    "read the calibration from the device and keep it with the file",
)
NO_CAPTURES = answer(
    "no-captures",
    "There is no image in a recording.",
    "record again",
)
OFFSET_BEYOND_SDK = warning(
    "offset-beyond-sdk",
    "A recording begins more than 71.6 minutes after the clock's zero: libk4arecord gives wrong times, ksync "
    "right ones.",
    "restart the rig before long recordings",
)
START_OFFSET_ASSUMED = warning(
    "start-offset-assumed",
    "A recording's start offset was lost and worked out from its set: its times may be off by whole pulses.",
    "compare an event that several cameras see",
)
START_OFFSET_FROM_IMU = note(
    "start-offset-from-imu",
    "A recording's start offset was lost, and `ksync repair` has read it from the IMU samples.",
    None,
)
START_OFFSET_FROM_SET = warning(
    "start-offset-from-set",
    "A recording's start offset was lost, and `ksync repair` has set it as if all had begun at one pulse.",
    "compare an event that both cameras see",
)
START_OFFSET_UNKNOWN = answer(
    "start-offset-unknown",
    "A recording's start offset was lost, and without it its times mean nothing.",
    "run `ksync repair` on it with the other recordings of the set",
)
TIMESTAMPS_GO_BACK = answer(
    "timestamps-go-back",
    "The times of a recording's images go back: its clock was set meanwhile.",
    "record each start of the cameras into a file of its own",
)
WRONG_PERIOD = answer(
    "wrong-period",
    "A recording's captures come at another rate than the one it says.",
    "run the trigger at exactly the rig's fps, and check exposure and USB bandwidth",
)

# --- one story ------------------------------------------------------------------------------------------

CAPTURES_DISAGREE = answer(
    "captures-disagree",
    "take.json counts other captures than the file holds.",
    "the file was changed or cut off after the take; copy it again from where it was recorded",
)
INDEX_DISAGREES = warning(
    "index-disagrees",
    "alignment.csv has another number of rows than take.json says.",
    "bring it back, or put it aside and make it again with `ksync inspect --rebuild`",
)
INDEX_UNREADABLE = warning(
    "index-unreadable",
    "alignment.csv is none that this ksync wrote; the recordings are looked at all the same.",
    "bring it back, or put it aside and make it again with `ksync inspect --rebuild`",
)
MANIFEST_DISAGREES = answer(
    "manifest-disagrees",
    "take.json says something else than the file.",
    "find out which of them was changed or exchanged; the tags were believed",
)
TAG_DISAGREES = answer(
    "tag-disagrees",
    "The tags of a file say something else than its tracks.",
    "find out which program changed the file",
)
TAKE_REBUILT = note(
    "take-rebuilt",
    "`ksync inspect --rebuild` has made alignment.csv, or take.json too, from the recordings.",
    None,
)
TAKE_UNFINISHED = warning(
    "take-unfinished",
    "`ksync start` did not live to see the end of the take, and the index lacks its last pulses.",
    "to have them too, put alignment.csv aside and make it again with `ksync inspect --rebuild`",
)
VERDICTS_DIFFER = note(
    "verdicts-differ",
    "`ksync start` was less content with the take than the files let see.",
    "what was recorded until then is in sync",
)
