# SPDX-License-Identifier: BSD-3-Clause
"""Text from a results file in the forms that other programs take: file names, labels, cells of a CSV table.

A results file is untrusted input: a name in it may hold anything.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

LONGEST_FILE_NAME = 120  # characters, room for an ending and for the suffix of a temporary file
LONGEST_LABEL = 100  # characters in a figure
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet evaluates a cell that starts with one of these
# Controls (but tab and line feed), surrogates, and marks that reorder the text around them.
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """The text with a replacement character for everything that is not text: controls, surrogates, marks of direction."""
    return UNWANTED.sub("\ufffd", text)


def one_line(text: str) -> str:
    """The text for a message: no line breaks, nothing that moves the cursor.

    >>> one_line("a\\nb\\x1b[2J")
    'a b\ufffd[2J'
    """
    return clean(" ".join(text.split()))


def shortened(text: str, longest: int = LONGEST_LABEL) -> str:
    """The text, or its start with eight hexadecimal digits that tell it from other texts with that start."""
    if len(text) <= longest:
        return text
    return f"{text[:longest - 10]}… {hashlib.sha256(text.encode(errors='replace')).hexdigest()[:8]}"


def file_name(*parts: str) -> str:
    """Parts of a name as one word that any file system takes, without a folder in it and without a leading dot.

    >>> file_name("levels", "../../x y")
    'levels-x-y'
    """
    plain = unicodedata.normalize("NFKD", "-".join(parts))
    word = re.sub(r"[^A-Za-z0-9.]+|\.{2,}", "-", plain)
    word = re.sub("-+", "-", word).strip("-.")
    return shortened(word, LONGEST_FILE_NAME).replace("… ", "-") or "unnamed"


def unused(name: str, taken: Iterable[str]) -> str:
    """The name, or the name with a number behind it, that is not in `taken`, upper and lower case being one."""
    known = {other.lower() for other in taken}
    number = 1
    free = name
    while free.lower() in known:
        number += 1
        free = f"{name}-{number}"
    return free


def csv_cell(value: object) -> object:
    """Text that a spreadsheet would evaluate gets an apostrophe in front; numbers stay.

    >>> csv_cell("=1+1"), csv_cell("set 99 %"), csv_cell(-0.5)
    ("'=1+1", 'set 99 %', -0.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
