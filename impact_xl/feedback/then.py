"""The team's own answers then and now; nothing of other teams stands here, so nothing is withheld."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from impact_xl.comparison.compare import Pair
from impact_xl.comparison.moves import Move
from impact_xl.feedback.pack import THEN, PackWriter
from impact_xl.results.sheet_writer import CENTRE, Column
from impact_xl.wording import plural

_COLUMNS = (
    Column("Ref", 8, CENTRE),
    Column("Question", 40, {"bold": True}),
    Column("Then", 26),
    Column("Now", 26),
    Column("Moved", 10, CENTRE),
    Column("Remark", 34, {"font_size": 9}),
)


def write(pack: PackWriter) -> None:
    """Write the sheet, where the team answered in the last round."""
    pairs = pack.view.then
    if not pairs:
        return
    sheet = pack.write_title(
        THEN,
        "Then and now",
        f"Your own answers in {pack.view.then_title} and now. A lower level may also mean a stricter eye.",
        empty="there is nothing to say",
    )
    names = pack.questionnaire.level_name
    rows = [
        [
            pair.question.after.id,
            pair.question.after.short,
            names(pair.before),
            names(pair.after),
            pair.move.value,
            pair.question.remark,
        ]
        for pair in pairs
    ]
    _, last = pack.table(sheet, "ThenAndNow", _COLUMNS, rows, filters=False)
    pack.write_reference(sheet, last + 2, 1)
    sheet.print_area(0, 0, last, len(_COLUMNS) - 1)
    pack.freeze_header(sheet, 2)


def in_a_line(pairs: Sequence[Pair], title: str) -> str:
    """How the team moved, in one line; empty where it was not there."""
    if not pairs:
        return ""
    counts = Counter(pair.move for pair in pairs)
    return (
        f"Since {title}: up on {plural(counts[Move.UP], 'question')}, the same on {counts[Move.SAME]}, down on "
        f"{counts[Move.DOWN]}. The sheet {THEN} has them."
    )
