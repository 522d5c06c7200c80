# SPDX-License-Identifier: BSD-3-Clause
"""What holds for every answer in experiments/: its text, tables and figures are what the committed tables say."""

import re
import tempfile
from pathlib import Path
from typing import Any

import answers
from PIL import Image

from espalier import figures

LARGEST_PICTURE = 200_000  # bytes


class AnswerChecks:
    """Tests of one answer; a test case that inherits them says which, and what its figures are."""

    answer: answers.Answer
    figures: tuple[Any, ...]
    one_figure: Any  # a quick one

    def test_its_tables_are_those_that_the_command_makes(self: Any) -> None:
        text = self.answer.text.read_text()

        self.assertEqual(answers.filled(text, self.answer.tables, self.answer.folder), text)

    def test_all_tables_and_figures_are_shown(self: Any) -> None:
        text = self.answer.text.read_text()

        self.assertEqual(set(re.findall(r"<!-- table: (\S+) -->", text)), set(self.answer.tables))
        pictures = {path.name for path in self.answer.folder.glob("*.png")}
        self.assertEqual(set(re.findall(rf"\({self.answer.name}/(\S+\.png)\)", text)), pictures)
        self.assertEqual({f"{figure.__name__.replace('_', '-')}.png" for figure in self.figures}, pictures)

    def test_the_folder_is_small(self: Any) -> None:
        sizes = {path.name: path.stat().st_size for path in self.answer.folder.iterdir()}

        self.assertLess(sum(size for name, size in sizes.items() if not name.endswith(".png")), 2_000_000)
        self.assertLess(max(size for name, size in sizes.items() if name.endswith(".png")), LARGEST_PICTURE)

    def test_figures_are_drawn_from_the_tables(self: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.one_figure(self.answer.folder, Path(folder))

            path = Path(folder) / f"{self.one_figure.__name__}.png"
            drawn = path.stat().st_size
            with Image.open(path) as image:
                colours = {f"#{red:02X}{green:02X}{blue:02X}" for _, (red, green, blue) in image.convert("RGB").getcolors() or []}

        self.assertGreater(drawn, 9_000)
        self.assertLess({"#FFFFFF", *figures.COLOURS[:2]}, colours)  # the palette keeps the colours of thin lines
