"""Hosts: who belongs to a studio, whom one can reach, and who is refused."""

from __future__ import annotations

from kinect_sync.findings.model import answer, failure, refusal, warning

AGENT_CANNOT_LISTEN = failure(
    "agent-cannot-listen",
    "An agent can't listen at the port of its host's folder.",
    "end what listens there, as another agent; or give the host another port with `ksync hosts add --renew`",
)
AGENT_FAILED = failure(
    "agent-failed",
    "An agent could not do what it was asked: a defect of ksync or of a library, or its disk.",
    "see what the agent of that host says; if it comes back, report it with that",
)
AGENT_FOLDER_MISSING = refusal(
    "agent-folder-missing",
    "There is no folder that says which host this is, and in which studio.",
    "make it on the director's computer with `ksync hosts add`, and carry it here",
)
AGENT_FOLDER_UNUSABLE = refusal(
    "agent-folder-unusable",
    "The agent's folder can't be used.",
    "copy the folder that `ksync hosts add` made to a disk of this computer that you may write to; a USB "
    "stick takes no sockets",
)
AGENT_RUNS_ALREADY = refusal(
    "agent-runs-already",
    "An agent with this folder runs on this computer already.",
    "leave that one, or end it first; as a service it is started with the computer",
)
BENCH_NOT_LENT = refusal(
    "bench-not-lent",
    "An agent lends the devices of its host, or with --simulate simulated ones, and no others.",
    "start the agents of all hosts with --simulate, and the rig too; or none of them",
)
CERTIFICATE_EXPIRED = failure(
    "certificate-expired",
    "A certificate of the studio is no longer valid, or not yet: the other side refuses it.",
    "make a new one with `--renew`; if it should be valid, set the computer's time of day",
)
CERTIFICATE_EXPIRES = warning(
    "certificate-expires",
    "A certificate of the studio expires within 30 days; then no connection is made, nor kept, with it.",
    "make a new one with `--renew` before that",
)
DEVICE_AT_TWO_HOSTS = answer(
    "device-at-two-hosts",
    "A serial number of the rig answers at more than one host, and nobody knows which device is meant.",
    "write the device's `host:` in the rig file, or start agents that lend different devices",
)
DEVICE_ELSEWHERE = answer(
    "device-elsewhere",
    "A device is connected to another host than the rig says.",
    "correct the device's `host:` in the rig file, or connect it to the host that stands there",
)
DIRECTOR_OUTDATED = refusal(
    "director-outdated",
    "Another director has commanded the host since this one did.",
    "start again: a new run commands after those before it",
)
HOST_UNREACHABLE = failure(
    "host-unreachable",
    "Nobody listens where a host's agent should: the computer is off, not in this network, or runs no agent.",
    "see that the computer is on and that `ksync agent` runs there; let its firewall pass the agent's port",
)
HOSTS_NOT_INSTALLED = refusal(
    "hosts-not-installed",
    "Rigs over several hosts need Zenoh and cryptography, which are not installed.",
    'pip install "kinect-sync[hosts]"',
)
HOST_ELSEWHERE = refusal(
    "host-elsewhere",
    "The rig file and the studio have different addresses for a host.",
    "mend the rig file; or, if the host has moved, give it a new folder with `ksync hosts add --renew`",
)
HOST_EXISTS = refusal(
    "host-exists",
    "The studio has a host of this name already.",
    "choose another name, or make its certificate anew with `--renew`",
)
HOST_FOLDER_EXISTS = refusal(
    "host-folder-exists",
    "There is something already in the place of the folder for a host.",
    "carry it to the host if it is new; else move it away, or choose another place with `-o`",
)
HOST_FLOODS = warning(
    "host-floods",
    "A host says more than is read: what the SDK writes there is left out, and what is recorded is not.",
    "see what stands in the output of its agent; a host that nobody has a hand in should be set up anew",
)
HOST_IN_USE = refusal(
    "host-in-use",
    "Another director commands the host.",
    "end that run first, or wait for it; one that is gone commands for three seconds more",
)
HOST_LOST = answer(
    "host-lost",
    "A host of the rig could not be reached any more; where it came back and nothing is missing, that is a "
    "warning.",
    "its devices record on, and their files are whole: `ksync hosts list` shows when it is back, "
    "`ksync hosts end` ends what it still records, and `ksync hosts collect` brings the files",
)
HOST_NAME_UNUSABLE = refusal(
    "host-name-unusable",
    "A name or an address can't stand in a certificate.",
    "begin a name with a letter or a digit, and go on with these, `-` and `_`; an address is an IPv4 "
    "address or a name in the network",
)
HOST_NOT_EXAMINED = refusal(
    "host-not-examined",
    "A host is not looked at while it records, as its disk is tried for that.",
    "look again when the take has ended; `ksync hosts list` shows what is recorded",
)
HOST_REFUSED = failure(
    "host-refused",
    "A host is there, and it or this computer does not accept the certificate of the other.",
    "carry the folder that `ksync hosts add` makes for this host to it anew",
)
HOST_REMOVED = refusal(
    "host-removed",
    "A host of this name was removed from the studio: its certificate would be taken for that of a new one.",
    "choose another name",
)
HOST_SILENT = failure(
    "host-silent",
    "Something takes connections at a host's address, and does not answer as an agent does.",
    "look at what `ksync agent` says on that computer, and start it anew",
)
HOST_UNKNOWN = refusal(
    "host-unknown",
    "The studio has no host of this name.",
    "add it with `ksync hosts add NAME ADDRESS`",
)
HOST_VERSION = failure(
    "host-version",
    "A host's agent and ksync on this computer are of versions that do not understand each other.",
    "install one version of ksync on all computers of the studio, and start the agents again",
)
NO_DIRECTOR = refusal(
    "no-director",
    "A host was asked for what only its director may ask, by somebody who does not say to be one.",
    "ask with the command for it",
)
SIMULATION_OUT_OF_REACH = refusal(
    "simulation-out-of-reach",
    "Simulated devices share a folder for their cables, and this host does not see it.",
    "simulate with agents on the computer of `ksync start`",
)
STUDIO_EXISTS = refusal(
    "studio-exists",
    "There is a studio already, and ksync overwrites none: its hosts would obey no one any more.",
    "use it, or give another folder with `--studio`",
)
STUDIO_MISSING = refusal(
    "studio-missing",
    "There is no studio on this computer: nobody knows its hosts and has a certificate that they obey.",
    "make one with `ksync hosts init`, or copy the folder of the one there is and name it with `--studio`",
)
STUDIO_UNREADABLE = refusal(
    "studio-unreadable",
    "A file of a studio or of a host's folder can't be read.",
    "copy the folder anew from where it was made",
)
STUDIO_UNWRITABLE = refusal(
    "studio-unwritable",
    "A folder of a studio or of a host can't be written.",
    "check the folder and the disk, or choose another place",
)
STUDIO_WITHOUT_AUTHORITY = refusal(
    "studio-without-authority",
    "Certificates are made with the authority's key, which this copy of the studio does not have.",
    "do it on the computer where `ksync hosts init` was run",
)
TAKE_COMMANDED = refusal(
    "take-commanded",
    "A take was to be ended that a director still records.",
    "end it where it was started; or end it anyhow, in good order, with `ksync hosts end TAKE --yes`",
)
TAKE_GOES_ON = refusal(
    "take-goes-on",
    "A host still records a take whose director is gone, or cut off: it obeys no other one meanwhile.",
    "end it with `ksync hosts end TAKE`, or wait for its end",
)
TAKE_NOT_RECORDED = answer(
    "take-not-recorded",
    "No host records a take of this name.",
    "`ksync hosts list` shows what is recorded; a take that has ended needs no end",
)
TAKE_ORPHANED = warning(
    "take-orphaned",
    "A host records a take whose director is gone.",
    "end it with `ksync hosts end TAKE`, or let it record on to its end",
)
TAKE_STILL_ENDS = warning(
    "take-still-ends",
    "A take was told to end, and its files were not closed when last looked.",
    "look again with `ksync hosts list`; a disk that is behind takes its time",
)
WORKER_NOT_UNDERSTOOD = warning(
    "worker-not-understood",
    "The process of a device is of another version of ksync than the agent of its host: ksync was installed "
    "anew while it recorded. Nothing more is heard of that device.",
    "it records on, and its file is whole: end it with `ksync hosts end`, and bring it with `ksync hosts "
    "collect`; install ksync anew only while nothing is recorded",
)
WORKER_UNKNOWN = failure(
    "worker-unknown",
    "A host does not know a device's process any more, or not yet.",
    "what it had recorded is kept; start again",
)
