# SPDX-License-Identifier: BSD-3-Clause
"""The mistakes that a command answers in one line."""

from __future__ import annotations


class ResultsError(Exception):
    """The file is missing, is not a results file of espalier, is damaged, or lacks a part."""


class OutputError(Exception):
    """An output cannot be written. `code` is the exit code: 1 for a full disk or an unknown fault, 2 for a mistake."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code
