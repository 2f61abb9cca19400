"""The page of a stream's messages: its prose, and the tables that the heads make of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from docs.schema_tables import Json, value_section
from kinect_sync.benches.giving import LINGER_S
from kinect_sync.streaming.framing import GRID, MAGIC, PREFIX
from kinect_sync.streaming.heads import BeginHead, EndHead, RowHead
from kinect_sync.streaming.outlets import MOST, TOKEN_S
from kinect_sync.values import Value

_ELSEWHERE = {
    "DeviceSettings": "take.md#devicesettings",
    "CalibratedDevice": "rig-calibration.md#calibrateddevice",
    "CameraPlace": "rig-calibration.md#cameraplace",
}
"""Values that another page tells of, and where."""

_INTRODUCTION = f"""# The messages of a stream

`ksync stream RIG --to ADDRESS` gives the rows of a rig to [programs of any
language](../how-to/use-rows-in-other-languages.md), while they happen: one message for each pulse, with the
images of every device. This is version 1. `examples/` has a client in C, one in JavaScript and one in
Python, each a page.

## A message

All numbers are little-endian, and a message follows the one before without a gap.

| byte | what |
|---|---|
| 0 | `{MAGIC.decode()}`, four characters: the digit is the version |
| 4 | bytes of the head, 32 bits without a sign |
| 8 | bytes of the payload, 64 bits without a sign |
| {PREFIX.size} | the head: an object of JSON, UTF-8, with spaces at its end |
| {PREFIX.size} + head | the payload: what the head says where it begins; bytes between are 0 |

The payload, and each image in it, begins at a multiple of {GRID}, counted from the message's first byte:
whoever reads a whole message into memory can use the pixels where they lie.

The head's `kind` says what it is. `begin` comes first and once, then `row` by `row`, and `end` is the last.
Where the rig did not start, `end` comes alone, with a report that says why. A stream that ends without
`end` was cut off.

Every field is always there, in the order of the tables below, without white space between. So a program may
look for `"pulse":` with what its language has for text. Names of devices have letters, digits, `-` and `_`
alone, and a letter or digit first.

## What may be added

To version 1 kinds of messages, fields at the end of an object, and bytes of a payload that no field names.
A reader passes over what it does not know. What is there keeps its name, its meaning and its place before
what is added; anything else would be another version, with another digit.

## Addresses

| `--to` | who can read |
|---|---|
| a path | this user: a Unix socket, made with mode 0600, and removed at the end |
| `127.0.0.1:PORT` | whoever on this computer has the token |
| `-` | whoever reads stdout |

Nobody listens before `rows:` and the address stand on stderr (with `--quiet` no path does: there, try until
somebody listens). Clients may come from then on, before the rig runs: they wait for `begin`.

The token of a port stands behind it there, and is the first line that a client sends, within {TOKEN_S:g} s;
who sends another, or none, is cut off without a message. A port is for where there are no Unix sockets, as in
Python on Windows.

Up to {MOST} clients read at the same time; one more is sent away at once. Each begins with the next row.
What they send is passed over, but for the token. A client that closes its connection has left, also where it
closes its own side alone (`shutdown`, or `end` in node): keep it open while you read. Other computers can't
read: there, `hosts:` of [the rig file](rig.md) brings cameras together, over a session that is encrypted. A
command that was killed leaves its socket; the next one at the path replaces it. Where a command is at work, a
second one is refused, and starts nothing.

## Who is slow

Each client has its own place in the stream. One that is slow, or stopped, holds up neither the rig nor the
others: it misses rows, and the next one that it gets says how many (`missed`). A row is missed when newer
captures have taken its place in memory, some tenths of a second later. With `--mode newest`, a client gets
the newest row whenever it has time, and `skipped` says how many were passed over. At the end clients have
{LINGER_S:g} s to take the rows that are left, and as long again for `end`; who is not through is cut off.

Recordings that are played fast (`--playback DIR --fast`) wait instead: for the first client, and for the
slowest.
"""


def stream_page() -> str:
    """Return the page of all messages, with the values in each where they come first."""
    lines = [_INTRODUCTION]
    told: set[str] = set(_ELSEWHERE)
    for name, head in (("begin", BeginHead), ("row", RowHead), ("end", EndHead)):
        lines += _sections(name, head, told)
    page = "\n".join(lines)
    for name, place in _ELSEWHERE.items():
        page = page.replace(f"(#{name.lower()})", f"({place})")
    return page


def _sections(name: str, head: type[Value], told: set[str]) -> Iterator[str]:
    """Yield the table of a head, and of each value in it that was not told yet."""
    schema = head.model_json_schema(mode="serialization")
    values: Json = schema.get("$defs", {})
    yield from value_section("##", name, schema, values)
    for each, value in values.items():
        if "properties" in value and each not in told:
            told.add(each)
            yield from value_section("###", each, value, values)
