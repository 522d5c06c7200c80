# SPDX-License-Identifier: BSD-3-Clause
"""The picture sheet: its rows and strengths, and what it refuses."""

import contextlib
import io
import struct
import tempfile
import unittest
from pathlib import Path

import espalier
import numpy as np
import synthetic
from espalier import sheet
from espalier.__main__ import main


class SheetTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "tiny.h5"
        self.inputs = Path(folder.name) / "tiny.npy"
        self.out = Path(folder.name) / "tiny.png"
        synthetic.write(self.path)

    def write_inputs(self, cells: list[int], images: int = 2, shape: tuple[int, ...] = (4, 3)) -> None:
        records = np.zeros(len(cells) * images, [("cell", "<i8"), ("image", "<i8"), ("label", "u1"), ("clean", "<f4", shape),
                                                 ("changed", "<f4", shape)])
        records["cell"] = np.repeat(cells, images)
        records["image"] = np.tile(np.arange(images), len(cells))
        np.save(self.inputs, records)

    def test_rows_are_kinds_with_the_settings_that_tell_them_apart(self) -> None:
        cells = espalier.open(self.path).cells
        changed = cells[cells["perturbation"] == "fgsm"]

        self.assertEqual(set(sheet.rows_of(changed)), {"fgsm"})
        self.assertEqual(set(sheet.strengths(changed)), {f"level {x:g}" for x in changed["level"]})

    def test_the_command_writes_a_png_with_or_without_the_change(self) -> None:
        cells = espalier.open(self.path).cells
        for shape in ((4, 3), (3, 4, 3)):
            self.write_inputs(list(cells.index[cells["perturbation"] == "fgsm"][:2]), shape=shape)
            heights = []
            for more in ([], ["--change", "5"]):
                code = main(["sheet", str(self.path), str(self.inputs), "-o", str(self.out), *more])

                data = self.out.read_bytes()
                self.assertEqual((code, data[:8]), (0, b"\x89PNG\r\n\x1a\n"))
                heights.append(struct.unpack(">II", data[16:24])[1])
            self.assertGreater(heights[1], heights[0])

    def test_an_image_that_is_not_there_and_a_file_of_something_else_are_messages(self) -> None:
        self.write_inputs([1])
        with contextlib.redirect_stderr(io.StringIO()) as told:
            code = main(["sheet", str(self.path), str(self.inputs), "-o", str(self.out), "--place", "7"])
            np.save(self.inputs, np.zeros(3))
            other = main(["sheet", str(self.path), str(self.inputs), "-o", str(self.out)])

        self.assertEqual((code, other), (2, 2))
        self.assertIn("2 images per cell, there is no image 7", told.getvalue())
        self.assertIn("not a file of espalier inputs", told.getvalue())


if __name__ == "__main__":
    unittest.main()
