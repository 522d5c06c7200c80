# SPDX-License-Identifier: BSD-3-Clause
"""The notebooks of docs/notebooks are valid, keep no outputs, and run from their first cell to their last."""

import contextlib
import io
import json
import os
import tempfile
import unittest
from pathlib import Path

import synthetic

NOTEBOOKS = Path(__file__).resolve().parents[2] / "docs" / "notebooks"


def run(path: Path) -> dict[str, object]:
    """Executes the code cells as Jupyter would, without Jupyter; gives the variables that are left."""
    variables: dict[str, object] = {"__name__": "__main__"}
    for place, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{path.name}, cell {place}", "exec"), variables)
    return variables


class NotebooksTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        Path("results").mkdir()
        synthetic.write(Path("results/quickstart.h5"))

    def test_they_are_notebooks_without_outputs(self) -> None:
        for path in sorted(NOTEBOOKS.glob("*.ipynb")):
            book = json.loads(path.read_text(encoding="utf-8"))
            self.assertEqual((book["nbformat"], book["metadata"]["kernelspec"]["language"]), (4, "python"))
            ids = [cell["id"] for cell in book["cells"]]
            self.assertEqual(len(ids), len(set(ids)))
            for cell in book["cells"]:
                self.assertIn(cell["cell_type"], ("markdown", "code"))
                if cell["cell_type"] == "code":
                    self.assertEqual((cell["outputs"], cell["execution_count"]), ([], None), f"{path.name} {cell['id']}")

    def test_a_first_look_draws_a_curve_per_topology(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            left = run(NOTEBOOKS / "first-look.ipynb")

        self.assertIn("tiny - 48 cells", said.getvalue())
        axes = left["figure"].axes[0]  # type: ignore[attr-defined]
        self.assertEqual([line.get_label() for line in axes.get_lines()], ["set", "static"])
        # Mean of the seeds 0.9, 0.91, 0.92 (set) without damage.
        self.assertAlmostEqual(axes.get_lines()[0].get_ydata()[0], 0.91, places=12)
        self.assertTrue(Path("first-look.png").stat().st_size > 5000)

    def test_two_networks_differ_as_they_were_made_to(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            left = run(NOTEBOOKS / "comparing-networks.ipynb")

        self.assertIn("set - static: +10.00 points", said.getvalue())
        self.assertEqual(left["difference"].n, 3)  # type: ignore[attr-defined]
        self.assertEqual(left["exact"].p, 0.25)  # type: ignore[attr-defined]  # three pairs of one sign: 2^(1 - 3)


if __name__ == "__main__":
    unittest.main()
