"""What a client of a stream is sent, read back by the client in `examples/`."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from kinect_sync.streaming.framing import GRID, PREFIX
from kinect_sync.streaming.heads import BeginHead, EndHead, RowHead
from kinect_sync.streaming.messages import StreamMessages
from kinect_sync.streaming.sharing import SharedRows
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.values import Value
from tests.factory_calibration import make_calibration
from tests.streaming.example_clients import read_back
from tests.streaming.stand_in_rows import HEIGHT, RIG, WIDTH, StandInRow, begun, never

REPORT = {"report": "stream", "verdict": "in_sync"}


def sent(*rows: StandInRow, keep: int = 8, newest: bool = False) -> list[Any]:
    """The parts of all messages to a client that comes before the first row and reads after the last."""
    shared = SharedRows(keep, newest=newest)
    messages = begun(shared)
    with shared.taking() as taken:
        for row in rows:
            messages.put(row, never)  # type: ignore[arg-type]  # a stand-in
        messages.end(REPORT)
        return list(messages.framed(taken))


def heads(*rows: StandInRow, **how: Any) -> list[dict[str, Any]]:
    return [read_back(parts)[0] for parts in sent(*rows, **how)]


def part(payload: bytes, place: list[int]) -> bytes:
    return payload[place[0] : place[0] + place[1]]


def test_a_stream_begins_with_what_is_needed_to_understand_its_images_and_ends_with_its_report() -> None:
    (begin, payload), _, (end, nothing) = map(read_back, sent(StandInRow(0)))
    assert (begin["kind"], begin["version"], begin["rig"], begin["fps"]) == ("begin", 1, "pair", 30)
    assert (begin["mode"], begin["reference"], begin["take"]) == ("every", "front", None)
    for told, device in zip(begin["devices"], RIG.devices, strict=True):
        assert told["name"] == device.name
        assert told["settings"] == RIG.settings_of(device).model_dump(mode="json")
        assert part(payload, told["calibration"]) == make_calibration(device.serial)
        assert told["geometry"]["depth"]["width"] == WIDTH
        assert told["geometry"]["depth"]["fx"] == pytest.approx(0.49 * 512)
    assert (end, nothing) == ({"kind": "end", "missed": 0, "report": REPORT}, b"")


def test_images_are_as_the_camera_gave_them_and_lie_where_numbers_may() -> None:
    _, message, _ = sent(StandInRow(3))
    head, payload = read_back(message)
    assert (head["pulse"], head["complete"], head["missed"], head["skipped"]) == (3, True, 0, 0)
    assert [each["name"] for each in head["devices"]] == ["front", "left"]
    before = len(b"".join(message)) - len(payload)
    for device in head["devices"]:
        assert device["depth"][2:] == [WIDTH, HEIGHT]
        assert device["color"][2:] == [1280, 720]
        assert {(before + device[name][0]) % GRID for name in ("color", "depth", "ir")} == {0}
        assert part(payload, device["color"]) == b"\xff\xd8\0\0\0\xff\xd9"
        for name, value in (("depth", 1003), ("ir", 3)):
            assert (np.frombuffer(part(payload, device[name]), "<u2") == value).all()


def test_what_is_not_there_is_null() -> None:
    row = StandInRow(1, front=HoleReason.SENSOR_DROPPED, left=HoleReason.HALF_CAPTURE)
    _, (head, payload), _ = map(read_back, sent(row))
    front, left = head["devices"]
    assert not head["complete"]
    assert front["hole"] == "sensor_dropped"
    assert [front[name] for name in ("color", "depth", "ir")] == [None, None, None]
    assert front["color_timestamp_us"] is None
    assert (left["hole"], left["color"], left["ir"]) == ("half_capture", None, None)
    assert len(part(payload, left["depth"])) == 2 * WIDTH * HEIGHT


def test_rows_that_were_overwritten_are_missed_and_counted_in_the_head_of_the_next() -> None:
    rows = [StandInRow(pulse) for pulse in range(7)]
    for pulse in (0, 2, 3, 6):
        rows[pulse].is_overwritten = True
    _, *given, end = heads(*rows)
    assert [(head["pulse"], head["missed"]) for head in given] == [(1, 1), (4, 2), (5, 0)]
    assert end["missed"] == 1


def test_a_client_that_is_slow_misses_the_rows_that_are_not_kept() -> None:
    _, *given, end = heads(*map(StandInRow, range(10, 20)), keep=3)
    assert [(head["pulse"], head["missed"], head["skipped"]) for head in given] == [
        (17, 0, 0),
        (18, 0, 0),
        (19, 0, 0),
    ]
    assert end["missed"] == 0


def test_in_mode_newest_rows_are_passed_over_and_none_is_missed() -> None:
    _, *given, end = heads(StandInRow(0), StandInRow(1), StandInRow(2), newest=True)
    assert [(head["pulse"], head["missed"], head["skipped"]) for head in given] == [(2, 0, 0)]
    assert end["missed"] == 0


def test_who_comes_where_no_row_is_given_is_told_how_it_began_and_ended() -> None:
    assert [head["kind"] for head in heads()] == ["begin", "end"]
    shared = SharedRows(4)
    refused = StreamMessages(shared)
    with shared.taking() as taken:
        refused.end(None)  # the rig did not start
        (end,) = refused.framed(taken)
    assert read_back(end)[0] == {"kind": "end", "missed": 0, "report": None}


def test_rows_are_lines_of_json_too_without_images_and_without_looking_at_any() -> None:
    shared = SharedRows(4)
    messages = begun(shared)
    row = StandInRow(5, left=HoleReason.LATE)
    row.is_overwritten = True
    with shared.taking() as taken:
        messages.put(row, never)  # type: ignore[arg-type]  # a stand-in
        messages.end(None)
        ((line,),) = messages.lines(taken)
    assert line.endswith(b"}\n")
    told = json.loads(line)
    assert (told["pulse"], told["complete"], told["age_ms"]) == (5, False, 2.5)
    assert told["devices"][1]["hole"] == "late"
    assert "depth" not in told["devices"][0]


@pytest.mark.parametrize(("at", "kind"), [(0, BeginHead), (1, RowHead), (2, EndHead)])
def test_fields_are_all_there_in_the_order_of_the_manual_without_white_space(
    at: int, kind: type[Value]
) -> None:
    """A program without a library for JSON looks for them."""
    parts = sent(StandInRow(0, front=HoleReason.SENSOR_DROPPED))[at]
    head, _ = read_back(parts)
    assert list(head) == list(kind.model_fields)
    text = bytes(parts[0])[PREFIX.size :].decode()
    assert text.rstrip(" ") == json.dumps(head, separators=(",", ":"))
