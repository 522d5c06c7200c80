# SPDX-License-Identifier: BSD-3-Clause
"""The picture: its numbers, its words, and that it is a picture."""

import math
import struct
import tempfile
import unittest
from pathlib import Path

import espalier
import synthetic
from espalier.__main__ import main
from espalier.figures import style
from espalier.labels import labelled
from espalier.picture import caption, curves, legend_entries, look, with_level_zero


class PictureTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "tiny.h5"
        self.out = Path(folder.name) / "tiny.png"

    def test_a_point_is_the_mean_over_seeds_with_its_t_interval(self) -> None:
        synthetic.write(self.path)

        table = curves(with_level_zero(labelled(espalier.open(self.path).cells)))

        point = table[(table["panel"] == "fgsm") & (table["line"] == "set 99 %") & (table["noise"] == "none")
                      & (table["level"] == 0.1)].iloc[0]
        # Seeds give 0.85, 0.86, 0.87: sd 0.01, and t(0.975, 2) = 4.302653 (tables).
        self.assertEqual(point["n"], 3)
        self.assertAlmostEqual(point["estimate"], 0.86, places=12)
        self.assertAlmostEqual(point["high"] - point["estimate"], 4.302653 * 0.01 / math.sqrt(3), places=7)

    def test_untouched_cells_are_level_zero_of_every_panel(self) -> None:
        synthetic.write(self.path)

        table = curves(with_level_zero(labelled(espalier.open(self.path).cells)))

        zero = table[table["level"] == 0]
        self.assertEqual(set(zero["panel"]), {"fgsm", "remove-links, order random", "remove-links, order weakest"})
        self.assertEqual(len(zero), 3 * 2 * 2)

    def test_level_zero_is_no_part_of_a_curve_whose_level_grows_towards_the_untouched_network(self) -> None:
        synthetic.write(self.path)
        cells = labelled(espalier.open(self.path).cells).replace({"perturbation": {"fgsm": "quantise"}})

        table = with_level_zero(cells)

        self.assertEqual(set(table.loc[table["level"] == 0, "panel"]),
                         {"remove-links, order random", "remove-links, order weakest"})

    def test_colours_tell_apart_what_there_is_more_of(self) -> None:
        self.assertEqual(look(0, 2, ["set"], ["none", "full", "flat"]).colour, style(2).colour)
        self.assertEqual(look(1, 1, ["set", "static"], ["none", "full"]), style(1, 1))
        self.assertEqual([entry.get_label() for entry in legend_entries(["set", "static"], ["none"])], ["set", "static"])

    def test_the_caption_names_sample_size_interval_and_failures(self) -> None:
        synthetic.write(self.path, failed=2)
        results = espalier.open(self.path)

        text = caption(results, curves(with_level_zero(labelled(results.cells[results.cells["status"] == "done"]))))

        for part in ("n = 2 to 3 seeds", "95 % t interval", "46 of 48 cells done, 2 failed"):
            self.assertIn(part, text)

    def test_the_command_writes_a_png(self) -> None:
        synthetic.write(self.path)

        code = main(["picture", str(self.path), "-o", str(self.out)])

        self.assertEqual(code, 0)
        data = self.out.read_bytes()
        width, height = struct.unpack(">II", data[16:24])
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        self.assertGreater(width, 1000)
        self.assertGreater(height, 400)

    def test_a_file_without_finished_cells_is_a_message_not_a_picture(self) -> None:
        synthetic.write(self.path, done=False)

        code = main(["picture", str(self.path), "-o", str(self.out)])

        self.assertEqual(code, 2)
        self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()
