"""Workbooks with a password to open: opened where the password is known, and told apart where it is not."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from impact_xl.findings import ImpactError
from impact_xl.returns.file_type import FileRejected
from impact_xl.wording import reason_of

# Excel opens a workbook locked with this password without asking; some programs lock everything they save with it.
_BUILT_IN = "VelvetSweatshop"
MOST_PASSWORDS = 20  # each costs a tenth of a second on purpose, and one file must not take for ever


def read_passwords(path: Path) -> tuple[str, ...]:
    """The passwords in a text file, one in each line.

    Raises:
        ImpactError: the file cannot be read, or holds too many.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else "it is no text"
        raise ImpactError(
            f"The file of passwords cannot be read: {path} ({reason})",
            "Check the path given with --password-file; it is a text file with one password in each line.",
        ) from error
    passwords = tuple(dict.fromkeys(line for line in lines if line))
    if not passwords or len(passwords) > MOST_PASSWORDS:
        raise ImpactError(
            f"The file of passwords holds {len(passwords)} passwords: {path}",
            f"Write one password in each line, at least one and at most {MOST_PASSWORDS}.",
        )
    return passwords


def opened(content: bytes, passwords: Sequence[str]) -> bytes:
    """The workbook inside a locked one.

    Raises:
        FileRejected: no password fits.
    """
    import msoffcrypto  # lazy: only locked files need it

    for password in (_BUILT_IN, *passwords):
        inside = io.BytesIO()
        try:
            locked = msoffcrypto.OfficeFile(io.BytesIO(content))
            locked.load_key(password=password)
            locked.decrypt(inside)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112  a wrong password and a broken file raise what they like
            continue
        return inside.getvalue()
    raise FileRejected("file-password")
