# SPDX-License-Identifier: BSD-3-Clause
"""What an answer like experiments/study1.md stands on: compact tables taken from results files and kept in the repository, and
the text that holds tables between the lines <!-- table: NAME --> and <!-- end -->.

A study gives its tables, its figures and what it takes from a results file; `main` is the command around them.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from espalier import figures
from espalier.errors import ResultsError
from espalier.results import Results, open_results

EXPERIMENTS = Path(__file__).resolve().parent
CHANCE = 0.1  # ten classes of about equal size

Tables = dict[str, Callable[[Path], pd.DataFrame]]  # folder of the compact tables -> table of the text


class Answer(NamedTuple):
    """One study: its text is experiments/NAME.md, its compact tables and figures are in experiments/NAME/."""

    name: str
    tables: Tables
    draw_all: Callable[[Path, Path], None]  # (folder of the tables, folder of the figures)
    taken: dict[str, Callable[[Results], pd.DataFrame]]  # compact tables, from what is done in a results file

    @property
    def text(self) -> Path:
        return EXPERIMENTS / f"{self.name}.md"

    @property
    def folder(self) -> Path:
        return EXPERIMENTS / self.name


def write(table: pd.DataFrame, path: Path) -> None:
    """As csv.gz; the same table gives the same bytes (no time stamp inside)."""
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(table.to_csv(index=False, float_format="%.6g").encode())


def source(results: Results, program: str) -> dict[str, Any]:
    """Where the tables of one results file come from; `program` is an espalier that tells the file's digest."""
    answer = subprocess.run([program, "digest", str(results.path)], capture_output=True, text=True, check=False)
    if answer.returncode:
        raise ResultsError(answer.stderr.strip())
    attributes = results.attributes
    done = results.cells[results.cells["status"] == "done"]
    return {"name": results.name, "digest": answer.stdout.split()[0], "revision": attributes["revision"],
            "espalier": attributes["espalier_version"], "plan": attributes["plan_hash"], "cells_done": len(done),
            "models_done": done["model"].nunique(), "cells_planned": len(results.cells)}


def collect(answer: Answer, results: Results, tables: Iterable[str], program: str, folder: Path) -> None:
    """Writes NAME-TABLE.csv.gz for the tables that are asked for, and NAME.json, where they come from."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        write(answer.taken[table](results), folder / f"{results.name}-{table}.csv.gz")
    (folder / f"{results.name}.json").write_text(json.dumps(source(results, program), indent=2) + "\n")


def sources(folder: Path) -> pd.DataFrame:
    """Of every results file that the folder has tables of: what is done, revision and digest, as words."""
    rows = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return pd.DataFrame({
        "grid": [f"`{row['name']}.yaml`" for row in rows],
        "cells done, of": [f"{row['cells_done']} of {row['cells_planned']}" for row in rows],
        "networks": [row["models_done"] for row in rows], "revision": [f"`{row['revision']}`" for row in rows],
        "digest": [f"`{row['digest']}`" for row in rows],
    })


def percent(row: Any, names: tuple[str, str, str], digits: int, sign: str = "") -> str:
    """Estimate and interval of a row's three columns, in percent: '12.3 [11.0, 13.6]'."""
    estimate, low, high = (100 * row[name] for name in names)
    if np.isnan(low):
        return f"{estimate:{sign}.{digits}f}"
    return f"{estimate:{sign}.{digits}f} [{low:{sign}.{digits}f}, {high:{sign}.{digits}f}]"


def p_value(p: float) -> str:
    return "" if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def markdown(table: pd.DataFrame) -> str:
    """A table in Markdown; what follows | in a column's name is not shown (names may repeat)."""
    out = io.StringIO()
    heads = [str(name).split("|")[0] for name in table]
    for row in (heads, ["---"] * len(heads), *table.astype(str).itertuples(index=False)):
        out.write("| " + " | ".join(row) + " |\n")
    return out.getvalue()


def filled(text: str, tables: Tables, folder: Path) -> str:
    """The text with every table between its marks drawn again; KeyError for an unknown name."""
    def fill(match: re.Match[str]) -> str:
        return f"{match[1]}\n{markdown(tables[match[2]](folder))}{match[3]}"

    return re.sub(r"(<!-- table: (\S+) -->)\n.*?(<!-- end -->)", fill, text, flags=re.DOTALL)


def arguments(answer: Answer) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"experiments/{answer.name}.py",
                                     description=f"Figures and tables of {answer.text.name}.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("draw", help="redraw every figure and table from the compact tables")
    taking = commands.add_parser("collect", help="make the compact tables of a results file")
    taking.add_argument("file", metavar="FILE.h5", type=Path)
    taking.add_argument("tables", metavar="TABLE", nargs="+", choices=sorted(answer.taken))
    taking.add_argument("--program", default="espalier", help="the espalier that tells the file's digest")
    for command in commands.choices.values():
        command.add_argument("--folder", type=Path, default=answer.folder, help="of the compact tables and the figures")
    return parser


def main(answer: Answer, argv: list[str] | None = None) -> int:
    options = arguments(answer).parse_args(argv)
    try:
        if options.command == "collect":
            collect(answer, open_results(options.file), options.tables, options.program, options.folder)
        else:
            with figures.house_style():
                answer.draw_all(options.folder, options.folder)
            answer.text.write_text(filled(answer.text.read_text(), answer.tables, options.folder))
    except ResultsError as error:
        print(f"espalier: {error}", file=sys.stderr)
        return 2
    return 0
