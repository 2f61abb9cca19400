"""The SDK: whether it can be used, and what it refuses to an open device."""

from __future__ import annotations

from kinect_sync.findings.model import failure, note, refusal, warning

_REPLUG = "unplug the device's power and USB, plug them in again, and retry"

CALIBRATION_UNREADABLE = failure(
    "calibration-unreadable",
    "The SDK cannot read the factory calibration of a device.",
    _REPLUG,
)
CALIBRATION_UNUSABLE = refusal(
    "calibration-unusable",
    "The calibration that a recording carries can't be understood.",
    "export without calibration, depth-aligned, color-aligned and points",
)
CONTROL_NOT_TAKEN = failure(
    "control-not-taken",
    "A control of the color camera was set, and the camera reports another value.",
    _REPLUG,
)
CONTROL_REFUSED = failure(
    "control-refused",
    "The color camera refuses a control.",
    "choose a value that the camera accepts",
)
CONTROL_UNREADABLE = failure(
    "control-unreadable",
    "A control cannot be read back, so that nobody knows what the camera uses.",
    _REPLUG,
)
IMU_ENDED = warning(
    "imu-ended",
    "The stream of a device's IMU has ended while its cameras go on: a USB error.",
    "images are recorded to the end; check the device's USB cable and port before the next take",
)
IMU_REFUSED = failure(
    "imu-refused",
    "The SDK refused to start the IMU.",
    _REPLUG,
)
NOT_STARTED = failure(
    "not-started",
    "A device was read whose cameras do not run.",
    "start the device before reading it",
)
SDK_LIBRARY_BROKEN = failure(
    "sdk-library-broken",
    "pyk4a is installed, but its native libraries cannot be loaded or end the process.",
    "reinstall with `pip install --force-reinstall 'pyk4a-bundle>=1.5,<1.6'`; with a system SDK or "
    "Orbbec's wrapper, put the folder of libk4a on LD_LIBRARY_PATH (Windows: K4A_DLL_DIR, which "
    "pyk4a-bundle never reads)",
)
SDK_NOT_INSTALLED = failure(
    "sdk-not-installed",
    "pyk4a is not installed, and a Kinect needs it.",
    "install it with `pip install 'pyk4a-bundle>=1.5,<1.6'`, or use --simulate",
)
SDK_NUMPY_2 = failure(
    "sdk-numpy-2",
    "pyk4a is built against NumPy 1, and NumPy 2 is installed.",
    "install an older one with `pip install 'numpy<2'`",
)
SDK_SAID = note(
    "sdk-said",
    "The last lines of the SDK's own log, from the process of a device that something else is told of.",
    None,
)
SDK_UNSUITABLE = failure(
    "sdk-unsuitable",
    "The installed pyk4a lacks what ksync relies on.",
    "install the release that ksync is made for with `pip install 'pyk4a-bundle>=1.5,<1.6'`",
)
START_JACKS_UNREADABLE = failure(
    "start-jacks-unreadable",
    "The SDK refused to start a device, and the state of its sync jacks cannot be read.",
    _REPLUG,
)
START_NO_DISPLAY = warning(
    "start-no-display",
    "A start was refused, and DISPLAY is not set: the depth engine needs OpenGL 4.4.",
    "run where there is a display, for instance with DISPLAY=:0; over ssh XAUTHORITY is needed as well",
)
START_NO_SYNC_IN = failure(
    "start-no-sync-in",
    "The SDK refused to start a subordinate, as nothing is plugged into its sync in jack.",
    "plug the sync cable from the previous device into sync in",
)
START_NO_SYNC_OUT = failure(
    "start-no-sync-out",
    "The SDK refused to start a master, as nothing is plugged into its sync out jack.",
    "plug the sync cable to the next device into sync out",
)
START_REFUSED = failure(
    "start-refused",
    "The SDK refused to start the cameras without saying why.",
    "see what its own log says (`sdk-said`), and look with `ksync doctor` at what surrounds the device",
)
START_USB_MEMORY = warning(
    "start-usb-memory",
    "A start was refused, and the kernel allows too little memory for USB transfers of several devices.",
    "raise usbfs_memory_mb, for instance to 32 per device",
)
STREAM_ENDED = failure(
    "stream-ended",
    "The stream of a device has ended: unplugged, out of power, or a USB error.",
    "check the device's power and USB cable, then start the whole rig again",
)
TRANSFERS_REFUSED = failure(
    "transfers-refused",
    "No USB transfer of a depth camera or an IMU could be submitted: it was started, and delivers nothing.",
    "do what is said of the error that libusb names; most often, raise usbfs_memory_mb to 32 per device",
)
TRANSFORMATION_UNAVAILABLE = failure(
    "transformation-unavailable",
    "The SDK cannot transform images here: it computes in OpenGL 4.4, which needs a display.",
    "run it on a desktop, or put `xvfb-run -a` before the command; "
    "color, depth, ir and calibration need none of this",
)
