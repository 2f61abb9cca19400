"""Files of a take that lie on other hosts: who serves them, and how they come to one computer."""

from __future__ import annotations

from kinect_sync.findings.model import answer, failure, note, refusal, warning

COLLECTION_CUT_OFF = answer(
    "collection-cut-off",
    "A host could not be reached any more while its files were collected, or not at all.",
    "collect again when it is back: that goes on where it ended",
)
COLLECTION_NO_ROOM = failure(
    "collection-no-room",
    "The disk of this computer has no room for the files of a take, or refuses them.",
    "make room, or move the take's folder to a larger disk, and collect again: that goes on where it ended",
)
COLLECTION_RUNS = refusal(
    "collection-runs",
    "The take is recorded still, or somebody collects its files already.",
    "wait for the end of the take, or of the other `ksync hosts collect`",
)
FILE_CHANGED = failure(
    "file-changed",
    "A recording changed on its host while it was collected.",
    "see who writes it there, and collect again",
)
FILE_DAMAGED = failure(
    "file-damaged",
    "A recording that was collected does not hash to what it does on its host.",
    "collect again; if it comes back, look for a bad disk or bad memory in one of the two computers",
)
FILE_DIFFERS = answer(
    "file-differs",
    "There is a file here already that is not the one on its host, and ksync overwrites none.",
    "move the one here away, if it is not the right one, and collect again",
)
FILE_ELSEWHERE = answer(
    "file-elsewhere",
    "A recording of the take lies on another host still.",
    "collect it with `ksync hosts collect`",
)
FILE_NAME_REFUSED = failure(
    "file-name-refused",
    "A host lists a file under a name that no recording of a take has: nothing is collected from it.",
    "see who runs the agent there, and with which ksync, before you take anything from that host",
)
FILE_NOT_SERVED = refusal(
    "file-not-served",
    "A host was asked for what is no recording of a take below its takes folder.",
    "name a take; a recording there is a file of its own, and no link",
)
FILE_TWICE = answer(
    "file-twice",
    "Two hosts have a recording of the same name in a take of the same name.",
    "name the rig file whose hosts recorded the take",
)
HOST_RECORDS = refusal(
    "host-records",
    "Files of a host are not collected while it records: its disk and its network are the recording's.",
    "collect again when the take has ended; `ksync hosts list` shows what is recorded",
)
INDEX_COMPLETED = note(
    "index-completed",
    "alignment.csv and take.json lacked captures that a host had recorded while nobody heard of it, and have "
    "them now.",
    "nothing is to be done: those before are kept as `alignment.incomplete.csv` and `take.incomplete.json`",
)
PART_DISCARDED = warning(
    "part-discarded",
    "What was collected of a recording before is not its beginning; it was collected anew.",
    "nothing is to be done; if it comes back, look for a bad disk",
)
TAKE_NOT_ON_HOSTS = refusal(
    "take-not-on-hosts",
    "None of the hosts has a recording of the take.",
    "name the take as it was recorded; a host's takes are where its `ksync agent` was told to put them",
)
