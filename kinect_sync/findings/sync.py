"""What the captures themselves show: how far they are from their pulses, and which are missing."""

from __future__ import annotations

from kinect_sync.findings.model import answer, warning

COLOR_DEPTH_APART = answer(
    "color-depth-apart",
    "Depth is not where its delay puts it after color: images of different pulses were paired, or exposure "
    "changes.",
    "set a manual exposure_us, set synchronized_images_only: true, and check USB bandwidth",
)
CONSTANT_BIAS = answer(
    "constant-bias",
    "Every capture of a device is earlier or later than its delays say: exposure, firmware or delay differ "
    "from the rig's.",
    "give all devices the same manual exposure_us and powerline_hz and the same firmware (`ksync doctor` "
    "says which is too old), and check subordinate_delay_off_master_usec",
)
TIMING_DIVERGES = warning(
    "timing-diverges",
    "A device's captures reach the host ever later or earlier: it may have stopped following the pulses.",
    "check its sync cable and those before it, and compare an event late in the take that all cameras see",
)
TIMING_FREE_RUNNING = answer(
    "timing-free-running",
    "A device does not follow the pulses any more, but goes on at its own pace.",
    "check its sync cable and those before it, then restart the whole rig and record again: its "
    "images from there on are of other moments",
)
TIMING_JITTER = answer(
    "timing-jitter",
    "Timestamps scatter around their trend: exposure that changes by itself, or a disturbed sync signal.",
    "set a manual exposure_us for every device, set controls only before the start, and check the sync cable",
)
TIMING_OUTLIERS = answer(
    "timing-outliers",
    "Too many single timestamps are off the trend.",
    "set a manual exposure_us for every device, and check that the sync cable sits firmly",
)
TIMING_STEP = answer(
    "timing-step",
    "The offset from the reference changed within the take: exposure or controls were changed, or the clock "
    "was set.",
    "set a manual exposure_us, keep other programs off the devices, and record again",
)
TIMING_UNMEASURED = answer(
    "timing-unmeasured",
    "A device's timestamps could not be compared with the reference's near the start.",
    "see why captures of this device or of the reference are missing, and record again",
)

# --- pulses without a whole capture: errors beyond the limit of `--max-drop-percent` --------------------

CAPTURES_DEVICE_LOST = warning(
    "captures-device-lost",
    "Captures are missing or cut off because the device, or its process, had stopped.",
    "check its power, USB and sync cable, then restart the whole rig: a device restarted alone has "
    "unrelated timestamps",
)
CAPTURES_HALF_CAPTURE = warning(
    "captures-half-capture",
    "Captures lack an image.",
    "check USB bandwidth; synchronized_images_only: true keeps half captures out of the file",
)
CAPTURES_LATE = warning(
    "captures-late",
    "Captures were reported too late for the index; they may be in the file.",
    "rebuild the index from the recordings, and check the disk and the load of the host",
)
CAPTURES_NOT_RECORDED = warning(
    "captures-not-recorded",
    "Captures are not in the file; why can't be told from the file alone.",
    "check USB bandwidth, the speed of the disk and the load of the host",
)
CAPTURES_QUEUE_FULL = warning(
    "captures-queue-full",
    "Captures were dropped because the disk did not keep up.",
    "record to a faster disk or with --compress, use mjpg for color, or lower resolution or fps; of a take "
    "with --compress it may be the processor that did not keep up: record it without",
)
CAPTURES_SENSOR_DROPPED = warning(
    "captures-sensor-dropped",
    "Captures never came from the device: USB bandwidth, a busy host, or the sensor itself.",
    "give each device a USB 3 controller of its own, raise usbfs_memory_mb on Linux, or lower "
    "resolution or fps",
)
