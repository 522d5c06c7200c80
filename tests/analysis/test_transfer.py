# SPDX-License-Identifier: BSD-3-Clause
"""The transfer of fitted noises: gains, the diagonal against the rest, labels, the map and the spectra."""

import itertools
import tempfile
import unittest
from pathlib import Path

import espalier
import h5py
import numpy as np
import pandas as pd
import synthetic
from espalier import labels
from espalier.plots import spectra, transfers
from espalier.study import Study
from espalier.transfer import diagonal_test, gain_table, gains, is_a_map, matched_and_others, transfer_tests
from scipy import stats
from statsmodels.stats.multitest import multipletests

SEEDS = [0, 1, 2, 3]
KINDS = ["none", "pgd", "fgsm", "contrast"]
SOURCES = ["pgd", "fgsm", "contrast"]
FAMILIES = {"none": "none", "pgd": "attack", "fgsm": "attack", "contrast": "input"}
CLEAN = {"none": 0.9, "pgd": 0.1, "fgsm": 0.2, "contrast": 0.5}


def gain(source: str, kind: str, seed: int) -> float:
    """0.3 for the own source; else 0.1 for sources that are attacks, -0.05 for others; without perturbation -0.1."""
    if kind == "none":
        return -0.1
    return (0.3 + 0.01 * seed if source == kind else 0.1 if source in ("pgd", "fgsm") else -0.05) + 0.002 * seed * len(kind)


def cells() -> pd.DataFrame:
    """Every source against every perturbation, two traces, tails retrained; with columns as `results.cells` has them."""
    rows = []
    for seed, kind in itertools.product(SEEDS, KINDS):
        about = {"model": seed, "seed": seed, "perturbation": kind, "perturbation_family": FAMILIES[kind],
                 "level": 0.1 if kind in ("pgd", "fgsm") else np.nan,
                 "severity": 5.0 if kind == "contrast" else np.nan, "accuracy": CLEAN[kind] + 0.01 * seed}
        rows.append({**about, "noise": "none", "eot": np.nan})
        rows += [{**about, "noise": "full", "noise_source": source, "noise_source_family": FAMILIES[source],
                  "noise_trace": trace, "noise_draws": 10.0,
                  "noise_source_level": 0.1 if source in ("pgd", "fgsm") else np.nan,
                  "noise_source_severity": 5.0 if source == "contrast" else np.nan, "eot": 10.0 if kind == "pgd" else np.nan,
                  "accuracy": about["accuracy"] + trace * gain(source, kind, seed)}
                 for source, trace in itertools.product(SOURCES, (0.5, 1.0))]
    table = pd.DataFrame(rows).assign(dataset="fashion-mnist", topology="static", sparsity=0.99, images=1000, noise_layer=2.0,
                                      noise_retrain_tail=1.0)
    accuracy = table.pop("accuracy")  # columns of /results come after those of /cells
    return table.fillna({"noise_source": ""}).assign(status="done", accuracy=accuracy)


class LabelsTest(unittest.TestCase):
    def test_a_source_is_named_where_sources_vary(self) -> None:
        said = labels.labelled(cells())

        self.assertEqual(set(said["noise"]), {"none", *(f"full, trace {t} from {s}" for t in ("0.5", "1") for s in SOURCES)})

    def test_a_source_that_is_always_the_own_one_is_not_named(self) -> None:
        table = cells()
        own = table[labels.is_matched(table) | (table["noise"] == "none")]

        self.assertEqual(len(own), len(SEEDS) * (len(KINDS) + 2 * len(SOURCES)))
        self.assertEqual(set(labels.labelled(own)["noise"]), {"none", "full, trace 0.5", "full, trace 1"})

    def test_another_strength_is_another_source(self) -> None:
        table = cells()
        table.loc[table["noise_source"] == "pgd", "noise_source_level"] = 0.2

        self.assertEqual(set(table.loc[labels.is_matched(table), "noise_source"]), {"fgsm", "contrast"})

    def test_a_parameter_that_is_called_like_a_result_is_compared_too(self) -> None:
        table = cells().assign(loss=0.7, perturbation_loss="ce", noise_source_loss="ce")
        own = labels.is_matched(table)
        table.loc[table["noise_source"] == "pgd", "noise_source_loss"] = "dlr"

        self.assertEqual(set(table.loc[own, "noise_source"]), set(SOURCES))
        self.assertEqual(set(table.loc[labels.is_matched(table), "noise_source"]), {"fgsm", "contrast"})

    def test_a_parameter_that_some_cells_do_not_use_does_not_split_their_panel(self) -> None:
        self.assertEqual(set(labels.labelled(cells())["panel"]), set(KINDS))


class GainsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.gains = gains(cells())
        self.one = self.gains[self.gains["noise"] == "full, trace 1"]

    def test_a_gain_is_the_difference_to_the_same_network_without_noise(self) -> None:
        self.assertEqual(len(self.gains), len(SEEDS) * len(KINDS) * len(SOURCES) * 2)
        for row in self.one.itertuples():
            self.assertAlmostEqual(row.gain, gain(row.source, row.perturbation, row.seed), delta=1e-12)

    def test_a_failed_counterpart_leaves_no_gain(self) -> None:
        table = cells()
        table.loc[(table["noise"] == "none") & (table["seed"] == 0) & (table["perturbation"] == "pgd"), "status"] = "failed"

        left = gains(table)

        self.assertEqual(len(left), len(self.gains) - len(SOURCES) * 2)

    def test_a_tail_retrained_elsewhere_is_no_counterpart(self) -> None:
        table = cells()
        table.loc[table["noise"] == "none", "noise_layer"] = 1.0

        self.assertEqual(len(gains(table)), 0)

    def test_an_entry_is_the_t_interval_and_test_of_its_seeds(self) -> None:
        table = gain_table(self.one).set_index(["source", "perturbation"])

        values = [gain("pgd", "fgsm", seed) for seed in SEEDS]
        row = table.loc[("pgd", "fgsm")]
        theirs = stats.ttest_1samp(values, 0)
        # Tolerance: rounding of differences of accuracies of size 1.
        np.testing.assert_allclose(row[["estimate", "low", "high"]].astype(float),
                                   [np.mean(values), *theirs.confidence_interval(0.95)], rtol=1e-9)
        self.assertAlmostEqual(row["p"], theirs.pvalue, delta=1e-12)
        self.assertEqual((row["n"], len(table)), (4, 12))
        np.testing.assert_allclose(table["p_holm"], multipletests(table["p"], method="holm")[1], rtol=1e-12)

    def test_the_diagonal_is_compared_with_other_sources_for_the_same_perturbations(self) -> None:
        pairs = matched_and_others(self.one)

        own = [np.mean([gain(s, s, seed) for s in SOURCES]) for seed in SEEDS]
        others = [np.mean([np.mean([gain(s, kind, seed) for s in SOURCES if s != kind]) for kind in SOURCES]) for seed in SEEDS]
        np.testing.assert_allclose(pairs["own"], own, rtol=1e-9)
        np.testing.assert_allclose(pairs["others"], others, rtol=1e-9)
        test = diagonal_test(self.one)
        self.assertAlmostEqual(test["p"], stats.ttest_rel(own, others).pvalue, delta=1e-9)
        self.assertEqual((test["n"], test["p_sign_flip"]), (4, 2 / 2**4))

    def test_blocks_of_families_have_their_own_rows(self) -> None:
        table = transfer_tests(self.one).set_index("transfer")

        self.assertEqual(set(table.index),
                         {"all", "attacks to attacks", "attacks to changed images", "changed images to attacks"})
        # Without a diagonal the mean of the others stands alone: -0.05 + 0.002 * seed * len(kind).
        expected = np.mean([gain("contrast", kind, seed) for kind in ("pgd", "fgsm") for seed in SEEDS])
        self.assertAlmostEqual(table.loc["changed images to attacks", "others"], expected, delta=1e-12)
        self.assertTrue(np.isnan(table.loc["changed images to attacks", "p"]))

    def test_a_file_that_does_not_say_the_families_has_one(self) -> None:
        older = cells().drop(columns=["perturbation_family", "noise_source_family"])

        self.assertEqual(set(transfer_tests(gains(older))["transfer"]), {"all"})

    def test_a_diagonal_alone_is_no_map(self) -> None:
        self.assertTrue(is_a_map(self.one))
        self.assertFalse(is_a_map(self.one[self.one["matched"] | (self.one["perturbation"] == "none")]))


class DrawnTest(unittest.TestCase):
    def test_the_map_frames_the_diagonal_and_marks_what_is_sure(self) -> None:
        of = gains(cells())
        table = gain_table(of[of["noise"] == "full, trace 1"].sort_values("perturbation"))

        axes = transfers.drawn(table).axes[0]

        self.assertEqual([t.get_text() for t in axes.get_xticklabels()][0], "none")
        self.assertEqual(sorted(patch.get_xy() for patch in axes.patches if patch.get_linewidth() == 1.8),
                         [(i + 0.5, i - 0.5) for i in range(3)])
        said = [t.get_text() for t in axes.texts]
        self.assertEqual(len(said), 12)
        self.assertIn("-10.0*\n± 0.0", said)

    def test_a_spectrum_is_that_of_the_file_as_shares(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tiny.h5"
            synthetic.write(path)
            with h5py.File(path, "r+") as file:
                del file["noise"]
                columns = [("model", "<i8"), ("layer", "<i8"), ("status", "u1"), ("units", "<i8"), ("spectrum_offset", "<i8")]
                file["noise"] = np.array([(0, 2, 2, 4, 0)], columns)
                file["spectra"] = [4.0, 2.0, 1.0, 1.0]

            shares = spectra.spectrum(Study(espalier.open(path)), 0)

        self.assertEqual(shares["place"].tolist(), [1, 2, 3, 4])
        np.testing.assert_allclose(10 ** shares["log_share"], [0.5, 0.25, 0.125, 0.125], rtol=1e-12)


if __name__ == "__main__":
    unittest.main()
