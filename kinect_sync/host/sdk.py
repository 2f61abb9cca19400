"""Which SDK is installed, told from names and versions alone: nothing of it is loaded here."""

from __future__ import annotations

import re

from kinect_sync.host.view import Host, Installed

DISTRIBUTIONS = ("pyk4a-bundle", "pyk4a")
_LIBRARY = re.compile(r"(?:^|/)libk4a(?:-[0-9a-f]+)?\.so\.(\d+)\.(\d+)\.(\d+)$")


def find_pyk4a(host: Host) -> tuple[str, Installed] | None:
    """Return the distribution that pyk4a comes from."""
    looked_up = ((name, host.installed(name)) for name in DISTRIBUTIONS)
    return next(((name, installed) for name, installed in looked_up if installed is not None), None)


def find_file(host: Host, part: str) -> str | None:
    """Return the first file of pyk4a's distribution with `part` in its name."""
    found = find_pyk4a(host)
    files = found[1].files if found else ()
    return next((path for path in files if part in path.rsplit("/", 1)[-1]), None)


def sdk_version(installed: Installed) -> tuple[int, ...] | None:
    """Return the version of libk4a that a wheel carries in its file's name; None where it carries none."""
    versions = [_LIBRARY.search(path.replace("\\", "/")) for path in installed.files]
    return next((tuple(map(int, found.groups())) for found in versions if found), None)
