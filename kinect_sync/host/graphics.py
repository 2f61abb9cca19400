"""What of OpenGL and X11 is here, which the depth engine needs; nothing of it is started."""

from __future__ import annotations

import re

from kinect_sync.host.view import Host

LIBRARY_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/lib64",
    "/usr/lib",
    "/usr/local/lib",
)
ENGINE_NEEDS = ("libGL.so.1", "libX11.so.6")
"""What `libdepthengine.so.2.0` is linked to."""
GPU_NODES = ("/dev/dri", "/dev/nvidia0", "/dev/nvhost-gpu")


def find_library(host: Host, library: str) -> str | None:
    """Return where the loader would find a library; None where it would not."""
    cached = host.run(("/sbin/ldconfig", "-p")) or ""
    found = re.search(rf"^\s*{re.escape(library)} \(.*\) => (\S+)$", cached, re.MULTILINE)
    if found:
        return found[1]
    own = [folder for folder in host.environment.get("LD_LIBRARY_PATH", "").split(":") if folder]
    places = (f"{folder.rstrip('/')}/{library}" for folder in (*own, *LIBRARY_FOLDERS))
    return next((place for place in places if host.exists(place)), None)


def find_gpu(host: Host) -> str | None:
    """Return the node of a graphics device; None where there is none."""
    return next((node for node in GPU_NODES if host.exists(node)), None)


def serves_display(host: Host, number: str) -> bool:
    """Tell whether an X server listens for the display `:number`: its socket is a file, or a name alone."""
    socket = f"/tmp/.X11-unix/X{number}"
    if host.exists(socket):
        return True
    try:
        return re.search(rf"@{re.escape(socket)}$", host.read("/proc/net/unix"), re.MULTILINE) is not None
    except OSError:
        return False


def is_over_ssh(host: Host) -> bool:
    """Tell whether this shell came over ssh, which brings along nothing of the session on the screen."""
    return any(host.environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))


def x_authority(host: Host) -> str | None:
    """Return the file with the X server's cookie, there or not; None where nothing says where it is."""
    if named := host.environment.get("XAUTHORITY"):
        return named
    home = host.environment.get("HOME")
    return f"{home.rstrip('/')}/.Xauthority" if home else None


def session_authority(host: Host) -> str | None:
    """Find the cookie of the user's session on the screen: of GDM, or of GNOME on Wayland."""
    session = f"/run/user/{host.user}"
    if host.exists(f"{session}/gdm/Xauthority"):
        return f"{session}/gdm/Xauthority"
    try:
        found = sorted(path.name for path in host.path(session).glob(".mutter-Xwaylandauth.*"))
    except OSError:
        return None
    return f"{session}/{found[0]}" if found else None
