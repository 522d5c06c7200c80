"""The building blocks of figures: what they draw and say."""

import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd

from espalier import figures
from espalier.intervals import over_seeds, t_interval


def table(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns)


class OverSeedsTest(unittest.TestCase):
    def test_a_row_is_the_t_interval_of_the_seeds_means(self) -> None:
        cells = table(seed=[0, 0, 1, 2, 0], line=["a", "a", "a", "a", "b"], accuracy=[0.8, 0.9, 0.87, 0.83, 0.5])

        rows = over_seeds(cells, ["line"])

        # Tolerance: rounding; seed 0 of line a counts once, with its mean.
        np.testing.assert_allclose(rows.loc[0, ["estimate", "low", "high", "n"]].astype(float),
                                   t_interval([0.85, 0.87, 0.83]), rtol=1e-12)
        self.assertEqual((rows.loc[1, "estimate"], rows.loc[1, "n"]), (0.5, 1))
        self.assertTrue(np.isnan(rows.loc[1, "low"]))


class FiguresTest(unittest.TestCase):
    def setUp(self) -> None:
        self.figure, self.axes = figures.subplots()

    def test_a_curve_has_its_points_in_order_and_its_band(self) -> None:
        shown = table(level=[0.2, 0.0], estimate=[0.5, 0.9], low=[0.4, 0.8], high=[0.6, 1.0], n=[3, 3])

        figures.curve(self.axes, "level", shown, figures.style(0))

        np.testing.assert_array_equal(self.axes.lines[0].get_xydata(), [[0.0, 0.9], [0.2, 0.5]])
        self.assertEqual(self.axes.collections[0].get_paths()[0].vertices[:, 1].max(), 1.0)

    def test_a_bar_carries_its_interval_and_its_value(self) -> None:
        shown = table(estimate=[0.5, 0.8], low=[0.4, np.nan], high=[0.7, np.nan], n=[3, 1])

        figures.bars(self.axes, ["a", "b"], shown)

        self.assertEqual([patch.get_height() for patch in self.axes.patches], [0.5, 0.8])
        ends = self.axes.collections[0].get_segments()
        np.testing.assert_allclose(ends[0][:, 1], [0.4, 0.7])  # the interval
        np.testing.assert_allclose(ends[1][:, 1], [0.8, 0.8])  # none for one seed
        self.assertEqual([text.get_text() for text in self.axes.texts], ["0.5", "0.8"])

    def test_a_heat_map_says_each_value_with_its_interval_and_what_is_missing(self) -> None:
        shown = table(sparsity=[0.9, 0.9, 0.99], topology=["set", "static", "set"], estimate=[0.5, 0.6, 0.7],
                      low=[0.4, np.nan, 0.6], high=[0.6, np.nan, 0.8], n=[3, 1, 3])

        figures.heat_map(self.axes, shown, "sparsity", "topology")

        self.assertEqual([text.get_text() for text in self.axes.texts],
                         ["0.500\n[0.400, 0.600]", "0.600", "0.700\n[0.600, 0.800]", "none"])

    def test_numbers_on_a_heat_map_can_be_read(self) -> None:
        colours = matplotlib_colours(figures.HEAT)

        for colour in colours:
            ink = 0.0 if figures.ink_on(colour) == "black" else 1.0
            # 3 : 1 is what WCAG 2 asks of large text; the number is bold enough in print.
            self.assertGreater(contrast(colour, (ink, ink, ink)), 3.0)

    def test_the_caption_names_sample_size_and_interval(self) -> None:
        self.assertEqual(figures.sample_size(table(n=[3, 5])), "n = 3 to 5 seeds; bands: 95 % t interval of the mean over seeds")
        self.assertEqual(figures.sample_size(table(n=[1])), "n = 1 seed; no bands: one seed has no interval")

    def test_a_caption_names_the_axes_that_a_mean_hides(self) -> None:
        cells = pd.DataFrame({"dataset": "mnist", "line": ["a", "a", "b"], "noise": ["none", "full", "none"],
                              "level": [0.1, 0.2, 0.2], "seed": [0, 1, 2]})

        self.assertEqual(figures.averaged(cells, ["dataset"]), ", averaged over networks, noises and levels")
        self.assertEqual(figures.averaged(cells, ["line", "noise"]), "")
        self.assertEqual(figures.averaged(cells, ["line"]), ", averaged over noises and levels")

    def test_a_figure_is_saved_as_picture_and_as_vectors_the_same_each_time(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            contents = []
            for name in ("a", "b"):
                figure, axes = figures.subplots()
                axes.plot([0, 1])
                figures.caption(figure, "A caption of a few words.")
                png, pdf = figures.save(figure, Path(folder) / name)
                contents.append((png.read_bytes(), pdf.read_bytes()))

        width, _ = struct.unpack(">II", contents[0][0][16:24])
        self.assertGreater(width, 800)
        self.assertEqual(contents[0][1][:5], b"%PDF-")
        self.assertEqual(contents[0], contents[1])


class StyleTest(unittest.TestCase):
    def test_the_package_leaves_matplotlib_as_it_is(self) -> None:
        code = ("import matplotlib; before = dict(matplotlib.rcParams)\n"
                "import espalier, espalier.figures, espalier.report, espalier.sheet, espalier.plots\n"
                "espalier.open, espalier.plots.plotters()\n"
                "after = dict(matplotlib.rcParams)\n"
                "assert before == after, {key for key in after if before.get(key) != after[key]}\n"
                "import sys; assert 'matplotlib.pyplot' not in sys.modules\n")

        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

        self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_the_house_style_ends_with_its_block(self) -> None:
        before = matplotlib.rcParams["axes.grid"]

        with figures.house_style():
            inside = matplotlib.rcParams["axes.grid"]

        self.assertEqual((before, inside, matplotlib.rcParams["axes.grid"]), (False, True, False))

    def test_dollar_signs_are_drawn_as_they_are(self) -> None:
        widths = []
        for text in ("costs $5 or $6", "costs S5 or S6"):
            with figures.house_style():
                figure, axes = figures.subplots()
                label = axes.set_title(text)
                widths.append(label.get_window_extent(figure.canvas.get_renderer()).width)

        self.assertAlmostEqual(widths[0], widths[1], delta=0.02 * widths[1])  # as wide as text, not as math without its dollars


def matplotlib_colours(name: str) -> list[tuple[float, ...]]:
    return [matplotlib.colormaps[name](x) for x in np.linspace(0, 1, 50)]


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Contrast ratio of WCAG 2.1: (L1 + 0.05) / (L2 + 0.05) of the relative luminances."""
    def luminance(colour: tuple[float, ...]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


if __name__ == "__main__":
    unittest.main()
