"""Zenoh's settings: peer to peer over TLS, certificates on both sides, and nothing allowed that is not named.

Agents listen and dial nobody; a director dials and listens to nothing. Who may do what follows from the name
in the other side's certificate.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from kinect_sync.network.keys import host_keys
from kinect_sync.rig.address import ip_of
from kinect_sync.studio.address import Address
from kinect_sync.studio.folders import AgentFolder, Credentials, StudioFolder

LEASE_MS = 1500
"""Silence that proves a loss. Beside busy processes 1200 gave no false alarm either, and 600 ten a minute."""
MOST_NBYTES = 64 << 20
"""Of one message, whoever sends it. The longest one tells what a process that died had written in hours."""
_OPEN_MS = 1000
"""For a handshake; closing waits for one that is under way."""
_ACCEPT_MS = 2000
_NEVER_MS = 3_600_000
_ASKING = ["query", "declare_subscriber", "liveliness_query", "declare_liveliness_subscriber"]
_TELLING = ["reply", "put", "declare_queryable", "liveliness_token"]

Settings = dict[str, Any]


def agent_settings(folder: AgentFolder) -> Settings:
    """Return an agent's: it listens, and obeys the director of its studio alone."""
    keys = host_keys(folder.card.studio, folder.card.host)
    certificate = _side(folder.credentials, "listen")
    return {
        **_common(certificate),
        "listen": {"endpoints": [f"tls/{each}" for each in _listening(folder.address)]},
        "access_control": _access([_grants(folder.director, keys, asks="ingress", tells="egress")]),
    }


def director_settings(folder: StudioFolder, hosts: Mapping[str, Address], *, again: bool = True) -> Settings:
    """Return a director's: it dials hosts, and hears of each what is the host's own.

    Who is not there is dialled `again` until it is; closing waits for a dial that is under way.
    """
    name = folder.studio.name
    grants = [_grants(host, host_keys(name, host), asks="egress", tells="ingress") for host in hosts]
    dialled: Settings = {
        "endpoints": [f"tls/{address}" for address in hosts.values()],
        "timeout_ms": -1,  # for ever, also those who are not there yet
        "exit_on_failure": False,
        "retry": _retry(*((200, 500) if again else (_NEVER_MS, _NEVER_MS))),
    }
    certificate = _side(folder.credentials, "connect")
    return {
        **_common(certificate),
        "listen": {"endpoints": []},
        "connect": dialled,
        "access_control": _access(grants),
    }


def _retry(first_ms: int, most_ms: int) -> Settings:
    return {"period_init_ms": first_ms, "period_max_ms": most_ms, "period_increase_factor": 1.5}


def _common(certificate: Settings) -> Settings:
    return {
        "mode": "peer",
        "scouting": {"delay": 0, "multicast": {"enabled": False}, "gossip": {"enabled": False}},
        "transport": {
            "unicast": {"open_timeout": _OPEN_MS, "accept_timeout": _ACCEPT_MS},
            "shared_memory": {"enabled": False},
            "link": {
                "protocols": ["tls"],
                "tx": {"lease": LEASE_MS, "keep_alive": 4},
                "rx": {"max_message_size": MOST_NBYTES},
                "tls": {
                    **certificate,
                    "enable_mtls": True,
                    "verify_name_on_connect": True,
                    "close_link_on_expiration": True,
                },
            },
        },
        "adminspace": {"enabled": False},
    }


def _side(credentials: Credentials, side: str) -> Settings:
    return {
        "root_ca_certificate": str(credentials.authority),
        f"{side}_certificate": str(credentials.certificate),
        f"{side}_private_key": str(credentials.key),
    }


def _listening(address: Address) -> list[str]:
    """Return where an agent listens: everywhere, as addresses come and go, unless it is for this computer.

    Of a name, a director dials the first address that it finds, which may be one of IPv6.
    """
    number = ip_of(address.address)
    if number is not None and number.is_loopback:
        return [str(address)]
    ipv4, ipv6 = f"0.0.0.0:{address.port}", f"[::]:{address.port}"
    if number is not None or (hears_ipv4 := _ipv6_hears_ipv4()) is None:
        return [ipv4]
    return [ipv6] if hears_ipv4 else [ipv4, ipv6]


def _ipv6_hears_ipv4() -> bool | None:
    """Tell whether who listens to IPv6 hears IPv4 too: on Linux, not on Windows; None where there is none."""
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::", 0))
            return not trial.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    except OSError:
        return None


def _grants(name: str, keys: list[str], *, asks: str, tells: str) -> Settings:
    """Return what one name in a certificate may do, on which keys."""
    rules = [
        {
            "id": f"{name} {flow}",
            "flows": [flow],
            "permission": "allow",
            "key_exprs": keys,
            "messages": messages,
        }
        for flow, messages in ((asks, _ASKING), (tells, _TELLING))
    ]
    subject = {"id": name, "cert_common_names": [name]}
    return {"rules": rules, "subjects": [subject]}


def _access(grants: list[Settings]) -> Settings:
    return {
        "enabled": True,
        "default_permission": "deny",
        "rules": [rule for grant in grants for rule in grant["rules"]],
        "subjects": [subject for grant in grants for subject in grant["subjects"]],
        "policies": [
            {
                "rules": [rule["id"] for rule in grant["rules"]],
                "subjects": [subject["id"] for subject in grant["subjects"]],
            }
            for grant in grants
        ],
    }
