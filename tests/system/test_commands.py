#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""plan, status, export and --version say what is there, and write nothing but what they are asked for."""

import json
import re
import shutil
import subprocess
import time
import unittest
import zlib
from typing import Any

import h5py
import pandas as pd

import espalier_runs as runs


class Plan(runs.SystemTest):
    def test_plan_writes_nothing_and_counts_cells_and_models(self) -> None:
        grid = self.write(runs.small_grid())
        there = sorted(self.folder.iterdir())

        text, as_json = runs.espalier("plan", grid), runs.espalier("plan", grid, "--json", "--cells")

        self.assertEqual((text.returncode, as_json.returncode), (0, 0), text.stderr + as_json.stderr)
        plan = json.loads(as_json.stdout)
        self.assertEqual((plan["cells"], plan["models"]), (12, 2))
        self.assertEqual(len({cell["id"] for cell in plan["cell_list"]}), 12)
        self.assertGreater(plan["file_bytes"], 0)
        self.assertIn("12 cells", text.stdout)
        self.assertRegex(text.stdout, r"\n    remove-links +8 ")
        self.assertEqual(sorted(self.folder.iterdir()), there)

    def test_run_with_dry_run_is_plan(self) -> None:
        grid, file = self.write(runs.small_grid()), self.folder / "out.h5"

        dry = runs.espalier("run", grid, "-o", file, "--dry-run")

        self.assertEqual(dry.stdout, runs.espalier("plan", grid).stdout)
        self.assertEqual(list(self.folder.iterdir()), [grid])

    def test_plan_counts_a_selection_or_a_shard(self) -> None:
        grid = self.write(runs.small_grid())

        def counted(*options: str) -> tuple[int, int, set[int]]:
            plan = json.loads(runs.espalier("plan", grid, "--json", "--cells", *options).stdout)
            return plan["models"], plan["cells"], {cell["seed"] for cell in plan["cell_list"]}

        self.assertEqual(counted("--only", "seed=1", "--only", "level=0.3"), (1, 2, {1}))
        self.assertEqual(counted("--shard", "1/2"), (1, 6, {0}))
        shown = runs.espalier("run", grid, "-o", self.folder / "out.h5", "--dry-run", "--only", "seed=1").stdout
        self.assertIn("note: --only selects 6 of 12 cells", shown)
        neither = runs.espalier("plan", grid, "--only", "perturbation=none", "--only", "level=0.3")
        self.assertEqual((neither.returncode, neither.stderr), (2, "--only: no cell of this grid matches all conditions\n"))


class Words(runs.SystemTest):
    COMMANDS = ("plan", "run", "status", "digest", "verify", "merge", "export", "kinds")

    def options(self, command: str) -> list[str]:
        return re.findall("--[a-z-]+", runs.espalier(command, "--help").stdout.partition("Examples")[0].partition("Options:")[2])

    def test_the_manual_names_every_command_and_option(self) -> None:
        page = runs.espalier("manual").stdout.replace("\\-", "-")

        self.assertTrue(page.startswith(".TH ESPALIER 1"))
        for command in self.COMMANDS:
            section = page.partition(f'.SS "espalier {command}"')[2].partition(".SS")[0]
            for option in set(self.options(command)) - {"--help"}:
                self.assertIn(option, section)

    def test_kinds_explains_the_sections_of_a_grid(self) -> None:
        for section in ("train", "tail", "evaluate"):
            self.assertIn(f"settings {section}: ", runs.espalier("kinds", section).stdout)

    def test_bash_completes_commands_and_options(self) -> None:
        script = self.folder / "completion.bash"
        script.write_text(runs.espalier("completion").stdout)

        def completed(*words: str) -> list[str]:
            lines = f'source "{script}"; COMP_WORDS=(espalier {" ".join(words)}); COMP_CWORD={len(words)}; _espalier; ' \
                    'echo "${COMPREPLY[@]}"'
            return subprocess.run(["bash", "-c", lines], check=True, capture_output=True, text=True).stdout.split()

        self.assertEqual(completed("stat"), ["status"])
        self.assertEqual(completed("run", "grid.yaml", "--retry"), ["--retry-failed"])
        self.assertEqual(sorted(completed("status", "--")), ["--help", "--json", "--watch"])

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes_commands_and_options(self) -> None:
        script = self.folder / "completion.fish"
        script.write_text(runs.espalier("completion", "fish").stdout)

        def completed(line: str) -> list[str]:
            done = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"], check=True, text=True,
                                  capture_output=True)
            return [word.split("\t")[0] for word in done.stdout.splitlines()]

        self.assertEqual(completed("espalier stat"), ["status"])
        self.assertEqual(completed("espalier run grid.yaml --retry"), ["--retry-failed"])
        self.assertEqual(sorted(completed("espalier status --")), ["--help", "--json", "--watch"])

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_offers_commands_and_options(self) -> None:
        script = self.folder / "completion.zsh"
        script.write_text(runs.espalier("completion", "zsh").stdout)

        def offered(*words: str) -> str:
            """What the function hands to zsh's own functions."""
            lines = f'compdef() {{ }}; _describe() {{ print -rl -- ${{(P)2}} }}; _arguments() {{ print -rl -- "$@" }}; ' \
                    f'source {script}; words=(espalier {" ".join(words)}); CURRENT=$(( ${{#words}} )); _espalier'
            return subprocess.run(["zsh", "-f", "-c", lines], check=True, capture_output=True, text=True).stdout

        self.assertIn("status:", offered("stat"))
        self.assertEqual([line for line in offered("run", "--").splitlines() if line.startswith("--retry")],
                         ["--retry-failed[run failed models and cells again]"])


class Results(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.folder / "out.h5"
        self.grid = self.write(runs.small_grid())
        self.assert_run(self.grid, self.file)

    def test_status_as_json_counts_rows(self) -> None:
        status = json.loads(runs.espalier("status", self.file, "--json").stdout)

        counts = {"cells": 12, "done": 12, "failed": 0, "running": 0, "to_do": 0, "models": 2, "models_done": 2, "kept_epochs": 0,
                  "seeds": 2, "seeds_complete": 2}
        self.assertEqual({key: status[key] for key in counts}, counts)
        self.assertEqual((status["live"], status["left"]["seconds"], len(status["busy"])), (False, 0, 2))
        for share in status["busy"]:
            self.assertTrue(0 < share <= 1, share)
        said = runs.espalier("status", self.file).stdout
        self.assertIn("12 done", said)
        self.assertIn("2 ranks and ended with exit code 0", said)

    def test_export_has_one_row_per_cell_with_the_numbers_of_the_file(self) -> None:
        self.assertEqual(runs.espalier("export", self.file, "-o", self.folder / "out.csv").returncode, 0)
        self.assertEqual(runs.espalier("export", self.file, "-o", self.folder / "out.jsonl").returncode, 0)

        # pandas' default parsers round the last digit
        table = pd.read_csv(self.folder / "out.csv", float_precision="round_trip")
        lines = pd.read_json(self.folder / "out.jsonl", lines=True, precise_float=True)

        stored = runs.rows(self.file, "results")["accuracy"]
        for read in (table, lines):
            self.assertEqual(len(read), 12)
            self.assertEqual(read["accuracy"].tolist(), stored.tolist())
            self.assertIn("sparsity", read.columns)

    def test_an_accuracy_is_the_share_of_the_outcome_bits(self) -> None:
        cells, results = runs.rows(self.file, "cells"), runs.rows(self.file, "results")
        outcomes = runs.rows(self.file, "outcomes")
        for cell, result in zip(cells, results):
            first, images = int(cell["outcome_offset"]), int(result["judged"])
            bits = sum(int(byte).bit_count() for byte in outcomes[first:first + (images + 7) // 8])
            self.assertEqual(bits, result["correct"])
            self.assertEqual(result["accuracy"], result["correct"] / images)

    def test_export_writes_csv_json_and_json_lines_to_files_and_streams(self) -> None:
        ids = [row["id"].decode() for row in runs.rows(self.file, "cells")]
        csv = runs.espalier("export", self.file, "-o", "-").stdout
        self.assertEqual([line.split(",")[0] for line in csv.splitlines()], ["id", *ids])
        self.assertEqual(runs.espalier("export", self.file, "-o", "/dev/stdout").stdout, csv)
        printed = json.loads(runs.espalier("export", self.file, "-o", "-", "--format", "json").stdout)
        self.assertEqual([row["id"] for row in printed], ids)
        lines = runs.espalier("export", self.file, "-o", "-", "--format", "jsonl").stdout.splitlines()
        self.assertEqual([json.loads(line)["id"] for line in lines], ids)
        for name in ("t.CSV", "t.json", "t.JSONL", "t.ndjson"):
            self.assertEqual(runs.espalier("export", self.file, "-o", self.folder / name).returncode, 0, name)
        self.assertEqual(len(json.loads((self.folder / "t.json").read_text())), len(ids))
        refused = runs.espalier("export", self.file, "-o", self.folder / "t.txt")
        self.assertEqual((refused.returncode, len(refused.stderr.splitlines())), (2, 1))
        self.assertFalse((self.folder / "t.txt").exists())

    def test_an_export_to_a_full_disk_is_exit_1(self) -> None:
        self.assertEqual(runs.espalier("export", self.file, "-o", "/dev/full").returncode, 1)
        with open("/dev/full", "w") as full:
            ended = subprocess.run([runs.binary(), "digest", str(self.file)], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("standard output cannot be written", ended.stderr)

    def test_a_file_that_h5py_annotated_can_be_read_and_imported(self) -> None:
        noted, packed = self.folder / "noted.h5", self.folder / "packed.h5"
        shutil.copy(self.file, noted)
        with h5py.File(noted, "r+") as file:
            file.attrs["note"] = "the good one"
            file["results"].attrs["note"] = "x" * 3000
            file.create_dataset("extra", data=[1, 2, 3])
        files = [noted]
        if shutil.which("h5repack") and subprocess.run(["h5repack", str(self.file), str(packed)]).returncode == 0:
            files += [packed] if packed.read_bytes().startswith(b"espalier results") else []
        for file in files:
            for command in (["status", file], ["digest", file], ["verify", file, "--sample", "2"], ["export", file, "-o", "-"],
                            ["merge", "-o", self.folder / f"{file.stem}-merged.h5", file]):
                ended = runs.espalier(*command, timeout=60)
                self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
                self.assertIn("another program wrote to this file", ended.stderr)
            self.assertEqual(runs.digest(file), runs.digest(self.file))
            said = self.assert_run(self.grid, file, None, code=2)
            self.assertIn("--reuse", said)
            self.assert_run(self.grid, self.folder / f"{file.stem}-new.h5", None, "--reuse", str(file))
            self.assertEqual(runs.digest(self.folder / f"{file.stem}-new.h5"), runs.digest(self.file))

    def test_a_refused_resume_names_the_differences(self) -> None:
        def refusal(**change: Any) -> str:
            made = runs.small_grid(**change.pop("axes", {}))
            made.update(change)
            return self.assert_run(self.write(made, "other.yaml"), self.file, None, code=2)

        self.assertIn("train.epochs: 2 -> 3", refusal(train={"hidden": [100, 100, 100], "epochs": 3}))
        self.assertIn("master seed: 7 -> 8", refusal(seed=8))
        self.assertIn("seed: 5 is new; seed: 1 is missing", refusal(axes={"seed": [0, 5]}))
        self.assertIn("evaluate.images: 500 -> 400", refusal(evaluate={"images": 400}))
        self.assertIn("number of cells after 'exclude': 12 -> 10", refusal(exclude=[{"perturbation": "none", "seed": 0}]))
        self.assertIn("give the same --shard", self.assert_run(self.grid, self.file, None, "--shard", "1/2", code=2))

    def test_a_file_of_older_definitions_is_refused_with_their_names(self) -> None:
        old = self.folder / "old.h5"
        shutil.copy(self.file, old)
        block = bytearray(old.read_bytes()[:4096])
        text = block.rstrip(b"\0").decode()
        text = re.sub(r"(?<=^plan )[0-9a-f]{64}$", "0" * 64, text, flags=re.MULTILINE)
        text = text[:text.index("end ")]
        text += f"end {zlib.crc32(text.encode()):08x}\n"
        with open(old, "r+b") as file:
            file.write(text.encode().ljust(4096, b"\0"))
        said = self.assert_run(self.grid, old, None, code=2)
        self.assertIn("because the definitions of these kinds changed: train (now 3); use another file", said)

    def test_only_takes_numbers_however_they_are_written(self) -> None:
        for number, text in enumerate(("0.30", "3e-1", ".3")):
            file = self.folder / f"only-{number}.h5"
            self.assert_run(self.grid, file, None, "--only", f"level={text}")
            self.assertEqual(len(runs.done_rows(file, "results")), 4)

    def test_a_mistake_in_the_arguments_is_printed_whatever_rank_was_inherited(self) -> None:
        for name in ("SLURM_PROCID", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK"):
            for command in (("plan", "--nosuch"), ("run", "--nosuch")):
                inherited: dict[str, Any] = {name: "3"}
                ended = runs.espalier(*command, **inherited)
                self.assertEqual((ended.returncode, len(ended.stderr.splitlines())), (2, 1), name)

    def test_status_of_a_killed_run_tells_how_long_it_lasted(self) -> None:
        file = self.folder / "killed.h5"
        endless = runs.long_training()
        endless["train"]["epochs"] = 100000
        process = self.start(self.write(endless, "long.yaml"), file, None)
        self.assertTrue(runs.wait_for(lambda: runs.espalier("status", "--json", file).returncode == 0))
        time.sleep(5)
        runs.kill_all(process)

        self.assertRegex(runs.espalier("status", file).stdout, r"killed after ([2-9]|\d\d) s")

    def test_only_selects_cells_and_the_rest_can_follow(self) -> None:
        part = self.folder / "part.h5"
        self.assert_run(self.grid, part, 2, "--only", "perturbation=none")
        status = json.loads(runs.espalier("status", part, "--json").stdout)
        self.assertEqual((status["done"], status["to_do"], status["seeds_complete"]), (4, 8, 0))
        self.assert_run(self.grid, part, 2, "--only", "seed=1")
        self.assertIn("seeds    1 of 2 complete", runs.espalier("status", part).stdout)

        self.assert_run(self.grid, part)

        self.assertEqual(runs.digest(part), runs.digest(self.file))

    def test_version_names_compiler_and_libraries(self) -> None:
        version = runs.espalier("--version")

        self.assertEqual(version.returncode, 0)
        for word in ("espalier", "HDF5", "march"):
            self.assertIn(word.lower(), version.stdout.lower())


if __name__ == "__main__":
    unittest.main()
