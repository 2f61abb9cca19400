"""Asks the Linux kernel whether its clock is synchronised, as it alone knows for every time daemon."""

from __future__ import annotations

import ctypes

_UNSYNCHRONISED = 0x40
"""STA_UNSYNC of adjtimex(2)."""


class _Timex(ctypes.Structure):
    """The head of `struct timex`, and room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 200),
    )


def kernel_is_synchronised() -> bool | None:
    """Ask the kernel, without changing anything; None where it does not say."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
        timex = _Timex()
        if adjtimex(ctypes.byref(timex)) < 0:
            return None
    except (OSError, AttributeError, TypeError):
        return None
    return not timex.status & _UNSYNCHRONISED
