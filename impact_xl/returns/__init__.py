"""Read what came back: files are found, gated, read in child processes and turned into submissions."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from impact_xl.returns.passwords import read_passwords
    from impact_xl.returns.search import find
    from impact_xl.returns.sources import Source
    from impact_xl.returns.worker_pool import read, read_then

__all__ = ["Source", "find", "read", "read_passwords", "read_then"]

# Where each of them lives. Looked up when it is needed: the children are started before anything else is loaded.
_HOMES = {
    "Source": "impact_xl.returns.sources",
    "find": "impact_xl.returns.search",
    "read": "impact_xl.returns.worker_pool",
    "read_passwords": "impact_xl.returns.passwords",
    "read_then": "impact_xl.returns.worker_pool",
}


def __getattr__(name: str) -> Any:
    if home := _HOMES.get(name):
        return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
