"""What the SDK takes as a calibration; what it computes needs a display, and stands elsewhere."""

from __future__ import annotations

import pytest

from kinect_sync.devices.k4a.transformation import Transformation
from kinect_sync.errors import UsageError
from kinect_sync.rig.modes import ColorResolution, DepthMode
from tests.factory_calibration import make_calibration

GOOD = make_calibration("000123456712")


@pytest.mark.parametrize(
    ("calibration", "told"),
    [
        (GOOD[:100] + b"\0" + GOOD[101:], "a NUL at byte 100"),
        (b"\0\0" + GOOD, "a NUL at byte 0"),
        (b"{}", "the SDK can't read"),
        (b"\0", "the SDK can't read"),
        (b"\xff\xfe", "the SDK can't read"),
    ],
    ids=["NUL in the middle", "NUL first", "no calibration", "nothing", "no text"],
)
def test_a_damaged_calibration_is_told_and_ends_no_process(calibration: bytes, told: str) -> None:
    pytest.importorskip("pyk4a", reason="pyk4a cannot be imported here", exc_type=ImportError)
    with pytest.raises(UsageError, match=told) as raised:
        Transformation("left", calibration, DepthMode.NFOV_2X2BINNED, ColorResolution.RES_720P)
    (finding,) = raised.value.findings
    assert (finding.code, finding.device) == ("calibration-unusable", "left")
