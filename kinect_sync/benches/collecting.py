"""The hosts of a take asked for its files: which they are, over which line, and into which folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from kinect_sync.benches.reaching import Reach
from kinect_sync.director.take import RecordedTake
from kinect_sync.errors import BenchError, KsyncError, UsageError
from kinect_sync.findings import Finding, Severity, has_errors
from kinect_sync.findings.collecting import COLLECTION_CUT_OFF, COLLECTION_NO_ROOM
from kinect_sync.findings.files import RECORDING_MISSING, RECORDING_NEVER_BEGUN, TAKE_MISSING
from kinect_sync.findings.hosts import HOST_UNKNOWN
from kinect_sync.hosts.asking import Dial, Explain
from kinect_sync.hosts.collecting import Collected, Collector, Progress, alone_in
from kinect_sync.hosts.collection import CollectReport
from kinect_sync.hosts.host_files import Patience
from kinect_sync.hosts.partial_file import part_of
from kinect_sync.hosts.session import GATHER_S, Gathering
from kinect_sync.review.completing import complete_take
from kinect_sync.rig.model import RigFields
from kinect_sync.studio.address import Address
from kinect_sync.studio.folders import StudioFolder, read_studio
from kinect_sync.studio.membership import addresses_of
from kinect_sync.takes.elsewhere import hosts_of_files
from kinect_sync.takes.manifest import Manifest
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.names import INDEX
from kinect_sync.takes.opened_take import problem_with
from kinect_sync.verdicts import Verdict, verdict_of, worst_of
from kinect_sync.wire.lines import DirectorLine


@dataclass(frozen=True, slots=True)
class CollectPlan:
    """What is to be collected, and from whom."""

    folder: Path
    """The take's folder on this computer, or where it is to be."""
    hosts: tuple[str, ...]
    dial: Dial
    """Opens the line to the hosts."""
    explain: Explain
    """Says why one can't be reached."""
    manifest: Manifest | None = None
    """The take's, where it is here."""
    patience: Patience = field(default_factory=Patience)
    gather_s: float = GATHER_S

    @property
    def take(self) -> str:
        """Name of the take on its hosts."""
        return self.manifest.name if self.manifest is not None else self.folder.absolute().name


def plan_collection(folder: Path, studio: Path, rig: RigFields | None) -> CollectPlan:
    """Plan to collect a take from the hosts of a rig, else from those of its take.json, else of the studio.

    UsageError where there is no studio, or where it does not know these hosts; KsyncError for a take.json
    that can't be used.
    """
    return _plan(folder, studio, rig, _manifest(folder))


def _plan(folder: Path, studio: Path, rig: RigFields | None, manifest: Manifest | None) -> CollectPlan:
    owner = read_studio(studio)
    addresses = _addresses(owner, rig, manifest)
    if not addresses:
        raise UsageError(HOST_UNKNOWN.found(f"the studio {owner.studio.name} has no hosts"))
    reach = Reach(owner, addresses)
    return CollectPlan(folder, tuple(addresses), reach.dial, reach.explain, manifest)


def collect_from(folder: Path, studio: Path, rig: RigFields | None, progress: Progress) -> CollectReport:
    """Bring the files of a take; one that was recorded on this computer alone has them. Raises KsyncError."""
    manifest = _manifest(folder)
    if rig is None and manifest is not None and not manifest.hosts and _has_all(folder, manifest):
        return CollectReport(verdict=Verdict.COLLECTED, take=str(folder), findings=())
    return collect_take(_plan(folder, studio, rig, manifest), progress)


def _has_all(folder: Path, manifest: Manifest) -> bool:
    return all(problem_with(folder, each, manifest.report) is None for each in manifest.devices)


def collect_take(plan: CollectPlan, progress: Progress) -> CollectReport:
    """Bring the files of a take to its folder here. Raises KsyncError where nothing can be collected."""
    gathering = Gathering(plan.hosts)
    with closing(plan.dial(gathering.hear, gathering.notice)) as line:
        absent = _absent(plan, gathering, line)
        present = [host for host in plan.hosts if line.is_present(host)]
        if not present:
            raise UsageError(*absent)
        collected = _collector(plan, line).collect(present, progress)
    return _report(plan, collected, absent, present)


def collect_recorded(recorded: RecordedTake, studio: Path, progress: Progress) -> RecordedTake:
    """Bring the files of a take that was just recorded; return its report with what came of that.

    A take whose files are not all here is not complete; one that has them may be what it was not before.
    """
    if recorded.take is None or all(each.host is None for each in recorded.devices):
        return recorded
    folder = Path(recorded.take)
    try:
        findings = collect_take(plan_collection(folder, studio, None), progress).findings
    except KsyncError as error:
        findings = error.findings
    except KeyboardInterrupt:
        remedy = f"`ksync hosts collect {folder}` goes on where it was"
        findings = (COLLECTION_CUT_OFF.found("the collection was ended before all was here", remedy=remedy),)
    kept = read_manifest(folder).report
    report = recorded if kept is None else recorded.model_copy(update=dict(kept))
    verdict = report.verdict if not has_errors(findings) else worst_of((report.verdict, Verdict.INCOMPLETE))
    told = tuple(dict.fromkeys((*report.findings, *findings)))
    return report.model_copy(update={"verdict": verdict, "findings": told})


def _report(
    plan: CollectPlan, collected: Collected, absent: tuple[Finding, ...], present: Sequence[str]
) -> CollectReport:
    missing = tuple(_not_here(plan, present))
    findings = (*absent, *collected.findings, *missing, *(() if missing else _completed(plan)))
    verdict = verdict_of(findings)
    words = {Verdict.GOOD: Verdict.COLLECTED, Verdict.BAD: Verdict.INCOMPLETE}
    return CollectReport(
        verdict=words.get(verdict, verdict),
        take=str(plan.folder),
        hosts=plan.hosts,
        files=collected.files,
        findings=findings,
    )


def _collector(plan: CollectPlan, line: DirectorLine) -> Collector:
    host_of = hosts_of_files(plan.manifest) if plan.manifest is not None else {}
    return Collector(line, plan.take, plan.folder, plan.explain, plan.patience, host_of)


def _absent(plan: CollectPlan, gathering: Gathering, line: DirectorLine) -> tuple[Finding, ...]:
    """Wait for the hosts, and say who does not come."""
    try:
        gathering.wait(line, plan.gather_s, plan.explain)
    except BenchError as error:
        return tuple(COLLECTION_CUT_OFF.found(each.what) for each in error.findings)
    return ()


def _completed(plan: CollectPlan) -> tuple[Finding, ...]:
    """Complete the index of a take whose files are all here; its files are here even where that fails."""
    if plan.manifest is None or not plan.manifest.hosts:
        return ()
    try:
        with alone_in(plan.folder):
            return complete_take(plan.folder)
    except KsyncError as error:
        return tuple(_of_the_index(each) for each in error.findings)
    except OSError as error:
        what = f"{INDEX} of {plan.folder} can't be completed: {error.strerror or error}"
        return (COLLECTION_NO_ROOM.found(what),)


def _of_the_index(finding: Finding) -> Finding:
    """Return what is wrong with the take as a warning: it is not what was asked for."""
    return finding.model_copy(update={"severity": Severity.WARNING})


def _not_here(plan: CollectPlan, present: Sequence[str]) -> Iterator[Finding]:
    """Name the recordings that take.json knows of and that are not here."""
    if plan.manifest is None:
        return
    for device in plan.manifest.devices:
        problem = problem_with(plan.folder, device, plan.manifest.report)
        if problem is not None and device.host in present and not part_of(plan.folder / device.file).exists():
            what = f"`{device.host}` recorded {device.file}, and does not have it any more"
            yield RECORDING_MISSING.found(what, device=device.settings.name)
        elif problem is not None and problem.kind is not RECORDING_NEVER_BEGUN:
            yield problem


def _manifest(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(TAKE_MISSING.found(f"{folder} can't be read: {error.strerror}")) from error


def _addresses(
    owner: StudioFolder, rig: RigFields | None, manifest: Manifest | None
) -> Mapping[str, Address]:
    """Return where the hosts are; those of a take.json may have moved since."""
    if rig is not None and rig.hosts:
        return addresses_of(owner, rig.hosts)
    if manifest is None or not manifest.hosts:
        return owner.studio.hosts
    recorded = [each.name for each in manifest.hosts]
    known = {host: owner.studio.hosts[host] for host in recorded if host in owner.studio.hosts}
    if unknown := [host for host in recorded if host not in known]:
        what = f"the studio {owner.studio.name} has no host {', '.join(unknown)}, where the take was recorded"
        raise UsageError(HOST_UNKNOWN.found(what))
    return known
