# SPDX-License-Identifier: BSD-3-Clause
"""One self-contained page about a results file, with its figures and tables as files beside it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from espalier import output
from espalier.contrasts import contrasts
from espalier.errors import ResultsError
from espalier.figures import caption, house_style, save
from espalier.names import clean, file_name, unused
from espalier.plots import plotters
from espalier.plots.timetable import WORK
from espalier.report import html, words
from espalier.results import Results
from espalier.study import CURVE, Study
from espalier.tables import for_csv
from espalier.transfer import MAP, gain_tables, is_a_map, transfer_tests

MOST_ROWS = 3000  # of a table on the page; the file beside it has all
ON_PAPER = 80  # rows of it, as style.css says too
SURE = 0.05
RUN_COLUMNS = ("hosts", "slurm_job", "version", "revision", "instruction_set", "flags")

NAMES = {"line": "network", "panel": "perturbation", "estimate": "mean", "low": "95 % low", "high": "95 % high", "n": "seeds",
         "first": "network", "second": "against", "p": "p (paired t)", "p_holm": "p, Holm", "p_bh": "p, BH",
         "p_sign_flip": "p (sign flips)"}


class Listing(NamedTuple):
    """A table of the page with its explanation."""

    title: str
    about: str
    name: str = ""  # of the CSV file that has all rows
    rows: int = 0
    table: Markup = Markup()


def tiles(study: Study) -> list[tuple[str, str]]:
    """The numbers at the head of the page: name and value."""
    results = study.results
    cells, models = results.cells["status"].value_counts(), results.models["status"].value_counts()
    worked = [name for name in WORK if "seconds" in results.columns_of(name)]
    seconds = sum(results.table(name, ["seconds"])["seconds"].sum() for name in worked)
    left_out = [("cells not needed", str(cells.get("not needed", 0)))] if results.until else []
    return [("cells done", f"{cells.get('done', 0)} of {len(results.cells)}"), ("failed", str(cells.get("failed", 0))), *left_out,
            ("networks trained", f"{models.get('done', 0)} of {len(results.models)}"),
            ("seeds", str(study.done["seed"].nunique())), ("core time", words.duration(float(seconds)))]


def what_ran(results: Results) -> Markup:
    runs = results.runs
    shown = pd.DataFrame({
        "start": runs["start"].map(words.moment), "end": runs["end"].map(words.moment),
        "took": [words.duration(e - s) if e > 0 else "" for s, e in zip(runs["start"], runs["end"], strict=True)],
        "ranks": runs["ranks"], **({"exit code": runs["exit_code"]} if "exit_code" in runs else {}),
        **{name: runs[name].astype(str) for name in RUN_COLUMNS if name in runs and (runs[name].astype(str) != "").any()}})
    return html.table(shown, {"slurm_job": "Slurm job", "instruction_set": "kernels"})


def figures(study: Study, folder: Path) -> list[html.Drawing]:
    """Draws all figures that the file has the data for, for the page and as PNG and PDF into the folder."""
    output.made_folder(folder)
    taken: list[str] = []
    drawings = []
    for plotter in plotters():
        for plot in plotter(study):
            drawings.append(html.drawing(plot.figure, plot.title, plot.caption))
            caption(plot.figure, f"{plot.title}. {plot.caption}")
            taken.append(unused(file_name(plot.name), taken))
            save(plot.figure, folder / taken[-1])
    return drawings


def written(frame: pd.DataFrame, folder: Path, name: str, title: str, about: str, **looks: Any) -> Listing:
    """The table for the page, shortened if need be, and whole as a CSV file."""
    with output.replaced(output.made_folder(folder) / f"{name}.csv") as temporary:
        for_csv(frame).to_csv(temporary, index=False)
    same = [column for column in ("dataset",) if frame[column].nunique() == 1]
    table = html.table(frame[:MOST_ROWS].drop(columns=same), NAMES, filtered=True, **looks)
    return Listing(title, about, name, len(frame), table)


def tables(study: Study, folder: Path) -> list[Listing]:
    cells = study.done.assign(level=study.done["level"].fillna(0.0))
    listings = [written(study.over_seeds(cells, [*CURVE, "level"]), folder, "accuracy", "Accuracy", "")]
    areas = study.areas
    if areas.empty:
        return listings
    area = study.over_seeds(areas, CURVE, "area")
    critical = areas.groupby(CURVE, observed=True)["critical"].agg(critical="median", beyond=lambda c: int(c.isna().sum()))
    critical["critical"] = critical["critical"].where(critical["beyond"] == 0)
    about = ("Area: mean share of the accuracy above chance that remains, over the levels from 0 to the highest. Critical level: "
             "the level at which half of it remains, median over seeds; empty if a seed keeps more than half at all levels "
             "(column beyond).")
    return [*listings, written(area.merge(critical.reset_index(), on=CURVE), folder, "robustness",
                               "Robustness area and critical level", about)]


def statistics(study: Study, folder: Path) -> list[Listing]:
    table = contrasts(study)
    if table.empty:
        return [Listing("", "There is nothing to compare: one network without noise.")]
    about = ("Differences are paired by seed, which is the unit of replication: networks against their controls (static "
             "with the same sparsity, and dense), each noise against no noise. Intervals are 95 % t intervals of the mean "
             "difference. p values are of the paired t test, corrected over this table (Holm; BH: Benjamini and Hochberg), "
             f"and of the exact sign-flip test. Bold: below {SURE} after Holm's correction.")
    return [written(table, folder, "contrasts", "", about, bold=lambda row: row["p_holm"] < SURE), *transfer(study, folder)]


def transfer(study: Study, folder: Path) -> list[Listing]:
    """The transfer of fitted noises as tables: what each pair gains, and the diagonal against the rest."""
    gains = study.gains.groupby(MAP, observed=True, sort=False).filter(is_a_map)
    if gains.empty:
        return []
    about = ("Gain: accuracy with the noise minus accuracy of the same network without it, on the same images. Own: noise fitted "
             "to the perturbation of the cell; others: the mean over noises fitted to other perturbations, for the same "
             "perturbations. Their difference is paired by seed (t interval, paired t test with Holm's correction over the "
             "table, exact sign-flip test). Without an own source the table has only the mean of the others.")
    return [written(transfer_tests(gains, study.at_least), folder, "transfer-tests", "Transfer of noise", about,
                    bold=lambda row: row["p_holm"] < SURE),
            written(gain_tables(gains, study.at_least), folder, "transfer", "", "", bold=lambda row: row["p_holm"] < SURE)]


def facts(results: Results) -> list[tuple[str, str]]:
    """What made the file: name and value."""
    said = [(name, results.attributes.get(key, "")) for name, key in (
        ("created", "created_at"), ("espalier", "espalier_version"), ("revision", "revision"), ("build", "flags"),
        ("data sets (SHA-256)", "datasets"), ("master seed", "master_seed"), ("plan", "plan_hash"))]
    return [(name, value) for name, value in said if value]


@house_style()
def write(results: Results, folder: str | PathLike[str]) -> Path:
    """Writes FOLDER/report.html, FOLDER/figures, FOLDER/tables and the grid as FOLDER/grid.yaml; gives the page's path."""
    study = Study(results)
    if study.done.empty:
        raise ResultsError(f"{results.path}: no cell is done yet: nothing to report")
    out = output.made_folder(folder)
    grid = results.attributes.get("grid", "")
    output.write_text(out / words.GRID, grid)
    path = out / "report.html"
    output.write_text(path, html.page(
        title=results.name, file=clean(Path(results.path).name), question=words.question(grid), tiles=tiles(study),
        warnings=words.warnings(study), notes=words.notes(results), runs=what_ran(results),
        figures=figures(study, out / "figures"),
        tables=tables(study, out / "tables"), statistics=statistics(study, out / "tables"), commands=words.commands(results),
        facts=facts(results), grid=grid, most_rows=MOST_ROWS, on_paper=ON_PAPER))
    return path
