"""What a page asks for: `size=small&ir=left&pulse=12&since=left:33366,right:33399`."""

from __future__ import annotations

from urllib.parse import parse_qs

from kinect_sync.viewer.bundle import Wanted

_SIZES = {"full": False, "small": True}
_MOST = 2**63


def parse_query(query: str) -> Wanted:
    """Read a query; ValueError where it is none that the page makes."""
    fields = parse_qs(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=8)
    said = {name: values[-1] for name, values in fields.items()}
    size, pulse = said.get("size", "full"), said.get("pulse")
    if size not in _SIZES:
        raise ValueError("size is full or small")
    return Wanted(
        small=_SIZES[size],
        ir=frozenset(_parts(said.get("ir", ""))),
        pulse=None if pulse is None else _number(pulse),
        since=dict(_stamp(each) for each in _parts(said.get("since", ""))),
    )


def _parts(text: str) -> list[str]:
    return [each for each in text.split(",") if each]


def _stamp(text: str) -> tuple[str, int]:
    name, _, stamp = text.rpartition(":")
    return name, _number(stamp)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) < _MOST):
        raise ValueError("a number is written in digits")
    return int(text)
