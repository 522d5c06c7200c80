"""One self-contained page about a results file, with its figures and tables as files beside it."""

from __future__ import annotations

from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from espalier import output
from espalier.contrasts import contrasts
from espalier.errors import ResultsError
from espalier.figures import caption, save
from espalier.intervals import over_seeds
from espalier.names import clean, file_name, for_csv, unused
from espalier.plots import plotters
from espalier.plots.timetable import WORK
from espalier.report import html, words
from espalier.results import Results
from espalier.study import CURVE, Study
from espalier.transfer import MAP, gain_tables, is_a_map, transfer_tests

MOST_ROWS = 3000  # of a table on the page; the file beside it has all
ON_PAPER = 80  # rows of it, as style.css says too
SURE = 0.05
RUN_COLUMNS = ("hosts", "slurm_job", "version", "revision", "instruction_set", "flags")

NAMES = {"line": "network", "panel": "perturbation", "estimate": "mean", "low": "95 % low", "high": "95 % high", "n": "seeds",
         "first": "network", "second": "against", "p": "p (paired t)", "p_holm": "p, Holm", "p_bh": "p, BH",
         "p_sign_flip": "p (sign flips)"}


def summary(study: Study) -> list[str]:
    results = study.results
    cells, models = results.cells["status"].value_counts(), results.models["status"].value_counts()
    worked = [name for name in WORK if "seconds" in results.columns_of(name)]
    seconds = sum(results.table(name, ["seconds"])["seconds"].sum() for name in worked)
    tiles = [("cells done", f"{cells.get('done', 0)} of {len(results.cells)}"), ("failed", str(cells.get("failed", 0))),
             ("networks trained", f"{models.get('done', 0)} of {len(results.models)}"),
             ("seeds", str(study.done["seed"].nunique())), ("core time", words.duration(float(seconds)))]
    said = words.warnings(study)
    listed = "".join(f"<li>{escape(warning)}</li>" for warning in said)
    return ['<div class="tiles">', *(f'<div class="tile"><b>{value}</b>{name}</div>' for name, value in tiles), "</div>",
            '<h2 id="warnings">Warnings</h2>', f'<ul class="warnings">{listed}</ul>' if said else "<p>None.</p>"]


def what_ran(results: Results) -> list[str]:
    runs = results.runs
    shown = pd.DataFrame({
        "start": runs["start"].map(words.moment), "end": runs["end"].map(words.moment),
        "took": [words.duration(e - s) if e > 0 else "" for s, e in zip(runs["start"], runs["end"], strict=True)],
        "ranks": runs["ranks"], **({"exit code": runs["exit_code"]} if "exit_code" in runs else {}),
        **{name: runs[name].astype(str) for name in RUN_COLUMNS if name in runs and (runs[name].astype(str) != "").any()}})
    headings = {"slurm_job": "Slurm job", "instruction_set": "kernels"}
    return ['<h2 id="runs">What ran where and when</h2>', html.table(shown, headings)]


def figures(study: Study, folder: Path) -> list[str]:
    """Draws all figures that the file has the data for, onto the page and as PNG and PDF into the folder."""
    output.made_folder(folder)
    taken: list[str] = []
    body = ['<h2 id="figures">Figures</h2>',
            '<p class="soft">Each is also in <code>figures/</code>, as PNG and PDF.</p>']
    for plotter in plotters():
        for plot in plotter(study):
            body.append(html.figure(plot.figure, plot.title, plot.caption))
            caption(plot.figure, f"{plot.title}. {plot.caption}")
            taken.append(unused(file_name(plot.name), taken))
            save(plot.figure, folder / taken[-1])
    return body


def written(frame: pd.DataFrame, folder: Path, name: str, **looks: Any) -> list[str]:
    """The table on the page, shortened if need be, and whole as a CSV file."""
    with output.replaced(output.made_folder(folder) / f"{name}.csv") as temporary:
        for_csv(frame).to_csv(temporary, index=False)
    note = f"Whole as <code>tables/{name}.csv</code>."
    if len(frame) > MOST_ROWS:
        note += f" Here are the first {MOST_ROWS} of {len(frame)} rows."
    if len(frame) > ON_PAPER:
        note += f'<span class="paper">On paper: the first {ON_PAPER} of {len(frame)} rows.</span>'
    same = [name for name in ("dataset",) if frame[name].nunique() == 1]
    return [f'<p class="soft">{note}</p>', html.table(frame[:MOST_ROWS].drop(columns=same), NAMES, filtered=True, **looks)]


def tables(study: Study, folder: Path) -> list[str]:
    body = ['<h2 id="tables">Tables</h2>', "<h3>Accuracy</h3>"]
    cells = study.done.assign(level=study.done["level"].fillna(0.0))
    body += written(over_seeds(cells, [*CURVE, "level"]), folder, "accuracy")
    areas = study.areas
    if areas.empty:
        return body
    area = over_seeds(areas, CURVE, "area")
    critical = areas.groupby(CURVE, observed=True)["critical"].agg(critical="median", beyond=lambda c: int(c.isna().sum()))
    critical["critical"] = critical["critical"].where(critical["beyond"] == 0)
    body += ["<h3>Robustness area and critical level</h3>",
             "<p>Area: mean share of the accuracy above chance that is kept, over the levels from 0 to the highest. Critical "
             "level: where half of it is left, median over seeds; "
             "empty where some seeds keep more at all levels (column beyond).</p>"]
    return body + written(area.merge(critical.reset_index(), on=CURVE), folder, "robustness")


def statistics(study: Study, folder: Path) -> list[str]:
    table = contrasts(study)
    body = ['<h2 id="statistics">Statistics</h2>']
    if table.empty:
        return [*body, "<p>There is nothing to compare: one network without noise.</p>"]
    body.append("<p>Differences are paired by seed, which is the unit of replication: networks against their control (the "
                "static one of the same sparsity, and dense ones), each noise against none. Intervals are 95 % t intervals of "
                "the mean difference. p values are of the paired t test, corrected over this table (Holm; BH: Benjamini and "
                f"Hochberg), and of the exact sign-flip test. Bold: below {SURE} after Holm's correction.</p>")
    return body + written(table, folder, "contrasts", bold=lambda row: row["p_holm"] < SURE)


def transfer(study: Study, folder: Path) -> list[str]:
    """The transfer of fitted noises as tables: what each pair gains, and the diagonal against the rest."""
    gains = study.gains.groupby(MAP, observed=True, sort=False).filter(is_a_map)
    if gains.empty:
        return []
    body = ["<h3>Transfer of noise</h3>",
            "<p>Gain: accuracy with the noise less accuracy of the same network without it, on the same images. Own: noise that "
            "is fitted to what the network meets; others: the mean over noises that are fitted to something else, for the same "
            "perturbations. Their difference is paired by seed (t interval, paired t test with Holm's correction over the "
            "table, exact sign-flip test). Without an own source the mean of the others stands alone.</p>"]
    body += written(transfer_tests(gains), folder, "transfer-tests", bold=lambda row: row["p_holm"] < SURE)
    return body + written(gain_tables(gains), folder, "transfer", bold=lambda row: row["p_holm"] < SURE)


def reproduce(results: Results) -> list[str]:
    facts = {name: results.attributes.get(key, "") for name, key in (
        ("created", "created_at"), ("espalier", "espalier_version"), ("revision", "revision"), ("build", "flags"),
        ("data sets (SHA-256)", "datasets"), ("master seed", "master_seed"), ("plan", "plan_hash"))}
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items() if value)
    return ['<h2 id="reproduce">How to reproduce</h2>', f"<pre>{escape(words.commands(results))}</pre>",
            f'<div class="scroll"><table><tbody>{rows}</tbody></table></div>',
            '<h2 id="grid">The grid</h2>', f"<pre>{escape(results.attributes.get('grid', ''))}</pre>"]


def write(results: Results, folder: str | PathLike[str]) -> Path:
    """Writes FOLDER/report.html, FOLDER/figures, FOLDER/tables and the grid as FOLDER/grid.yaml; gives the page's path."""
    study = Study(results)
    if study.done.empty:
        raise ResultsError(f"{results.path}: no cell is done yet: nothing to report")
    out = output.made_folder(folder)
    grid = results.attributes.get("grid", "")
    output.write_text(out / words.GRID, grid)
    asked = words.question(grid)
    links = {"warnings": "Warnings", "runs": "What ran", "figures": "Figures", "tables": "Tables", "statistics": "Statistics",
             "reproduce": "How to reproduce", "grid": "The grid"}
    body = [f"<h1>{escape(results.name)}</h1>", f'<div class="soft">{escape(clean(Path(results.path).name))}</div>',
            f'<p class="question">{escape(asked)}</p>' if asked else "",
            "<nav>" + "".join(f'<a href="#{name}">{text}</a>' for name, text in links.items()) + "</nav>",
            *summary(study), *what_ran(results), *figures(study, out / "figures"), *tables(study, out / "tables"),
            *statistics(study, out / "tables"), *transfer(study, out / "tables"), *reproduce(results)]
    path = out / "report.html"
    output.write_text(path, html.page(results.name, body))
    return path
