"""A copy of the comparison for board papers: no team is named, values instead of formulas, small numbers left out.

How many went up, stayed and went down says nothing of a single team where enough others stand behind it. Where the same
teams stood then says more: set beside the board copy of then, it tells what the teams said that are not compared. So
it stands only where nobody, or enough teams, are left over in each round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from impact_xl.comparison.compare import Comparison
from impact_xl.comparison.moves import Moves, lead
from impact_xl.comparison.pair_questions import QuestionPair
from impact_xl.comparison.workbook import about, figures
from impact_xl.comparison.workbook.writer import ABOUT, CLEAR, QUESTIONS, SIGNED_SHARE, SUMMARY, ComparisonWriter
from impact_xl.questionnaire import Component
from impact_xl.results.sheet_writer import CENTRE, PERCENT, WHOLE, Column
from impact_xl.wording import plural
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell

SUBJECT = "Two self-assessment rounds compared, to share"
_CONTENTS = (
    (SUMMARY, "Which way teams moved, by component."),
    (QUESTIONS, "Every question with enough teams: how many went up, stayed and went down."),
)


_LEVELS = ("Typical then", "Typical now", "At target then", "At target now")


def anything_to_show(comparison: Comparison, least: int) -> bool:
    """Whether enough teams are compared for any figure to stand in the copy."""
    return any(_is_shown(moves, least) for moves in comparison.moves.values())


def _is_shown(moves: Moves, least: int) -> bool:
    """Whether enough other teams stand behind a figure, besides the reader's own."""
    return moves.pairs > least


def build(comparison: Comparison, least: int) -> bytes:
    """The bytes of the copy to share.

    Args:
        comparison: the rounds.
        least: how many other teams have to stand behind every figure.
    """
    writer = _Shared(comparison, least)
    about.write(writer, _CONTENTS)
    _write_questions(writer)
    _write_summary(writer)
    return writer.book.content()


class _Shared(ComparisonWriter):
    """The comparison as others may see it."""

    live = False

    def __init__(self, comparison: Comparison, least: int) -> None:
        super().__init__(comparison, [SUMMARY, QUESTIONS, ABOUT], SUBJECT)
        self.least = least

    @property
    def shown(self) -> list[QuestionPair]:
        """The questions with enough teams."""
        moves = self.comparison.moves
        return [each for each in self.comparison.questions.pairs if _is_shown(moves[each.after.id], self.least)]

    @property
    def notes(self) -> list[str]:
        """What to know before anything is compared, without what names teams."""
        return [note for note in super().notes if note not in self.comparison.teams.notes]

    def levels_shown(self, pair: QuestionPair) -> bool:
        """Whether it may be shown where the compared teams stand: nobody, or enough others, answered besides."""
        comparison, paired = self.comparison, self.comparison.moves[pair.after.id].pairs
        answered = (comparison.everybody(comparison.before, pair.before.id).n,
                    comparison.everybody(comparison.after, pair.after.id).n)  # fmt: skip
        return all(n == paired or n - paired > self.least for n in answered)


def _write_questions(writer: _Shared) -> None:
    sheet = writer.write_title(
        QUESTIONS,
        "Questions",
        f"How many teams moved up, stayed and moved down on each question. At target: {writer.at_target}.",
        empty="too few teams answered, or it would show what single teams said",
    )
    centred = {"num_format": "0", "align": "center"}
    columns = [
        Column("Ref", 7, CENTRE),
        Column("Question", 36, {"bold": True}),
        Column("Component", 26),
        Column("Pairs", 8, {**WHOLE, "bold": True}),
        *(Column(head, 8, centred) for head in ("Up", "Same", "Down")),
        Column("Net", 8, SIGNED_SHARE),
        Column("Clear move", 16, {"bold": True}),
        *(Column(head, 18) for head in _LEVELS[:2]),
        *(Column(head, 10, PERCENT) for head in _LEVELS[2:]),
        Column("Remark", 22, {"font_size": 9}),
    ]
    rows = [[*_row(writer, pair)] for pair in writer.shown]
    if not any(map(writer.levels_shown, writer.shown)):
        columns = [column for column in columns if column.header not in _LEVELS]
        rows = [[*row[: -len(_LEVELS) - 1], row[-1]] for row in rows]
    height = figures.row_height(writer, columns, rows)
    writer.table(sheet, "Questions", columns, rows, row_height=height, header_height=32)
    hidden = len(writer.comparison.questions.pairs) - len(rows)
    if hidden:
        writer.write_cell(sheet, len(rows) + 5, 0, f"{plural(hidden, 'question')} not shown: too few teams.",
                          font_color=theme.QUIET, text_wrap=False)  # fmt: skip
    writer.freeze_header(sheet, 2)


def _row(writer: _Shared, pair: QuestionPair) -> Iterator[Cell]:
    comparison, question = writer.comparison, pair.after
    moves, target = comparison.moves[question.id], comparison.target
    yield question.id
    yield question.short
    yield writer.questionnaire.component_by_id[writer.questionnaire.by_id[question.id].component].short
    yield from (moves.pairs, moves.up, moves.same, moves.down, moves.net, CLEAR[comparison.clear(question.id)])
    if writer.levels_shown(pair):
        yield from (writer.typical(moves.before.typical), writer.typical(moves.after.typical))
        yield from (moves.before.share_at_least(target), moves.after.share_at_least(target))
    else:
        yield from ("", "", "", "")
    yield pair.remark


def _write_summary(writer: _Shared) -> None:
    comparison = writer.comparison
    before, after = comparison.before, comparison.after
    sheet = writer.write_title(
        SUMMARY, f"{before.title} and {after.title}: the same teams, then and now",
        f"Then: {before.name}. Now: {after.name}. Board copy: figures of fewer than {writer.least + 1} teams are "
        "left out, and no team is named. An empty cell means that too few teams are compared.",
    )  # fmt: skip
    row = _lines(writer, sheet, 3)
    columns = [
        Column("Component", 40, {"bold": True}),
        *(Column(head, 14, WHOLE) for head in ("Teams more up", "Equally", "Teams more down", "Up", "Same", "Down")),
    ]
    rows = [[*cells] for part in writer.questionnaire.components if (cells := _component(writer, part))]
    writer.table(sheet, "Components", columns, rows, top=row, filters=False)
    sheet.fit_to_pages(1, 0)
    sheet.set_first_sheet()
    sheet.activate()


def _lines(writer: _Shared, sheet: Any, row: int) -> int:
    comparison = writer.comparison
    balance = comparison.lead
    clear = [pair for pair in writer.shown if comparison.clear(pair.after.id)]
    questions = plural(len(comparison.questions.pairs), "question")
    lines = [f"{plural(len(comparison.compared), 'team')} compared, on {questions}."]
    if balance.up + balance.same + balance.down > writer.least:
        lines.append(
            f"{plural(balance.up, 'team')} moved up on more questions than down, {balance.down} the other way, "
            f"{balance.same} equally."
        )
    if not clear:
        lines.append("On no question did teams clearly move one way.")
    lines += [f"{CLEAR[comparison.clear(pair.after.id)]}: {writer.label(pair.after.id)}" for pair in clear]
    for line in lines:
        writer.write_cell(sheet, row, 0, line, text_wrap=False, bold=row == 4)
        row += 1
    return row + 1


def _component(writer: _Shared, component: Component) -> Sequence[Cell]:
    """What is shown of a component: the questions that are shown, put together; nothing where there is none."""
    comparison = writer.comparison
    ids = {pair.after.id for pair in writer.shown if pair.counts}
    questions = [each for each in component.questions if each.id in ids]
    if not questions:
        return ()
    balance = lead(comparison.balances_on(questions))
    if balance.up + balance.same + balance.down <= writer.least:
        return ()
    each = [comparison.moves[question.id] for question in questions]
    moves = (sum(one.up for one in each), sum(one.same for one in each), sum(one.down for one in each))
    return (component.short, balance.up, balance.same, balance.down, *moves)
