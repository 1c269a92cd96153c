"""The form in other words: every text of the layout is renamed before anything else of the program is loaded.

`python tests/renamed_texts.py FOLDER` builds, fills in and reads forms in the new words. It reads those in FOLDER,
which are in the words of today, as forms of an earlier version. What came of each is printed as JSON. The texts are
found by looking at the module, so that a new one is renamed as well.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from impact_xl.form import layout
from impact_xl.form.layout import Kind
from impact_xl.form.plans import plan, plan_correction

# What files hold for the program alone, and so can never be changed.
FOR_PROGRAMS = {
    "REFERENCE_MARK", "FORM", "CORRECTION", "ACTIONS", "START", "PRIORITIES_SHEET", "ACTIONS_SHEET", "OVERLAY_MARK",
    "IDENTITY",
}  # fmt: skip
_GLYPHS = str.maketrans("☐☑•●○", "▢▣‣▲△")


def renamed(text: str) -> str:
    """Another text: each letter is another one, and the places in braces stay."""
    parts = re.split(r"(\{\w+\})", text)
    return "".join(part if part.startswith("{") else codecs.encode(part, "rot13").translate(_GLYPHS) for part in parts)


def texts_of_layout() -> dict[str, object]:
    """The names and values of everything in the layout that people read."""
    return {
        name: value
        for name, value in vars(layout).items()
        if name.isupper() and name not in FOR_PROGRAMS and isinstance(value, str | tuple)
    }


def _with_other_texts(name: str, value: object) -> object:
    if isinstance(value, str):
        return renamed(value)
    if name.endswith("_FIELDS"):  # a key and its label
        return tuple((key, renamed(label)) for key, label in value)
    return tuple(_with_other_texts("", each) for each in value)


def rename_all() -> None:
    """Give every text of the layout other words; those of today become the words of an earlier version."""
    earlier = {}
    for name, value in texts_of_layout().items():
        earlier |= {renamed(text): (text,) for text in flat(value)}
        setattr(layout, name, _with_other_texts(name, value))
    layout.EARLIER_TEXTS = earlier


def flat(value: object) -> list[str]:
    """The texts in a value of the layout; keys of fields among them, which does no harm."""
    return [value] if isinstance(value, str) else [text for each in value for text in flat(each)]


def shown(sheets: tuple[layout.Sheet, ...]) -> list[str]:
    """The texts of a plan that come from the layout, and not from the questionnaire or the round."""
    whole = {Kind.HEADER, Kind.HEADING, Kind.NOTE, Kind.ENTRY, Kind.TOTAL, Kind.NOT_APPLICABLE, Kind.ABOUT}
    texts = [sheet.name for sheet in sheets if sheet.kind in (layout.START, layout.PRIORITIES_SHEET)]
    for line in (line for sheet in sheets for line in sheet.lines):
        texts += [line.label, line.text] if line.kind in whole else [line.label] if line.kind is Kind.SEEN else []
    return [text for text in texts if text]


def main(folder: Path) -> None:
    from impact_xl import questionnaire as questionnaires

    questionnaire = questionnaires.load()
    plans = {
        "form": lambda: plan(questionnaire, not_applicable=True, last_priorities=[layout.Action("Huddles")]),
        "correction": lambda: plan_correction(questionnaire, {"Q01": "No box is ticked."}),
    }
    before = {name: shown(plan()) for name, plan in plans.items()}
    rename_all()
    after = {name: shown(plan()) for name, plan in plans.items()}
    same = [a for name in plans for a, b in zip(before[name], after[name], strict=True) if a == b]

    outcomes = {f"new {name}": read(content) for name, content in forms().items()}
    outcomes |= {f"old {path.stem}": read(path.read_bytes()) for path in sorted(folder.iterdir())}
    sys.stdout.write(json.dumps({"same": same, "outcomes": outcomes}))


# -- the parts of the program that go by the texts: loaded when all have their new words -------------

TRUTH = {f"Q{number:02d}": 1 + number % 5 for number in range(1, 23)}
AGAIN = {"Q01": "You ticked two boxes. Which one do you mean?", "Q09": "Which level?"}
UNEXPLAINED = dict.fromkeys(AGAIN, "")
NOT_APPLICABLE = "Q05"  # answered so where the form has the row


def forms() -> dict[str, bytes]:
    """Forms of every kind with everything filled in, as they are and with what leads the reader taken away."""
    from edits import Copy
    from hostile import saved

    from impact_xl import questionnaire as questionnaires
    from impact_xl.form.workbook import Form, build
    from impact_xl.returns.formats import xlsx
    from impact_xl.roster import Round

    questionnaire = questionnaires.load()
    round = Round("r1", "Autumn 2026", "the wards", date(2026, 11, 30), "a@trust.example", not_applicable=True)
    keys = [key for sheet in plan(questionnaire) for key in [*sheet.keys()] if ".L" not in key and "." in key]
    texts = {key: f"Something about {key}, in a line that is not short." for key in keys}
    ticks = {layout.level_key(question, level): True for question, level in TRUTH.items()}
    del ticks[layout.level_key(NOT_APPLICABLE, TRUTH[NOT_APPLICABLE])]
    ticks[layout.level_key(NOT_APPLICABLE, 0)] = True
    last = {"last": ["Q01.L2"], "last_priorities": [layout.Action("Huddles on every ward, each morning")]}
    entries = {**ticks, **texts, "start.other-team": "", "action1.status": layout.ACTION_STATUSES[1]}

    def made(tickbox: str, **more: object) -> bytes:
        return build(Form(questionnaire, tickbox, round, "t7", entries=entries, **more))

    def without_keys(content: bytes) -> bytes:
        copy = Copy(content)
        for name in copy.names:
            copy.delete_column(name, "A")
        return saved(copy)

    def without_references(content: bytes) -> bytes:
        copy = Copy(content)
        del copy.parts["docProps/custom.xml"]
        for name in copy.names:
            rows = re.findall(r'<row r="(\d+)"', copy.parts[copy._part(name)].decode())
            copy.delete_row(name, int(rows[-1]))
        return saved(copy)

    def with_strays(content: bytes) -> bytes:
        """A sentence in each row that is left empty, which is told, or not, by the block that it ends."""
        copy = Copy(content)
        for number, name in enumerate(copy.names):
            xml = copy.parts[copy._part(name)].decode()
            rows = {int(row) for row, cells in re.findall(r'<row r="(\d+)"[^>]*?(?:/>|>(.*?)</row>)', xml) if not cells}
            for row in sorted(rows):
                copy.write(name, f"D{row}", f"Please read this, too: {number}, {row}")
        return saved(copy)

    def with_boxes_shifted(content: bytes) -> bytes:
        name, cells = next((g.name, g.cells) for g in xlsx.read(content).grids if "Q01.L1" in g.cells.values())
        row = next(row for (row, _), value in cells.items() if value == "Q01.L1")
        return saved(Copy(content).shift(name, "B", row + 1, 1))

    changes: dict[str, Callable[[bytes], bytes]] = {
        "": bytes, "without keys": without_keys, "without references": without_references,
        "with strays": with_strays,
        "with boxes shifted": with_boxes_shifted,
    }  # fmt: skip
    kinds = {
        "native": made("native", **last), "list": made("list", **last), "correction": made("native", corrects=AGAIN),
        "correction list": made("list", corrects=AGAIN), "correction unexplained": made("list", corrects=UNEXPLAINED),
    }  # fmt: skip
    return {
        f"{kind} {change}".strip(): how(content) for kind, content in kinds.items() for change, how in changes.items()
    }


def read(content: bytes) -> dict[str, object]:
    """What a form says: whether it is a correction form, its levels, its texts, and the rules of all findings."""
    from impact_xl import questionnaire as questionnaires
    from impact_xl.returns.formats import xlsx
    from impact_xl.returns.parse.sheet import SheetParser
    from impact_xl.returns.read_file import read_content
    from impact_xl.round.answers import State, judge

    questionnaire = questionnaires.load()
    file = read_content(content, "form.xlsx", questionnaire)
    (submission,) = file.submissions
    judged = judge(submission, questionnaire)
    answers = {
        question: 0 if answer.state is State.NOT_APPLICABLE else answer.level
        for question, answer in judged.answers.items()
        if question in submission.questions
    }
    findings = (*file.findings, *judged.findings)
    return {
        "kind": submission.reference.kind,
        "answers": answers,
        "notes": sorted(question for question, marks in submission.questions.items() if marks.note),
        "team": submission.team,
        "completed by": submission.completed_by,
        "statuses": [report.status for report in submission.actions],
        "measures": [priority.measure for priority in submission.priorities],
        "rules": [finding.rule.id for finding in findings],
        "strays": [
            sight.cell
            for grid in xlsx.read(content).grids
            for _, sight in SheetParser(grid, questionnaire).read().sights
        ],
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
