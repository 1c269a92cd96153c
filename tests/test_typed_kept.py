"""What people typed into the workbook besides entries: told row by row, kept where it can be, never lost unsaid."""

from __future__ import annotations

import io
import random
import shutil
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest
from libreoffice import convert, needs_office, recalculated, typed
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.colors import Color
from rounds_in_memory import QUESTIONNAIRE
from test_detect import TEAMS, heads, lost, place, round_of

from impact_xl import api, results
from impact_xl.findings import ImpactError
from impact_xl.results.edits import row_digests
from impact_xl.results.edits.checksum import SheetChecksums
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.roster import Team
from impact_xl.round.collation import Collation
from impact_xl.xlsx.package_inspect import Parts


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("first") / "consolidated.xlsx"
    results.write(round_of(), path)
    return path


@pytest.fixture
def path(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(first, tmp_path / "consolidated.xlsx"))


def edited(path: Path, edit: Callable[[openpyxl.Workbook], None]) -> Collation:
    """The round combined onto a workbook that somebody edited, and saved with the values that were there."""
    book = openpyxl.load_workbook(path, data_only=True)
    edit(book)
    book.save(path)
    return results.carry(round_of(), path)


def cells(collation: Collation) -> list[str]:
    return [each.where.cell for each in collation.to_fix if each.rule.id == "text-not-kept"]


# -- rows that were deleted or added -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "column", "also"),
    [
        ("To fix", "What to do", []),
        ("Teams", "Group", ["1 row was deleted and is there again"]),
        ("Answers", "Level as read", ["1 row was deleted and is there again"]),
        ("Components", "Component", ["1 row was deleted and is there again"]),
        ("Heatmap", "Group", ["1 row was deleted and is there again"]),
        ("Questions", "Question", ["1 row was deleted and is there again"]),
    ],
)
def test_what_was_typed_is_told_where_a_row_was_deleted(path: Path, sheet: str, column: str, also: list[str]) -> None:
    at = place(path, sheet, column, 2)
    below = place(path, sheet, column, 1)
    row = int(at.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))

    def edit(book: openpyxl.Workbook) -> None:
        book[sheet][at] = "Phoned 3 Dec"
        book[sheet].delete_rows(row - 1)

    carried = edited(path, edit)
    what = [each.facts["what"] for each in carried.to_fix if each.rule.id == "text-not-kept"]
    assert sorted(what) == sorted([f"something was typed into the column {column}: “Phoned 3 Dec”", *also])
    assert below in cells(carried)
    assert carried.carried
    assert carried.carried.lost == len(what)


def test_rows_deleted_on_to_fix_are_done_with_and_nothing_is_said(path: Path) -> None:
    carried = edited(path, lambda book: book["To fix"].delete_rows(FIRST_ROW + 1))
    assert (lost(carried), str(carried.carried)) == ([], "")


def test_what_was_typed_is_told_where_rows_were_added(path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book["Components"][place(path, "Components", "Component", 2)] = "Our own name"
        book["Components"]["A30"] = "by telephone"

    told = lost(edited(path, edit))
    assert any("typed into the column Component: “Our own name”" in line for line in told)
    assert any("rows were added to the table: “by telephone”" in line for line in told)


def test_rows_sorted_and_some_deleted_say_nothing_of_the_others(path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        sheet = book["Answers"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(FIRST_ROW + 1)]
        for number, values in enumerate(reversed(rows), FIRST_ROW + 1):
            for col, value in enumerate(values, 1):
                sheet.cell(number, col).value = value
        sheet.delete_rows(FIRST_ROW + 3, 4)

    told = lost(edited(path, edit))
    [line] = [line for line in told if "calculated" not in line]
    assert "4 rows were deleted and are there again" in line


def test_a_text_taken_out_is_told(path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book["Teams"][place(path, "Teams", "Group", 1)] = None

    assert "typed into the column Group: nothing" in lost(edited(path, edit))[0]


def test_a_workbook_of_version_0_1_with_rows_missing_says_that_it_cannot_be_told(path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        for name in [each.name for each in book.custom_doc_props.props if each.name.startswith("Rows of ")]:
            del book.custom_doc_props[name]
        book["To fix"]["E6"] = "Phoned 3 Dec"
        book["To fix"].delete_rows(FIRST_ROW + 1)

    assert "rows were deleted, so what was typed" in lost(edited(path, edit))[0]


# -- formulas ----------------------------------------------------------------------------------------


def test_a_formula_without_a_value_below_the_table_is_reported(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["Actions"]["C90"] = "=1+2"
    book.save(path)
    assert any("formulas in the column What have no value" in line for line in lost(results.carry(round_of(), path)))


@needs_office
def test_a_formula_whose_value_is_the_empty_text_has_a_value(path: Path, tmp_path: Path) -> None:
    col = openpyxl.utils.get_column_letter(len(heads(path, "Teams")) + 1)
    entries = {f"{col}{FIRST_ROW}": "Mine", f"{col}{FIRST_ROW + 1}": '=IF(A5="","x","")', f"{col}{FIRST_ROW + 2}": "=2"}
    out = typed(path, tmp_path / "typed.xlsx", {"Teams": entries})
    assert lost(results.carry(round_of(), out)) == []


# -- live formulas -----------------------------------------------------------------------------------

NUMBERED = tuple(Team(each.id, each.name, group) for each, group in zip(TEAMS, ("1", "2", "TRUE"), strict=True))


@needs_office
@pytest.mark.parametrize("group", ["1", "2"])
def test_groups_may_be_called_like_numbers(group: str, tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    results.write(round_of({team.name: {} for team in NUMBERED}, teams=NUMBERED), path)
    assert openpyxl.load_workbook(path)["Summary"]["A3"].number_format == "@"
    out = typed(path, tmp_path / "typed.xlsx", {"Summary": {"A3": group}})
    book = openpyxl.load_workbook(recalculated(out, tmp_path), data_only=True)
    col = heads(path, "Teams")["Shown"]
    shown = {book["Teams"][f"B{row}"].value: book["Teams"][f"{col}{row}"].value for row in range(5, 8)}
    assert shown == {each: int(each == group) for each in shown}


@needs_office
@pytest.mark.parametrize(("group", "number"), [("1", 1), ("2", 2), ("TRUE", "TRUE")])
def test_a_number_in_a3_is_the_group_of_that_name(group: str, number: object, tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    results.write(round_of({team.name: {} for team in NUMBERED}, teams=NUMBERED), path)
    book = openpyxl.load_workbook(path)
    book["Summary"]["A3"] = number
    book.save(tmp_path / "number.xlsx")
    book = openpyxl.load_workbook(recalculated(tmp_path / "number.xlsx", tmp_path), data_only=True)
    col = heads(path, "Teams")["Shown"]
    assert [book["Teams"][f"{col}{row}"].value for row in range(5, 8)] == [
        int(each == group) for each in ("1", "2", "TRUE")
    ]


@needs_office
@pytest.mark.parametrize(
    ("level", "number"),
    [("Improving*", 0), ("Spread?ng", 0), ("*", 0), ("~", 0), ("spreading", 4), (QUESTIONNAIRE.levels[4].name, 5)],
)
def test_a_level_is_no_pattern(level: str, number: int, first: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(first)
    book["Answers"][place(first, "Answers", "Level", 2)] = level
    book.save(tmp_path / "pasted.xlsx")
    book = openpyxl.load_workbook(convert(tmp_path / "pasted.xlsx", tmp_path / "out"), data_only=True)
    assert book["Answers"][place(first, "Answers", "Level no", 2)].value == number


# -- colours -----------------------------------------------------------------------------------------


def paint(book: openpyxl.Workbook, sheet: str, row: int, fill: PatternFill | None, *, strike: bool = False) -> None:
    for cell in book[sheet][row]:
        if fill:
            cell.fill = fill
        if strike:
            cell.font = Font(name="Arial", size=10, strike=True)


GREEN = PatternFill("solid", fgColor="FF92D050")
THEMED = PatternFill("solid", fgColor=Color(theme=9, tint=0.6))


@pytest.mark.parametrize("sheet", ["To fix", "Answers", "Teams", "Actions"])
@pytest.mark.parametrize(("fill", "strike"), [(GREEN, False), (THEMED, False), (None, True)])
def test_rows_painted_or_struck_out_are_told(path: Path, sheet: str, fill: PatternFill | None, strike: bool) -> None:
    carried = edited(path, lambda book: paint(book, sheet, FIRST_ROW + 1, fill, strike=strike))
    [line] = lost(carried)
    assert line.startswith(f"{sheet}: ")
    assert "1 row was painted or struck out, and colours and strike-through are not kept" in line
    assert cells(carried) == [f"A{FIRST_ROW + 1}"]


@needs_office
def test_our_own_colours_are_not_taken_for_somebodys(path: Path, tmp_path: Path) -> None:
    assert lost(edited(path, lambda _: None)) == []
    assert lost(results.carry(round_of(), convert(path, tmp_path / "out"))) == []


# -- what programs do without people -----------------------------------------------------------------

LABEL = "MSIP_Label_11111111-2222-3333-4444-555555555555_"
PUBLIC = {f"{LABEL}Enabled": "true", f"{LABEL}Name": "Official", f"{LABEL}ContentBits": "0"}
LABEL_INFO = (
    '<clbl:labelList xmlns:clbl="http://schemas.microsoft.com/office/2020/mipLabelMetadata"><clbl:label '
    'id="{11111111-2222-3333-4444-555555555555}" enabled="1" method="Standard" '
    'siteId="{aaaaaaaa-2222-3333-4444-555555555555}" contentBits="%d" removed="0"/></clbl:labelList>'
)


def labelled(path: Path, properties: dict[str, str], parts: dict[str, str] | None = None) -> None:
    """As SharePoint and Office change a file: properties are added, and parts of XML of their own."""
    with zipfile.ZipFile(path) as package:
        content = {name: package.read(name) for name in package.namelist()}
    custom = content["docProps/custom.xml"].decode()
    more = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{pid}" name="{name}">'
        f"<vt:lpwstr>{value}</vt:lpwstr></property>"
        for pid, (name, value) in enumerate(properties.items(), 9000)
    )
    content["docProps/custom.xml"] = custom.replace("</Properties>", f"{more}</Properties>").encode()
    with zipfile.ZipFile(path, "w") as package:
        for name, part in {**content, **{name: text.encode() for name, text in (parts or {}).items()}}.items():
            package.writestr(name, part)


def properties(path: Path) -> dict[str, str]:
    return {name: value for name, value in Parts(path).properties.items() if not name.startswith(("Seal", "Rows"))}


def test_a_label_is_kept_and_nothing_is_said_to_have_changed(path: Path) -> None:
    labelled(path, {**PUBLIC, "ContentTypeId": "0x0101"}, {"customXml/item1.xml": "<p:properties xmlns:p='x'/>"})
    for _ in range(2):
        carried = results.carry(round_of(), path)
        assert (lost(carried), str(carried.carried)) == ([], "")
        results.write(round_of(), path, keep=False)
        assert {name: properties(path)[name] for name in PUBLIC} == PUBLIC


def test_a_label_in_the_newer_place_is_kept(path: Path) -> None:
    labelled(path, {}, {"docMetadata/LabelInfo.xml": LABEL_INFO % 0})
    results.write(round_of(), path, keep=False)
    assert properties(path) == {
        f"{LABEL}Enabled": "true",
        f"{LABEL}Method": "Standard",
        f"{LABEL}SiteId": "aaaaaaaa-2222-3333-4444-555555555555",
        f"{LABEL}ContentBits": "0",
    }


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_label_that_encrypts_stops_the_run(path: Path, encrypted: bool) -> None:
    if encrypted:
        path.write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(1000))
    else:
        labelled(path, {}, {"docMetadata/LabelInfo.xml": LABEL_INFO % 8})
    before = path.read_bytes()
    with pytest.raises(ImpactError, match="sensitivity label that encrypts") as caught:
        results.write(round_of(), path)
    assert "choose a label that does not encrypt" in str(caught.value.hint)
    assert path.read_bytes() == before


# -- the digests of rows -----------------------------------------------------------------------------


def digests(rows: Sequence[Sequence[str]]) -> list[str]:
    sums = SheetChecksums()
    for row in rows:
        sums.add_row(row)
    return sums.digests


@pytest.mark.parametrize("seed", range(40))
def test_a_cell_is_found_whatever_became_of_the_other_rows(seed: int) -> None:
    chance = random.Random(seed)
    rows = [[f"Team {team}", f"Group {team % 3}", f"Q{q:02}", "", f"F{q}"] for team in range(9) for q in range(7)]
    written = digests(rows)
    left = chance.sample(rows, chance.randint(5, len(rows)))
    gone = len(rows) - len(left)
    changed = {chance.randrange(len(left)): chance.randrange(5) for _ in range(3)}
    now = [[*row] for row in left]
    for row, col in changed.items():
        now[row][col] = f"typed {row}"
    changes = row_digests.compare(written, digests(now))
    assert (changes.added, changes.copied, changes.gone) == ([], [], gone)
    assert changes.changed.keys() == changed.keys()
    assert all(changes.changed[row] in ((col,), ()) for row, col in changed.items())  # () once in 64


def test_rows_that_are_there_twice_or_like_none_are_told_apart() -> None:
    rows = [["Ash", "North", "1"], ["Elm", "South", "2"]]
    changes = row_digests.compare(digests(rows), digests([*rows, rows[0], ["Other", "", "3"]]))
    assert (changes.copied, changes.added, changes.changed, changes.gone) == ([2], [3], {}, 0)


def test_digests_fill_as_many_properties_as_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    written = digests([[f"Team {number}", "x"] for number in range(200)])
    kept = dict(row_digests.properties("Teams", written))
    assert list(kept) == [f"Rows of Teams {number}" for number in range(1, 6)]
    assert max(map(len, kept.values())) <= 255
    assert row_digests.read(kept, "Teams", 2) == written
    assert row_digests.read(kept, "Teams", 4) == []  # of other columns
    monkeypatch.setattr(row_digests, "MOST_ROWS", 199)
    assert dict(row_digests.properties("Teams", written)) == {}


def test_a_label_stays_on_the_copy_to_share(tmp_path: Path) -> None:
    copy = results.share.write(round_of(), tmp_path / "share.xlsx")
    with zipfile.ZipFile(copy, "a") as package:
        package.writestr("docMetadata/LabelInfo.xml", LABEL_INFO % 0)
    results.share.write(round_of(), copy)
    assert properties(copy)[f"{LABEL}Enabled"] == "true"
    api.write(round_of(), tmp_path / "out.xlsx", share=copy)
    assert properties(copy)[f"{LABEL}Enabled"] == "true"


def test_the_copy_to_share_has_no_digests() -> None:
    with zipfile.ZipFile(io.BytesIO(results.share.build(round_of()))) as package:
        assert "docProps/custom.xml" not in package.namelist()
