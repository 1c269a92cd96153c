"""However a program spells its XML, a form says what a person in Excel sees; or its damage is told."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from edit_cases import FIRST, FORM, SECOND, box, other, outcome
from edits import Copy
from hostile import saved
from rounds_in_memory import QUESTIONNAIRE

from impact_xl.returns.formats import xlsx, xlsx_looks
from impact_xl.returns.formats.package_reader import Package
from impact_xl.returns.formats.usual_xml import in_usual_xml, usual_xml
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import ReturnedFile
from impact_xl.round.answers import State, judge

QUESTION = "Q01"
RELATIONS, TYPES, STRINGS = "xl/_rels/workbook.xml.rels", "[Content_Types].xml", "xl/sharedStrings.xml"


def read(copy: Copy, *, fast: bool = True) -> ReturnedFile:
    return read_content(saved(copy), "form.xlsx", QUESTIONNAIRE, fast=fast)


def rules(copy: Copy) -> list[str]:
    return [finding.rule.id for finding in read(copy).findings]


# Ways to write the value 1 (true) that XML takes for one and the same.
ONES = {
    "a number": "<v>&#49;</v>",
    "a hexadecimal number": "<v>&#x31;</v>",
    "a comment before it": "<v><!-- x -->1</v>",
    "a comment behind it": "<v>1<!-- </v> --></v>",
    "an instruction": "<v><?x y?>1</v>",
    "a marked section": "<v><![CDATA[1]]></v>",
    "a comment before the value": "<!-- x --><v>1</v>",
    "a formula and a number": "<f>1=1</f><v>&#49;</v>",
    "spaces": "<v xml:space='preserve'> 1 </v>",
    "an empty marked section": "<v>1<![CDATA[]]></v>",
}


@pytest.mark.parametrize("kind", ["b", "n", ""])
@pytest.mark.parametrize("how", ONES)
def test_a_second_tick_is_seen_however_it_is_spelled(how: str, kind: str) -> None:
    copy = Copy(FORM).set(FIRST, box(QUESTION, other(QUESTION)), ONES[how], kind)
    for fast in (True, False):
        assert outcome(read(copy, fast=fast)) == ({"answer-multiple"}, {QUESTION: State.MULTIPLE})


def test_a_kind_and_a_place_with_letters_as_numbers() -> None:
    cell = box(QUESTION, other(QUESTION))
    copy = Copy(FORM).set(FIRST, cell, "<v>1</v>", "&#98;")
    copy.change(FIRST, lambda xml: xml.replace(f'<c r="{cell}"', f'<c r="&#{ord(cell[0])};{cell[1:]}"'))
    assert outcome(read(copy))[1] == {QUESTION: State.MULTIPLE}


def everywhere(change: Callable[[str], str]) -> Callable[[Copy], Copy]:
    """The same change to the XML of every sheet, of the strings, of the workbook and of its relations."""

    def changed(copy: Copy) -> Copy:
        for name in copy.parts:
            if name.startswith(("xl/worksheets/", "xl/shared", "xl/workbook", "xl/_rels")):
                copy.parts[name] = change(copy.parts[name].decode()).encode()
        return copy

    return changed


def in_sections(xml: str) -> str:
    """Every text in marked sections of its own."""
    return re.sub(r"(<t[^>]*>|<v>)([^<]+)(</[tv]>)", lambda m: f"{m[1]}<![CDATA[{unescaped(m[2])}]]>{m[3]}", xml)


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def as_numbers(xml: str) -> str:
    return re.sub(r"(?<=<t>)[A-Za-z]|(?<=<v>)\d", lambda m: f"&#{ord(m[0])};", xml)


WHOLE = {
    "comments between all elements": everywhere(lambda xml: xml.replace("><", "><!-- <c r='B15'><v>1</v></c> --><")),
    "instructions between all elements": everywhere(lambda xml: xml.replace("><", "><?x <v>1</v> ?><")),
    "every text in a marked section": everywhere(in_sections),
    "letters as numbers": everywhere(as_numbers),
    "a comment before everything": everywhere(lambda xml: xml.replace("?>", "?><!-- saved by hand -->", 1)),
}


@pytest.mark.parametrize("prefix", ["x", "my-x", "a.b", "é", "x·1"])
def test_a_second_tick_is_seen_whatever_the_prefix_of_all_elements(prefix: str) -> None:
    copy = Copy(FORM).tick(FIRST, box(QUESTION, other(QUESTION)))
    copy.change(FIRST, lambda xml: re.sub(r"<(/?)([A-Za-z])", rf"<\1{prefix}:\2", xml))
    copy.change(FIRST, lambda xml: xml.replace(' xmlns="', f' xmlns:{prefix}="'))
    for fast in (True, False):
        assert outcome(read(copy, fast=fast)) == ({"answer-multiple"}, {QUESTION: State.MULTIPLE})


@pytest.mark.parametrize("how", WHOLE)
def test_a_whole_form_spelled_oddly_is_the_same_form(how: str) -> None:
    odd, plain = WHOLE[how](Copy(FORM)), Copy(FORM)
    assert outcome(read(odd)) == (set(), {})
    assert xlsx.read(saved(odd)).grids == xlsx.read(saved(plain), fast=False).grids


def test_a_sheet_that_is_only_mentioned_in_a_comment_is_none() -> None:
    copy = Copy(FORM)
    element = '<!-- <sheet name="Old" sheetId="99" r:id="rId2"/> -->'
    copy.parts["xl/workbook.xml"] = copy.parts["xl/workbook.xml"].replace(b"</sheets>", f"{element}</sheets>".encode())
    assert outcome(read(copy)) == (set(), {})


# -- values that nobody can tell ------------------------------------------------------------------------

TWO_VALUES = {
    "no and yes": ("b", "<v>0</v><v>1</v>"),
    "yes and no": ("b", "<v>1</v><v>0</v>"),
    "nothing and yes": ("b", "<v/><v>1</v>"),
    "with a comment between": ("b", "<v>0</v><!-- x --><v>1</v>"),
    "with a formula between": ("b", "<v>0</v><f>TRUE()</f><v>1</v>"),
    "a formula behind the value": ("b", "<v>1</v><f>TRUE()</f>"),
    "two texts": ("inlineStr", "<is><t></t></is><is><t>x</t></is>"),
    "a text and a value": ("inlineStr", "<is><t>x</t></is><v>0</v>"),
    "a value and a text": ("inlineStr", "<v>0</v><is><t>x</t></is>"),
    "a value in place of a text": ("inlineStr", "<v>x</v>"),
    "an element within a value": ("b", "<v><x>1</x></v>"),
}


@pytest.mark.parametrize("what", TWO_VALUES)
def test_a_cell_with_two_values_is_told_with_its_place(what: str) -> None:
    kind, xml = TWO_VALUES[what]
    cell = box(QUESTION, other(QUESTION))
    (finding,) = read(Copy(FORM).set(FIRST, cell, xml, kind)).findings
    assert finding.rule.id == "file-damaged"
    assert cell in finding.message


# -- the table of texts -----------------------------------------------------------------------------


def with_strings_at(copy: Copy, name: str, target: str) -> Copy:
    copy.parts[name] = copy.parts.pop(STRINGS)
    copy.parts[RELATIONS] = copy.parts[RELATIONS].replace(b"sharedStrings.xml", target.encode())
    copy.parts[TYPES] = copy.parts[TYPES].replace(b"/xl/sharedStrings.xml", f"/{name}".encode())
    return copy


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("xl/strings2.xml", "strings2.xml"),
        ("xl/texts/sharedStrings.xml", "texts/sharedStrings.xml"),
        ("texts.xml", "/texts.xml"),
        ("xl/SHAREDSTRINGS.XML", "SHAREDSTRINGS.XML"),
    ],
)
@pytest.mark.parametrize("fast", [True, False])
def test_texts_under_another_name(name: str, target: str, fast: bool) -> None:
    copy = with_strings_at(Copy(FORM), name, target)
    assert outcome(read(copy, fast=fast)) == (set(), {})


@pytest.mark.parametrize("fast", [True, False])
def test_a_table_of_texts_that_nobody_refers_to_is_not_read(fast: bool) -> None:
    """Some other program's table lies in the usual place: every statement in it is another's."""
    copy = Copy(FORM)
    texts = re.findall(rb"<si>.*?</si>", copy.parts[STRINGS], re.DOTALL)
    strange = copy.parts[STRINGS]
    for text, following in zip(texts, (*texts[1:], texts[0]), strict=True):
        strange = strange.replace(text, following, 1)
    with_strings_at(copy, "xl/strings2.xml", "strings2.xml")
    copy.parts[STRINGS] = strange
    assert outcome(read(copy, fast=fast)) == (set(), {})


def test_two_tables_of_texts_are_told() -> None:
    copy = Copy(FORM)
    copy.parts["xl/strings2.xml"] = copy.parts[STRINGS].replace(b"Starting", b"Spreading")
    second = re.search(rb"<Relationship [^>]*sharedStrings[^>]*/>", copy.parts[RELATIONS])
    again = second[0].replace(b"sharedStrings.xml", b"strings2.xml").replace(b'Id="rId', b'Id="rId9')
    copy.parts[RELATIONS] = copy.parts[RELATIONS].replace(b"</Relationships>", again + b"</Relationships>")
    assert rules(copy) == ["file-damaged"]


# -- how cells look -------------------------------------------------------------------------------------

STYLES, THEME = "xl/styles.xml", "xl/theme/theme1.xml"


def painted(copy: Copy, font: str = "", number_format: int = 0) -> Copy:
    """A copy whose ticked box has another style."""
    styles = copy.parts[STYLES].decode()
    fonts = re.search(r"<fonts.*?</fonts>", styles, re.DOTALL)[0].count("<font>")
    looks = len(re.findall(r"<xf ", re.search(r"<cellXfs.*?</cellXfs>", styles, re.DOTALL)[0]))
    look = f'<xf numFmtId="{number_format}" fontId="{fonts}" fillId="0" borderId="0"/></cellXfs>'
    styles = styles.replace("</fonts>", f'<font>{font}<sz val="11"/><name val="Calibri"/></font></fonts>')
    copy.parts[STYLES] = styles.replace("</cellXfs>", look).encode()
    cell = box(QUESTION)
    return copy.change(FIRST, lambda xml: re.sub(rf'(<c r="{cell}" s=)"\d+"', rf'\1"{looks}"', xml))


def struck(copy: Copy) -> Copy:
    """A copy whose ticked box is crossed out."""
    return painted(copy, "<strike/>")


def unseen(copy: Copy) -> Copy:
    """A copy whose ticked box has letters in the colour of paper, which only the theme tells."""
    return painted(copy, '<color theme="0"/>')


def moved(copy: Copy, name: str, new: str, *, decoy: bool = False) -> Copy:
    """A copy with a part under another name; in its place may stand one of another workbook."""
    target, decoys = name.removeprefix("xl/").encode(), Copy(FORM).parts
    assert target in copy.parts[RELATIONS]
    copy.parts[new] = copy.parts.pop(name)
    copy.parts[RELATIONS] = copy.parts[RELATIONS].replace(target, f"/{new}".encode())
    copy.parts[TYPES] = copy.parts[TYPES].replace(f"/{name}".encode(), f"/{new}".encode())
    copy.parts |= {name: decoys[name]} if decoy else {}
    return copy


@pytest.mark.parametrize("decoy", [False, True])
@pytest.mark.parametrize("new", ["xl/styles2.xml", "xl/looks/STYLES.xml", "styles.xml"])
@pytest.mark.parametrize("fast", [True, False])
def test_styles_under_another_name(new: str, decoy: bool, fast: bool) -> None:
    copy = moved(struck(Copy(FORM)), STYLES, new, decoy=decoy)
    assert outcome(read(copy, fast=fast)) == ({"answer-unclear"}, {QUESTION: State.UNCLEAR})


@pytest.mark.parametrize("decoy", [False, True])
@pytest.mark.parametrize("new", ["theme/theme.xml", "xl/theme/theme7.xml"])
@pytest.mark.parametrize("fast", [True, False])
def test_colours_under_another_name(new: str, decoy: bool, fast: bool) -> None:
    copy = moved(unseen(Copy(FORM)), THEME, new)
    if decoy:
        copy.parts[THEME] = re.sub(rb'lastClr="F+"', b'lastClr="112233"', Copy(FORM).parts[THEME])
    assert outcome(read(copy, fast=fast)) == ({"answer-unclear"}, {QUESTION: State.UNCLEAR})


@pytest.mark.parametrize("fast", [True, False])
def test_a_day_under_another_name_is_no_tick(fast: bool) -> None:
    """The libraries tell days by the styles in the usual place."""
    copy = painted(Copy(FORM), number_format=14).set(FIRST, box(QUESTION), "<v>1</v>")
    assert outcome(read(moved(copy, STYLES, "xl/styles2.xml"), fast=fast))[1] == {QUESTION: State.UNCLEAR}


@pytest.mark.parametrize("fast", [True, False])
def test_without_a_theme_colours_are_those_of_office(fast: bool) -> None:
    copy = unseen(Copy(FORM))
    del copy.parts[THEME]
    assert outcome(read(copy, fast=fast)) == ({"answer-unclear"}, {QUESTION: State.UNCLEAR})


UNREADABLE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda part: part[:-200],
    "a prefix that means nothing": lambda part: re.sub(rb"<(/?)(?:a:)?(fonts|clrScheme)(?=[ >])", rb"<\1none:\2", part),
    "no XML": lambda _: b"styles",
    "entities of its own": lambda part: part.replace(b"?>", b"?><!ENTITY a 'b'>", 1),
    "letters that are none": lambda part: part.replace(b"Calibri", b"Cal\xff\xffbri", 1).replace(b"Aptos", b"A\xff", 1),
}


@pytest.mark.parametrize("how", UNREADABLE)
@pytest.mark.parametrize("name", [STYLES, THEME])
@pytest.mark.parametrize("fast", [True, False])
def test_looks_that_cannot_be_read_are_told(how: str, name: str, fast: bool) -> None:
    copy = struck(Copy(FORM))
    copy.parts[name] = UNREADABLE[how](copy.parts[name])
    assert [finding.rule.id for finding in read(copy, fast=fast).findings] == ["file-damaged"]


def test_looks_that_are_larger_than_anybodys_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_looks, "MOST", 1_000)
    assert rules(painted(Copy(FORM), '<strike val="1"/>')) == ["file-too-big"]


def test_two_lists_of_styles_are_told() -> None:
    copy = struck(Copy(FORM))
    copy.parts["xl/styles2.xml"] = Copy(FORM).parts[STYLES]
    own = re.search(rb"<Relationship [^>]*styles[^>]*/>", copy.parts[RELATIONS])
    again = own[0].replace(b"styles.xml", b"styles2.xml").replace(b'Id="rId', b'Id="rId9')
    copy.parts[RELATIONS] = copy.parts[RELATIONS].replace(b"</Relationships>", again + b"</Relationships>")
    assert rules(copy) == ["file-damaged"]


# -- encodings ------------------------------------------------------------------------------------------


def wide(order: str) -> Callable[[bytes], bytes]:
    """UTF-16 without the mark that tells its order."""
    return lambda part: part.replace(b"UTF-8", b"UTF-16").decode().encode(f"utf-16-{order}")


def declared(name: str, encoding: str = "") -> Callable[[bytes], bytes]:
    """A part that says another encoding; it is in it, unless Python does not know it."""
    return lambda part: part.replace(b"UTF-8", name.encode()).decode().encode(encoding or name, "xmlcharrefreplace")


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "UTF-16, the lower byte first": wide("le"),
    "UTF-16, the higher byte first": wide("be"),
    **{name: declared(name) for name in ("GB2312", "Shift_JIS", "big5", "windows-1252", "koi8-r", "euc-kr")},
    **{name: declared(name, "ascii") for name in ("utf-7", "foo-8", "US-ASCII", "hex", "unicode_escape", "")},
}
PARTS = {"workbook": "xl/workbook.xml", "relations": RELATIONS, "styles": STYLES, "theme": THEME}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("what", PARTS)
def test_a_part_in_another_encoding(what: str, encoding: str) -> None:
    copy = unseen(Copy(FORM)) if what == "theme" else struck(Copy(FORM))
    copy.parts[PARTS[what]] = ENCODINGS[encoding](copy.parts[PARTS[what]])
    for fast in (True, False):
        assert outcome(read(copy, fast=fast)) == ({"answer-unclear"}, {QUESTION: State.UNCLEAR})


# -- names of sheets ------------------------------------------------------------------------------------

NAMES = {
    "a control character": "Vision &#128; x",
    "another": "Vision &#x9F; x",
    "an entity of HTML": "Vision &amp;eacute; x",
    "a line": "Vision\n x",
    "a line as its number": "Vision &#10; x",
    "a tab": "Vision\tx",
    "spaces": " Vision  x ",
    "quotes": "&quot;Vision&apos; &lt;x&gt;",
    "other letters": "Visión ✓ 😀",
}


@pytest.mark.parametrize("name", NAMES)
def test_whatever_the_name_of_a_sheet_its_looks_are_read(name: str) -> None:
    copy = struck(Copy(FORM)).rename(FIRST, NAMES[name])
    sheets = set()
    for fast in (True, False):
        found = read(copy, fast=fast)
        assert outcome(found)[1] == {QUESTION: State.UNCLEAR}
        sheets.add(xlsx.read(saved(copy), fast=fast).grids[1].name)
    assert len(sheets) == 1


@pytest.mark.parametrize("encoding", ["windows-1252", "latin-1"])
def test_the_name_of_a_sheet_in_another_encoding(encoding: str) -> None:
    copy = struck(Copy(FORM)).rename(FIRST, "Visión")
    copy.parts["xl/workbook.xml"] = declared(encoding)(copy.parts["xl/workbook.xml"])
    for fast in (True, False):
        assert outcome(read(copy, fast=fast))[1] == {QUESTION: State.UNCLEAR}
        assert xlsx.read(saved(copy), fast=fast).grids[1].name == "Visión"


# -- what is usual stays --------------------------------------------------------------------------------


def test_usual_xml_is_not_touched() -> None:
    package = Package(FORM)
    assert in_usual_xml(package) is package
    for part in (b'<c t="str"><v>a &amp; b</v></c>', b"<t>&#8226; a</t>", b'<?xml version="1.0"?>\n<a/>'):
        assert usual_xml(part) is part


@pytest.mark.parametrize(
    ("odd", "usual"),
    [
        (b"<v>a<!-- ]]> <![CDATA[ -->b</v>", b"<v>ab</v>"),
        (b"<v><![CDATA[a <!-- b --> & <c>]]></v>", b"<v>a &lt;!-- b --&gt; &amp; &lt;c&gt;</v>"),
        (
            b'<a-b:v xmlns:a-b="u" a-b:x="a-b:y">c a-b:d</a-b:v>',
            b'<odd0:v xmlns:odd0="u" odd0:x="a-b:y">c a-b:d</odd0:v>',
        ),
        (b'<?xml version="1.0"?><?a b?><v>1</v>', b'<?xml version="1.0"?><v>1</v>'),
        (
            b"<sheetData><v>&#49;&#10;&#38;&#x2713;</v></sheetData>",
            "<sheetData><v>1&#10;&#38;✓</v></sheetData>".encode(),
        ),
        ('<?xml version="1.0" encoding="UTF-16"?><v>é</v>'.encode("utf-16"), '<?xml version="1.0"?><v>é</v>'.encode()),
    ],
)
def test_the_usual_spelling_says_the_same(odd: bytes, usual: bytes) -> None:
    assert usual_xml(odd) == usual


def test_messages_name_letters_that_nobody_sees_and_cut_names_that_nobody_reads() -> None:
    """An invisible mark in a box, one in a sheet's name, and a sheet with a name of 4,000 letters."""
    copy = Copy(FORM).type(FIRST, box(QUESTION, other(QUESTION)), "\u200f?").rename(FIRST, "Vision\u200e")
    copy.rename(SECOND, "x" * 4_000)
    file = read(copy)
    findings = [*file.findings]
    for submission in file.submissions:
        findings += [*submission.findings, *judge(submission, QUESTIONNAIRE).findings]
    text = " ".join(f"{finding.message} {finding.mend} {finding.where.sheet}" for finding in findings)
    assert {"(U+200F)", "(U+200E)"} <= set(re.findall(r"\(U\+\w+\)", text))
    assert not {"\u200f", "\u200e"} & set(text)
    assert "x" * 61 not in text
