#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The report of a real run: its figures, its page, and the page in a browser without a window."""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from html.parser import HTMLParser
from pathlib import Path

import espalier_runs as runs

FIGURES = ["areas-synthetic-with-noise-isotropic", "areas-synthetic-without-noise", "degrees-synthetic", "learning-synthetic",
           "levels-attacks-synthetic", "levels-damage-synthetic", "networks-synthetic", "sparsities-synthetic",
           "structures-synthetic", "timetable-0"]

# Runs in a copy of the page: what a reader would see go wrong. In a title, so that --dump-dom carries it.
PROBE = """<script>addEventListener("load", () => {
  const images = [...document.images];
  document.title = "PROBE" + JSON.stringify({
    images: images.length, broken: images.filter((image) => !image.naturalWidth).length,
    wide: document.documentElement.scrollWidth > innerWidth,
    small: [...document.querySelectorAll("body *")].filter((e) => parseFloat(getComputedStyle(e).fontSize) < 11.9).length,
    filters: document.querySelectorAll("input[type=search]").length});
});</script>"""


def analysis(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """python3 -m espalier, the package of this clone."""
    command = ["/usr/bin/python3", "-m", "espalier", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120,
                          env=runs.environment(PYTHONPATH=str(runs.ROOT / "analysis")))


def browse(*options: str, page: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,2000",
                           f"--user-data-dir={page.parent / 'browser'}", "--enable-logging=stderr",
                           "--host-resolver-rules=MAP * ~NOTFOUND", *options, page.as_uri()],
                          capture_output=True, text=True, timeout=100)


class References(HTMLParser):
    """Everything that a page refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "poster", "srcset")]


class Report(unittest.TestCase):
    """One run and its report serve all tests."""

    folder: Path
    out: Path
    page: Path
    ran: "subprocess.CompletedProcess[str]"
    said: "subprocess.CompletedProcess[str]"

    @classmethod
    def setUpClass(cls) -> None:
        runs.binary()
        cls.folder = Path(tempfile.mkdtemp(prefix="espalier-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        grid = runs.small_grid(topology=["set", "static"], sparsity=[0.8, 0.9], perturbation=[
            {"kind": "none"}, {"kind": "remove-links", "level": [0.3, 0.6]}, {"kind": "fgsm", "level": [0.05, 0.1]}])
        (cls.folder / "grid.yaml").write_text("# Question: which of <both> is better?\n# One try.\n" + json.dumps(grid))
        cls.ran = runs.run(cls.folder / "grid.yaml", cls.folder / "small.h5")
        cls.out = cls.folder / "report"
        cls.said = analysis("report", cls.folder / "small.h5", "-o", cls.out)
        cls.page = cls.out / "report.html"

    def test_the_command_says_where_the_page_is(self) -> None:
        self.assertEqual(self.ran.returncode, 0, self.ran.stderr)
        self.assertEqual((self.said.returncode, self.said.stdout, self.said.stderr), (0, f"{self.page}\n", ""))

    def test_the_report_is_one_page_with_all_its_figures_and_tables(self) -> None:
        text = self.page.read_text()

        self.assertEqual(sorted(path.stem for path in (self.out / "figures").glob("*.png")), FIGURES)
        self.assertEqual(sorted(path.stem for path in (self.out / "figures").glob("*.pdf")), FIGURES)
        self.assertEqual(sorted(path.name for path in (self.out / "tables").glob("*")),
                         ["accuracy.csv", "contrasts.csv", "robustness.csv"])
        for part in ("Question: which of &lt;both&gt; is better? One try.", "few seeds: n = 2", "80 of 80",
                     "espalier run grid.yaml", "mpirun -n 2", "95 % t interval of the mean over seeds", "master seed"):
            self.assertIn(part, text)
        self.assertEqual(text.count("data:image/svg+xml"), len(FIGURES))

    def test_nothing_on_the_page_comes_from_elsewhere(self) -> None:
        for reference in References(self.page.read_text()).found:
            self.assertRegex(reference, "^(#|data:image/svg)")

    def test_the_grid_beside_the_page_gives_the_same_plan(self) -> None:
        plans = [json.loads(runs.espalier("plan", grid, "--json").stdout)["hash"]
                 for grid in (self.folder / "grid.yaml", self.out / "grid.yaml")]

        self.assertEqual(*plans)

    @unittest.skipUnless(shutil.which("chromium"), "chromium is not installed")
    def test_a_browser_shows_the_page_without_errors_and_prints_it(self) -> None:
        probed = self.folder / "probed.html"
        probed.write_text(self.page.read_text().replace("</body>", PROBE + "</body>"))

        shown = browse("--dump-dom", page=probed)
        pdf = self.folder / "page.pdf"
        printed = browse(f"--print-to-pdf={pdf}", page=self.page)

        found = re.search("PROBE({.*?})", shown.stdout)
        self.assertIsNotNone(found, shown.stderr)
        assert found is not None
        self.assertEqual(json.loads(found[1]), {"images": len(FIGURES), "broken": 0, "wide": False, "small": 0, "filters": 3})
        for browsed in (shown, printed):
            self.assertNotIn("CONSOLE", browsed.stderr)  # script errors, and requests that the page's policy refused
        self.assertEqual(pdf.read_bytes()[:5], b"%PDF-")


if __name__ == "__main__":
    unittest.main()
