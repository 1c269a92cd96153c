"""One team's pack: a page to talk about, the next steps with room to write, and every figure behind them.

The writing takes one team's own answers and what it may be shown of the others, never the round itself.
"""

from __future__ import annotations

from impact_xl.feedback import about, page, steps, tables
from impact_xl.feedback.reader import Reader
from impact_xl.feedback.sheets import ALL, GROUP, PackSheets, cut

__all__ = ["Reader", "build"]


def build(reader: Reader) -> bytes:
    """The bytes of one team's pack; the same reader gives the same bytes."""
    pack = PackSheets(reader)
    heights = tables.figures_of(
        pack,
        ALL,
        "All teams",
        "How all teams answered each question, counted, with your own answer beside it.",
        reader.everybody,
    )
    tables.drawn(pack, heights)
    if reader.everybody:
        tables.bars(pack)
    if reader.group:
        holds = f"How the teams of your group ({cut(reader.reply.group, 80)}) answered, counted."
        tables.figures_of(pack, GROUP, "Your group", holds, reader.group)
    steps.write(pack)
    about.write(pack)
    page.write(pack)
    return pack.book.content()
