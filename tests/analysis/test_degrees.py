"""The table of degrees that espalier.open gives."""

import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

import espalier
import synthetic


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


if __name__ == "__main__":
    unittest.main()
