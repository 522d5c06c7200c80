# SPDX-License-Identifier: BSD-3-Clause
"""Output files that appear complete or not at all: each is written beside its place and then renamed."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from espalier.errors import OutputError

BROKEN = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG}  # not a mistake of the caller's


def unwritable(path: str | os.PathLike[str], error: OSError) -> OutputError:
    """The error in one line; exit code 1 where the disk is full or broken."""
    reason = error.strerror or str(error)
    return OutputError(f"{path}: cannot be written ({reason})", 1 if error.errno in BROKEN else 2)


def checked(path: str | os.PathLike[str], endings: tuple[str, ...] = ()) -> Path:
    """The path of an output file, before any work for it: OutputError where it cannot be one."""
    out = Path(path)
    if endings and out.suffix.lower() not in endings:
        given = f"'{out.suffix}'" if out.suffix else "a name without ending"
        raise OutputError(f"{out}: the ending must be {' or '.join(endings)}, not {given}", 2)
    try:
        mode = os.stat(out).st_mode if out.exists() else stat.S_IFREG
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
            raise OutputError(f"{out}: is {kind}; name a file to write", 2)
        if not out.parent.is_dir():
            raise OutputError(f"{out}: the folder {out.parent} does not exist", 2)
    except OSError as error:
        raise unwritable(out, error) from None
    if not os.access(os.path.dirname(os.path.realpath(out)), os.W_OK | os.X_OK):
        raise OutputError(f"{out}: no permission to write into the folder {out.parent}", 2)
    return out


def made_folder(path: str | os.PathLike[str]) -> Path:
    """A folder for output, made with its parents where it is missing; OutputError where that fails or nothing can be written."""
    folder = Path(path)
    try:
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{folder}: is a file; name a folder to write into", 2)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: no permission to write into this folder", 2)
    return folder


@contextmanager
def replaced(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary file in the folder of `path` to write to; at the end of the block it becomes `path`.

    After an exception the temporary file is removed and `path` is as it was. A symbolic link stays one: its target is replaced.
    OutputError where the system refuses to write.
    """
    final = Path(os.path.realpath(path))
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=".espalier-", suffix=final.suffix, dir=final.parent)
        temporary = Path(name)
        os.fchmod(descriptor, mode_of(final))
        os.close(descriptor)
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, final)
        temporary = None
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def mode_of(path: Path) -> int:
    """The permissions of a file that is replaced; those of any new file where there is none."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes text as UTF-8."""
    with replaced(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="replace", newline="")
