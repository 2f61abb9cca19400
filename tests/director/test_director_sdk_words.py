"""What the SDK says in its log, as the director hears and keeps it."""

from __future__ import annotations

import pytest

from kinect_sync.director.sdk_words import KEPT, LONGEST, RefusedTransfers, SdkWords, sdk_text

TIME, PLACE = "[2026-03-04 05:06:07.089]", "[t=4711] /src/usbcommand/usbstreaming.c (214): usb_cmd()."
LIBUSB = "libusb: error [submit_bulk_transfer]"
REFUSED = "usb_cmd_lib_usb_thread(). No libusb transfers could not be submitted"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (f"{TIME} [error] {PLACE} It failed", "usb_cmd(). It failed"),
        (f"{TIME} [warning] {PLACE} It may fail", "usb_cmd(). It may fail"),
        (f"{TIME} [critical] [t=1] C:\\a (x86)\\b.c (7): f(). Gone", "f(). Gone"),
        (f"{TIME} [error] [t=1] depth engine: 204", "depth engine: 204"),
        (f"{TIME} [error] [t=1] {'x' * 5000}", "x" * LONGEST),
        (f"{LIBUSB} submiturb failed error -1 errno=12", "libusb: submiturb failed error -1 errno=12"),
        (f"[ 1.02] [0001] {LIBUSB} submiturb failed, errno=5", "libusb: submiturb failed, errno=5"),
        ("libusb: error [udev_hotplug_event] ignoring udev action change", None),
        (f"{TIME} [info] {PLACE} Nothing of note", None),
        ("Traceback (most recent call last):", None),
        ("", None),
    ],
)
def test_a_line_of_the_log_is_told_from_whatever_else_is_printed(line: str, text: str | None) -> None:
    assert sdk_text(line) == text


def test_the_last_lines_are_kept_and_those_that_come_with_every_image_push_none_out() -> None:
    words = SdkWords()
    words.hear("the cause")
    for number in range(1000):
        words.hear(f"queue dropped image {number}")
    assert words.lines == ("the cause", "queue dropped image 999")


def test_so_many_kinds_of_lines_are_kept() -> None:
    words = SdkWords()
    names = [f"kind {chr(ord('a') + place)}" for place in range(KEPT + 3)]
    for name in names:
        words.hear(name)
    assert words.lines == tuple(names[3:])
    (finding,) = words.findings("left")
    assert (finding.code, finding.device) == ("sdk-said", "left")
    assert f'"{names[-1]}"' in finding.what
    assert SdkWords().findings("left") == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{REFUSED}, error:LIBUSB_ERROR_NO_MEM", RefusedTransfers("LIBUSB_ERROR_NO_MEM", None)),
        (REFUSED, RefusedTransfers("", None)),
        ("Less than optimal 3 libusb transfers submitted. Please evaluate", None),
    ],
)
def test_it_is_known_for_good_that_no_transfer_runs(text: str, why: str | None) -> None:
    words = SdkWords()
    words.hear(text)
    for place in range(KEPT):
        words.hear(f"then {chr(ord('a') + place)}")
    assert words.transfers_refused == why
