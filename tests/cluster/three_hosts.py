# SPDX-License-Identifier: BSD-3-Clause
"""Three hosts on this machine: network namespaces joined by a bridge, so that messages between ranks really cross a network.
Needs root, and leave to make namespaces."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

NUMBERS = (1, 2, 3)
BRIDGE, NETWORK = "esplbr0", "10.213.77"


def ip(*arguments: str) -> None:
    ended = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if ended.returncode != 0:
        raise OSError(f"ip {' '.join(arguments)}: {ended.stderr.strip()}")


def why_not() -> str:
    """What this machine lacks for it; empty when nothing."""
    if os.geteuid() != 0:
        return "network namespaces are made by root alone"
    if not shutil.which("ip"):
        return "not installed: ip (package iproute2)"
    try:
        down()
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("link", "del", BRIDGE)
        ip("netns", "add", name(1))
        ip("netns", "exec", name(1), "true")  # refused in a chroot, whose / is no mount point
        ip("netns", "del", name(1))
    except OSError as error:
        down()
        return f"this machine does not let us make network namespaces ({error})"
    return ""


def name(number: int) -> str:
    return f"espalier{number}"


def address(number: int) -> str:
    return f"{NETWORK}.{number}"


def up() -> None:
    """mpirun runs outside, on the bridge's own address."""
    ip("link", "add", BRIDGE, "type", "bridge")
    ip("addr", "add", f"{NETWORK}.254/24", "dev", BRIDGE)
    ip("link", "set", BRIDGE, "up")
    for number in NUMBERS:
        ip("netns", "add", name(number))
        ip("link", "add", f"espl{number}", "type", "veth", "peer", "name", "eth0", "netns", name(number))
        ip("link", "set", f"espl{number}", "master", BRIDGE, "up")
        ip("-n", name(number), "addr", "add", f"{address(number)}/24", "dev", "eth0")
        ip("-n", name(number), "link", "set", "eth0", "up")
        ip("-n", name(number), "link", "set", "lo", "up")


def down() -> None:
    """Also what a killed test left behind."""
    for number in NUMBERS:
        subprocess.run(["ip", "netns", "del", name(number)], capture_output=True)
        subprocess.run(["ip", "link", "del", f"espl{number}"], capture_output=True)
    subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True)


def set_link(number: int, state: str) -> None:
    ip("link", "set", f"espl{number}", state)


def reaches_mpirun(number: int) -> bool:
    """Whether the host finds the way to mpirun's address, where nobody listens on port 9. A link that comes up is used up to a
    second later."""
    connect = f"import socket; socket.create_connection(('{address(254)}', 9), 1)"
    command = ["ip", "netns", "exec", name(number), "/usr/bin/python3", "-c", connect]
    said = subprocess.run(command, capture_output=True, text=True)
    return "ConnectionRefusedError" in said.stderr


def processes(number: int) -> list[int]:
    listing = subprocess.run(["ip", "netns", "pids", name(number)], capture_output=True, text=True)
    return [int(pid) for pid in listing.stdout.split()]


def launcher(folder: Path, ranks_per_host: int) -> list[str]:
    """mpirun over the hosts, with the keepalive settings of slurm/run_grid.sbatch."""
    agent = folder / "agent"
    agent.write_text("#!/bin/sh\n# rsh agent of mpirun: HOST COMMAND...\nnumber=${1##*.}\nshift\n"
                     'exec ip netns exec "espalier$number" unshare -u sh -c "hostname espalier$number; $*"\n')
    agent.chmod(agent.stat().st_mode | stat.S_IXUSR)
    hosts = ",".join(f"{address(number)}:{ranks_per_host}" for number in NUMBERS)
    settings = {"plm": "rsh", "plm_rsh_agent": str(agent), "btl": "tcp,self,vader", "btl_tcp_if_include": f"{NETWORK}.0/24",
                "oob_tcp_if_include": f"{NETWORK}.0/24", "oob_tcp_keepalive_time": "1", "oob_tcp_keepalive_intvl": "1",
                "oob_tcp_keepalive_probes": "5"}
    mca = [word for key, value in settings.items() for word in ("--mca", key, value)]
    return ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", *mca, "--host", hosts,
            "-n", str(ranks_per_host * len(NUMBERS))]
