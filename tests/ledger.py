"""The ledger of what hands do to a form: each case names what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hands import Copy, places
from made import ASKED

from impact_xl import form, layout
from impact_xl.answers import State, judge
from impact_xl.findings import Severity
from impact_xl.returns.submission import ReturnedFile

PLACES = places(ASKED)
FIRST, SECOND = (layout.component_sheet_name(component) for component in ASKED.components[:2])
TRUTH = {question.id: 1 + question.number % len(ASKED.levels) for question in ASKED.questions}
IN_FIRST = [question.id for question in ASKED.components[0].questions]
ANSWERED, BLANK, MULTIPLE, UNCLEAR, MISSING = (
    State.ANSWERED,
    State.BLANK,
    State.MULTIPLE,
    State.UNCLEAR,
    State.MISSING,
)


def build(team: str = "Ward 7", **more: object) -> bytes:
    entries = {layout.level_key(question, level): True for question, level in TRUTH.items()}
    return form.build(form.Form(ASKED, entries={**entries, "start.team": team}, **more))


FORM = build()


def box(question: str, level: int = 0) -> str:
    """The cell of a question's box: of its ticked level unless another is given."""
    return PLACES[layout.level_key(question, level or TRUTH[question])][1]


def beside(question: str, column: str, level: int = 0) -> str:
    return column + box(question, level).lstrip("B")


def other(question: str) -> int:
    """A level of a question that is not ticked."""
    return TRUTH[question] % len(ASKED.levels) + 1


def row(question: str, level: int = 0) -> int:
    return int(box(question, level).lstrip("B"))


def over_all(change: Callable[[Copy, str], object]) -> Callable[[Copy], object]:
    """The same change on every sheet of a component."""

    def changed(copy: Copy) -> Copy:
        for component in ASKED.components:
            change(copy, layout.component_sheet_name(component))
        return copy

    return changed


def ticks_as(xml: str, kind: str = "") -> Callable[[Copy], object]:
    """Every tick replaced by something else."""

    def changed(copy: Copy) -> Copy:
        for question, level in TRUTH.items():
            sheet, cell = PLACES[layout.level_key(question, level)]
            copy.set(sheet, cell, xml.replace("NAME", ASKED.level_name(level).replace("&", "&amp;")), kind)
        return copy

    return changed


def text(said: str) -> Callable[[Copy], object]:
    return ticks_as(f"<is><t>{said}</t></is>", "inlineStr")


def part(name: str) -> Callable[[Copy], object]:
    def added(copy: Copy) -> Copy:
        copy.parts[name] = b"<x/>"
        return copy

    return added


def rich(copy: Copy) -> Copy:
    sheet, cell = PLACES["Q01.L1"]
    statement = ASKED.by_id["Q01"].statement(1).replace("&", "&amp;")
    half = len(statement) // 2
    runs = f"<is><r><rPr><b/></rPr><t xml:space='preserve'>{statement[:half]}</t></r><r><t xml:space='preserve'>"
    copy.set(sheet, cell.replace("B", "D"), f"{runs}{statement[half:]}</t></r></is>", "inlineStr")
    sheet, cell = PLACES[layout.level_key("Q02", TRUTH["Q02"])]
    return copy.set(sheet, cell, "<is><r><rPr><b/></rPr><t>x</t></r><r><t> </t></r></is>", "inlineStr")


def formatted(copy: Copy, sheet: str) -> object:
    return copy.change(
        sheet,
        lambda xml: xml.replace("</cols>", '<col min="6" max="16384" width="9" style="1" customWidth="1"/></cols>'),
    )


def twice(copy: Copy) -> Copy:
    """One sheet copied inside the workbook, and a tick moved on the copy."""
    source = copy._part(FIRST)
    copy.parts["xl/worksheets/sheet99.xml"] = copy.parts[source]
    rels = "xl/_rels/workbook.xml.rels"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    relation = f'<Relationship Id="rId99" Type="{kind}" Target="worksheets/sheet99.xml"/></Relationships>'
    copy.parts[rels] = copy.parts[rels].replace(b"</Relationships>", relation.encode())
    copy._workbook = copy._workbook.replace("</sheets>", '<sheet name="Copy" sheetId="99" r:id="rId99"/></sheets>')
    return copy.tick("Copy", box("Q01"), ticked=False)


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
    Case("sheet hidden", lambda copy: copy.hide(SECOND)),
    Case("sheets reordered", lambda copy: copy.reverse(), {"form-moved"}),
    Case("sheet renamed", lambda copy: copy.rename(FIRST, "x"), {"form-moved"}),
    Case("sheet copied, one tick differs", twice, {"form-moved", "answer-unclear"}, {"Q01": UNCLEAR}),
    Case("sheet deleted", lambda copy: copy.delete(FIRST), {"form-sheet-missing"}, dict.fromkeys(IN_FIRST, MISSING)),
    Case("rows inserted", lambda copy: copy.insert_rows(FIRST, row("Q01", 3), 3), {"form-moved"}),
    Case("rows inserted at the top", over_all(lambda copy, sheet: copy.insert_rows(sheet, 2, 3))),
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
    Case(
        "a row merged",
        lambda copy: copy.merge(FIRST, box("Q01"), beside("Q01", "D"), beside("Q01", "C"), beside("Q01", "D")),
        {"form-rows-missing"},
        {"Q01": MISSING},
    ),
    Case(
        "statement of another question pasted over",
        lambda copy: copy.type(FIRST, beside("Q01", "D"), ASKED.by_id["Q09"].statement(2)),
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
    Case("whole-sheet formatting", over_all(formatted)),
    Case("rich text", rich, {"answer-odd-mark"}),
    Case("a picture pasted", part("xl/media/image1.png"), {"form-extra-content"}),
    Case("a comment written", part("xl/comments1.xml"), {"form-extra-content"}),
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
            lambda copy, xml=xml, kind=kind: copy.set(FIRST, box("Q01", other("Q01")), xml, kind),
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
    judged = judge(submission, ASKED)
    findings = (*file.findings, *judged.findings)
    rules = {finding.rule.id for finding in findings}
    told = {finding.question for finding in findings if finding.rule.severity is not Severity.NOTE}
    states = {question: each.state for question, each in judged.answers.items() if each.state is not ANSWERED}
    for question, answer in judged.answers.items():
        assert answer.state is not ANSWERED or answer.level == TRUTH[question], f"silently wrong: {question}"
        assert question not in states or question in told or rules & _OF_A_WHOLE, f"silently lost: {question}"
    return rules, states


_OF_A_WHOLE = {"form-sheet-missing", "form-untouched"}  # said once for all the questions they cost
