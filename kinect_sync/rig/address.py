"""Which texts say where another computer is: in a rig file, on a command line and in a certificate."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_MOST_LETTERS = 253
"""Of a name in the network (RFC 1035, as it is written)."""

NAME_FOR_IPV6 = (
    "an IPv6 address can't be dialled over TLS by Zenoh: give the host's IPv4 address, or a name in the "
    "network, which may lead to that address"
)
"""What to do where only an IPv6 address is known."""


def ip_of(text: str) -> IPv4Address | None:
    """Return an address as a number; None for a name."""
    try:
        return IPv4Address(text)
    except ValueError:
        return None


def is_address(text: str) -> bool:
    """Tell whether a text is the IPv4 address of one computer, or may be a name in the network (RFC 1123).

    An IPv6 address is neither: over TLS, Zenoh (1.10) takes what stands before the first colon for a name. A
    name may well stand for one.
    """
    number = ip_of(text)
    if number is not None:
        return not (number.is_unspecified or number.is_multicast)
    labels = text.split(".")
    named = len(text) <= _MOST_LETTERS and all(_LABEL.fullmatch(label) for label in labels)
    return named and not labels[-1].isdigit()


def is_ipv6(text: str) -> bool:
    """Tell whether a text is an IPv6 address, in brackets or not, with a port or a zone or without."""
    inside = text.removeprefix("[").partition("]")[0].partition("%")[0]
    try:
        IPv6Address(inside)
    except ValueError:
        return False
    return True
