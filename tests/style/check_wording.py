#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Text that users see has none of the phrases that docs/style.md replaces: check_wording.py ROOT; one line per phrase.

Reads pages outside of code blocks, headers of grids and scripts, and quoted text of several words in the code.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Iterator

# Phrase: what to write instead.
PHRASES = {
    r"\bjudg(e|es|ed|ing)\b": "evaluate",
    r"\bg(o|oes|oing) on\b": "continue, resume",
    r"\bpictures?\b": "figure, image",
    r"(?<!run )(?<!runs )\balone\b": "only, by itself",
    r"\banew\b": "again",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\blearnt\b|\bspelt\b": "learned, spelled",
    r"\bof (its|their) own\b": "separate",
    r"\bin good order\b": "cleanly",
    r"\bas to do\b": "pending",
    r"\bbits (do not )?agree\b": "bitwise identical",
    r"\bthe like\b": "similar",
    r"\bfor ever\b": "forever",
    r"\b(is|are|was) said\b": "stated",
    r"\bwhat (is|was|were) asked\b": "the request",
    r"\bgiv(e|es|en|ing) (it |them )?back\b": "release",
    r"\btaken over\b|\btakes over\b": "imported, owned",
}
PATTERNS = [(re.compile(phrase), instead) for phrase, instead in PHRASES.items()]
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*\s(?:[^"\\]|\\.)*)"')
READ = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs", "experiments", "slurm", "src", "include", "analysis")
CODE = {".cpp", ".hpp", ".py"}
PROSE = {".md", ".yaml", ".sbatch", ""}


def visible_text(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Line number and text of what a user can see in a file."""
    in_block = False
    for number, line in enumerate(text.splitlines(), 1):
        if path.suffix in CODE:
            yield from ((number, found[1]) for found in QUOTED.finditer(line))
        elif path.suffix == ".md":
            in_block ^= line.lstrip().startswith("```")
            if not in_block:
                yield number, line
        elif line.lstrip().startswith("#"):
            yield number, line


def main(root: Path) -> int:
    command = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", *READ]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = 0
    for path in map(Path, listing.splitlines()):
        if path.suffix not in CODE | PROSE:
            continue
        for number, text in visible_text(path, (root / path).read_text(encoding="utf-8")):
            for pattern, instead in PATTERNS:
                if match := pattern.search(text):
                    print(f"{path}:{number}: '{match[0]}': write '{instead}'")
                    found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
