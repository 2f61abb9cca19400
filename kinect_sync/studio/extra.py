"""What rigs over several hosts need and others do not: an extra of the distribution."""

from __future__ import annotations

from importlib.util import find_spec

from kinect_sync.errors import UsageError
from kinect_sync.findings.hosts import HOSTS_NOT_INSTALLED


def require_hosts_extra() -> None:
    """See that Zenoh and cryptography are installed, without loading them; UsageError where they are not."""
    missing = [name for name in ("zenoh", "cryptography") if find_spec(name) is None]
    if missing:
        raise UsageError(HOSTS_NOT_INSTALLED.found(f"not installed: {', '.join(missing)}"))
