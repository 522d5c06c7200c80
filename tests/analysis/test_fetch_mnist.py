# SPDX-License-Identifier: BSD-3-Clause
"""experiments/fetch-mnist, from folders by file:// alone."""

import gzip
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

COMMAND = Path(__file__).parents[2] / "experiments" / "fetch-mnist"
MNIST = Path(os.environ.get("ESPALIER_DATA", "/nonexistent")) / "mnist"


def fetch(root: Path, place: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["/usr/bin/python3", COMMAND, root, "--from", place.as_uri()], capture_output=True, text=True)


class FetchMnistTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "root"
        self.place = Path(folder.name) / "place"
        self.place.mkdir()

    def test_a_file_with_other_content_is_refused_and_nothing_is_written(self) -> None:
        (self.place / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"not MNIST"))

        answer = fetch(self.root, self.place)

        self.assertEqual(answer.returncode, 1)
        self.assertIn("MNIST's is ba891046", answer.stderr)
        self.assertFalse(self.root.exists())

    def test_a_missing_file_is_named(self) -> None:
        answer = fetch(self.root, self.place)

        self.assertEqual(answer.returncode, 1)
        self.assertIn("no place gave train-images-idx3-ubyte", answer.stderr)
        self.assertNotIn("Traceback", answer.stderr)

    def test_a_truncated_file_is_refused(self) -> None:
        (self.place / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"0" * 1000)[:20])

        answer = fetch(self.root, self.place)

        self.assertEqual(answer.returncode, 1)
        self.assertNotIn("Traceback", answer.stderr)

    @unittest.skipUnless(MNIST.is_dir(), "MNIST is not here (ESPALIER_DATA)")
    def test_the_real_files_arrive_compressed_or_plain_and_a_second_call_keeps_them(self) -> None:
        for source in MNIST.glob("*.gz"):
            if "labels" in source.name:
                (self.place / source.stem).write_bytes(gzip.decompress(source.read_bytes()))
            else:
                (self.place / source.name).symlink_to(source)

        first = fetch(self.root, self.place)
        times = [p.stat().st_mtime_ns for p in sorted((self.root / "mnist").iterdir())]
        second = fetch(self.root, self.place.parent / "nowhere")

        self.assertEqual((first.returncode, second.returncode), (0, 0), first.stderr + second.stderr)
        self.assertEqual(len(times), 4)
        self.assertEqual(times, [p.stat().st_mtime_ns for p in sorted((self.root / "mnist").iterdir())])


if __name__ == "__main__":
    unittest.main()
