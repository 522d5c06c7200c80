# SPDX-License-Identifier: BSD-3-Clause
"""What a report says about a file in words: the question, warnings, and what to type to get the same results."""

from __future__ import annotations

import itertools
import shlex
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pandas as pd

from espalier.names import clean, one_line
from espalier.results import Results
from espalier.study import Study

FEWEST_SEEDS = 5
GRID = "grid.yaml"  # the grid beside the page, whatever the experiment is called
MOST_NOTES = 100  # on a page: the newest
LAST_SECOND = 253402300799  # of the year 9999, the last that a date can hold
ALARMS = {1: "the gradient is zero", 2: "a black-box attack beats the white-box one", 4: "accuracy is not monotone in the level",
          8: "the loss still rises at the last step", 16: "transfer from the noiseless twin beats the attack",
          32: "the label's share of most clean images rounds to 1", 64: "the same attack along the margin beats it",
          128: "the same attack on logits of one scale beats it"}


def question(grid: str) -> str:
    """The comment that the grid file starts with."""
    lines = itertools.takewhile(lambda line: line.startswith("#"), grid.splitlines())
    return " ".join(line.lstrip("# ").rstrip() for line in lines).strip()


def moment(seconds: float, unknown: str = "not ended") -> str:
    if not 0 < seconds < LAST_SECOND:
        return unknown
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M} UTC"


def duration(seconds: float) -> str:
    """As a person says it: '45 s', '3.2 min', '1.5 h'."""
    if not abs(seconds) < LAST_SECOND:
        return "unknown"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def failures(cells: pd.DataFrame) -> list[str]:
    failed = cells[cells["status"] == "failed"]
    counts = failed.groupby(["perturbation", "reason", "message"], observed=True).size()
    return [f"{n} failed cells of {kind}: {reason}" + (f" ({message})" if message else "")
            for (kind, reason, message), n in counts.items()]


def alarms(cells: pd.DataFrame) -> list[str]:
    """Attacks that may look weak because the network hides its gradient."""
    if "alarms" not in cells:
        return []
    flagged = cells[cells["alarms"].between(1, 2 * max(ALARMS))]
    bits = flagged["alarms"].astype(np.int64)
    return [f"masking alarm in {int(((bits & bit) > 0).sum())} cells: {what} "
            f"({', '.join(sorted(flagged.loc[(bits & bit) > 0, 'perturbation'].astype(str).unique()))})"
            for bit, what in ALARMS.items() if ((bits & bit) > 0).any()]


def samples(cells: pd.DataFrame) -> list[str]:
    """Accuracies over different numbers of images are not of the same images."""
    kinds = cells.groupby("images")["perturbation"].unique()
    if len(kinds) < 2:
        return []
    parts = [f"{int(images)} for {', '.join(sorted(map(str, names)))}" for images, names in kinds.items()]
    return [f"accuracies are over different samples of the test images: {'; '.join(parts)}"]


def seeds(study: Study) -> list[str]:
    fewest = int(study.done.groupby("line")["seed"].nunique().min()) if len(study.done) else 0
    if 0 < fewest < FEWEST_SEEDS:
        return [f"few seeds: n = {fewest}. Intervals are wide, and the p value of an exact test over {fewest} pairs is at least "
                f"{2.0 ** (1 - fewest):g}."]
    return []


def sequential(results: Results) -> list[str]:
    """That seeds were taken one after another, and what the intervals do about it."""
    rule = results.until
    if rule is None:
        return []
    pairs = ", ".join(f"{axis} {value}" for axis, value in rule.against.items())
    of = f"difference in accuracy from {pairs}" if rule.of == "difference" else rule.of
    return [f"seeds were taken sequentially: a group of cells takes the next seed while the 95 % interval of its mean {of} is "
            f"wider than ±{rule.half_width:g}, from {rule.at_least} seeds on. Such samples end too early too often [Chow and "
            "Robbins 1965]: all t intervals on this page are wider, and t in all t tests is smaller, by the factor "
            f"1 + 1.5 / ({rule.at_least} sqrt(n)), with which simulated intervals cover the mean in 93 to 97 % "
            "(docs/sequential.md). Sign-flip tests are not corrected. Means over several groups take the seeds that all of them "
            "have."]


def builds(runs: pd.DataFrame) -> list[str]:
    said = []
    if runs[["revision", "flags"]].drop_duplicates().shape[0] > 1:
        said.append(f"{runs[['revision', 'flags']].drop_duplicates().shape[0]} builds of the program wrote this file")
    dirty = runs["revision"].astype(str).str.endswith("-dirty")
    if dirty.any():
        said.append(f"{int(dirty.sum())} runs of a program with uncommitted changes")
    return said


def file_state(results: Results) -> list[str]:
    """What may change the rows while, or after, this page is made."""
    active = ["a run is active: it adds rows after this page was made"] if results.active else []
    return active + ([results.remark] if results.remark else [])


def warnings(study: Study) -> list[str]:
    """What a reader must know before he believes the figures; the gravest first."""
    cells = study.results.cells
    left = int((~cells["status"].isin(["done", "failed", "not needed"])).sum())
    unfinished = [f"{left} of {len(cells)} cells are not finished: the figures show the finished ones"] if left else []
    return (file_state(study.results) + failures(cells) + unfinished + sequential(study.results) + alarms(cells)
            + samples(cells) + seeds(study) + builds(study.results.runs))


def notes(results: Results) -> list[tuple[str, str]]:
    """Date and text of the notes in the file."""
    newest = results.notes[-MOST_NOTES:]
    return [(moment(float(written), "no date"), one_line(str(text)))
            for written, text in zip(newest["written"], newest["text"], strict=True)]


def quoted(name: str) -> str:
    """A file name for a shell and for the program: neither evaluates it, nor takes it for an option."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def commands(results: Results) -> str:
    """What a person types to get the file again, and to check it."""
    ranks = int(results.runs["ranks"].iloc[-1]) if len(results.runs) else 1
    file = quoted(clean(Path(results.path).name))
    launch = f"mpirun -n {ranks} " if ranks > 1 else ""
    return "\n".join([
        f"{launch}espalier run {GRID} -o {file}      # {GRID} is the grid below",
        f"espalier verify {file} --sample 20      # all checksums; 20 cells computed again",
        f"espalier digest {file}      # equal results have equal digests (on one build)",
        f"espalier report {file} -o report      # this page"])
