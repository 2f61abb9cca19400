"""`ksync hosts init`, `add` and `remove`: a studio, its hosts' folders, and who belongs no more."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import FOLDER, Whole, json_option, studio_option
from kinect_sync.cli.saying import say
from kinect_sync.rig.model import AGENT_PORT
from kinect_sync.studio.extra import require_hosts_extra
from kinect_sync.studio.reports import HostFolderReport, RemovedHostReport, StudioReport

renew_option = click.option(
    "--renew", is_flag=True, help="Make the certificate of what is there already anew, for two years more."
)


@click.command("init", epilog="Exit codes: 0 made; 2 usage, or there is a studio already.")
@click.argument("name", metavar="NAME")
@renew_option
@studio_option
@json_option
def init_studio(name: str, studio: Path, *, renew: bool, as_json: bool) -> None:
    """Make a studio of this NAME: a certificate authority of its own, and this computer's certificate.

    Agents of the studio's hosts obey whoever has that certificate, and nobody else. The folder that is made
    holds the authority's key: keep it, and show it to no one. A studio that exists is never overwritten. With
    --renew, the director's certificate is made anew, and hosts need to be told nothing. The folder's path
    stands on stdout.
    """

    def work() -> StudioReport:
        require_hosts_extra()
        from kinect_sync.studio.certificates import utc_now
        from kinect_sync.studio.founding import found_studio, renew_director

        return (renew_director if renew else found_studio)(studio, name, utc_now())

    answer(StudioReport, work, _show_studio, as_json=as_json)


@click.command(epilog="Exit codes: 0 made; 2 usage, or something is in its place.")
@click.argument("host", metavar="HOST")
@click.argument("address", metavar="[ADDRESS]", required=False)
@click.option("--port", metavar="N", type=Whole(1, 65535), show_default=str(AGENT_PORT),
              help="TCP port that the host's agent listens at.")  # fmt: skip
@click.option("-o", "--output", metavar="DIR", type=FOLDER, show_default="the host's name",
              help="Make the host's folder as DIR.")  # fmt: skip
@renew_option
@studio_option
@json_option
def add(
    host: str,
    address: str | None,
    port: int | None,
    output: Path | None,
    studio: Path,
    *,
    renew: bool,
    as_json: bool,
) -> None:
    """Make the folder that HOST needs to belong to the studio, to be carried there.

    HOST is a name for the computer, and ADDRESS the IPv4 address or name by which this one reaches it. The
    folder holds a certificate, its key and the authority's certificate, and nothing of other hosts. What
    exists is never overwritten. With --renew, a host that is known gets a new folder; its address and port
    stay, unless others are given. The folder's path stands on stdout.
    """
    if address is None and not renew:
        raise click.UsageError("Missing argument 'ADDRESS': a host that is not known yet needs one.")

    def work() -> HostFolderReport:
        require_hosts_extra()
        from kinect_sync.studio.certificates import utc_now
        from kinect_sync.studio.folders import read_studio
        from kinect_sync.studio.founding import add_host, renew_host

        return (renew_host if renew else add_host)(
            read_studio(studio), host, address, port, output or Path(host), utc_now()
        )

    answer(HostFolderReport, work, _show_host, as_json=as_json)


@click.command(epilog="Exit codes: 0 removed; 2 usage, or the studio has no such host.")
@click.argument("host", metavar="HOST")
@studio_option
@json_option
def remove(host: str, studio: Path, *, as_json: bool) -> None:
    """Let HOST belong to the studio no more, for good: a computer that was stolen, or is given away.

    This computer dials it no more and hears nothing that it says, and no host gets its name again, as its
    certificate is valid to its last day. A command that runs goes on. Copies of the studio on other computers
    know the host until their `studio.json` is replaced by the one here.
    """

    def work() -> RemovedHostReport:
        require_hosts_extra()
        from kinect_sync.studio.folders import read_studio
        from kinect_sync.studio.founding import remove_host

        return remove_host(read_studio(studio), host)

    answer(RemovedHostReport, work, _show_removed, as_json=as_json)


def _show_studio(report: StudioReport) -> None:
    say(report.folder or "")
    say(f"the director's certificate is valid until {report.certificate_until}", err=True)


def _show_host(report: HostFolderReport) -> None:
    say(report.folder or "")
    say(
        f"carry this folder to {report.host} and run `ksync agent` with it there; its certificate is valid "
        f"until {report.certificate_until}",
        err=True,
    )


def _show_removed(report: RemovedHostReport) -> None:
    say(report.host or "")
    say(
        "where this studio was copied to, replace studio.json by the one here; a computer that takes its "
        "place is added under another name",
        err=True,
    )
