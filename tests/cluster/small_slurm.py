# SPDX-License-Identifier: BSD-3-Clause
"""A real Slurm of three pretended nodes on this machine, without systemd: started, used, and taken away again. Needs root."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Callable

NODES = ("n1", "n2", "n3")
TEMPLATE = Path(__file__).with_name("slurm.conf.in")


def why_not() -> str:
    """What this machine lacks for it; empty when nothing."""
    if os.geteuid() != 0:
        return "a Slurm of its own is started by root alone"
    missing = [name for name in ("munged", "slurmctld", "slurmd", "sbatch", "scontrol") if not shutil.which(name, path=PATH)]
    return f"not installed: {', '.join(missing)} (group 'cluster' of tests/packages.txt)" if missing else ""


PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def wait_for(happened: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.2)


class SmallSlurm:
    """Daemons in `folder`; `environment` is what its commands need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.daemons: list[subprocess.Popen[bytes]] = []
        self.environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "slurm.conf"),
                            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}

    def start(self) -> None:
        for name in ("munge", "state", *(f"{kind}/{node}" for kind in ("spool", "tmp") for node in NODES)):
            (self.folder / name).mkdir(parents=True)
        conf = TEMPLATE.read_text().replace("@DIR@", str(self.folder)).replace("@HOST@", socket.gethostname().split(".")[0])
        (self.folder / "slurm.conf").write_text(conf)
        self.start_munge()
        self.launch("slurmctld", "-D", "-c")
        for node in NODES:
            self.launch("slurmd", "-D", "-c", "-N", node)
        wait_for(lambda: self.ask("sinfo", "-h", "-o", "%T %D").strip() == f"idle {len(NODES)}", 60, "idle nodes")

    def start_munge(self) -> None:
        """With a key and a socket of its own: a munged of the machine is left alone."""
        key = self.folder / "munge" / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        (self.folder / "munge").chmod(0o755)
        self.launch("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={self.folder}/munge/socket",
                    f"--pid-file={self.folder}/munge/pid", f"--log-file={self.folder}/munge/log",
                    f"--seed-file={self.folder}/munge/seed")
        wait_for((self.folder / "munge" / "socket").exists, 20, "munged")

    def launch(self, *command: str) -> None:
        with open(self.folder / "daemons.log", "ab") as log:
            self.daemons.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log))

    def stop(self) -> None:
        """Jobs first, then the daemons, the controller last."""
        subprocess.run(["scancel", "--user=root", "--full"], env=self.environment, capture_output=True)
        time.sleep(1)
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def ask(self, *command: str) -> str:
        ended = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        if ended.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {ended.stdout}{ended.stderr}")
        return ended.stdout

    def submit(self, *arguments: str, **variables: str) -> str:
        """The job's number."""
        ended = subprocess.run(["sbatch", "--parsable", *arguments], env={**self.environment, **variables}, cwd=self.folder,
                               capture_output=True, text=True)
        if ended.returncode != 0:
            raise AssertionError(ended.stderr)
        return ended.stdout.strip()

    def field(self, job: str, name: str) -> str:
        found = re.search(rf"\b{name}=(\S*)", self.ask("scontrol", "show", "job", job))
        return found[1] if found else ""

    def wait(self, job: str, seconds: float) -> None:
        ended = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")
        wait_for(lambda: self.field(job, "JobState") in ended, seconds, f"the end of job {job}")

    def jobs(self, name: str) -> list[str]:
        """Numbers of the jobs of this name, running or ended."""
        listing = self.ask("scontrol", "--oneliner", "show", "job")
        return [found[1] for line in listing.splitlines() if f"JobName={name} " in line
                if (found := re.match(r"JobId=(\d+)", line))]
