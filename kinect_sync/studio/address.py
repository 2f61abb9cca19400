"""Where an agent is reached: an address or a name in the network, and a port."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated

from pydantic import AfterValidator, Field

from kinect_sync.values import Value

PORT = 7447
"""Zenoh's own port."""
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_LONGEST = 253
"""Characters of a name in the network (RFC 1035)."""


def ip_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return what an address says as numbers; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_address(text: str) -> bool:
    """Tell whether a text is an IP address of one host, or could be the name of one."""
    number = ip_of(text)
    if number is not None:
        return not (number.is_unspecified or number.is_multicast) and "%" not in text
    labels = text.split(".")
    numeric = labels[-1].isdigit()  # a mistyped IP address, which no network resolves
    return len(text) <= _LONGEST and not numeric and all(_LABEL.fullmatch(label) for label in labels)


def _checked(text: str) -> str:
    if not is_address(text):
        raise ValueError("it is neither an IP address nor the name of a host")
    return text


class Address(Value):
    """Where the agent of a host listens."""

    address: Annotated[str, AfterValidator(_checked)]
    """IP address or name of the host, as a director dials it; it stands in the host's certificate."""
    port: Annotated[int, Field(ge=1, le=65535)] = PORT
    """TCP port."""

    def __str__(self) -> str:
        """`10.0.0.12:7447`, or `[fd00::12]:7447`."""
        return join_port(self.address, self.port)


def join_port(host: str, port: int) -> str:
    """Write a host and a port as one."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
