"""What a run says in which somebody pulled a plug: the device concerned, and whether ksync noticed."""

from __future__ import annotations

from kinect_sync.findings.selftest import SELFTEST_UNNOTICED
from kinect_sync.selftest.judging import faults_of
from kinect_sync.selftest.records import DeviceRecord, RunRecord
from kinect_sync.selftest.step import Judgement
from kinect_sync.timing.diagnosis import findings_of

PULLED_AT = 1 / 3
"""When in the run the plug is to be pulled."""


def judge_pulled(run: RunRecord, name: str) -> Judgement:
    """Tell what became of a device whose plug was pulled; what ksync then says of it is no fault."""
    found = [*run.findings, *findings_of(run.verified)]
    told = [finding.what for finding in found if finding.device == name]
    strangers = tuple(fault for fault in faults_of((run,)) if fault.device not in (name, None))
    if not run.pulses:
        return Judgement((), faults_of((run,)))
    seen = (f"{name}: {_came(run.device(name))}", *(f"ksync says of {name}: {what}" for what in told))
    if told:
        return Judgement(seen, strangers)
    what = "its plug was pulled, and ksync found nothing to say of it"
    return Judgement(seen, (*strangers, SELFTEST_UNNOTICED.found(what, device=name)))


def _came(device: DeviceRecord) -> str:
    if not device.moments:
        return "nothing came of it"
    last = device.moments[-1]
    until = next(each for each in device.moments if each.captures == last.captures)
    return (
        f"{last.captures} captures, the last about {until.at_s:.1f} s after its start, of {last.at_s:.1f} s"
    )
