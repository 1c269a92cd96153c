"""Turns “please fill in this spreadsheet and e-mail it back” into one consolidated workbook.

The same work as the commands, from Python, also in a plain script without a main guard:

    import impact_xl

    collation = impact_xl.collate(["returns"], teams="teams.csv")
    print(collation.answers)  # a pandas frame
    impact_xl.write(collation, "consolidated.xlsx")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from impact_xl.api import collate, generate, write
    from impact_xl.findings import ImpactError
    from impact_xl.round.collation import Collation

__version__ = "0.1.0"
__all__ = ["Collation", "ImpactError", "__version__", "collate", "generate", "write"]

# Where each public name lives. Looked up when it is asked for: `impact-xl --help` should not wait for libraries.
_HOMES = {
    "Collation": "impact_xl.round.collation",
    "ImpactError": "impact_xl.findings",
    "collate": "impact_xl.api",
    "generate": "impact_xl.api",
    "write": "impact_xl.api",
}


def __getattr__(name: str) -> Any:
    if home := _HOMES.get(name):
        return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
