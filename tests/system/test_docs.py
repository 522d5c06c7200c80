#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every command and every Python line of README and docs does what it says, as a reader would type it."""

import os
import re
import shlex
import shutil
import subprocess
import unittest
from pathlib import Path

import espalier_runs as runs

PAGES = ["README.md", *(f"docs/{page.name}" for page in sorted((runs.ROOT / "docs").glob("*.md")))]

# What is not typed here, and which test does it instead, or why none does.
ELSEWHERE = {
    "./experiments/quickstart": "the quickstart itself, on a fresh machine",
    "./tests/run": "this run",
    "cmake --install build/release": "tests/install",
    "sbatch": "tests/cluster, on a real Slurm",
    "cmake --preset release -B build/bench": "none: needs Google Benchmark",
    "tests/bench/compare": "none: needs PyTorch, and a machine that does nothing else",
}


def blocks(page: str, language: str) -> list[str]:
    text = (runs.ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def elsewhere(line: str) -> bool:
    return any(line.startswith(command) for command in ELSEWHERE)


class Docs(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "espalier").symlink_to(Path(runs.binary()).resolve())
        launcher = [shutil.which(runs.MPIRUN[0]), *runs.MPIRUN[1:-1]]
        (tools / "mpirun").write_text(f'#!/bin/sh\nexec {shlex.join(map(str, launcher))} "$@"\n')
        (tools / "mpirun").chmod(0o755)
        self.place = self.folder / "clone"
        self.place.mkdir()
        for name in ("analysis", "experiments"):
            (self.place / name).symlink_to(runs.ROOT / name)
        self.path = f"{tools}:{os.environ['PATH']}"
        grid, longer, paired = blocks("docs/getting-started.md", "yaml")[:3]
        (self.place / "grid.yaml").write_text(grid)
        (self.place / "longer.yaml").write_text(longer)
        (self.place / "paired.yaml").write_text(paired)
        (self.place / "grown.yaml").write_text(grid.replace("to: 7", "to: 8"))

    def type(self, line: str) -> None:
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", line], cwd=self.place, capture_output=True, text=True,
                              timeout=120, env=runs.environment(PATH=self.path))
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}{done.stderr}")

    def run_page(self, page: str) -> int:
        typed = 0
        for block in blocks(page, "sh"):
            for line in block.splitlines():
                if line and not elsewhere(line):
                    self.type(line)
                    typed += 1
        return typed

    def run_python(self, page: str) -> None:
        for block in blocks(page, "python"):
            self.type(f"PYTHONPATH=analysis /usr/bin/python3 - <<'END'\n{block}END")

    def test_the_commands_of_the_readme(self) -> None:
        (self.place / "grid.yaml").write_text(blocks("README.md", "yaml")[0])

        self.assertGreater(self.run_page("README.md"), 4)
        self.run_python("README.md")
        self.run_python("docs/results.md")

    def test_the_commands_of_all_pages(self) -> None:
        for page in PAGES[1:]:
            if page == "docs/data-sets.md":
                self.run_python(page)
                (self.place / "shades.yaml").write_text(blocks(page, "yaml")[0])
            if page == "docs/networks.md":
                (self.place / "convolutions.yaml").write_text(blocks(page, "yaml")[0])
            if page == "docs/sequential.md":
                (self.place / "until.yaml").write_text(blocks(page, "yaml")[0])
            typed = self.run_page(page)
            if page == "docs/sequential.md":
                self.run_python(page)
            if page == "docs/getting-started.md":
                self.assertGreater(typed, 12)
                self.run_python(page)
        self.assertIn("first/report.html", {str(p.relative_to(self.place)) for p in self.place.glob("first/*")})

    def test_commands_within_sentences_are_commands_of_the_program(self) -> None:
        known = set(re.findall(r"^  ([a-z-]+) ", runs.espalier("--help").stdout, re.MULTILINE))
        for page in PAGES:
            for command in re.findall(r"`espalier ([a-z-]+)", (runs.ROOT / page).read_text(encoding="utf-8")):
                self.assertIn(command, known, page)


if __name__ == "__main__":
    unittest.main()
