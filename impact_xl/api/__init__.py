"""The whole work in one call each: what the commands do, for the command line and for people who work in Python.

`explain` is the catalogue `findings.RULES`; the demonstration, which uses these calls, has a room of its own above.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from impact_xl.api.comparison import ComparisonOptions, compare, compare_and_write
    from impact_xl.api.mail import distribute, remind, status
    from impact_xl.api.options import FormOptions, MailOptions, ReadOptions, TeamOptions, WriteOptions
    from impact_xl.api.outbox import newest_unsent, open_outbox, plan_send, send
    from impact_xl.api.packs import feedback
    from impact_xl.api.plan import actions
    from impact_xl.api.rounds import new
    from impact_xl.api.workbooks import (
        Check,
        CheckReport,
        Progress,
        carry,
        check,
        check_places,
        collate,
        consolidate,
        generate,
        write,
    )
    from impact_xl.returns.child_processes import default_jobs

__all__ = [
    "Check", "CheckReport", "ComparisonOptions", "FormOptions", "MailOptions", "Progress", "ReadOptions",
    "TeamOptions", "WriteOptions", "actions", "carry", "check", "check_places", "collate", "compare",
    "compare_and_write", "consolidate", "default_jobs", "distribute", "feedback", "generate", "new", "newest_unsent",
    "open_outbox", "plan_send", "remind", "send", "status", "write",
]  # fmt: skip

# Where the names live that are not in `workbooks`. They are looked up when they are used: no command waits for what
# another one needs.
_HOMES = {
    "FormOptions": "options",
    "MailOptions": "options",
    "ReadOptions": "options",
    "TeamOptions": "options",
    "WriteOptions": "options",
    "actions": "plan",
    "ComparisonOptions": "comparison",
    "compare": "comparison",
    "compare_and_write": "comparison",
    "distribute": "mail",
    "remind": "mail",
    "status": "mail",
    "newest_unsent": "outbox",
    "open_outbox": "outbox",
    "plan_send": "outbox",
    "send": "outbox",
    "feedback": "packs",
    "new": "rounds",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'workbooks')}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
