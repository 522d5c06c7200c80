# SPDX-License-Identifier: BSD-3-Clause
"""What a report derives and says: areas and differences, the timetable's bars, warnings, words."""

import tempfile
import unittest
from pathlib import Path

import espalier
import h5py
import numpy as np
import pandas as pd
import synthetic
from espalier.contrasts import contrasts, pairs_of_lines
from espalier.plots import learning
from espalier.plots.areas import maps
from espalier.plots.timetable import bars_of
from espalier.report import html, words
from espalier.study import Study


class StudyTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "tiny.h5"

    def study(self, **how: int) -> Study:
        synthetic.write(self.path, **how)
        return Study(espalier.open(self.path))

    def test_the_area_of_a_seed_is_that_of_its_curve(self) -> None:
        areas = self.study().areas.set_index(["panel", "line", "noise", "seed"])["area"]

        # set, seed 0: accuracy 0.9 and 0.65 at levels 0 and 0.5, chance 0.1: shares 1 and 0.55/0.8, on average 0.84375.
        self.assertAlmostEqual(areas["remove-links, order random", "set 99 %", "none", 0], 0.84375, delta=1e-12)
        self.assertEqual(len(areas), 3 * 2 * 2 * 3)

    def test_areas_are_mapped_for_networks_or_where_there_is_one_for_noises(self) -> None:
        areas = self.study().areas

        several = [(about, heading) for about, heading, _ in maps(areas)]
        alone = areas[areas["line"] == "set 99 %"]
        one = [(about, heading, sorted(here["column"].unique())) for about, heading, here in maps(alone)]

        self.assertEqual(several, [("with noise: isotropic", "network"), ("without noise", "network")])
        self.assertEqual(one, [("set 99 %", "noise", ["isotropic", "none"])])

    def test_networks_are_compared_with_the_static_one_of_their_sparsity(self) -> None:
        study = self.study()

        table = contrasts(study).set_index(["measure", "noise", "first", "second"])
        row = table.loc[("accuracy, not perturbed", "none", "set 99 %", "static 99 %")]

        self.assertEqual(pairs_of_lines(study), [("set 99 %", "static 99 %")])
        self.assertAlmostEqual(row["difference"], 0.1, delta=1e-12)
        self.assertEqual((row["n"], row["p_sign_flip"]), (3, 0.25))

    def test_each_noise_is_compared_with_none(self) -> None:
        table = contrasts(self.study())

        against = table[table["noise"] == "isotropic against none"]

        self.assertEqual(len(against), 2 * 4)  # networks x (accuracy and three areas)
        np.testing.assert_array_equal(against["difference"], 0)  # the synthetic noise does nothing
        np.testing.assert_array_equal(against["p"], 1)

    def test_warnings_name_failures_seeds_and_what_is_missing(self) -> None:
        self.study(failed=2)
        with h5py.File(self.path, "r+") as file:
            file["results"][0, "status"] = 0

        said = "\n".join(words.warnings(Study(espalier.open(self.path))))

        self.assertIn("2 failed cells of fgsm: not finite (loss became infinite)", said)
        self.assertIn("1 of 48 cells are not finished", said)
        self.assertIn("few seeds: n = 3", said)
        self.assertIn("at least 0.25", said)

    def test_learning_curves_without_numbers_make_no_figure(self) -> None:
        self.study()
        with h5py.File(self.path, "r+") as file:
            epochs = file["epochs"][:]
            for name in epochs.dtype.names:
                epochs[name] = np.nan
            file["epochs"][...] = epochs

        self.assertEqual(list(learning.plots(Study(espalier.open(self.path)))), [])

    def test_alarms_are_named_by_their_bits(self) -> None:
        cells = pd.DataFrame({"alarms": [0.0, 5.0, 4.0, np.nan], "perturbation": ["fgsm", "pgd", "fgsm", "none"]})

        said = words.alarms(cells)

        self.assertEqual(said, ["masking alarm in 1 cells: the gradient is zero (pgd)",
                                "masking alarm in 2 cells: accuracy is not monotone in the level (fgsm, pgd)"])

    def test_samples_of_different_size_are_told(self) -> None:
        cells = pd.DataFrame({"images": [500, 500, 100], "perturbation": ["pgd", "fgsm", "cascade"]})

        self.assertEqual(words.samples(cells),
                         ["accuracies are over different samples of the test images: 100 for cascade; 500 for fgsm, pgd"])
        self.assertEqual(words.samples(cells[:2]), [])


class TimetableTest(unittest.TestCase):
    def test_bars_join_where_no_eye_sees_the_gap(self) -> None:
        rows = pd.DataFrame({"written": [2.0, 10.0, 4.05, 20.0], "seconds": [2.0, 1.0, 2.0, 10.0]})

        bars = bars_of(rows, shortest=0.1)

        self.assertEqual(bars.to_numpy().tolist(), [[0.0, 4.05], [9.0, 20.0]])


class WordsTest(unittest.TestCase):
    def test_the_question_is_the_comment_at_the_head(self) -> None:
        self.assertEqual(words.question("# Which one?\n#   Both.\nespalier: 1\n# not this\n"), "Which one? Both.")
        self.assertEqual(words.question("espalier: 1"), "")

    def test_times_are_said_as_people_say_them(self) -> None:
        self.assertEqual([words.duration(s) for s in (45, 150, 9000)], ["45 s", "2.5 min", "2.5 h"])
        self.assertEqual(words.moment(1.7e9), "2023-11-14 22:13 UTC")

    def test_text_cannot_become_markup(self) -> None:
        frame = pd.DataFrame({"<b>": ["<script>alert(1)</script>"], "x": [0.12345]})

        text = html.table(frame)

        self.assertNotIn("<script>", text)
        self.assertIn("<th>&lt;b&gt;</th>", text)
        self.assertIn('data-value="0.12345">0.123<', text)


if __name__ == "__main__":
    unittest.main()
