#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Rules of the house that a compiler does not check: check_style.py ROOT; one line per breach, exit code 1 if there is one."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator

# Who may include what: pattern of the include, folders under src/ and include/espalier/ that may.
LAYERS = [
    (re.compile(r'#\s*include\s*[<"](mpi\.h|boost/mpi)'), {"farm", "app", "record"}),
    (re.compile(r'#\s*include\s*[<"]hdf5'), {"record"}),
    (re.compile(r'#\s*include\s*[<"]yaml-cpp'), {"grid"}),
]
# Which stages a stage may include, beside itself. `app` may include all.
STAGES: dict[str, set[str]] = {
    "core": set(),
    "grid": {"core"},
    "data": {"core"},
    "net": {"core"},
    "train": {"core", "data", "net"},
    "noise": {"core", "net"},
    "robust": {"core", "net"},
    "run": {"core", "data", "net", "train", "noise", "robust"},
    "farm": {"core"},
    "record": {"core"},
}
COMPUTE = {"net", "train", "noise", "robust"}  # return values: no output, no clock, no environment
SIDE_EFFECTS = re.compile(r"std::cout|std::cerr|\bprintf\(|getenv|system_clock|steady_clock|<ctime>|<random>")
RANDOM = re.compile(r"std::(normal_distribution|uniform_\w+_distribution|shuffle|mt19937\w*|random_device)|\b(s?rand)\(")
MACHINE_PATH = re.compile(r"(^|[^A-Za-z0-9_.)])/(work|farm|root|home)/[a-z]")
LENGTHS = {".cpp": 400, ".hpp": 150, ".py": 400}
TOP_CMAKE_LINES = 200
LINE_LENGTH = 130
FUNCTION_LINES = 60


def tracked(root: Path) -> list[Path]:
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, check=True, capture_output=True).stdout
    return [p for p in map(Path, listing.decode().split("\0")[:-1]) if (root / p).is_file()]


def stage_of(path: Path) -> str | None:
    parts = path.parts
    if parts[:2] == ("include", "espalier") and len(parts) > 3:
        return parts[2]
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def licence(path: Path, lines: list[str]) -> Iterator[str]:
    if path.suffix in LENGTHS and not any("SPDX-License-Identifier: BSD-3-Clause" in line for line in lines[:3]):
        yield f"{path}:1: no line 'SPDX-License-Identifier: BSD-3-Clause'"


def layering(path: Path, lines: list[str]) -> Iterator[str]:
    stage = stage_of(path)
    if stage is None:
        return
    for number, line in enumerate(lines, 1):
        for pattern, folders in LAYERS:
            if pattern.search(line) and stage not in folders:
                yield f"{path}:{number}: {line.strip()} belongs to {', '.join(sorted(folders))}"
        seam = re.match(r'#\s*include\s*"(?:espalier/)?(\w+)/', line)
        if seam and stage in STAGES and seam[1] in STAGES and seam[1] != stage and seam[1] not in STAGES[stage]:
            yield f"{path}:{number}: {stage} may not know {seam[1]}"
        if stage in COMPUTE and SIDE_EFFECTS.search(line):
            yield f"{path}:{number}: compute code returns values (no output, clock, environment): {line.strip()}"
        if RANDOM.search(line):
            yield f"{path}:{number}: random draws come from core::Stream alone: {line.strip()}"


def lengths(path: Path, lines: list[str]) -> Iterator[str]:
    if "fixture" in path.name:  # numbers that another program made
        return
    suffix = ".cpp" if path.name.endswith("-inl.hpp") else path.suffix  # compiled once per instruction set, no seam
    limit = TOP_CMAKE_LINES if path == Path("CMakeLists.txt") else LENGTHS.get(suffix)
    if limit and len(lines) > limit:
        yield f"{path}: {len(lines)} lines, at most {limit}"
    if path.suffix in LENGTHS:
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_LENGTH:
                yield f"{path}:{number}: {len(line)} characters, at most {LINE_LENGTH}"


def case_names(path: Path, lines: list[str]) -> Iterator[str]:
    """CMake, which lists every test case as a test, splits names at semicolons and unbalanced brackets."""
    for number, line in enumerate(lines, 1):
        name = re.match(r'TEST_CASE\("(.*?)"', line)
        if name and re.search(r"[][;$\\]", name[1]):
            yield f"{path}:{number}: the name of a test case has no ';', '$', bracket or backslash: {name[1]}"


def machine_paths(path: Path, lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if MACHINE_PATH.search(line):
            yield f"{path}:{number}: a path of one machine: {line.strip()}"


def long_functions(root: Path, paths: list[Path]) -> Iterator[str]:
    sources = [str(p) for p in paths if p.suffix in (".cpp", ".hpp") and p.parts[0] in ("src", "include")]
    command = ["ctags", "-f", "-", "--fields=+ne", "--c++-kinds=f", *sources]
    for row in subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.splitlines():
        fields = dict(f.split(":", 1) for f in row.split("\t")[3:] if ":" in f)
        if "end" in fields and int(fields["end"]) - int(fields["line"]) + 1 > FUNCTION_LINES:
            name, file = row.split("\t")[:2]
            yield f"{file}:{fields['line']}: {name} is longer than {FUNCTION_LINES} lines"


def main(root: Path) -> int:
    if not (root / ".git").exists():
        print("skipped: this is no git clone")
        return 77
    paths = tracked(root)
    breaches: list[str] = []
    for path in paths:
        try:
            lines = (root / path).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for check in (licence, layering, lengths, case_names, machine_paths):
            breaches += check(path, lines)
    if shutil.which("ctags"):
        breaches += long_functions(root, paths)
    else:
        print("skipped: length of functions (no ctags)")
    print("\n".join(breaches) or f"{len(paths)} tracked files keep the rules")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
