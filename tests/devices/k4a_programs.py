"""Small programs that use the Kinect adapter; tests run them over virtual Kinects, each in its own process.

    python -m tests.devices.k4a_programs NAME

prints a JSON object. What a program needs to know of its bench stands in the test beside it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kinect_sync.captures import Capture
from kinect_sync.devices.k4a import KinectBench, KinectDevice
from kinect_sync.errors import KsyncError
from kinect_sync.rig.model import DeviceSettings
from tests.marking import read_color_mark, read_depth_mark

MASTER, MIDDLE, LAST = "000123456712", "000234567812", "000345678912"
FEMTO = "CL8K14101E3"
TIMEOUT_MS = 2000


def settings(serial: str, role: str = "standalone", **changes: Any) -> DeviceSettings:
    """Settings of one device, named after its serial: 720p MJPG and the smallest depth mode."""
    fields: dict[str, Any] = {
        "name": f"k{serial}",
        "serial": serial,
        "role": role,
        "hardware": "azure_kinect",
        "color_resolution": "720p",
        "color_format": "mjpg",
        "depth_mode": "nfov_2x2binned",
        "fps": 30,
        "exposure_us": 8000,
        "powerline_hz": 60,
        "gain": None,
        "white_balance_k": None,
        "synchronized_images_only": True,
        "subordinate_delay_off_master_usec": 0,
        "depth_delay_off_color_usec": 0,
        "imu": False,
    }
    return DeviceSettings(**{**fields, **changes})


def summary(capture: Capture | None) -> dict[str, Any] | None:
    """What a test wants to know of a capture."""
    if capture is None:
        return None
    return {
        name: {
            "mark": read_color_mark(image.data) if name == "color" else read_depth_mark(image.data),
            "usec": image.device_timestamp_usec,
            "nsec": image.system_timestamp_nsec,
            "shape": list(image.data.shape),
            "dtype": str(image.data.dtype),
            "copied": bool(image.data.flags.owndata),
        }
        for name, image in (("color", capture.color), ("depth", capture.depth), ("ir", capture.ir))
        if image is not None
    }


def failure_of(call: Callable[[], Any]) -> dict[str, Any]:
    """Call, and say how it failed."""
    try:
        result = call()
    except KsyncError as error:
        codes = [finding.code for finding in error.findings]
        return {"error": type(error).__name__, "codes": codes, "text": str(error)}
    return {"error": None, "result": repr(result)}


def chain() -> dict[str, Any]:
    """Run a chain of three, wrongly hinted, with IMU: master and two subordinates."""
    bench = KinectBench(busy_patience_s=0.0)
    report: dict[str, Any] = {"discovered": [item.model_dump() for item in bench.discover()]}
    rig = [
        settings(MASTER, "master", imu=True, gain=99, white_balance_k=4510),
        settings(MIDDLE, "subordinate", imu=True, depth_delay_off_color_usec=160),
        settings(LAST, "subordinate", subordinate_delay_off_master_usec=400, powerline_hz=50),
    ]
    devices = [bench.open(wanted, index=0) for wanted in rig]
    report["serials"] = [device.serial for device in devices]
    report["firmware"] = devices[0].firmware().model_dump()
    report["jacks"] = [device.jacks().model_dump() for device in devices]
    report["calibration"] = devices[1].calibration().decode()
    report["controls"] = [
        device.set_controls(wanted).model_dump() for device, wanted in zip(devices, rig, strict=True)
    ]
    report["busy"] = failure_of(lambda: bench.open(rig[1]))
    report["absent"] = failure_of(lambda: bench.open(settings("000999999912")))
    for device, wanted in list(zip(devices, rig, strict=True))[1:]:
        device.start(wanted)
    report["silent"] = [summary(device.get_capture(60)) for device in devices[1:]]
    report["early_imu"] = len(devices[1].get_imu_samples())
    devices[0].start(rig[0])
    report["captures"] = [[summary(device.get_capture(TIMEOUT_MS)) for device in devices] for _ in range(4)]
    time.sleep(0.05)
    report["imu"] = [device.get_imu_samples() for device in devices]
    for device in devices:
        for _ in range(2):
            device.stop()
        for _ in range(2):
            device.close()
    reopened = bench.open(rig[0])
    reopened.close()
    return report


def troubles() -> dict[str, Any]:
    """Meet one trouble per device; serials say which."""
    bench = KinectBench(busy_patience_s=0.0)
    report: dict[str, Any] = {}

    def start(serial: str, role: str = "standalone", **changes: Any) -> tuple[KinectDevice, DeviceSettings]:
        wanted = settings(serial, role, **changes)
        return bench.open(wanted), wanted

    for case, serial, role in (
        ("no-sync-in", "000000000001", "subordinate"),
        ("no-sync-out", "000000000002", "master"),
        ("start-fails", "000000000003", "standalone"),
    ):
        device, wanted = start(serial, role)
        report[case] = failure_of(lambda: device.start(wanted))  # noqa: B023
        device.close()

    for case, serial, changes in (
        ("read-fails", "000000000004", {}),
        ("write-fails", "000000000005", {}),
        ("gain-unreadable", "000000000006", {"gain": 12}),
        ("gain-left-out-unreadable", "000000000015", {}),
        ("auto", "000000000007", {"exposure_us": "auto"}),
    ):
        device, wanted = start(serial, **changes)
        report[case] = failure_of(lambda: device.set_controls(wanted))  # noqa: B023
        device.close()

    device, _ = start("000000000008")
    report["calibration"] = failure_of(device.calibration)
    report["not-started"] = failure_of(lambda: device.get_capture(0))
    device.close()

    device, wanted = start("000000000009")
    device.start(wanted)
    report["before-loss"] = [summary(device.get_capture(TIMEOUT_MS)) is not None for _ in range(2)]
    report["lost"] = failure_of(lambda: device.get_capture(TIMEOUT_MS))
    device.close()

    device, wanted = start("000000000010", imu=True)
    report["imu-fails"] = failure_of(lambda: device.start(wanted))
    report["imu-fails-then"] = failure_of(lambda: device.get_capture(0))
    device.close()

    device, wanted = start("CL8K14101E3", "master", hardware="femto")
    report["femto-jacks"] = device.jacks().model_dump()
    report["femto-start"] = failure_of(lambda: device.start(wanted))
    device.close()

    report["discovered"] = [item.model_dump() for item in bench.discover()]
    report["impostor"] = failure_of(lambda: bench.open(settings("000000000011")))
    report["mute"] = failure_of(lambda: bench.open(settings("000000000012")))
    return report


def patient() -> dict[str, Any]:
    """Open a device that is busy at first, on a clock that only sleeping moves; then one that is absent."""
    naps: list[float] = []
    bench = KinectBench(busy_patience_s=3.0, clock=lambda: sum(naps), sleep=naps.append)
    device = bench.open(settings(MASTER))
    device.close()
    waited = len(naps)
    return {
        "serial": device.serial,
        "waited": waited,
        "absent": failure_of(lambda: bench.open(settings(LAST))),
        "waited for the absent": len(naps) - waited,
    }


def patient_list() -> dict[str, Any]:
    """List devices of which one is busy at first, on a clock that only sleeping moves."""
    naps: list[float] = []
    bench = KinectBench(busy_patience_s=3.0, clock=lambda: sum(naps), sleep=naps.append)
    return {"serials": [item.serial for item in bench.discover()], "waited": len(naps), "for_s": sum(naps)}


def wrapper() -> dict[str, Any]:
    """Do with a Femto behind Orbbec's wrapper what is done before a start."""
    bench = KinectBench(busy_patience_s=0.0)
    wanted = settings(FEMTO, hardware="femto", gain=40)
    report: dict[str, Any] = {"discovered": [item.model_dump() for item in bench.discover()]}
    device = bench.open(wanted)
    report["calibration"] = device.calibration().decode()
    report["controls"] = device.set_controls(wanted).model_dump()
    device.close()
    return report


def crowded() -> dict[str, Any]:
    """Open a device that is busy at first, among others that each take their time to open."""
    naps: list[float] = []
    journal = Path(os.environ["VIRTUAL_K4A_BENCH"]) / "log"

    def clock() -> float:
        """Move by naps, and by each device that opens."""
        return sum(naps) + 0.15 * (journal.read_text().count(" open") if journal.exists() else 0)

    bench = KinectBench(busy_patience_s=1.0, clock=clock, sleep=naps.append)
    outcome = failure_of(lambda: bench.open(settings(MASTER), index=0).close())
    return {"error": outcome["error"]}


def empty() -> dict[str, Any]:
    """Look for a device where there is none."""
    bench = KinectBench()
    return {"discovered": list(bench.discover()), "absent": failure_of(lambda: bench.open(settings(MASTER)))}


def modes() -> dict[str, Any]:
    """Read every kind of image: formats, one camera alone, passive IR, half captures."""
    cases = {
        "nv12": {"color_format": "nv12"},
        "yuy2": {"color_format": "yuy2"},
        "bgra32": {"color_format": "bgra32"},
        "color only": {"depth_mode": "off", "synchronized_images_only": False},
        "depth only": {"color_resolution": "off", "synchronized_images_only": False},
        "passive ir": {"depth_mode": "passive_ir"},
        "wfov": {"depth_mode": "wfov_unbinned", "fps": 15},
        "halves": {"synchronized_images_only": False},
        "whole": {},
    }
    report: dict[str, Any] = {}
    device = KinectBench().open(settings(MASTER))
    for case, changes in cases.items():
        device.start(settings(MASTER, **changes))
        report[case] = [
            summary(device.get_capture(TIMEOUT_MS)) for _ in range(4 if case in ("halves", "whole") else 1)
        ]
        device.stop()
    device.close()
    return report


def soak() -> dict[str, Any]:
    """Take 25,000 half captures, and ask the idle IMU as often."""
    device = KinectBench().open(settings(MASTER))
    device.start(settings(MASTER, synchronized_images_only=False, imu=True))
    halves, references = 0, sys.getrefcount(None)
    for _ in range(25_000):
        capture = device.get_capture(TIMEOUT_MS)
        halves += capture is not None and capture.color is None and capture.depth is not None
        device.get_imu_samples()
    device.close()
    return {"halves": halves, "references": sys.getrefcount(None) - references}


def refused_soak() -> dict[str, Any]:
    """Try 3,000 times to open a device that is in use."""
    references = sys.getrefcount(None)
    naps: list[float] = []
    bench = KinectBench(busy_patience_s=750.0, clock=lambda: sum(naps), sleep=naps.append)
    outcome = failure_of(lambda: bench.open(settings(MASTER)))
    return {"error": outcome["error"], "tries": len(naps), "references": sys.getrefcount(None) - references}


def unguarded_soak() -> dict[str, Any]:
    """Do the same without giving None back: before Python 3.12 this process dies."""
    from kinect_sync.devices.k4a import extension

    extension.give_none_back = lambda: None
    return soak()


def interrupted() -> dict[str, Any]:
    """Stop a device from one thread while another waits in get_capture on a silent subordinate."""
    wanted = settings(MIDDLE, "subordinate")
    device = KinectBench().open(wanted)
    device.start(wanted)
    outcome: dict[str, Any] = {}
    reader = threading.Thread(target=lambda: outcome.update(failure_of(lambda: device.get_capture(60_000))))
    reader.start()
    for _ in range(100):
        time.sleep(0.001)  # comes back after the reader's 60 s where waiting holds the GIL
    outcome["waited"] = reader.is_alive()
    device.stop()
    reader.join(timeout=50)
    outcome["joined"] = not reader.is_alive()
    device.close()
    return outcome


def record() -> dict[str, Any]:
    """Record with libk4arecord from a virtual device, and play it back."""
    import pyk4a

    path = Path(sys.argv[2])
    config = pyk4a.Config(
        color_format=pyk4a.ImageFormat.COLOR_MJPG, depth_mode=pyk4a.DepthMode.NFOV_2X2BINNED
    )
    kinect = pyk4a.PyK4A(config, device_id=0, thread_safe=False)
    kinect.open()
    kinect._start_cameras()
    recording = pyk4a.PyK4ARecord(path, config, device=kinect, thread_safe=False)
    recording.create()
    for _ in range(5):
        recording.write_capture(kinect.get_capture(TIMEOUT_MS))
    recording.close()
    kinect._stop_cameras()
    kinect.close()
    with pyk4a.PyK4APlayback(path) as playback:
        marks = []
        for _ in range(5):
            capture = playback.get_next_capture()
            marks.append(
                [read_color_mark(capture.color), read_depth_mark(capture.depth), capture.color_timestamp_usec]
            )
        matrix = playback.calibration.get_camera_matrix(pyk4a.CalibrationType.COLOR)
    return {"marks": marks, "focal_length": float(matrix[0][0])}


def imu_ends() -> dict[str, Any]:
    """Read a device whose IMU ends while its cameras go on."""
    report: dict[str, Any] = {"samples": 0, "failures": []}
    device = KinectBench().open(wanted := settings(MASTER, imu=True))
    device.start(wanted)
    for _ in range(8):
        report["captures"] = device.get_capture(TIMEOUT_MS) is not None
        try:
            report["samples"] += len(device.get_imu_samples())
        except KsyncError as error:
            report["failures"].append(
                [type(error).__name__, error.findings[0].code, error.findings[0].device]
            )
    device.close()
    return report


def count_slowly() -> dict[str, Any]:
    """Let a thread count the devices, and see how often another one runs meanwhile."""
    bench, counts, rounds = KinectBench(), [], [0]
    bench.count()  # what loads the SDK is no matter here
    while max(rounds) <= 10 and len(rounds) <= 10:  # a busy machine may hold up a whole count
        rounds.append(0)
        counting = threading.Thread(target=lambda: counts.append(bench.count()))
        counting.start()
        while counting.is_alive():
            rounds[-1] += 1
            time.sleep(0.001)
    return {"counts": counts, "rounds": max(rounds)}


if __name__ == "__main__":
    json.dump(globals()[sys.argv[1]](), sys.stdout)
