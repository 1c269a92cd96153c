"""Patterns for what programs and people write into messages, listed one in a line."""

from __future__ import annotations

import re


def any_of(phrases: str, before: str = "", behind: str = "") -> re.Pattern[str]:
    """A pattern for any of some phrases, whatever their case.

    Args:
        phrases: the phrases as expressions, one in a line.
        before: what stands before each.
        behind: what stands behind each.
    """
    lines = "|".join(line.strip() for line in phrases.strip().splitlines())
    return re.compile(f"{before}(?:{lines}){behind}", re.IGNORECASE | re.MULTILINE)
