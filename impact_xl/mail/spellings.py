"""Names of files that other programs wrote in their own letters: they are told by those that every encoding has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_NOT_COMMON = re.compile(r"[^a-z0-9]+")


def alike(name: str, names: Iterable[str]) -> list[str]:
    """Those of some names that may be another spelling of a name.

    Excel takes a list for one in another encoding, editors write `?` or a plain letter for what they cannot write,
    Macs take letters and accents apart. None of them touches the plain letters and digits, and our names begin with
    a number.

    >>> alike("001 T\u00c5\u00b7 Gwyn.eml", ["001 T\u0177 Gwyn.eml", "002 Cedar.eml"])
    ['001 T\u0177 Gwyn.eml']
    """
    own = _spellings(name)
    return [each for each in names if own & _spellings(each)]


def _spellings(name: str) -> frozenset[str]:
    """The plain letters and digits of a name: without those that carry an accent, and with them."""
    forms = (unicodedata.normalize(form, name).casefold() for form in ("NFC", "NFKD"))
    return frozenset(plain for form in forms if (plain := _NOT_COMMON.sub("", form)))
