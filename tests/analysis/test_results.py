# SPDX-License-Identifier: BSD-3-Clause
"""The tables that espalier.open gives."""

import tempfile
import unittest
import unittest.mock
from pathlib import Path

import espalier
import h5py
import numpy as np
import pandas as pd
import synthetic


class ResultsTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "tiny.h5"

    def test_cells_are_joined_with_their_results_and_text_is_decoded(self) -> None:
        synthetic.write(self.path)

        cells = espalier.open(self.path).cells

        self.assertEqual(len(cells), 2 * 3 * 4 * 2)
        self.assertEqual(list(cells["topology"].cat.categories), ["set", "static"])
        for row in cells.itertuples():
            # Tolerance: the same expression in the same arithmetic.
            self.assertEqual(row.accuracy, synthetic.accuracy(row.topology, row.seed, row.level))
        self.assertEqual(set(cells["status"]), {"done"})

    def test_selected_columns_are_those_of_the_cells_and_of_what_they_use(self) -> None:
        synthetic.write(self.path)
        results = espalier.open(self.path)

        some = results.select("level", "accuracy", "model_test_accuracy", "run_hosts", "fit_layer",
                              "tail_test_accuracy")

        self.assertEqual(list(some), ["level", "accuracy", "model_test_accuracy", "run_hosts", "fit_layer", "tail_test_accuracy"])
        pd.testing.assert_series_equal(some["accuracy"], results.cells["accuracy"])
        models = results.models["test_accuracy"].to_numpy()[results.cells["model"]]
        self.assertEqual(some["model_test_accuracy"].to_list(), models.tolist())
        self.assertEqual(set(some["run_hosts"]), {"here"})
        self.assertTrue(some["fit_layer"].isna().all())  # no cell has a fitted noise
        self.assertTrue(some["tail_test_accuracy"].isna().all())  # nor a retrained tail
        self.assertEqual(some.attrs["units"]["accuracy"], "share")

    def test_a_tail_replaces_the_numbers_of_the_upper_layers_and_keeps_their_links(self) -> None:
        synthetic.write(self.path)
        results = espalier.open(self.path)

        plain, with_tail = results.layers(1), results.layers(1, 0)

        np.testing.assert_array_equal(plain[0].weight, with_tail[0].weight)
        np.testing.assert_array_equal(with_tail[1].weight, [[10, 11, 12], [13, 14, 15]])
        np.testing.assert_array_equal(with_tail[1].bias, [16, 17])

    def test_a_tail_that_does_not_fit_is_named(self) -> None:
        synthetic.write(self.path)
        for column, value, message in (("model", 2, "tail 0 is one of model 2, not of model 1"),
                                       ("status", 1, "tail 0 is not done"),
                                       ("weights", 7, "is damaged: tail 0 has the size of no layers of model 1"),
                                       ("weights", 40, "is damaged: tail 0 has the size of no layers of model 1")):
            with h5py.File(self.path, "r+") as file:
                tails = file["tails"][:]
                before = tails.copy()
                tails[column][0] = value
                file["tails"][:] = tails
            with self.assertRaisesRegex(espalier.ResultsError, message):
                espalier.open(self.path).layers(1, 0)
            with h5py.File(self.path, "r+") as file:
                file["tails"][:] = before
        with self.assertRaisesRegex(espalier.ResultsError, "there is no tail 1, only 0 to 0"):
            espalier.open(self.path).layers(1, 1)

    def test_a_cell_with_a_retrained_tail_has_its_columns(self) -> None:
        synthetic.write(self.path)
        with h5py.File(self.path, "r+") as file:
            cells = file["cells"][:]
            cells["tail"][3] = 0
            file["cells"][...] = cells

        tails = espalier.open(self.path).select("tail_test_accuracy")["tail_test_accuracy"]

        self.assertEqual(tails.dropna().to_dict(), {3: 0.7})

    def test_a_column_that_is_nowhere_is_named(self) -> None:
        synthetic.write(self.path)

        with self.assertRaisesRegex(espalier.ResultsError, "no column 'acuracy'"):
            espalier.open(self.path).select("level", "acuracy")

    def test_tables_read_in_pieces_are_the_same(self) -> None:
        synthetic.write(self.path, failed=1)
        whole = espalier.open(self.path).cells

        with unittest.mock.patch("espalier.storage.BLOCK_ROWS", 5):
            pieces = espalier.open(self.path).cells

        pd.testing.assert_frame_equal(pieces, whole)

    def test_outcomes_are_one_per_image(self) -> None:
        synthetic.write(self.path)

        outcomes = espalier.open(self.path).outcomes(10)

        self.assertEqual(len(outcomes), 100)
        self.assertEqual(outcomes.nonzero()[0].tolist(), list(range(11)))

    def test_codes_of_failed_cells_become_words(self) -> None:
        synthetic.write(self.path, failed=1)

        last = espalier.open(self.path).cells.iloc[-1]

        self.assertEqual((last["status"], last["reason"], last["message"]), ("failed", "not finite", "loss became infinite"))

    def test_epochs_hold_only_what_was_reached(self) -> None:
        synthetic.write(self.path)

        epochs = espalier.open(self.path).epochs

        self.assertEqual(len(epochs), 1 + 5 * 2)
        self.assertEqual(list(epochs["epoch"][:3]), [1, 1, 2])
        self.assertEqual(list(epochs["test_accuracy"][:3]), [0.0, 2.0, 3.0])
        self.assertEqual(list(epochs["topology"][-1:]), ["static"])

    def test_unused_rows_of_runs_are_left_out(self) -> None:
        synthetic.write(self.path)

        self.assertEqual(list(espalier.open(self.path).runs["hosts"]), ["here"])

    def test_name_and_descriptions_come_with_the_file(self) -> None:
        synthetic.write(self.path)

        results = espalier.open(self.path)

        self.assertEqual(results.name, "tiny")
        self.assertTrue(results.describe("cells").startswith("what was asked"))
        self.assertEqual(results.cells.attrs["units"], {"level": "of its kind", "accuracy": "share"})
        self.assertEqual(results.cells.attrs["descriptions"]["level"], "strength [1] of what is done")
        row = results.columns.set_index("column").loc["accuracy"]
        self.assertEqual(list(row), ["results", "share", "correct / images"])

    def test_a_missing_file_is_named(self) -> None:
        with self.assertRaisesRegex(espalier.ResultsError, "tiny.h5: there is no such file"):
            espalier.open(self.path)

    def test_a_file_of_something_else_is_named(self) -> None:
        self.path.write_text("no HDF5")

        with self.assertRaisesRegex(espalier.ResultsError, "tiny.h5: not an HDF5 file"):
            espalier.open(self.path)
