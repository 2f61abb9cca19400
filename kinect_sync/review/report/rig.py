"""The rig as a picture: devices, jacks and the sync cables between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from kinect_sync.review.report.data import DeviceData, TakeData
from kinect_sync.review.report.markup import Markup, join, tag
from kinect_sync.rig.modes import Role, Topology
from kinect_sync.rig.topology import TRIGGER, Cable, between, cables, chains

_BOX = (168, 84)
_STEP = (232, 132)
_MARGIN = (36, 26)
_NODE_DOWN = 24
"""Of what is no device, and so less high."""
_PER_ROW = {"wide": 4, "narrow": 2}

Place = tuple[int, int]


def draw_rig(data: TakeData) -> Markup:
    """Draw the devices in cable order, once for a page and once for a telephone; one of them is shown."""
    return join(*(_draw(data, width) for width in _PER_ROW))


def _draw(data: TakeData, style: str) -> Markup:
    wiring = cables(data.rig) if data.rig is not None else ()
    hub = between(data.rig) if data.rig is not None else None
    places = _places(data, wiring, hub, _PER_ROW[style])
    width = max(x for x, _ in places.values()) + _BOX[0] + _MARGIN[0]
    height = max(y for _, y in places.values()) + _BOX[1] + _MARGIN[1]
    devices = {device.name: device for device in data.devices}
    return tag(
        "svg",
        tag("title", _in_words(data, wiring)),
        *(_cable(places, cable) for cable in _hops(wiring, hub)),
        *(
            _box(devices[name], place) if name in devices else _node(name, place)
            for name, place in places.items()
        ),
        viewBox=f"0 0 {width} {height}",
        style=f"max-width:{width}px",
        role="img",
        class_=f"rig {style}",
    )


def _places(data: TakeData, wiring: Sequence[Cable], hub: str | None, per_row: int) -> dict[str, Place]:
    if data.rig is not None and hub is not None and data.rig.topology is Topology.DAISY_CHAIN:
        return _places_of_chains(chains(data.rig), hub, per_row)
    names = _order(data, wiring, hub)
    star = data.rig is not None and data.rig.topology is Topology.STAR
    return _star_places(names) if star else _chain_places(names, per_row)


def _in_words(data: TakeData, wiring: Sequence[Cable]) -> str:
    if not wiring:
        return "devices without sync cables: " + ", ".join(device.name for device in data.devices)
    return "sync cables " + "; ".join(str(cable).replace("`", "") for cable in wiring)


def _order(data: TakeData, wiring: Sequence[Cable], hub: str | None) -> list[str]:
    names = [device.name for device in data.devices]
    head = [TRIGGER] if any(cable.from_device == TRIGGER for cable in wiring) else []
    return head + (names if hub is None else _behind_hub(names, wiring, hub))


def _behind_hub(names: list[str], wiring: Sequence[Cable], hub: str) -> list[str]:
    fed = {cable.to_device for cable in wiring if cable.via}
    return [*(name for name in names if name not in fed), hub, *(name for name in names if name in fed)]


def _hops(wiring: Sequence[Cable], hub: str | None) -> list[tuple[str, str]]:
    """Return the ends of each cable to draw; what goes through a splitter is one cable to it and one from."""
    hops: list[tuple[str, str]] = []
    for cable in wiring:
        through = [cable.from_device, hub, cable.to_device] if cable.via and hub else [
            cable.from_device,
            cable.to_device,
        ]  # fmt: skip
        hops += [(a, b) for a, b in pairwise(through) if a and b and (a, b) not in hops]
    return hops


def _chain_places(names: Sequence[str], most: int) -> dict[str, Place]:
    """Place a chain in rows that go forth and back, so that every cable is short."""
    places = {}
    per_row = min(most, len(names))
    for number, name in enumerate(names):
        row, column = divmod(number, per_row)
        column = per_row - 1 - column if row % 2 else column
        places[name] = (_MARGIN[0] + column * _STEP[0], _MARGIN[1] + row * _STEP[1])
    return places


def _places_of_chains(rows: Sequence[Sequence[str]], hub: str, most: int) -> dict[str, Place]:
    """Place trigger and distributor at the left, and the chains below one another at the right of them."""
    places = {TRIGGER: _MARGIN, hub: (_MARGIN[0], _MARGIN[1] + _STEP[1])}
    down = 0
    for chain in rows:
        placed = _chain_places(chain, max(1, most - 1))
        places |= {name: (x + _STEP[0], y + down) for name, (x, y) in placed.items()}
        down = max(places[name][1] for name in chain) + _STEP[1] - _MARGIN[1]
    return places


def _star_places(names: Sequence[str]) -> dict[str, Place]:
    """Place the head in a row, and what the splitter feeds beneath each other at the right of it."""
    hub = next((i for i, name in enumerate(names) if name in ("splitter", "sync hub")), 0)
    head, fed = names[: hub + 1], names[hub + 1 :]
    middle = (len(fed) - 1) * 104 // 2
    places = {name: (_MARGIN[0] + i * _STEP[0], _MARGIN[1] + middle) for i, name in enumerate(head)}
    right = _MARGIN[0] + len(head) * _STEP[0]
    return places | {name: (right, _MARGIN[1] + i * 104) for i, name in enumerate(fed)}


def _cable(places: dict[str, Place], hop: tuple[str, str]) -> Markup:
    """Draw a cable from the sync out side of one box to the sync in side of the next."""
    (x1, y1), (x2, y2) = places[hop[0]], places[hop[1]]
    middle = _BOX[1] // 2
    if y1 == y2 and x2 > x1:
        path = f"M{x1 + _BOX[0]} {y1 + middle}H{x2}"
    elif y1 == y2:
        path = f"M{x1} {y1 + middle}H{x2 + _BOX[0]}"
    elif x1 == x2 and hop[0] == TRIGGER:
        path = f"M{x1 + _BOX[0] // 2} {y1 + _BOX[1] - _NODE_DOWN}V{y2 + _NODE_DOWN}"
    elif x1 == x2:
        path = f"M{x1 + _BOX[0] // 2} {y1 + _BOX[1]}V{y2}"
    else:
        start, end = x1 + _BOX[0], x2
        turn = (start + end) // 2
        path = f"M{start} {y1 + middle}C{turn} {y1 + middle} {turn} {y2 + middle} {end} {y2 + middle}"
    return tag("path", tag("title", f"sync cable from {hop[0]} to {hop[1]}"), d=path, class_="cable")


def _box(device: DeviceData, place: Place) -> Markup:
    x, y = place
    state, word = _state(device)
    lines = (
        (26, "name", device.name if len(device.name) <= 16 else device.name[:15] + "…"),
        (45, "role", str(device.settings.role)),
        (66, "small", f"{device.settings.serial} {word}".strip()),
    )
    return tag(
        "g",
        tag("title", _about(device)),
        tag("rect", x=x, y=y, width=_BOX[0], height=_BOX[1], rx=10, class_=f"box {state}"),
        tag("rect", x=x, y=y + 12, width=5, height=_BOX[1] - 24, rx=2, class_=f"fill {device.style}"),
        *(tag("text", text, x=x + 18, y=y + down, class_=style) for down, style, text in lines),
        _crown(device, x + _BOX[0] - 24, y + 24),
    )


def _crown(device: DeviceData, x: int, y: int) -> Markup | None:
    """Mark the device that gives the pulse."""
    if device.settings.role is not Role.MASTER:
        return None
    return tag("path", d=f"M{x - 8} {y}h5v-9h6v9h5", class_="pulse")


def _state(device: DeviceData) -> tuple[str, str]:
    report = device.report
    if report is None:
        return "unknown", ""
    if report.lost:
        return "bad", "lost"
    if device.in_error:
        return "bad", ""
    return ("warn", "holes") if report.dropped else ("good", "")


def _about(device: DeviceData) -> str:
    jacks = device.described.jacks
    seen = [] if jacks is None else [f"sync in {_plug(jacks.sync_in)}", f"sync out {_plug(jacks.sync_out)}"]
    return ", ".join([f"{device.name}: {device.settings.role}, serial {device.settings.serial}", *seen])


def _plug(plugged: bool | None) -> str:  # noqa: FBT001
    return "unknown" if plugged is None else "plugged" if plugged else "empty"


def _node(name: str, place: Place) -> Markup:
    x, y = place
    return tag(
        "g",
        tag(
            "rect",
            x=x + 34,
            y=y + _NODE_DOWN,
            width=_BOX[0] - 68,
            height=_BOX[1] - 2 * _NODE_DOWN,
            rx=18,
            class_="node",
        ),
        tag("path", d=f"M{x} {y + 42}h34M{x + _BOX[0] - 34} {y + 42}h34", class_="cable"),
        tag("text", name.removeprefix("pulse "), x=x + _BOX[0] // 2, y=y + 47, class_="role centre"),
    )
