"""The start: silent before the master, then not; one zero for all clocks; and processes that hold devices."""

from __future__ import annotations

from kinect_sync.findings.model import answer, failure, note, refusal, warning

# --- pulses ---------------------------------------------------------------------------------------------

CHAIN_BROKEN = answer(
    "chain-broken",
    "Pulses reach one device of the chain and do not get to the next.",
    "exchange the cable between them; if it stays, let the two devices change places in the chain",
)
CLOCK_UNRELATED = answer(
    "clock-unrelated",
    "A device's clock was set to zero by another pulse than the reference's, or its recording is of another "
    "take.",
    "it missed the first pulses: start the whole rig again, subordinates before the master",
)
CLOCK_UNSTEADY = answer(
    "clock-unsteady",
    "A device delivers captures, but never three in a row with a steady clock.",
    "check its USB connection; restart the whole rig",
)
CONTROLS_DIFFER = warning(
    "controls-differ",
    "Devices that were to be alike report different gains or white balances: their images look unlike. What "
    "the rig file leaves out may be what an earlier program set.",
    "write `gain:` and `white_balance_k:` under `camera:` in the rig file",
)
DEVICE_DEAF = answer(
    "device-deaf",
    "A device does not follow the master, though one further down the chain hears it through this one.",
    "unplug its power and USB, plug them in again, and seat the plug in its sync in; if it stays, exchange "
    "the device",
)
DEVICE_LATE = failure(
    "device-late",
    "A device did not reach a step of the start in time.",
    "replug the device and start again; if it stays, look at the USB host controller",
)
DEVICE_SILENT = answer(
    "device-silent",
    "A device delivers nothing: it sees no pulses, or is the one that should give them.",
    "check its USB connection and power",
)
EXPOSURE_DIFFERS = warning(
    "exposure-differs",
    "Devices were given one exposure and report different ones, which shifts images against each other.",
    "replug the devices that differ; different exposures shift images against each other",
    error_in="verify",
)
FREE_RUNNING = answer(
    "free-running",
    "A subordinate delivered before any pulse was sent: it does not follow pulses.",
    "unplug its power and USB, plug them in again, and check the sync cable that leads to it",
)
NO_COMMON_PULSE = answer(
    "no-common-pulse",
    "There is no pulse that all devices captured; of recordings, they were not made at the same time.",
    "too many captures are dropped: check USB controllers and the load of this computer",
)
PAIRWISE_TELLS_MORE = note(
    "pairwise-tells-more",
    "A broken cable and a broken device look the same where the whole rig is verified at once.",
    "run `ksync verify --pairwise`, which tells one from the other",
)
PAIRWISE_WITHOUT_MASTER = refusal(
    "pairwise-without-master",
    "--pairwise runs the master with one subordinate at a time, and the rig has no master.",
    "run `ksync verify` without --pairwise",
)
STAR_BROKEN = answer(
    "star-broken",
    "No subordinate of a star hears the master: what they share is broken.",
    "check sync out of the master, the splitter or hub, and the cable between them",
)
TRIGGER_RUNNING = answer(
    "trigger-running",
    "Every device delivers already: the external trigger was running before they were armed.",
    "stop the trigger, start ksync, and start the trigger when it waits for it",
)
TRIGGER_SILENT = answer(
    "trigger-silent",
    "No device has seen a pulse of the external trigger.",
    "check the trigger and its cable",
)

# --- processes ------------------------------------------------------------------------------------------

DEVICE_HANGS = failure(
    "device-hangs",
    "The SDK has not answered a device's process for a long time.",
    "what it had recorded is kept; replug the device and start the rig again",
)
OBSERVER_FAILED = warning(
    "observer-failed",
    "What watched the run, such as a table or a script of yours, failed and is not asked any more.",
    "mend the observer; the run itself went on without it",
)
READER_FAILED = failure(
    "reader-failed",
    "Reading a device ended with a defect of ksync or of a library.",
    "restart the rig; if it comes back, report it with the log",
)
WORKER_DIED = failure(
    "worker-died",
    "The process that holds a device, or looks for devices, has ended.",
    "what it had recorded is kept; replug the device and start the rig again",
)
WORKER_FAILED = failure(
    "worker-failed",
    "A command to a device's process ended with a defect of ksync or of a library.",
    "restart the rig; if it comes back, report it with the log",
)
WORKER_KILLED = warning(
    "worker-killed",
    "A device's process did not leave when it was told to, and was ended; its device was not closed.",
    "unplug the device's power and USB and plug them in again if it does not open next time; what was "
    "recorded is kept",
)
WORKER_LEFT_BADLY = warning(
    "worker-left-badly",
    "A device's process failed while it left.",
    "the recording is whole; replug the device if it does not open next time",
)
WORKER_NOT_STARTED = refusal(
    "worker-not-started",
    "The system starts no process for a device: it allows no more files, processes or memory.",
    "raise what it allows (`ulimit -n`, `ulimit -u`), or close other programs",
)
WORKER_VERSION = failure(
    "worker-version",
    "A device's process speaks another version of the protocol.",
    "install the same version of ksync everywhere",
)
