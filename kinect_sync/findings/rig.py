"""The rig itself: names, hosts, cables, roles, trigger, cameras, exposure, and lasers side by side."""

from __future__ import annotations

from kinect_sync.findings.model import answer, note, refusal, warning

# --- names ----------------------------------------------------------------------------------------------

DUPLICATE_NAME = refusal(
    "duplicate-name",
    "A name stands twice: of two devices or hosts, in a group of `overlaps:`, or in `chains:`.",
    "give every device and every host a name of its own",
)
DUPLICATE_SERIAL = refusal(
    "duplicate-serial",
    "Two devices have the same serial, and a device can be opened only once.",
    "read the serial from the label below each device",
)
EMPTY_GROUP = refusal(
    "empty-group",
    "A group of `overlaps:`, or a chain of `chains:`, names no device.",
    "name devices in it, or take it out",
)
RESERVED_NAME = refusal(
    "reserved-name",
    "A name is a word of Windows or of ksync, so that no file or cable can be called by it.",
    "choose another name",
)
SERIAL_NOT_12_DIGITS = refusal(
    "serial-not-12-digits",
    "A serial does not have the 12 digits of an Azure Kinect's.",
    "copy it from the label of the device",
)
SERIAL_NOT_ALPHANUMERIC = refusal(
    "serial-not-alphanumeric",
    "A serial is not made of letters and digits.",
    "copy it from the label of the device",
)
UNKNOWN_DEVICE = refusal(
    "unknown-device",
    "A group of `overlaps:`, or a chain of `chains:`, names a device that the rig does not have.",
    "write the name of a device",
)

# --- hosts ----------------------------------------------------------------------------------------------

DUPLICATE_ADDRESS = refusal(
    "duplicate-address",
    "Two hosts have the same address and port, where one agent listens.",
    "write each host's own address, or its own `port:` where two agents share a computer",
)
HOST_ADDRESS = refusal(
    "host-address",
    "An address is neither an IPv4 address nor a name that a computer may have in the network.",
    "write an IPv4 address, such as 10.0.0.12, or the computer's name",
)
HOST_UNUSED = warning(
    "host-unused",
    "Every device says its host, and one of `hosts:` is none of them.",
    "take the host out, or name it at a device",
)
UNKNOWN_HOST = refusal(
    "unknown-host",
    "A device's `host:` is none of `hosts:`.",
    "describe the host in `hosts:`, or write `here` for the computer that the command runs on",
)

# --- cables and roles -----------------------------------------------------------------------------------

CABLE_NOT_IN_TOPOLOGY = refusal(
    "cable-not-in-topology",
    "A cable of `cables:` runs between devices that the topology does not connect.",
    "correct its ends, take it out, or choose another topology",
)
CABLE_TOO_LONG = refusal(
    "cable-too-long",
    "A cable is longer than the sync signal is specified for.",
    "use a shorter cable, or a chain that passes nearer devices first",
)
CABLE_TWICE = refusal(
    "cable-twice",
    "`cables:` lists a cable twice.",
    "keep one of them",
)
CABLE_UNKNOWN_END = refusal(
    "cable-unknown-end",
    "A cable ends at a device that the rig does not have, or at a trigger that it does not describe.",
    "describe it, or take it out",
)
CHAINS_WITHOUT_TRIGGER = refusal(
    "chains-without-trigger",
    "A rig lists `chains:` and no external trigger, the only one whose pulse a distributor gives to several.",
    "describe `external_trigger:`, or take `chains:` out: then all devices are one chain",
)
DEVICE_IN_NO_CHAIN = refusal(
    "device-in-no-chain",
    "A rig lists `chains:`, and a device stands in none of them, so that no pulse reaches it.",
    "name it in the chain that its sync in is plugged into",
)
MASTER_NOT_FIRST = refusal(
    "master-not-first",
    "The master of a chain is not the first of its devices, where the pulse begins.",
    "list the devices in cable order: the master first",
)
NO_MASTER = refusal(
    "no-master",
    "No device is master: in a rig file none would make a pulse; where plugs or recordings show it (a "
    "warning or a note), only an external trigger explains it.",
    "give the device whose sync out feeds the others `role: master`, or describe `external_trigger:`",
)
ROLE_IN_SYNC = refusal(
    "role-in-sync",
    "A device of a chain or star is standalone, so that it would not follow the pulses.",
    "write `role: master` or `role: subordinate`",
)
ROLE_WITHOUT_SYNC = refusal(
    "role-without-sync",
    "The device of a standalone rig is master or subordinate, and there is no sync cable.",
    "write `role: standalone`",
)
ROLE_WITH_TRIGGER = refusal(
    "role-with-trigger",
    "A device beside an external trigger is no subordinate, though the trigger makes the pulses for all.",
    "write `role: subordinate`",
)
SEVERAL_MASTERS = answer(
    "several-masters",
    "More than one device is master, in the rig file or by its plugs; a rig has one.",
    "make all of them but one subordinates",
)
TOO_FEW_DEVICES = refusal(
    "too-few-devices",
    "A chain or star has one device, and the SDK refuses a master without a cable.",
    "write `topology: standalone` and `role: standalone`, or list the other devices",
)
TOO_MANY_DEVICES = answer(
    "too-many-devices",
    "There are more devices than the topology feeds: 1 + 8 in a chain, 1 + 2 in a star of Azure Kinects.",
    "wire a daisy chain, or keep fewer devices",
)

# --- external trigger -----------------------------------------------------------------------------------

TRIGGER_CURRENT = refusal(
    "trigger-current",
    "The generator drives less current than sync in needs, and the devices may not see its pulses.",
    "use a generator or a buffer that drives 8 mA at 5 V TTL",
)
TRIGGER_FPS = refusal(
    "trigger-fps",
    "The rate of the trigger is none that the devices follow.",
    "set the generator to exactly 5, 15 or 30 Hz",
)
TRIGGER_FPS_NOT_THE_RIGS = refusal(
    "trigger-fps-not-the-rigs",
    "The trigger gives pulses at another rate than the cameras are set to.",
    "make both rates equal",
)
TRIGGER_POLARITY = refusal(
    "trigger-polarity",
    "The trigger is active low, and the devices start at a rising edge.",
    "invert the generator's output and write `polarity: active_high`",
)
TRIGGER_PULSE_TOO_LONG = refusal(
    "trigger-pulse-too-long",
    "The trigger's pulse is no shorter than its period, so it has no edge.",
    "shorten the generator's pulse, to 100 µs say",
)
TRIGGER_PULSE_TOO_SHORT = refusal(
    "trigger-pulse-too-short",
    "The trigger's pulse is too short for the devices to see.",
    "lengthen the generator's pulse, to 100 µs say",
)
TRIGGER_SPOILS_COLOR = note(
    "trigger-spoils-color",
    "Users report pink, black and white color images of Azure Kinects behind a pulse generator, which no "
    "timestamp tells (SDK issues 1227, 1404).",
    "look at color images of a first take; where some are spoiled, let one device be the master",
)
TRIGGER_WITHOUT_SYNC = refusal(
    "trigger-without-sync",
    "A standalone rig has an external trigger, to which its device would not listen.",
    "write `topology: daisy_chain` and `role: subordinate`, or take the trigger out",
)

# --- cameras --------------------------------------------------------------------------------------------

COLOR_RESOLUTIONS_DIFFER = warning(
    "color-resolutions-differ",
    "Devices have different color resolutions, so that equal rows are not read at equal times.",
    "use one `color_resolution` where rows must match in time",
)
COLOR_FLICKERS = warning(
    "color-flickers",
    "Users report that color of subordinates flickers at 1536p and 15 fps, with any delay (SDK issue 1713).",
    "choose another `color_resolution` or `fps`, or look at the subordinates' color first",
)
COLOR_TOO_FAST = refusal(
    "color-too-fast",
    "The color resolution does not run at the rig's fps.",
    "write a lower `fps`, or a lower `color_resolution`",
)
DELAY_IN_TICKS = note(
    "delay-in-ticks",
    "A delay is no whole number of ticks of the device's 90 kHz clock, and the rest is dropped.",
    "nothing to do; multiples of 100 µs are exact",
)
DEPTH_DELAY_ON_ONE_CAMERA = refusal(
    "depth-delay-on-one-camera",
    "A depth delay stands where only one camera runs, which the SDK refuses.",
    "take the line out",
)
DEPTH_DELAY_RANGE = refusal(
    "depth-delay-range",
    "A depth delay is beyond what the device takes: one period either way, on a Femto 33333 µs.",
    "write a delay within the range that the finding names",
)
DEPTH_MODES_DIFFER = warning(
    "depth-modes-differ",
    "Devices have different depth modes, so that laser pulses come at different pitches.",
    "let `ksync plan-offsets` find delays, or use one `depth_mode`",
)
DEPTH_MODE_TOO_FAST = refusal(
    "depth-mode-too-fast",
    "The depth mode does not run at the rig's fps.",
    "write a lower `fps`, or a binned `depth_mode`",
)
EXPOSURE_AUTO = warning(
    "exposure-auto",
    "Exposure is automatic, so that every camera moves its own timing, away from the others.",
    "write a number of microseconds, such as 8330 at 60 Hz",
)
EXPOSURE_ROUNDED = note(
    "exposure-rounded",
    "The device takes the next step of its table in place of the exposure that is written.",
    "write the step that is used",
)
EXPOSURE_TOO_LONG = refusal(
    "exposure-too-long",
    "The exposure does not fit into one period, and the firmware would silently shorten it.",
    "write a shorter exposure, or a lower fps",
)
FEMTO_NEGATIVE_DEPTH_DELAY = warning(
    "femto-negative-depth-delay",
    "A Femto makes depth earlier by taking color later, so that color leaves the master's.",
    "shift every device's depth delay so that the smallest is 0",
)
FORMAT_NOT_AT_RESOLUTION = refusal(
    "format-not-at-resolution",
    "The color format does not exist at the color resolution.",
    "write `color_format: mjpg`, or `720p`",
)
GAIN_LEFT_OUT = warning(
    "gain-left-out",
    "The exposure is fixed and the gain is not, so that each camera keeps a gain from power-up, which may be "
    "dark, or from an earlier program.",
    "write `gain: 128` under `camera:`, the camera's own default, or as much as your light needs",
)
MASTER_WITHOUT_COLOR = refusal(
    "master-without-color",
    "Color is off on the master, and the pulse comes from its color camera.",
    "give the master a `color_resolution`",
)
NO_CAMERA = refusal(
    "no-camera",
    "Color and depth are both off on a device.",
    "give it a `color_resolution` or a `depth_mode`",
)
SUBORDINATE_DELAY_ON_OTHER_ROLE = refusal(
    "subordinate-delay-on-other-role",
    "A subordinate delay stands at a device that is none, where the SDK refuses any but 0.",
    "take the line out",
)
SUBORDINATE_DELAY_RANGE = refusal(
    "subordinate-delay-range",
    "A subordinate delay is below 0 or longer than the device takes: one period, on a Femto 33333 µs.",
    "write a delay within the range that the finding names",
)
SYNCHRONIZED_IMAGES_ON_ONE_CAMERA = refusal(
    "synchronized-images-on-one-camera",
    "`synchronized_images_only` is wished for where only one camera runs.",
    "take the line out: it is true by itself where both cameras run",
)

# --- lasers ---------------------------------------------------------------------------------------------

DELAYS_KEPT = note(
    "delays-kept",
    "`ksync plan-offsets` has kept delays that the rig fixes.",
    "use `--replan` to plan them too",
)
LASER_CONFLICT = warning(
    "laser-conflict",
    "Lasers of devices that see the same volume fire into each other's depth exposure.",
    "plan delays that keep them apart with `ksync plan-offsets`",
)
LASER_GAP = note(
    "laser-gap",
    "The smallest gap between laser pulses of a planned rig.",
    None,
)
LASER_GAP_SMALL = warning(
    "laser-gap-small",
    "Laser pulses of devices that see the same volume are closer than clocks that differ allow.",
    "plan delays that keep them apart with `ksync plan-offsets`",
)
OFFSETS_DO_NOT_FIT = refusal(
    "offsets-do-not-fit",
    "No delays keep all lasers of devices that see the same volume apart.",
    "split the rig, or say in `overlaps:` who sees the same volume",
)
