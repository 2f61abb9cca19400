"""Files of a take as they are read: recordings, take.json, alignment.csv and load.csv; and their repair."""

from __future__ import annotations

from kinect_sync.findings.model import answer, failure, refusal, warning

# --- recordings -----------------------------------------------------------------------------------------

FPS_UNKNOWN = answer(
    "fps-unknown",
    "A file says a rate that no Kinect delivers.",
    "leave this file out",
)
NAME_UNREADABLE = answer(
    "name-unreadable",
    "The name of a file is not UTF-8, so that no report can name it.",
    "rename it",
)
NO_RECORDINGS = refusal(
    "no-recordings",
    "There is no MKV file in the folder.",
    "name the folder of a take",
)
NO_SUCH_PATH = refusal(
    "no-such-path",
    "There is nothing at the path.",
    "give a take or MKV files",
)
PATH_TWICE = refusal(
    "path-twice",
    "A path is given twice.",
    "give it once",
)
PATH_UNREADABLE = refusal(
    "path-unreadable",
    "The path can't be looked at.",
    "check the path and the permissions",
)
RECORDED_IMAGE_DAMAGED = warning(
    "recorded-image-damaged",
    "A packed image of a recording that is played can't be unpacked. The first one is told; the capture of "
    "each comes without it, and is a hole.",
    "see the holes in alignment.csv, and copy the recording again from where it was made",
)
RECORDING_BROKEN = failure(
    "recording-broken",
    "libk4arecord can't read on in a recording that is played.",
    "copy the recording again from where it was made, or repair it",
)
RECORDING_DIFFERS = refusal(
    "recording-differs",
    "A recording that is to be played was made with other settings than the rig's.",
    "play it with the rig file that it was recorded with",
)
RECORDING_HEADER_INCOMPLETE = answer(
    "recording-header-incomplete",
    "A recording ends before or inside its header: the program that wrote it died too early.",
    "leave this file out; it cannot be read",
)
RECORDING_MISSING = answer(
    "recording-missing",
    "A recording that take.json or the rig names is not there.",
    "bring it back to look at the whole take",
)
RECORDING_NEVER_BEGUN = answer(
    "recording-never-begun",
    "A device was lost before its recording began, so that the take has no file of it.",
    "nothing is to be brought back: leave the device out, or record again",
)
RECORDING_MISNAMED = refusal(
    "recording-misnamed",
    "The name of a recording can't stand in take.json: elsewhere it would be a path, or no name.",
    "rename it: letters, digits, `-` and `_` are safe everywhere",
)
RECORDING_NOT_KINECT = answer(
    "recording-not-kinect",
    "A file is Matroska, but no recording of a Kinect that ksync knows.",
    "give a recording of a Kinect",
)
RECORDING_NOT_MATROSKA = answer(
    "recording-not-matroska",
    "A file is no Matroska file.",
    "give a recording of a Kinect",
)
RECORDING_SHORT = refusal(
    "recording-short",
    "The recordings that are to be played have fewer pulses in common than are needed.",
    "ask for less, or leave the length out",
)
RECORDING_UNEXPECTED = warning(
    "recording-unexpected",
    "A file in the folder of a take is none that take.json names.",
    "give it as a file to look at it",
)
RECORDING_UNREADABLE = answer(
    "recording-unreadable",
    "A recording cannot be read, or libk4arecord cannot open it.",
    "check the path and the disk",
)
RECORDING_UNRELATED = refusal(
    "recording-unrelated",
    "Nothing in a recording that is to be played is of the same pulses as the others'.",
    "play recordings that were made together; `ksync inspect` says why these were not",
)

# --- take.json, alignment.csv, load.csv -----------------------------------------------------------------

INDEX_BROKEN = refusal(
    "index-broken",
    "alignment.csv is not what ksync writes.",
    "put it aside, and make it again with `ksync inspect --rebuild`",
)
INDEX_EXISTS = refusal(
    "index-exists",
    "`ksync inspect --rebuild` was to write a file that exists.",
    "rename it first, then rebuild",
)
INDEX_MISSING = warning(
    "index-missing",
    "alignment.csv is not there or can't be read; commands that live by it refuse the take.",
    "bring it back, or make it again with `ksync inspect --rebuild`",
)
LOAD_BROKEN = refusal(
    "load-broken",
    "load.csv is not what ksync writes.",
    "the recordings and their alignment are not concerned",
)
LOAD_MISSING = refusal(
    "load-missing",
    "load.csv is not there or can't be read.",
    "the recordings and their alignment are not concerned",
)
NOTHING_TO_ALIGN = refusal(
    "nothing-to-align",
    "`ksync inspect --rebuild` has no pulse to write, as the recordings have none in common.",
    "see what is said of them",
)
REBUILD_NEEDS_FOLDER = refusal(
    "rebuild-needs-folder",
    "--rebuild writes into a folder, and files were given.",
    "give the recordings' folder",
)
REBUILD_NOT_WRITTEN = refusal(
    "rebuild-not-written",
    "`ksync inspect --rebuild` cannot write into the folder.",
    "copy the recordings to a folder that can",
)
TAKE_BROKEN = answer(
    "take-broken",
    "take.json is none that this ksync wrote.",
    "use the ksync that recorded it, or put the file aside",
)
TAKE_EMPTY = refusal(
    "take-empty",
    "The take has no pulses to draw.",
    "record it again",
)
TAKE_NEWER = answer(
    "take-newer",
    "take.json is in a format of a later version of ksync.",
    "use the ksync that recorded the take, or a newer one",
)
TAKE_MISSING = refusal(
    "take-missing",
    "The path is not the folder of a take.",
    "give a folder that `ksync start` made",
)

# --- repair ---------------------------------------------------------------------------------------------

NOTHING_TO_REPAIR = answer(
    "nothing-to-repair",
    "A recording holds no whole image.",
    "there is nothing to repair; leave the file out",
)
REPAIR_EXISTS = answer(
    "repair-exists",
    "The copy that `ksync repair` was to make exists, and is no whole copy of the file.",
    "move it away, and repair again",
)
REPAIR_NOT_WRITTEN = answer(
    "repair-not-written",
    "`ksync repair` cannot write.",
    "make room, check the permissions, or repair a copy elsewhere",
)
REPAIR_NO_ROOM = answer(
    "repair-no-room",
    "The recorder left no room for what is missing at the start of a file.",
    "copy it with a tool that writes Matroska files anew, such as mkvmerge",
)

# --- programs that read a take --------------------------------------------------------------------------

IMAGE_ABSENT = refusal(
    "image-absent",
    "A program asked for an image that a capture does not have.",
    "look at `hole` and at the timestamps first, or iterate over complete rows",
)
PULSE_UNKNOWN = refusal(
    "pulse-unknown",
    "A program asked for a pulse that the take does not have.",
    "iterate over its rows",
)
