"""The ledger of what hands do to a form: each case names what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edits import Copy, places
from rounds_in_memory import QUESTIONNAIRE
from survival_counts import Row

from impact_xl.findings import Severity
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.returns.submission import ReturnedFile
from impact_xl.roster import Round
from impact_xl.round.answers import State, judge

PLACES = places(form.Form(QUESTIONNAIRE))
FIRST, SECOND = (layout.component_sheet_name(component) for component in QUESTIONNAIRE.components[:2])
TRUTH = {question.id: 1 + question.number % len(QUESTIONNAIRE.levels) for question in QUESTIONNAIRE.questions}
IN_FIRST, IN_SECOND = ([question.id for question in each.questions] for each in QUESTIONNAIRE.components[:2])
ANSWERED, BLANK, MULTIPLE, UNCLEAR, MISSING = (
    State.ANSWERED,
    State.BLANK,
    State.MULTIPLE,
    State.UNCLEAR,
    State.MISSING,
)


def build(team: str = "Ward 7", **more: object) -> bytes:
    entries = {layout.level_key(question, level): True for question, level in TRUTH.items()}
    return form.build(form.Form(QUESTIONNAIRE, entries={**entries, "start.team": team}, **more))


FORM = build()
# Forms of every kind that we write; a row more in each question moves the places of the boxes.
WITH_ROW = Round(not_applicable=True)
LAST_TIME = [layout.level_key(question, 2) for question in TRUTH]
VARIANTS = {
    "native boxes": (FORM, PLACES),
    "lists": (build(tickbox="list"), PLACES),
    "with “Not applicable”": (build(round=WITH_ROW), places(form.Form(QUESTIONNAIRE, round=WITH_ROW))),
    "personal, with last time's levels": (build(team_id="t7", last=LAST_TIME), PLACES),
}


def box(question: str, level: int = 0) -> str:
    """The cell of a question's box: of its ticked level unless another is given."""
    return PLACES[layout.level_key(question, level or TRUTH[question])][1]


def beside(question: str, column: str, level: int = 0) -> str:
    return column + box(question, level).lstrip("B")


def other(question: str) -> int:
    """A level of a question that is not ticked."""
    return TRUTH[question] % len(QUESTIONNAIRE.levels) + 1


def row(question: str, level: int = 0) -> int:
    return int(box(question, level).lstrip("B"))


def unticked(copy: Copy, question: str = "Q01") -> Copy:
    return copy.tick(FIRST, box(question), ticked=False)


def statement(question: str = "Q01", level: int = 0) -> str:
    return QUESTIONNAIRE.by_id[question].statement(level or TRUTH[question])


def over_all(change: Callable[[Copy, str], object]) -> Callable[[Copy], object]:
    """The same change on every sheet of a component."""

    def changed(copy: Copy) -> Copy:
        for component in QUESTIONNAIRE.components:
            change(copy, layout.component_sheet_name(component))
        return copy

    return changed


def ticks_as(xml: str, kind: str = "") -> Callable[[Copy], object]:
    """Every tick replaced by something else."""

    def changed(copy: Copy) -> Copy:
        for question, level in TRUTH.items():
            sheet, cell = PLACES[layout.level_key(question, level)]
            copy.set(sheet, cell, xml.replace("NAME", QUESTIONNAIRE.level_name(level).replace("&", "&amp;")), kind)
        return copy

    return changed


def text(mark: str) -> Callable[[Copy], object]:
    return ticks_as(f"<is><t>{mark}</t></is>", "inlineStr")


def part(name: str) -> Callable[[Copy], object]:
    def added(copy: Copy) -> Copy:
        copy.parts[name] = b"<x/>"
        return copy

    return added


def rich(copy: Copy) -> Copy:
    sheet, cell = PLACES["Q01.L1"]
    statement = QUESTIONNAIRE.by_id["Q01"].statement(1).replace("&", "&amp;")
    half = len(statement) // 2
    runs = f"<is><r><rPr><b/></rPr><t xml:space='preserve'>{statement[:half]}</t></r><r><t xml:space='preserve'>"
    copy.set(sheet, cell.replace("B", "D"), f"{runs}{statement[half:]}</t></r></is>", "inlineStr")
    sheet, cell = PLACES[layout.level_key("Q02", TRUTH["Q02"])]
    return copy.set(sheet, cell, "<is><r><rPr><b/></rPr><t>x</t></r><r><t> </t></r></is>", "inlineStr")


def here() -> str:
    """The box of a level that is not ticked."""
    return box("Q01", other("Q01"))


def between_blocks(copy: Copy) -> Copy:
    """A sentence in the row that is left empty above the header of what the team says of itself."""
    sheet, cell = PLACES["start.team"]
    return copy.write(sheet, f"D{int(cell[1:]) - 2}", "Please read Q3 as Spreading")


def two_plans(copy: Copy) -> Copy:
    sheet, cell = PLACES["P1.what"]
    copy.type(sheet, cell, "Start huddles").copy_sheet(sheet, "Copy")
    return copy.type("Copy", cell, "Stop huddles")


def formatted(copy: Copy, sheet: str) -> object:
    return copy.change(
        sheet,
        lambda xml: xml.replace("</cols>", '<col min="6" max="16384" width="9" style="1" customWidth="1"/></cols>'),
    )


def twice(copy: Copy) -> Copy:
    """One sheet copied inside the workbook, and a tick moved on the copy."""
    return copy.copy_sheet(FIRST, "Copy").tick("Copy", box("Q01"), ticked=False)


def in_another_column(copy: Copy, column: str = "E") -> Copy:
    """Every tick typed into another column than that of the boxes."""
    for question in TRUTH:
        sheet, cell = PLACES[layout.level_key(question, TRUTH[question])]
        copy.tick(sheet, cell, ticked=False).write(sheet, beside(question, column), "x")
    return copy


def merged_and_ticked(copy: Copy) -> Copy:
    copy.merge(FIRST, box("Q01", 1), box("Q01", 5), *(box("Q01", n) for n in range(2, 6)))
    return copy.tick(FIRST, box("Q01", 1))


def label(copy: Copy) -> Copy:
    """A sensitivity label that marks and does not encrypt."""
    label = b'<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="9" name="MSIP_Label_1_Enabled">'
    label += b"<vt:lpwstr>true</vt:lpwstr></property></Properties>"
    custom = "docProps/custom.xml"
    copy.parts[custom] = copy.parts[custom].replace(b"</Properties>", label)
    return copy


@dataclass(frozen=True)
class Case:
    """What was done, the questions that do not come out as the truth, and every rule that is told."""

    name: str
    change: Callable[[Copy], object]
    rules: set[str] = field(default_factory=set)
    states: dict[str, State] = field(default_factory=dict)


Q1 = PLACES["Q01.L1"][0]
LEDGER = (
    Case("as sent back", lambda copy: copy),
    Case("protection removed", over_all(lambda copy, sheet: copy.unprotect(sheet))),
    Case("ref column hidden", over_all(lambda copy, sheet: copy.hide_column(sheet, 1))),
    Case("ref column deleted", over_all(lambda copy, sheet: copy.delete_column(sheet, "A")), {"form-moved"}),
    Case(
        "ref columns deleted on every sheet",
        lambda copy: [copy.delete_column(name, "A") for name in copy.names],
        {"form-moved"},
    ),
    Case(
        "references overwritten",
        lambda copy: [copy.type(FIRST, beside("Q01", "A", n), f"item {n}") for n in range(1, 6)],
        {"form-moved", "form-extra-content"},
    ),
    Case(
        "references filled down",
        lambda copy: [copy.type(FIRST, beside("Q01", "A", n), "Q01.L1") for n in range(2, 6)],
        {"form-moved", "form-rows-missing"},
        {"Q01": MISSING},
    ),
    Case("sheet hidden", lambda copy: copy.hide(SECOND), {"answer-unclear"}, dict.fromkeys(IN_SECOND, UNCLEAR)),
    Case(
        "sheet hidden so that only macros show it",
        lambda copy: copy.hide(SECOND, "veryHidden"),
        {"answer-unclear"},
        dict.fromkeys(IN_SECOND, UNCLEAR),
    ),
    Case(
        "rows hidden",
        lambda copy: copy.hide_rows(FIRST, row("Q01", 1), row("Q01", 5)),
        {"answer-unclear"},
        {"Q01": UNCLEAR},
    ),
    Case("sheet added", lambda copy: copy.add_sheet("Ours", "Q1: rather Spreading"), {"form-extra-content"}),
    Case("sheet copied", lambda copy: copy.copy_sheet(FIRST, "Copy"), {"form-moved"}),
    Case("sheets reordered", lambda copy: copy.reverse(), {"form-moved"}),
    Case("sheet renamed", lambda copy: copy.rename(FIRST, "x"), {"form-moved"}),
    Case("sheet copied, one tick differs", twice, {"form-moved", "answer-unclear"}, {"Q01": UNCLEAR}),
    Case("sheet deleted", lambda copy: copy.delete(FIRST), {"form-sheet-missing"}, dict.fromkeys(IN_FIRST, MISSING)),
    Case("rows inserted", lambda copy: copy.insert_rows(FIRST, row("Q01", 3), 3), {"form-moved"}),
    Case("rows inserted at the top", over_all(lambda copy, sheet: copy.insert_rows(sheet, 2, 3))),
    Case("row inserted in the header", over_all(lambda copy, sheet: copy.insert_rows(sheet, 3))),
    Case("header row deleted", over_all(lambda copy, sheet: copy.delete_row(sheet, 3))),
    Case("box header retyped", over_all(lambda copy, sheet: copy.type(sheet, "B3", "Here")), {"form-extra-content"}),
    Case(
        "column inserted beside the references",
        over_all(lambda copy, sheet: copy.move_columns(sheet, {"E": "F", "D": "E", "C": "D", "B": "C"})),
    ),
    Case("boxes moved with their header", over_all(lambda copy, sheet: copy.move_columns(sheet, {"B": "G"}))),
    Case(
        "boxes moved without it",
        lambda copy: copy.move_columns(FIRST, {"B": "G"}, first=4),
        {"form-moved"},
    ),
    Case(
        "cells of a question moved to the right",
        lambda copy: copy.move_columns(FIRST, {"D": "E", "C": "D", "B": "C"}, row("Q01", 1), row("Q01", 5)),
        {"form-moved"},
    ),
    *(
        Case(
            f"the boxes below one shifted {where}",
            lambda copy, by=by: copy.shift(FIRST, "B", row("Q01", 1), by),
            {"form-rows-missing"},
            dict.fromkeys(IN_FIRST, MISSING),
        )
        for where, by in (("up", -1), ("down", 1))
    ),
    *(
        Case(
            f"the boxes of the last question from level {level} on shifted {where}",
            lambda copy, level=level, by=by: copy.shift(FIRST, "B", row(IN_FIRST[-1], level), by),
            {"form-rows-missing"},
            dict.fromkeys(IN_FIRST, MISSING),
        )
        for level in range(1, 6)
        for where, by in (("up", -1), ("down", 1))
    ),
    Case(
        "the boxes shifted up by a whole question",
        lambda copy: [copy.shift(FIRST, "B", row("Q01", 1), -1) for _ in range(row("Q02", 1) - row("Q01", 1))],
        {"form-rows-missing"},
        dict.fromkeys(IN_FIRST, MISSING),
    ),
    Case(
        "boxes deleted",
        lambda copy: copy.delete_column(FIRST, "B"),
        {"form-rows-missing"},
        dict.fromkeys(IN_FIRST, MISSING),
    ),
    *(
        Case(
            f"only columns {columns} sorted",
            lambda copy, columns=columns: copy.sort_columns(FIRST, columns, row("Q01", 1), row("Q01", 5)),
            {"form-rows-missing"},
            {"Q01": MISSING},
        )
        for columns in ("D", "CD", "BCD")
    ),
    Case(
        "references typed over, then statements sorted",
        lambda copy: [
            *(copy.type(FIRST, beside("Q01", "A", n), f"item {n}") for n in range(1, 6)),
            copy.sort_columns(FIRST, "D", row("Q01", 1), row("Q01", 5)),
        ],
        {"form-moved", "form-extra-content", "form-rows-missing"},
        {"Q01": MISSING},
    ),
    Case(
        "only level names sorted",
        lambda copy: copy.sort_columns(FIRST, "C", row("Q01", 1), row("Q01", 5)),
        {"form-wording-changed"},
    ),
    Case(
        "statements of two levels swapped",
        lambda copy: copy.sort_columns(FIRST, "D", row("Q01", 1), row("Q01", 2)),
        {"form-rows-missing"},
        {"Q01": MISSING},
    ),
    Case("columns inserted", over_all(lambda copy, sheet: copy.insert_columns(sheet, 2)), {"form-moved"}),
    Case("rows sorted", lambda copy: copy.sort(FIRST, row("Q01", 1), row("Q02", 5)), {"form-moved"}),
    Case(
        "row deleted",
        lambda copy: copy.delete_row(FIRST, row("Q01")),
        {"form-moved", "form-rows-missing"},
        {"Q01": MISSING},
    ),
    Case(
        "boxes merged over the tick",
        lambda copy: copy.merge(FIRST, box("Q01", 1), box("Q01", 5), *(box("Q01", n) for n in range(2, 6))),
        {"answer-blank"},
        {"Q01": BLANK},
    ),
    Case("boxes merged, and the merged box ticked", merged_and_ticked, {"answer-unclear"}, {"Q01": UNCLEAR}),
    Case(
        "a row merged",
        lambda copy: copy.merge(FIRST, box("Q01"), beside("Q01", "D"), beside("Q01", "C"), beside("Q01", "D")),
        {"form-rows-missing"},
        {"Q01": MISSING},
    ),
    Case(
        "statement of another question pasted over",
        lambda copy: copy.type(FIRST, beside("Q01", "D"), QUESTIONNAIRE.by_id["Q09"].statement(2)),
        {"form-rows-missing"},
        {"Q01": MISSING},
    ),
    Case(
        "wording edited",
        lambda copy: copy.type(FIRST, beside("Q01", "D"), "We do this in our own way, mostly."),
        {"form-wording-changed"},
    ),
    Case("statement deleted", lambda copy: copy.clear(FIRST, beside("Q01", "D")), {"answer-by-name-only"}),
    Case(
        "stray text far away",
        lambda copy: copy.change(
            FIRST,
            lambda xml: xml.replace(
                "</sheetData>",
                '<row r="900000"><c r="XFA900000" t="inlineStr"><is><t>hm</t></is></c></row></sheetData>',
            ),
        ),
        {"form-extra-content"},
    ),
    Case(
        "text beside the statements",
        lambda copy: copy.write(FIRST, beside("Q01", "F"), "not on all wards"),
        {"form-extra-content"},
    ),
    Case(
        "scores beside the boxes",
        lambda copy: [copy.write(FIRST, beside("Q01", "F", n), str(n)) for n in range(1, 6)],
        {"form-extra-content"},
    ),
    Case(
        "errors where the form says how a question stands",
        lambda copy: copy.set(FIRST, f"E{row('Q01', 1) - 1}", "<v>#NAME?</v>", "e"),
    ),
    Case(
        "a sentence where the form says how a question stands",
        lambda copy: copy.type(FIRST, f"E{row('Q01', 1) - 1}", "Please read this as Spreading"),
        {"form-extra-content"},
    ),
    Case("a sentence between two blocks of the Start sheet", between_blocks, {"form-extra-content"}),
    Case("priorities copied, and the copies differ", two_plans, {"form-moved", "form-extra-content"}),
    Case("a sensitivity label that does not encrypt", label),
    Case("whole-sheet formatting", over_all(formatted)),
    Case("rich text", rich, {"answer-odd-mark", "form-extra-content"}),
    Case("a picture pasted", part("xl/media/image1.png"), {"form-extra-content"}),
    Case("a comment written", lambda copy: copy.comment(FIRST, box("Q01"), "on most wards"), {"form-extra-content"}),
    Case("a tickbox drawn over the sheet", part("xl/ctrlProps/ctrlProp1.xml"), {"form-extra-content"}),
    Case("a circle drawn round the ticked level", lambda copy: copy.draw(FIRST, box("Q01")), {"form-extra-content"}),
    Case(
        "a circle drawn round another level",
        lambda copy: copy.draw(FIRST, here()),
        {"answer-unclear"},
        {"Q01": UNCLEAR},
    ),
    Case(
        "x over the level's name",
        lambda copy: unticked(copy).type(FIRST, beside("Q01", "C"), "x"),
        {"answer-beside-box"},
    ),
    Case(
        "✓ before the level's name",
        lambda copy: unticked(copy).type(FIRST, beside("Q01", "C"), f"✓{QUESTIONNAIRE.level_name(TRUTH['Q01'])}"),
        {"answer-beside-box"},
    ),
    Case(
        "x before the statement",
        lambda copy: unticked(copy).type(FIRST, beside("Q01", "D"), f"x {statement()}"),
        {"answer-beside-box"},
    ),
    Case("every x in another column", in_another_column, {"answer-beside-box"}),
    Case(
        "x beside another box than the ticked one",
        lambda copy: copy.write(FIRST, beside("Q01", "F", other("Q01")), "x"),
        {"answer-beside-box"},
    ),
    Case(
        "x beside two boxes",
        lambda copy: (
            unticked(copy).write(FIRST, beside("Q01", "F"), "x").write(FIRST, beside("Q01", "F", other("Q01")), "x")
        ),
        {"answer-unclear"},
        {"Q01": UNCLEAR},
    ),
    Case(
        "x on the question's own row",
        lambda copy: unticked(copy).type(FIRST, f"B{row('Q01', 1) - 1}", "x"),
        {"answer-blank", "form-extra-content"},
        {"Q01": BLANK},
    ),
    Case(
        "x on the row for notes",
        lambda copy: copy.type(FIRST, PLACES["Q01.note"][1].replace("D", "B"), "x"),
        {"form-extra-content"},
    ),
    *(
        Case(f"ticked with {mark}", text(mark), {"answer-odd-mark"})
        for mark in ("x", "X ", "☒", "yes", "Yes", "●", "[x]")
    ),
    *(Case(f"ticked with {mark}", text(mark)) for mark in ("✓", "✔", "☑", "1", "TRUE", "True")),
    Case("ticked with the number 1", ticks_as("<v>1</v>")),
    Case("ticked with =TRUE(), saved without a value", ticks_as("<f>TRUE()</f>")),
    Case("ticked with the level's name", text("NAME"), {"answer-odd-mark"}),
    *(
        Case(
            f"{name} in a box",
            lambda copy, xml=xml, kind=kind: copy.set(FIRST, here(), xml.replace("HERE", here()), kind),
            {"answer-unclear"},
            {"Q01": UNCLEAR},
        )
        for name, xml, kind in (
            ("n/a", "<is><t>n/a</t></is>", "inlineStr"),
            ("a cross", "<is><t>✗</t></is>", "inlineStr"),
            ("a question mark", "<is><t>?</t></is>", "inlineStr"),
            ("a date", "<v>2026-11-23T00:00:00</v>", "d"),
            ("an error", "<v>#REF!</v>", "e"),
            ("a new error", "<v>#SPILL!</v>", "e"),
            ("a formula without a value", "<f>COUNTA(D1:D9)</f>", ""),
            ("an array formula without a value", '<f t="array" ref="HERE">COUNTA(D1:D9)</f>', ""),
            ("the number 2", "<v>2</v>", ""),
        )
    ),
    Case("two ticks", lambda copy: copy.tick(FIRST, box("Q01", other("Q01"))), {"answer-multiple"}, {"Q01": MULTIPLE}),
    Case("tick cleared", lambda copy: copy.clear(FIRST, box("Q01")), {"answer-blank"}, {"Q01": BLANK}),
    Case("an empty box cleared", lambda copy: copy.clear(FIRST, box("Q01", other("Q01")))),
)


def outcome(file: ReturnedFile) -> tuple[set[str], dict[str, State]]:
    """The rules told, and the questions that are not answered.

    Raises:
        AssertionError: an answer is wrong without a word, or is lost without a finding that names it.
    """
    (submission,) = file.submissions
    judged = judge(submission, QUESTIONNAIRE)
    findings = (*file.findings, *judged.findings)
    rules = {finding.rule.id for finding in findings}
    with_finding = {finding.question for finding in findings if finding.rule.severity is not Severity.NOTE}
    states = {question: each.state for question, each in judged.answers.items() if each.state is not ANSWERED}
    for question, answer in judged.answers.items():
        assert answer.state is not ANSWERED or answer.level == TRUTH[question], f"silently wrong: {question}"
        assert question not in states or question in with_finding or rules & _OF_A_WHOLE, f"silently lost: {question}"
    return rules, states


_OF_A_WHOLE = {"form-sheet-missing", "form-untouched", "form-no-ticks"}  # said once for all the questions they cost


def survival(name: str, seen: Mapping[str, Mapping[str, State]]) -> Row:
    """What became of the answers that hands left readable, from the questions that did not come out, case by case."""
    readable = sum(len(TRUTH) - len(case.states) for case in LEDGER)
    reported = sum(len(seen[case.name].keys() - case.states) for case in LEDGER)
    return Row(name, len(LEDGER), readable, readable - reported, reported)
