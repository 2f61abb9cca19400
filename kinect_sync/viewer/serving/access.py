"""Who may see the pictures: whoever has the address, and no page of somebody else in the same browser.

Any page that an operator visits can let the browser ask this computer for something. So the address holds a
token that nobody can guess; the browser is given a session for it, as a cookie that no other site's requests
carry; and a request must name this server as a person would, which one whose name was bent to this computer
(DNS rebinding) does not. Cookies do not tell ports apart, so whatever else serves at this computer sees the
session: it is not the token, which can be shown to others, and it ends.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
import socket
from collections.abc import Sequence
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie

_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::\d{1,5})?")
_OWN_SITE = ("same-origin", "none")
"""What a browser says of a request that the page made, or a person (`Sec-Fetch-Site`)."""
SESSION_S = 7 * 24 * 3600
"""How long a browser keeps what it was given for the token."""


class Access:
    """Decides on requests by what their headers say."""

    def __init__(self, host: str, token: str | None = None) -> None:
        """Let whoever has the token see what is served at `host`, an address or a name of this computer."""
        self.token = token or secrets.token_urlsafe(24)
        self._only_here = _is_here(host)
        self._names = {"localhost", host.casefold()}
        if not self._only_here:
            self._names |= {socket.gethostname().casefold()}
        self._cookie = f"ksync-{self._derived('name')[:8]}"
        self._session = self._derived("session")

    def admits(self, token: str) -> bool:
        """Tell whether this is the token."""
        return secrets.compare_digest(token.encode(), self.token.encode())

    def set_cookie(self) -> str:
        """Return the cookie for a browser that had the token: for no script, and for no other site."""
        return f"{self._cookie}={self._session}; Path=/; Max-Age={SESSION_S}; HttpOnly; SameSite=Strict"

    def knows(self, cookies: Sequence[str]) -> bool:
        """Tell whether a request's cookies hold the session."""
        for text in cookies:
            try:
                each = SimpleCookie(text).get(self._cookie)
            except CookieError:
                continue
            if each is not None and secrets.compare_digest(each.value.encode(), self._session.encode()):
                return True
        return False

    def _derived(self, label: str) -> str:
        """Make something of the token that leads to nobody else's, and not back to the token."""
        return hmac.new(self.token.encode(), label.encode(), hashlib.sha256).hexdigest()

    def is_for_us(self, hosts: Sequence[str]) -> bool:
        """Tell whether a request's `Host` is one that a person would write for this server.

        The port is not looked at: behind `ssh -L` it is another one.
        """
        match = _AUTHORITY.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if match is None:
            return False
        name = (match["v6"] or match["name"]).casefold()
        return name in self._names or _is_address(name, only_here=self._only_here)

    def is_own(self, host: str, origins: Sequence[str], sites: Sequence[str]) -> bool:
        """Tell whether a request comes from our page or a person, by its `Origin` and `Sec-Fetch-Site`."""
        return all(each == f"http://{host}" for each in origins) and all(each in _OWN_SITE for each in sites)


def name_for_others(host: str) -> str:
    """Return how other computers name what is served at `host`: at all addresses, by this computer's name."""
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_unspecified:
            return socket.gethostname()
    return host


def is_private(host: str) -> bool:
    """Tell whether what is served at this address can be reached from this computer alone."""
    return _is_here(host)


def _is_here(host: str) -> bool:
    return host == "localhost" or _is_address(host, only_here=True)


def _is_address(text: str, *, only_here: bool) -> bool:
    """Tell whether a text is an IP address, which nobody's name server can bend."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_loopback or not only_here
