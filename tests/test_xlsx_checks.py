"""What the XML of a sheet says that the engines keep to themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from edit_cases import FIRST, FORM, SECOND, TRUTH, box, other, outcome, row
from edits import Copy
from hostile import saved
from rounds_in_memory import QUESTIONNAIRE

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats import xlsx_checks
from impact_xl.returns.formats.grid import merged_rows
from impact_xl.returns.formats.package_reader import Package
from impact_xl.returns.read_file import read_content
from impact_xl.round.answers import State

STRINGS = "xl/sharedStrings.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def head(rows: str) -> str:
    return f'<worksheet xmlns="{_MAIN}"' + f' xmlns:x="{_MAIN}"' * ("<x:" in rows) + "><sheetData>"


def look(rows: str, more: str = "") -> xlsx_checks.SheetFlags:
    return xlsx_checks.inspect(f"{head(rows)}{rows}</sheetData>{more}</worksheet>".encode())


def rules(content: bytes) -> list[str]:
    return [finding.rule.id for finding in read_content(content, "form.xlsx", QUESTIONNAIRE).findings]


@pytest.mark.parametrize(
    ("cell", "hides"),
    [
        ('<c r="A1" t="b"><v>1</v></c>', False),
        ('<c r="A1" t="e"><v>#REF!</v></c>', True),
        ("<c r='A1' t='e'><v>#REF!</v></c>", True),
        ('<c r="A1"><f>TRUE()</f></c>', True),
        ('<c r="A1"><f>TRUE()</f><v></v></c>', True),
        ('<c r="A1"><f>TRUE()</f><v/></c>', True),
        ('<c r="A1"><f>TRUE()</f><v>1</v></c>', False),
        ('<c r="A1"><f t="shared" si="0"/><v>1</v></c>', False),
        ('<c r="A1"><f t="shared" si="0"/></c>', True),
        ('<c r="A1"><f t="array" ref="A1">TRUE()</f></c>', True),
        ('<c r="A1" t="str"><v><![CDATA[x]]></v></c>', True),
        ('<x:c r="A1"><x:f>TRUE()</x:f></x:c>', True),
        ('<x:c r="A1" t="e"><x:v>#N/A</x:v></x:c>', True),
        ('<c r="A1" t="inlineStr"><is><t>&lt;f&gt; t="e"</t></is></c>', False),
    ],
)
def test_what_a_fast_engine_shows_as_empty(cell: str, hides: bool) -> None:
    assert look(f'<row r="1">{cell}</row>').hides is hides


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        ("<v><![CDATA[x]]></v>", "str"),
        ("<v><![CDATA[1]]></v>", "b"),
        ('<f t="array" ref="B17">TRUE()</f>', ""),
        ('<f t="array" ref="B17">TRUE()</f><v></v>', ""),
    ],
)
def test_a_second_tick_that_a_fast_engine_shows_as_empty(xml: str, kind: str) -> None:
    copy = Copy(FORM).set(FIRST, box("Q01", other("Q01")), xml, kind)
    _, states = outcome(read_content(saved(copy), "form.xlsx", QUESTIONNAIRE))
    assert states == {"Q01": State.MULTIPLE}


@pytest.mark.parametrize(
    ("cell", "far", "filled"),
    [
        ('<c r="D123"><v>1</v></c>', False, False),
        ('<c r="ZZ9999"><v>1</v></c>', False, False),
        ('<c r="A10000"><v>1</v></c>', True, True),
        ('<c r="AAA99"><v>1</v></c>', True, True),
        ('<c r="XFD1048576" s="1"/>', True, False),
        ("<c r='XFD1048576'><v>1</v></c>", True, True),
        ('<c r="xfd1048576"><v>1</v></c>', True, True),
        ('<c r = "XFD1048576"><v>1</v></c>', True, True),
        ('<x:c r="XFD1048576"><x:v>1</x:v></x:c>', True, True),
    ],
)
def test_what_stands_far_away(cell: str, far: bool, filled: bool) -> None:
    seen = look(f'<row r="1">{cell}</row>')
    assert (seen.far, seen.far_filled) == (far, filled)


def test_a_cell_without_its_place_is_counted() -> None:
    assert look('<row r="1048576"><c><v>1</v></c></row>').far
    assert not look("<row><c><v>1</v></c><c/><c><v>1</v></c></row><row><c><v>1</v></c></row>").far


TWICE = (
    '<row r="1"><c r="B1" t="b"><v>0</v></c><c r="B1" t="b"><v>1</v></c></row>',
    '<row r="1"><c r="B1"><v>0</v></c></row><row r="1"><c r="B1"><v>1</v></c></row>',
    "<row r='1'><c r='B1'><v>0</v></c><c r='B1'><v>1</v></c></row>",
    '<x:row r="1"><x:c r="B1"><x:v>0</x:v></x:c><x:c r="b1"><x:v>1</x:v></x:c></x:row>',
    '<row r="1"><c/><c><v>0</v></c><c r="B1"><v>1</v></c></row>',
    '<row r="1"><c r="b1" t="b"><v>1</v></c><c r="B1" t="b"><v>0</v></c></row>',
    '<row r="1"><c r="B1" t="b"><v>1</v></c><c r="B01" t="b"><v>0</v></c></row>',
    "<row r='1'><c r='b001' t='b'><v>1</v></c><c r='B1' t='b'><v>0</v></c></row>",
    '<row r="1"><c/><c><v>0</v></c><c r="b01"><v>1</v></c></row>',
)


@pytest.mark.parametrize("rows", TWICE)
def test_a_cell_that_stands_there_twice_is_never_one_of_the_two(rows: str) -> None:
    with pytest.raises(FileRejected, match="B1 appears twice"):
        look(rows)


def test_what_stands_twice_is_refused_by_both_engines() -> None:
    copy = Copy(FORM)
    cell = f'<c r="{box("Q01", other("Q01"))}" t="b"><v>1</v></c>'
    copy.change(FIRST, lambda xml: re.sub(rf'(<row r="{row("Q01", other("Q01"))}"[^>]*>)', rf"\1{cell}", xml))
    assert rules(saved(copy)) == ["file-damaged"]


@pytest.mark.parametrize("name", ["same", "SAME"])
def test_two_sheets_of_one_name(name: str) -> None:
    copy = Copy(FORM).rename(FIRST, "Same").rename(SECOND, name.replace("same", "Same"))
    assert rules(saved(copy)) == ["file-damaged"]


NO_INDEX = ("-1", "99999", "+7", "7.0", "7e0", "0x7", "x", "3 3", "1_0", "-0", "99999999999999999999", "&#32;")


@pytest.mark.parametrize("formula", ["", "<f>A1</f>"], ids=["", "with a formula"])
@pytest.mark.parametrize("index", NO_INDEX)
def test_a_cell_that_points_to_no_text(index: str, formula: str) -> None:
    copy = Copy(FORM).set(FIRST, box("Q01"), f"{formula}<v>{index}</v>", "s")
    assert rules(saved(copy)) == ["file-damaged"]


@pytest.mark.parametrize("value", ["<v> {} </v>", "<v>\n{}</v>", "<v>{}\t</v>", "<v xml:space='preserve'> {}</v>"])
@pytest.mark.parametrize("text", ["x", "maybe"])
def test_space_round_the_number_of_a_text_is_no_part_of_it(text: str, value: str) -> None:
    """The first text, which a library takes for an odd number, is a tick; and the one that is meant is another."""
    copy = Copy(FORM)
    strings = re.sub(r"(<sst[^>]*>)", r"\1<si><t>x</t></si>", copy.parts[STRINGS].decode(), count=1)
    for name in [each for each in copy.parts if each.startswith("xl/worksheets/sheet")]:
        numbers = re.sub(r' t="s"><v>(\d+)<', lambda cell: f' t="s"><v>{int(cell[1]) + 1}<', copy.parts[name].decode())
        copy.parts[name] = numbers.encode()
    copy.parts[STRINGS] = strings.replace("</sst>", f"<si><t>{text}</t></si></sst>").encode()
    at = 0 if text == "x" else strings.count("<si>")
    copy.set(FIRST, box("Q01", other("Q01")), value.format(at), "s")
    expected = State.MULTIPLE if text == "x" else State.UNCLEAR
    for fast in (True, False):
        read = read_content(saved(copy), "form.xlsx", QUESTIONNAIRE, fast=fast)
        assert outcome(read)[1] == {"Q01": expected}


ROW = re.compile(r"<row [^>]*?(?:/>|>.*?</row>)", re.DOTALL)
EMPTY = '<row r="900000" s="1" customFormat="1" ht="15"/>'


def as_fragment(xml: str) -> str:
    """The row of the second tick cut in two: its box stands in a row of its own, behind all others."""
    cell = re.search(rf'<c r="{box("Q01", other("Q01"))}"[^>]*>.*?</c>', xml)[0]
    number = row("Q01", other("Q01"))
    return xml.replace(cell, "").replace("</sheetData>", f'<row r="{number}">{cell}</row></sheetData>')


def with_rows(order: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    def changed(xml: str) -> str:
        begin, end = xml.index("<sheetData>") + len("<sheetData>"), xml.index("</sheetData>")
        return xml[:begin] + "".join(order(ROW.findall(xml[begin:end]))) + xml[end:]

    return changed


ORDERS: dict[str, Callable[[str], str]] = {
    "backwards": with_rows(lambda rows: rows[::-1]),
    "the last one first": with_rows(lambda rows: [rows[-1], *rows[:-1]]),
    "each two the other way round": with_rows(
        lambda rows: [each for at in range(0, len(rows), 2) for each in rows[at : at + 2][::-1]]
    ),
    "a box in a row of its own": as_fragment,
    "a far row first": with_rows(lambda rows: [EMPTY, *rows]),
    "a far row in the middle": with_rows(lambda rows: [*rows[:9], EMPTY, *rows[9:]]),
    "among far rows": with_rows(lambda rows: [EMPTY.replace("900000", "5001"), *rows, EMPTY]),
    "a far row with something first": with_rows(
        lambda rows: ['<row r="900000"><c r="A900000" t="b"><v>1</v></c></row>', *rows]
    ),
}
SPOILERS = {
    "nothing": lambda copy: copy,
    "an error elsewhere": lambda copy: copy.set(FIRST, box("Q02"), "<v>#SPILL!</v>", "e"),
    "a formula without its value": lambda copy: copy.set(FIRST, box("Q02"), "<f>TRUE()</f>"),
}


@pytest.mark.parametrize("spoiler", SPOILERS)
@pytest.mark.parametrize("order", ORDERS)
def test_rows_are_read_in_any_order(order: str, spoiler: str) -> None:
    for fast in (True, False):
        copy = SPOILERS[spoiler](Copy(FORM).tick(FIRST, box("Q01", other("Q01")))).change(FIRST, ORDERS[order])
        _, states = outcome(read_content(saved(copy), "form.xlsx", QUESTIONNAIRE, fast=fast))
        assert states["Q01"] is State.MULTIPLE
        assert states.keys() <= {"Q01", "Q02"}


def test_what_is_merged() -> None:
    seen = look('<row r="1"/>', '<mergeCells><mergeCell ref="B2:C4"/><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    assert seen.merged == ((1, 1, 3, 2), (0, 0, 1_048_575, 16_383))
    assert merged_rows(seen.merged, 1) == dict.fromkeys((1, 2, 3), "B2:C4")  # all of a sheet says nothing of a box
    assert merged_rows(seen.merged, 3) == {}
    assert merged_rows(((1, 1, 1, 4),), 1) == {}  # within one row


def merged(copy: Copy) -> Copy:
    return copy.merge(FIRST, box("Q01", 1), box("Q01", 5), *(box("Q01", n) for n in range(2, 6)))


def test_a_merged_box_is_unclear_also_where_the_careful_engine_reads() -> None:
    copy = merged(Copy(FORM)).tick(FIRST, box("Q01", 1)).set(FIRST, box("Q02"), "<f>TRUE()</f>")
    got, states = outcome(read_content(saved(copy), "form.xlsx", QUESTIONNAIRE))
    assert (got, set(states)) == ({"answer-unclear"}, {"Q01"})


def test_sheets_are_found_wherever_their_parts_lie() -> None:
    """An error hides in a part with a name of its own; so it has to be looked through, too."""
    copy = Copy(FORM).set(FIRST, box("Q01"), "<v>#REF!</v>", "e")
    old = copy._part(FIRST)
    copy.parts["xl/tabs/first.xml"] = copy.parts.pop(old)
    rels = "xl/_rels/workbook.xml.rels"
    copy.parts[rels] = copy.parts[rels].replace(old.removeprefix("xl/").encode(), b"tabs/first.xml")
    assert "xl/tabs/first.xml" in set(Package(saved(copy)).sheets())
    got, states = outcome(read_content(saved(copy), "form.xlsx", QUESTIONNAIRE))
    assert (got, set(states)) == ({"answer-unclear"}, {"Q01"})


def in_utf16(text: str) -> bytes:
    return re.sub(r'encoding="[^"]*"', 'encoding="UTF-16"', text).encode("utf-16")


def with_marks(text: str) -> bytes:
    return b"\xef\xbb\xbf" + text.encode()


def prefixed(text: str) -> bytes:
    text = re.sub(r"<(/?)([A-Za-z])", r"<\1x:\2", text).replace('xmlns="', 'xmlns:x="')
    return text.encode()


def without_places(text: str) -> bytes:
    """Rows and cells that leave their places to be counted; what is not there has to stand there, empty."""

    def counted(found: re.Match[str]) -> str:
        cells = {cell[1]: re.sub(r' r="\w+"', "", cell[0], count=1) for cell in CELL.finditer(found[2])}
        return f"<row{found[1]}>{''.join(cells.get(column, '<c/>') for column in 'ABCDE')}</row>"

    return re.sub(r'<row r="\d+"([^>]*[^/>])>(.*?)</row>', counted, text, flags=re.DOTALL).encode()


CELL = re.compile(r'<c r="([A-Z]+)\d+"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
SPELLINGS: dict[str, Callable[[Copy], object]] = {
    "UTF-16": lambda copy: _each(copy, in_utf16),
    "a mark at the beginning": lambda copy: _each(copy, with_marks),
    "prefixes": lambda copy: _each(copy, prefixed, only="worksheets"),
    "no places": lambda copy: _each(copy, without_places, only="worksheets"),
    "back-slashes": lambda copy: copy.parts.update({n.replace("/", "\\"): copy.parts.pop(n) for n in list(copy.parts)}),
    "capitals": lambda copy: copy.parts.update(
        {n.upper(): copy.parts.pop(n) for n in list(copy.parts) if n.startswith("xl/")}
    ),
    "no styles": lambda copy: copy.parts.pop("xl/styles.xml"),
    "no theme": lambda copy: copy.parts.pop("xl/theme/theme1.xml"),
    "no content types": lambda copy: copy.parts.pop("[Content_Types].xml"),
    "no relations at the top": lambda copy: copy.parts.pop("_rels/.rels"),
    "styles out of range": lambda copy: _each(
        copy, lambda text: re.sub(r' s="\d+"', ' s="99999"', text).encode(), only="worksheets"
    ),
}


def _each(copy: Copy, how: Callable[[str], bytes], only: str = ".xml") -> None:
    for name, content in copy.parts.items():
        if only in name and name.endswith(".xml"):
            copy.parts[name] = how(content.decode())


# Where neither fast reader can be sure, openpyxl has to read, and there are packages that it does not open.
CAREFUL_FAILS = {"back-slashes", "capitals", "no content types"}


@pytest.mark.parametrize("odd", [False, True], ids=["as it is", "with an error"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_however_the_package_is_written(spelling: str, odd: bool) -> None:
    copy = Copy(FORM)
    if odd:
        copy.set(FIRST, box("Q01", other("Q01")), "<v>#SPILL!</v>", "e")
    SPELLINGS[spelling](copy)
    if odd and spelling in CAREFUL_FAILS:
        assert rules(saved(copy)) == ["file-damaged"]
        return
    got, states = outcome(read_content(saved(copy), "form.xlsx", QUESTIONNAIRE))
    assert (got, set(states)) == (({"answer-unclear"}, {"Q01"}) if odd else (set(), set()))


def test_bytes_around_the_package_do_not_matter() -> None:
    for content in (b"\r\n" + FORM, b"HTTP/1.1 200 OK\r\n\r\n" + FORM, FORM + b"\r\n", FORM + bytes(100)):
        assert outcome(read_content(content, "form.xlsx", QUESTIONNAIRE)) == (set(), {})
    assert len(TRUTH) == len(QUESTIONNAIRE.questions)


def test_values_for_some_programs_alone_are_refused() -> None:
    cell = b'<c r="B2"><mc:AlternateContent><mc:Fallback><v>1</v></mc:Fallback></mc:AlternateContent></c>'
    with pytest.raises(FileRejected, match="another for others"):
        xlsx_checks.inspect(b"<worksheet><sheetData><row>" + cell + b"</row></sheetData></worksheet>")
