"""One case for each kind of finding, in tests/cases: the damaged sheet as a small table, and what is said of it.

A case is a page that people can read; tests/cases/README.md says how.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain
from pathlib import Path

import hostile
import msoffcrypto
import openpyxl
from edits import Copy, places, written
from messages import mail
from rounds_in_memory import QUESTIONNAIRE, SMALL, returned, submission
from test_carry_over import edited, several, typing

from impact_xl import api, feedback
from impact_xl import questionnaire as questionnaires
from impact_xl.files.dates import parse_date
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.returns.formats import xlsx
from impact_xl.returns.formats.grid import Grid
from impact_xl.roster import Round
from impact_xl.round.collation import Collation, collate

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
FOLDER = Path(__file__).parent / "cases"
HEADS = ("rule", "severity", "team", "question", "place", "what we saw")
_USUAL = 2  # the level that is ticked where nobody says otherwise
_MARK = r"^# (?P<rule>[a-z-]+)\n"

Table = list[list[str]]


@dataclass
class Section:
    """A part of a case: its heading, its lines `- key: value`, and its tables by their headings."""

    name: str
    options: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)


@dataclass
class Case:
    """One page."""

    path: Path
    rule: str
    sections: list[Section]

    def section(self, name: str) -> Section | None:
        return next((section for section in self.sections if section.name == name), None)

    @property
    def expected(self) -> Table:
        """The findings that stand on the page."""
        section = self.section("Findings")
        return section.tables[""][1:] if section and section.tables else []


def cases() -> list[Case]:
    """Every page, in the order of the names."""
    return [_case(path) for path in sorted(FOLDER.glob("*.md")) if path.name != "README.md"]


def _case(path: Path) -> Case:
    text = path.read_text(encoding="utf-8")
    head = re.match(_MARK, text)
    assert head, f"{path.name} does not begin with “# rule”"
    sections: list[Section] = []
    table = ""
    for line in text.splitlines()[1:]:
        if line.startswith("## "):
            sections.append(Section(line[3:].strip()))
            table = ""
        elif line.startswith("### "):
            table = line[4:].strip()
        elif sections and line.startswith("- "):
            key, _, value = line[2:].partition(":")
            sections[-1].options[key.strip()] = value.strip()
        elif sections and line.startswith("|"):
            cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                sections[-1].tables.setdefault(table, []).append(cells)
    return Case(path, head["rule"], sections)


# -- a case is played -------------------------------------------------------------------------------


def play(case: Case, place: Path) -> Collation:
    """What comes of a case's files."""
    names = ("Team list", "Decisions", "Decisions before", "Round", "By hand", "By hand in a copy")
    lists = {name: case.section(name) for name in names}
    teams = _csv(place / "teams.csv", lists["Team list"])
    decided = _csv(place / "decisions.csv", lists["Decisions"])
    decided_before = _csv(place / "decisions before.csv", lists["Decisions before"]) or decided
    round = _round(lists["Round"]) if lists["Round"] else None

    questionnaire = (
        QUESTIONNAIRE if any("of the built-in questionnaire" in section.options for section in case.sections) else SMALL
    )
    if example := next(
        (each.options["of the example"] for each in case.sections if "of the example" in each.options), ""
    ):
        questionnaire = questionnaires.load(EXAMPLES / example)

    def collated(sections: Iterator[Section], folder: str, decided: Path | None) -> Collation:
        (place / folder).mkdir()
        made: dict[str, bytes] = {}
        for section in sections:
            _add_file(section, place / folder, made)
        return api.collate(place / folder, teams, round=round, overrides=decided, questionnaire=questionnaire, jobs=1)

    files = [section for section in case.sections if "." in section.name]
    now = collated((each for each in files if not each.name.startswith("Before: ")), "returns", decided)
    earlier = [each for each in files if each.name.startswith("Before: ")]
    if not earlier:
        return now
    before = collated(iter(earlier), "before", decided_before)
    api.write(before, place / "before.xlsx")
    worked_on = _typed_into(place / "before.xlsx", place / "workbook.xlsx", lists["By hand"])
    copy = lists["By hand in a copy"]
    copies = [_typed_into(place / "before.xlsx", place / "copy.xlsx", copy)] if copy else []
    return api.carry(now, worked_on, also=copies)


def _round(section: Section) -> Round:
    options = section.options
    closed_on = parse_date(options["closed on"]) if "closed on" in options else None
    questions = tuple(options["questions"].split(", ")) if "questions" in options else ()
    return Round(id=options.get("id", ""), closed_on=closed_on, questions=questions)


def _typed_into(source: Path, target: Path, section: Section | None) -> Path:
    """A copy of a workbook in which somebody typed."""
    rows = section.tables[""][1:] if section else []
    lines = [(sheet, _found(row), column, _formula(text)) for sheet, row, column, text in rows]
    edits = [typing(sheet, row, column, text) for sheet, row, column, (text, _) in lines]
    edited(source, target, several(*edits))
    return _calculated(target, dict(formula for *_, formula in lines if formula[1]))


def _formula(text: str) -> tuple[str, str]:
    """What is typed and, for `=6*7 (42)`, the value that it has."""
    match = re.fullmatch(r"(=.*) \((.*)\)", text)
    return (match[1], match[2]) if match else (text, "")


_EMPTY = re.compile(rb"<f>([^<]*)</f><v ?(?:/>|></v>)")


def _with_value(found: re.Match[bytes], values: Mapping[str, str]) -> bytes:
    formula = found[1].decode()
    return f"<f>{formula}</f><v>{values[f'={formula}']}</v>".encode() if f"={formula}" in values else found[0]


def _calculated(path: Path, values: Mapping[str, str]) -> Path:
    """The workbook with the values of some formulas, which the library that typed them leaves out."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, _EMPTY.sub(lambda found: _with_value(found, values), content))
    return path


def findings(case: Case, collation: Collation) -> Table:
    """What was found, as the page shows it."""
    return [
        [each.rule.id, each.severity.value, each.team, each.question, str(each.where), " ".join(each.message.split())]
        for each in collation.to_fix
        if each.rule.id != "round-few-returns" or case.rule == each.rule.id  # all cases are small
    ]


def renew(case: Case, found: Table) -> None:
    """Write what was found onto the page."""
    lines = [HEADS, ["---"] * len(HEADS), *found]
    table = "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in lines)
    text = case.path.read_text(encoding="utf-8").partition("\n## Findings\n")[0].rstrip()
    case.path.write_text(f"{text}\n\n## Findings\n\n{table}", encoding="utf-8")


def _found(row: str) -> Mapping[str, str | None]:
    """`Team = Ash ward, What = nothing` as the columns by which a row is found."""
    pairs = (part.split(" = ") for part in row.split(", "))
    return {head: None if value == "nothing" else value for head, value in pairs}


def _csv(path: Path, section: Section | None) -> Path | None:
    if section is None:
        return None
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in section.tables[""]), encoding="utf-8")
    return path


def _add_file(section: Section, folder: Path, made: dict[str, bytes]) -> None:
    """Put a section's file among the returns: by itself, in a mail, or as something else than a file."""
    name, options = section.name.removeprefix("Before: "), section.options
    if special := _SPECIAL.get(options.get("in place of it", "")):
        special(folder / name)
        return
    content = made[options["the same bytes as"]] if "the same bytes as" in options else _bytes(section)
    made[name] = content
    if when := options.get("sent"):
        moment = format_datetime(datetime.strptime(when, "%d %B %Y").replace(tzinfo=UTC))
        subject, text = options.get("subject", "Our form"), options.get("text", "Here it is.")
        sender = options.get("from", "Ward lead <ward@example.org>")
        letter = mail(subject, text, {name: content}, date=moment, sender=sender)
        (folder / f"{Path(name).stem}.eml").write_bytes(bytes(letter))
    elif "text" in options:
        (folder / name).write_bytes(bytes(mail(options.get("subject", "Our form"), options["text"])))
    else:
        (folder / name).write_bytes(content)


def _bytes(section: Section) -> bytes:
    options = section.options
    if section.name.endswith(".csv") and "" in section.tables:
        return "\n".join(",".join(f'"{cell}"' for cell in row) for row in section.tables[""]).encode()
    if "undelivered to" in options:
        return _NOTICE.format(options["undelivered to"]).encode()
    if options.get("in place of it") in _BYTES:
        return _BYTES[options["in place of it"]](Form(SMALL))
    if "the pack of" in options:
        return _pack(options)
    copy, at = _filled(section)
    for question, rows in section.tables.items():
        _hands(copy, at, question, rows[1:])
    for key, value in options.items():
        if key.startswith("sheet "):
            _to_sheet(copy, key.removeprefix("sheet "), value)
    if key := options.get("crossed out"):
        text = options[key]
        copy.set(*at[key], f"<is><r><rPr><strike/></rPr><t>{text}</t></r></is>", "inlineStr")
    if "added" in options:
        copy.parts[_ADDED[options["added"]]] = b"<x/>"
    return hostile.saved(copy)


def _pack(options: Mapping[str, str]) -> bytes:
    """The pack of a team, with what was typed under “What we agree today” on its first page."""
    form_back = returned(submission(options["the pack of"], {"Q01": _USUAL}, questionnaire=SMALL))
    made = collate([form_back], SMALL, Round(id=options.get("made for round", "")))
    book = openpyxl.load_workbook(io.BytesIO(next(feedback.packs(made)).content))
    sheet = book["Your answers"]
    heads = next(row for row in range(1, 200) if sheet.cell(row, 1).value == "What we agree today") + 1
    for row, what in enumerate(filter(None, options.get("agreed", "").split("; ")), heads + 1):
        sheet.cell(row, 4).value = what
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _filled(section: Section) -> tuple[Copy, Mapping[str, tuple[str, str]]]:
    """A copy with its ticks and its texts, and the places of these."""
    options = section.options
    ids = [question.id for question in SMALL.questions]
    corrects = {
        question: "More than one box was ticked. Which one do you mean?"
        for question in ids
        if question in options.get("corrects", "")
    }
    made = Form(
        SMALL,
        tickbox=options.get("tickboxes", "native"),
        round=Round(id=options.get("made for round", "")),
        team_id=options.get("made for id", ""),
        corrects=corrects,
        last_priorities=_planned(options.get("planned last round", "")),
        actions=_planned(options.get("asks what came of", "")),
    )
    answers = options.get("answers", ", ".join([str(_USUAL)] * len(ids)))
    levels = {} if answers == "none" else dict(zip(ids, map(int, answers.split(", ")), strict=True))
    ticks = {layout.level_key(q, level): True for q, level in levels.items() if not corrects or q in corrects}
    texts = {"start.team": "Ash ward", **{key: options[key] for key in options if "." in key}}
    texts = {key: "x" * 40_000 if text == "40,000 times x" else text for key, text in texts.items()}
    saved = datetime.strptime(options["saved"], "%d %B %Y").replace(tzinfo=UTC) if "saved" in options else None
    short = {key: text[:100] for key, text in texts.items()}
    copy = Copy(form.build(replace(made, entries={**ticks, **short}, created=saved)))
    at = places(made)
    for key, text in texts.items():
        if text != short[key]:
            copy.type(*at[key], text)
    for old, new in (pair.split(" -> ") for key, pair in options.items() if key == "reference"):
        strings = "xl/sharedStrings.xml"
        assert f"|{old}|".encode() in copy.parts[strings]
        copy.parts[strings] = copy.parts[strings].replace(f"|{old}|".encode(), f"|{new}|".encode())
    return copy, at


def _planned(text: str) -> list[layout.Action]:
    return [layout.Action(what) for what in text.split("; ") if what]


def _hands(copy: Copy, at: Mapping[str, tuple[str, str]], question: str, rows: Table) -> None:
    """Make the rows of a question as the table shows them."""
    sheet, first = at[layout.level_key(question, 1)]
    top = int(first[1:]) - 1  # the question's own row
    shown = openpyxl.load_workbook(io.BytesIO(hostile.saved(copy)), data_only=True)[sheet]
    for number, row in reversed(list(enumerate(rows, top))):
        if "(row deleted)" in row:
            copy.delete_row(sheet, number)
            continue
        for column, text in zip("ABCDEF", row, strict=False):
            cell = f"{column}{number}"
            if text != _shown(shown[cell].value):
                _type(copy, sheet, cell, text)


def _shown(value: object) -> str:
    return "" if value is None else str(value).upper() if isinstance(value, bool) else str(value)


def _type(copy: Copy, sheet: str, cell: str, text: str) -> None:
    if text in ("TRUE", "FALSE"):
        copy.tick(sheet, cell, ticked=text == "TRUE")
    elif text.startswith("#"):
        copy.set(sheet, cell, f"<v>{text}</v>", "e")
    else:
        copy.write(sheet, cell, text)


def _to_sheet(copy: Copy, sheet: str, what: str) -> None:
    if what == "deleted":
        copy.delete(sheet)
    elif what.startswith("renamed "):
        copy.rename(sheet, what.removeprefix("renamed "))
    else:
        raise AssertionError(what)


_ADDED = {"a picture": "xl/media/image1.png"}


_NOTICE = """From: MAILER-DAEMON@trust.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

There is no such mailbox.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; trust.example

Final-Recipient: rfc822; {}
Action: failed
--b--
"""


def _with_part(part: str) -> bytes:
    """A message with a text and one more part."""
    head = (
        'From: Ward lead <ward@example.org>\nSubject: Our form\nContent-Type: multipart/mixed; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nHere it is.\n"
    )
    return f"{head}--b\n{part}\n--b--\n".encode()


def _locked(made: Form) -> bytes:
    content = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(form.build(made))).encrypt("secret", content)
    return content.getvalue()


def _other_workbook(_: Form) -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = "Budget 2026"
    book.save(content)
    return content.getvalue()


def _several(*, mixed: bool) -> bytes:
    """The sheets of two teams' forms in one workbook: copy after copy, or each sheet of one after that of the other."""
    copies = []
    for team, level in (("Ash ward", 1), ("Elm clinic", 3)):
        entries = {layout.level_key(question.id, level): True for question in SMALL.questions}
        copies.append(xlsx.read(form.build(Form(SMALL, entries={**entries, "start.team": team}))).grids)
    ordered = chain(*zip(*copies, strict=True)) if mixed else chain(*copies)
    names = set[str]()

    def named(grid: Grid) -> tuple[str, Grid]:
        name = f"{grid.name} (2)" if grid.name in names else grid.name
        names.add(name)
        return name, grid

    return written(map(named, ordered))


def _binary(_: Form) -> bytes:
    return (FOLDER.parent / "real" / "sheetjs native.xlsb").read_bytes()


# What came in place of a form: bytes by what they are called, and what is no file at all.
_BYTES: Mapping[str, Callable[[Form], bytes]] = {
    "the first half of it": lambda made: form.build(made)[: len(form.build(made)) // 2],
    "a copy locked with a password": _locked,
    "a copy encrypted by a label": lambda made: _locked(made) + "DRMEncryptedDataSpace".encode("utf-16-le"),
    "a binary workbook that lost its boxes": _binary,
    "a copy that declares entities": lambda made: hostile.saved(
        Copy(form.build(made)).change(
            "1 People", lambda xml: xml.replace("<worksheet", '<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1)
        )
    ),
    "a workbook that unpacks to 100 MB": lambda made: hostile.bomb(
        form.build(made), "xl/media/image1.png", b"", bytes(1 << 20), 100, b""
    ),
    "a PDF": lambda _: b"%PDF-1.7\n",
    "a workbook about something else": _other_workbook,
    "the sheets of two teams, one copy after the other": lambda _: _several(mixed=False),
    "the sheets of two teams, mixed": lambda _: _several(mixed=True),
    "a lock file": lambda _: b"lock",
    "a shortcut to it": lambda _: b"[InternetShortcut]\r\nURL=https://trust.sharepoint.com/:x:/s/qi/Eabc\r\n",
    "a message without what was attached": lambda _: _with_part(
        'Content-Type: text/x-moz-deleted; name="Deleted: Ash ward.xlsx"\nX-Mozilla-Altered: AttachmentDeleted\n\n'
        "You deleted an attachment from this message.\n"
    ),
    "a message after a mail filter": lambda _: _with_part(
        'Content-Type: text/plain; name="Malware Alert Text.txt"\nContent-Disposition: attachment; '
        'filename="Malware Alert Text.txt"\n\nMalware was detected in one or more attachments.\n'
    ),
}


def _link_out(path: Path) -> None:
    outside = path.parent.parent / "outside.xlsx"
    outside.write_bytes(b"x")
    path.symlink_to(outside)


_SPECIAL: Mapping[str, Callable[[Path], None]] = {"a link to a file elsewhere": _link_out}
