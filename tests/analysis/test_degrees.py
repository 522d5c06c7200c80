# SPDX-License-Identifier: BSD-3-Clause
"""The table of degrees that espalier.open gives, and what is drawn of it."""

import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

import espalier
import synthetic
from espalier.plots.degrees import AFTER, BEFORE, at_least, first_and_last


class DegreesTest(unittest.TestCase):
    def test_each_row_is_a_bin_that_is_not_empty(self) -> None:
        counts = np.zeros((6, 2, 1, 2, 4), "<u4")  # model, epoch, layer, direction, bin
        counts[1, 0, 0, 0] = [0, 5, 0, 7]
        counts[5, 1, 0, 1] = [3, 0, 0, 0]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tiny.h5"
            synthetic.write(path)
            with h5py.File(path, "a") as file:
                file["degrees"] = counts
                file["degrees"].attrs["first_degree"] = np.bytes_("0 1 2 4")

            degrees = espalier.open(path).degrees

        columns = ["model", "epoch", "layer", "direction", "degree", "neurons", "topology"]
        self.assertEqual([tuple(row) for row in degrees[columns].itertuples(index=False)],
                         [(1, 1, 1, "in", 1, 5, "set"), (1, 1, 1, "in", 4, 7, "set"), (5, 2, 1, "out", 0, 3, "static")])

    def test_drawn_are_the_first_epoch_and_the_last_that_was_reached(self) -> None:
        degrees = pd.DataFrame({"model": [0, 0, 0, 1, 1], "epoch": [1, 2, 3, 1, 2], "degree": 4, "neurons": [1, 2, 3, 4, 5]})

        drawn = first_and_last(degrees)

        self.assertEqual(drawn.loc[drawn["when"] == BEFORE, "neurons"].tolist(), [1, 4])
        self.assertEqual(drawn.loc[drawn["when"] == AFTER, "neurons"].tolist(), [3, 5])

    def test_the_share_of_neurons_with_k_links_or_more_counts_those_without_links(self) -> None:
        counts = pd.DataFrame({"degree": [4, 0, 1, 4], "neurons": [1, 2, 4, 3]})

        self.assertEqual(at_least(counts).to_dict(), {1: 0.8, 4: 0.4})


if __name__ == "__main__":
    unittest.main()
