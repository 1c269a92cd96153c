"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import impact_xl

PACKAGE = Path(impact_xl.__file__).parent
WITH_EXAMPLES = [path for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    tried = doctest.testmod(importlib.import_module(".".join(parts).removesuffix(".__init__")))
    assert (tried.failed, tried.attempted > 0) == (0, True)
