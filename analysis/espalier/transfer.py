# SPDX-License-Identifier: BSD-3-Clause
"""Noise that is fitted to one perturbation and met by another: what each pair gains, and whether the own source is the best.

The gain of a cell is its accuracy less that of the same network without noise on the same images, its tail retrained where the
noisy one's is. Gains are paired by seed, which is the unit of replication.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import pandas as pd

from espalier import labels
from espalier.comparisons import MOST_FOR_SIGN_FLIP, holm, paired_t, sign_flip
from espalier.families import families

MAP = ["dataset", "line", "noise"]  # what one transfer map is about: data set, network, structure of the noise
UNPERTURBED = "none"


def _perturbed(cells: pd.DataFrame) -> pd.Series:
    """A name per perturbation and strength; not how an attack averages over the noise: without noise it does not."""
    own = [name for name in labels.parameters_of_perturbations(cells) if not name.startswith("eot")]
    return labels.variants(cells, "perturbation", [*own, *(name for name in ("level", "severity") if name in cells)])


def gains(cells: pd.DataFrame) -> pd.DataFrame:
    """One row per finished cell with a fitted noise whose noiseless counterpart is finished too.

    `cells` are those of a file (`results.cells`). Columns: dataset, line (the network), noise (structure, trace, ...), source,
    perturbation, family and source_family (attacks, changed images, damage), matched (source and perturbation are one), seed,
    accuracy, baseline and gain = accuracy - baseline, as shares.
    """
    done = cells[cells["status"] == "done"]
    said = labels.labelled(done)[["dataset", "line", "seed", "model", "accuracy"]].assign(
        noise=labels.structures(done), source=labels.sources(done), source_family=families(done, "noise_source_family"),
        perturbation=_perturbed(done), family=families(done), matched=labels.is_matched(done),
        images=done["images"])
    # Without a retrained tail a network without noise is the same wherever the noise would be.
    retrained = done["noise_retrain_tail"].fillna(0) if "noise_retrain_tail" in done else 0
    said = said.assign(site=done["noise_layer"].fillna(0) * retrained if "noise_layer" in done else 0, retrained=retrained)
    same = ["model", "perturbation", "images", "site", "retrained"]
    quiet = said[done["noise"].astype(str) == "none"].groupby(same)["accuracy"].mean().rename("baseline")
    fitted = said[said["source"] != ""].join(quiet, on=same, how="inner")
    return fitted.assign(gain=fitted["accuracy"] - fitted["baseline"])[
        [*MAP, "source", "perturbation", "source_family", "family", "matched", "seed", "accuracy", "baseline", "gain"]]


def gain_table(of: pd.DataFrame, confidence: float = 0.95, at_least: int | None = None) -> pd.DataFrame:
    """Mean gain of each (source, perturbation) of one map with its t interval over seeds.

    `of` are rows of `gains`. Columns: source, perturbation, matched, estimate, low, high, p (paired t test of no gain; NaN for
    one seed), n (seeds), p_holm (corrected over this table). `at_least` as in `paired_t`.
    """
    keys = ["source", "perturbation", "matched"]
    rows = []
    for key, pairs in of.groupby(keys, observed=True, sort=False):
        seeds = pairs.groupby("seed")[["accuracy", "baseline"]].mean()
        t = paired_t(seeds["accuracy"], seeds["baseline"], confidence, at_least)
        rows.append((*key, t.difference, t.low, t.high, t.p, t.n))
    table = pd.DataFrame(rows, columns=[*keys, "estimate", "low", "high", "p", "n"])
    return table.assign(p_holm=holm(table["p"]))


def gain_tables(of: pd.DataFrame, at_least: int | None = None) -> pd.DataFrame:
    """`gain_table` of each map in `of`, one after the other, with what it is about in front."""
    parts = [gain_table(here, at_least=at_least).assign(**dict(zip(MAP, key, strict=True)))
             for key, here in of.groupby(MAP, observed=True, sort=False)]
    return pd.concat(parts)[[*MAP, *parts[0].columns.drop(MAP)]] if parts else pd.DataFrame(columns=MAP)


def matched_and_others(of: pd.DataFrame) -> pd.DataFrame:
    """Per seed, the mean gain of the diagonal and of what stands beside it: columns own and others, index seed.

    For each perturbation that some noise is fitted to: the gain of that noise, and the mean gain of noises that are fitted to
    something else, on the same images. Perturbations that only one of the two meets do not count, so that what is easy to
    withstand weighs the same on both sides; each of the others counts once.
    """
    means = of.groupby(["seed", "perturbation", "matched"], observed=True)["gain"].mean().unstack("matched")
    both = means.reindex(columns=[True, False]).dropna().rename(columns={True: "own", False: "others"})
    return both.groupby("seed").mean()


def diagonal_test(of: pd.DataFrame, at_least: int | None = None) -> dict[str, float]:
    """Whether noise helps more against what it is fitted to than against something else: the diagonal of a transfer map against
    the rest, paired over seeds.

    `of` are rows of `gains` of one map. Gives own and others (mean gains, see `matched_and_others`), difference = own - others
    with its 95 % t interval low, high, p (paired t test, two-sided), p_sign_flip (exact) and n (seeds); NaN without pairs.
    """
    pairs = matched_and_others(of)
    t = paired_t(pairs["own"], pairs["others"], at_least=at_least)
    flips = sign_flip(pairs["own"], pairs["others"]).p if t.n <= MOST_FOR_SIGN_FLIP else math.nan
    return {"own": float(pairs["own"].mean()), "others": float(pairs["others"].mean()), "difference": t.difference,
            "low": t.low, "high": t.high, "p": t.p, "p_sign_flip": flips, "n": t.n}


def _blocks(of: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The whole map, and each pair of families of which both are there; what is not perturbed has no family."""
    met = of[of["perturbation"] != UNPERTURBED]
    yield "all", met
    pairs = list(itertools.product(met["source_family"].unique(), met["family"].unique()))
    for source, perturbation in pairs if len(pairs) > 1 else []:
        yield f"{source} to {perturbation}", met[(met["source_family"] == source) & (met["family"] == perturbation)]


def transfer_tests(of: pd.DataFrame, at_least: int | None = None) -> pd.DataFrame:
    """`diagonal_test` for each map in `of`, over all and within each pair of families (from attacks to attacks, ...).

    Where a block has no diagonal (attacks to changed images) only `others` is known: its mean gain. `p_holm` is corrected over
    the table.
    """
    rows: list[dict[str, object]] = []
    for key, here in of.groupby(MAP, observed=True, sort=False):
        for name, block in _blocks(here):
            row = diagonal_test(block, at_least)
            if row["n"] == 0:
                beside = block[~block["matched"]].groupby("seed")["gain"].mean()
                row |= {"others": float(beside.mean()), "n": len(beside)}
            if row["n"] > 0:
                rows.append({**dict(zip(MAP, key, strict=True)), "transfer": name, **row})
    table = pd.DataFrame(rows)
    return table.assign(p_holm=holm(table["p"])) if rows else table


def is_a_map(of: pd.DataFrame) -> bool:
    """Whether some noise meets what it is not fitted to: otherwise there is a diagonal and nothing beside it."""
    return of["source"].nunique() > 1 and bool((~of["matched"] & (of["perturbation"] != UNPERTURBED)).any())
