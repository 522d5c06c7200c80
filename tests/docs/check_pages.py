#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The generated pages are current, README is short, and the site builds without warnings where mkdocs is installed."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README_LINES = 120


class Pages(unittest.TestCase):
    def test_generated_pages_are_current(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["/usr/bin/python3", ROOT / "docs/generate", os.environ["ESPALIER_BINARY"], folder], check=True)
            for page in ("commands.md", "grid.md", "results.md"):
                fresh = (Path(folder) / page).read_text(encoding="utf-8")
                self.assertEqual((ROOT / "docs" / page).read_text(encoding="utf-8"), fresh,
                                 f"docs/{page} is out of date: run docs/generate ESPALIER")

    def test_readme_is_short_and_shows_a_grid_and_its_figure(self) -> None:
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        self.assertLessEqual(len(text.splitlines()), README_LINES)
        self.assertIn("```yaml", text)
        self.assertIn("docs/figures/first.png", text)

    @unittest.skipUnless(shutil.which("mkdocs"), "mkdocs is not installed")
    def test_the_site_builds_without_warnings(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = ["mkdocs", "build", "--strict", "--site-dir", folder]
            built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
            self.assertTrue((Path(folder) / "grid/index.html").exists())


if __name__ == "__main__":
    unittest.main()
