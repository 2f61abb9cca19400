"""Tries to load the SDK: `python -m kinect_sync.benches.sdk_trial`, started by `ksync doctor`.

In a process of its own, because a broken native library may end whoever loads it. No device is touched.
"""

from __future__ import annotations

import subprocess
import sys

from pydantic import TypeAdapter

from kinect_sync.benches.launching import process_environment
from kinect_sync.findings import Finding
from kinect_sync.findings.sdk import SDK_LIBRARY_BROKEN

LIMIT_S = 60.0
_FINDINGS = TypeAdapter(tuple[Finding, ...])


def main() -> None:
    """Load the SDK and print the findings as JSON; none if it loads."""
    from kinect_sync.devices.k4a.sdk import load_sdk
    from kinect_sync.errors import KsyncError

    findings: tuple[Finding, ...] = ()
    try:
        load_sdk()
    except KsyncError as error:
        findings = error.findings
    sys.stdout.buffer.write(_FINDINGS.dump_json(findings))


def try_sdk() -> tuple[Finding, ...]:
    """Return what is wrong with the SDK; nothing if it loads."""
    command = [sys.executable, "-m", "kinect_sync.benches.sdk_trial"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT_S,
            check=True,
            env=process_environment(),
        )
        return _FINDINGS.validate_json(done.stdout)
    except subprocess.CalledProcessError as error:
        return (_failed(f"loading it ended the process with status {error.returncode}"),)
    except subprocess.TimeoutExpired:
        return (_failed(f"loading it took longer than {LIMIT_S:.0f} s"),)
    except (OSError, ValueError) as error:
        return (_failed(f"loading it could not be tried: {error}"),)


def _failed(what: str) -> Finding:
    return SDK_LIBRARY_BROKEN.found(f"the Kinect SDK cannot be used: {what}")


if __name__ == "__main__":
    main()
