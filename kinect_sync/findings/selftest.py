"""What `ksync selftest` finds: a rig that is not as Kinects are known to be, and steps that were not done."""

from __future__ import annotations

from kinect_sync.findings.model import answer, failure, note, refusal, warning

_ATTACH = "attach the self-test's zip to an issue of ksync: it is a measured fact that nobody had"

# --- what is otherwise ----------------------------------------------------------------------------------

SELFTEST_SLOW = answer(
    "selftest-slow",
    "A device takes longer to open or to close than ksync waits for it.",
    f"replug it, and try another USB controller; if it stays, {_ATTACH}",
)
SELFTEST_NOT_FREED = answer(
    "selftest-not-freed",
    "A device whose process was killed does not open again.",
    "replug its power and USB; end a take with Ctrl-C and never by killing its processes",
)
SELFTEST_DROPS = answer(
    "selftest-drops",
    "A device loses captures even where it runs alone.",
    "try another cable, port and USB controller; `ksync doctor` looks at what surrounds it",
)
SELFTEST_MEMORY = warning(
    "selftest-memory",
    "A device's process grows faster than is known of its libraries.",
    f"split long takes; {_ATTACH}",
)
SELFTEST_CONTROL = answer(
    "selftest-control",
    "A device reports another exposure than it was set to, or its images do.",
    "set an exposure_us that `ksync validate` does not round; update the firmware",
)
SELFTEST_UNSETTLED = answer(
    "selftest-unsettled",
    "A device takes longer to settle than ksync waits before a take begins.",
    f"do not rely on the first captures of a take; {_ATTACH}",
)
SELFTEST_BIAS_MOVES = answer(
    "selftest-bias-moves",
    "A device is off by another constant after each start.",
    "verify before each take, and take the bias of that very take into account",
)
SELFTEST_RATE = answer(
    "selftest-rate",
    "The pulses come at another rate than was asked for.",
    f"compare the firmware of the devices; {_ATTACH}",
)
SELFTEST_DELAY = answer(
    "selftest-delay",
    "A device makes another delay than ksync reckons with.",
    f"keep lasers further apart than the plan says; {_ATTACH}",
)
SELFTEST_STARVES_OTHERS = answer(
    "selftest-starves-others",
    "The loss of one device cost captures of the others.",
    f"give each device a USB controller of its own; {_ATTACH}",
)
SELFTEST_UNNOTICED = answer(
    "selftest-unnoticed",
    "A plug was pulled, and ksync did not notice.",
    f"look at the images of that device before you rely on a take; {_ATTACH}",
)
SELFTEST_FLASH_APART = answer(
    "selftest-flash-apart",
    "One flash of light is in images of different pulses.",
    f"do not rely on images of this rig being simultaneous; {_ATTACH}",
)

# --- steps ----------------------------------------------------------------------------------------------

SELFTEST_NOT_DONE = note(
    "selftest-not-done",
    "A step of the self-test was not done.",
    "run `ksync selftest` with `--only` and its name, on a terminal where it needs a hand",
)
SELFTEST_STEP_FAILED = failure(
    "selftest-step-failed",
    "A step of the self-test ended with a defect of ksync or of a library.",
    "attach the self-test's zip to an issue of ksync",
)
SELFTEST_NO_STEP = refusal(
    "selftest-no-step",
    "There is no step of this name.",
    "`ksync selftest RIG --list` names all steps",
)
SELFTEST_OTHER_RIG = refusal(
    "selftest-other-rig",
    "The folder holds the self-test of another rig, of other firmware, or of another length.",
    "give another folder with -o",
)
SELFTEST_IN_USE = refusal(
    "selftest-in-use",
    "Another process does steps of a self-test in the same folder.",
    "wait until it has ended: devices can be used by one at a time",
)
SELFTEST_FOLDER_UNUSABLE = refusal(
    "selftest-folder-unusable",
    "The folder can't hold a self-test, holds something else, or what is in it can't be read.",
    "give a new folder with -o",
)
