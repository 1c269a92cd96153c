"""The quick reading of usual XML says what the thorough reading says."""

from __future__ import annotations

import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rounds_in_memory import QUESTIONNAIRE

from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.layout import Action
from impact_xl.form.workbook import Form
from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats import with_calamine, xlsx, xlsx_checks, xlsx_fast
from impact_xl.returns.formats.grid import Content
from impact_xl.returns.formats.package_reader import Package
from impact_xl.returns.parse import submissions
from impact_xl.roster import Round

FILLED = {"Q01.L2": True, "Q02.L3": "x", "start.team": "A & B", "Q01.note": "Two\nlines", "P1.what": "<huddles>"}
NATIVE = form.build(Form(QUESTIONNAIRE, entries=FILLED))
SHEET = "xl/worksheets/sheet2.xml"


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def saved(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


PARTS = parts_of(NATIVE)


def with_xml(was: bytes, now: bytes, part: str = SHEET) -> bytes:
    assert was in PARTS[part]
    return saved({**PARTS, part: PARTS[part].replace(was, now, 1)})


def quick(content: bytes) -> list[tuple[str, dict]] | None:
    grids = xlsx_fast.grids(Package(content))
    return None if grids is None else [(grid.name, dict(grid.cells)) for grid in grids]


def thorough(content: bytes) -> list[tuple[str, dict]]:
    package = Package(content)
    looks = [xlsx_checks.inspect(package.read(name)) for name in package.sheets()]
    assert not any(look.hides or look.far or look.merged for look in looks)
    return [(grid.name, dict(grid.cells)) for grid in with_calamine.grids(content)]


# -- usual XML --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        Form(QUESTIONNAIRE),
        Form(QUESTIONNAIRE, entries=FILLED),
        Form(QUESTIONNAIRE, "list", entries=FILLED),
        Form(QUESTIONNAIRE, round=Round(not_applicable=True)),
        Form(QUESTIONNAIRE, team_id="ward-7", last={"Q01.L2", "Q03.L5"}, last_priorities=[Action("Huddles")]),
        Form(QUESTIONNAIRE, corrects={"Q01": "No box is ticked.", "Q19": ""}),
        Form(QUESTIONNAIRE, actions=[Action("Huddles", "Q07 Coaching", "Sister Jones", "May 2027")]),
    ],
)
def test_our_own_forms_are_usual(wanted: Form):
    content = form.build(wanted)
    assert quick(content) == thorough(content)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b't="b"><v>1</v>', b"><v>7</v>"),  # a number
        (b't="b"><v>1</v>', b"><v>1</v>"),  # which may be a date
        (b't="b"><v>1</v>', b't="e"><v>#REF!</v>'),
        (b't="b"><v>1</v>', b"><f>TRUE()</f>"),
        (b't="b"><v>1</v>', b't="str"><f>A1</f><v></v>'),  # a formula without its value
        (b't="b"><v>1</v>', b't="str"><f>A1</f><v/>'),
        (b't="b"><v>1</v>', b't="b"><v>2</v>'),
        (b't="b"><v>1</v>', b't="d"><v>2026-11-24</v>'),
        (b't="b"><v>1</v>', b't="inlineStr"><is><t>x</t></is>'),
        (b't="b"><v>1</v>', b't="b"><v>1</v><extLst/>'),
        (b't="b"><v>1</v>', b't="b"><v>1</v><!-- -->'),
        (b'<c r="B15"', b'<c  r="B15"'),
        (b'<c r="B15"', b"<c r='B15'"),
        (b'<c r="B15"', b'<c r="XFD15"'),
        (b'<c r="B15"', b'<c r="B99999"'),
        (b'<c r="B15"', b'<c r="B16"'),  # there twice
        (b'<c r="B15"', b'<c s="1" r="B15"'),
        (b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="B15:B16"/></mergeCells>'),
        (b"<sheetData>", b"<!-- a comment --><sheetData>"),
        (b"<sheetData>", b'<sheetData><row r="1"><c><v>1</v></c></row>'),
        (b'encoding="UTF-8"', b'encoding="ISO-8859-1"'),
        (b"<worksheet ", b'<worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '),
        (b"</worksheet>", b""),
        (b"</row>", b"" ),
        (b"</row>", b"</row></row>"),
    ],
)  # fmt: skip
def test_whatever_is_written_otherwise_is_left_to_the_others(was: bytes, now: bytes):
    if b"xmlns:x" in now:
        assert quick(with_xml(was, now)) == thorough(NATIVE)  # a prefix that nothing has is no matter
    else:
        assert quick(with_xml(was, now)) is None


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"<si><t>Ref</t></si>", b"<si><r><t>Re</t></r><r><t>f</t></r></si>"),
        (b"<si><t>Ref</t></si>", b"<si><t>R&ent;f</t></si>"),
        (b"<si><t>Ref</t></si>", b"<si><t>Ref</t><phoneticPr/></si>"),
        (b"<si><t>Ref</t></si>", b"<si><t>R\xffef</t></si>"),
        (b"<si><t>Ref</t></si>", b""),  # one string less, so that the last is not there
        (b"<si><t>Ref</t></si>", b"<si/>"),
        (b"</sst>", b""),
    ],
)
def test_strings_that_are_not_plain_are_left_to_the_others(was: bytes, now: bytes):
    assert quick(with_xml(was, now, "xl/sharedStrings.xml")) is None


@pytest.mark.parametrize(
    "text",
    [
        b"a &amp; b &lt;c&gt; &quot;d&quot; &#65;&#x2713;",
        "naïve ☑ 😀".encode(),
        b"_x0041_ _x005F_x0041_",
        b"_x000A_",
        b"&#65;_x0020_",
        b"a\r\nb",
        b" ",
    ],
)
@pytest.mark.parametrize("space", [b"", b' xml:space="preserve"'])
def test_texts_are_what_they_say(text: bytes, space: bytes):
    content = with_xml(b"<si><t>Two\nlines</t></si>", b"<si><t%b>%b</t></si>" % (space, text), "xl/sharedStrings.xml")
    assert quick(content) == thorough(content)


_PIECES = (
    *(b"<", b">", b"/", b'"', b" ", b"<v>", b"</v>", b'<c r="B15">', b"</c>", b't="b"', b't="s"', b"<f>", b"</f>"),
    *(b"&amp;", b"&", b"1", b"0", b"-", b"<!--", b"-->", b'<row r="3">', b"</row>", b'<row r="9"/>', b"\xff", b"<v/>"),
    *(b't="e"', b's="1"', b"<si>", b"</si>", b"<t>", b"</t>", b"&#65;", b"_x0041_", b"\r\n", b"   ", b'spans="1:5"'),
    b'<c r="B15" t="b"><v>1</v></c>',
)


def test_random_changes_are_read_alike_or_left_to_the_others():
    """Of each hundred some twelve are still usual; what these say has to be what the thorough reading says."""
    taken = 0
    for seed in range(1_500):
        dice = random.Random(seed)
        part = dice.choice(["xl/sharedStrings.xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", SHEET, SHEET])
        changed = bytearray(PARTS[part])
        for _ in range(dice.randint(1, 3)):
            at = (
                changed.find(b"<", dice.randrange(len(changed)))
                if dice.random() < 0.5
                else dice.randrange(len(changed))
            )
            if dice.random() < 0.4:
                changed[at:at] = dice.choice(_PIECES)
            else:
                changed[at : at + dice.randint(1, 12)] = dice.choice((b"", dice.choice(_PIECES)))
        content = saved({**PARTS, part: bytes(changed)})
        if (read := quick(content)) is not None:
            taken += 1
            assert read == thorough(content), seed
    assert taken > 100


# -- the switch ---------------------------------------------------------------------------------------


_BOXES = [
    layout.level_key(question.id, level.number)
    for question in QUESTIONNAIRE.questions
    for level in QUESTIONNAIRE.levels
]
_TYPED = st.sampled_from(
    [True, False, "x", "X", "✓", "1", "yes", "maybe", "n/a", "-", 1, 0, 7, "Progressing", "TRUE", " "]
)
_WRITTEN = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["Tick", "Q01.L1", "Status", "What we saw", "Correction: x", "impact-xl|form", "To do", "Team", "3 of 4 done",
         "Evidence or notes", QUESTIONNAIRE.questions[0].statements[0], QUESTIONNAIRE.levels[0].name, "Priority 1",
         "Last time"]
    ),
)  # fmt: skip
_TEXTS = ["start.team", "start.other-team", "start.date", "Q01.note", "Q09.note", "P1.what", "P2.question", "P3.by"]


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(_BOXES), _TYPED, max_size=30),
    st.dictionaries(st.sampled_from(_TEXTS), _WRITTEN, max_size=5),
)
def test_any_filled_form_reads_alike_with_the_fast_path_and_without(boxes: dict[str, object], texts: dict[str, str]):
    content = form.build(Form(QUESTIONNAIRE, entries={**boxes, **texts}))
    assert xlsx.read(content).grids == xlsx.read(content, fast=False).grids


def test_a_whole_workbook_is_not_read_a_second_time(monkeypatch: pytest.MonkeyPatch):
    from impact_xl.returns import read_file

    without = parts_of(NATIVE)
    name = layout.component_sheet_name(QUESTIONNAIRE.components[1]).encode()
    begin = without["xl/workbook.xml"].index(b'<sheet name="' + name)
    end = without["xl/workbook.xml"].index(b"/>", begin) + 2
    without["xl/workbook.xml"] = without["xl/workbook.xml"][:begin] + without["xl/workbook.xml"][end:]
    monkeypatch.setattr(xlsx, "read_carefully", lambda _: pytest.fail("nothing more can be found"))
    read = read_file.read_content(saved(without), "f.xlsx", QUESTIONNAIRE)
    assert read.submissions[0].sheets_missing == (QUESTIONNAIRE.components[1].id,)


def test_what_is_refused_stays_refused():
    damaged = saved({**PARTS, SHEET: PARTS[SHEET][:-200]})
    assert quick(damaged) is None
    with pytest.raises(FileRejected):
        xlsx.read(damaged)
    assert submissions.submissions_in(Content(()), QUESTIONNAIRE, "f").submissions == ()
