"""Reads the authoring workbook as people left it; each fault names its sheet and cell, and what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from impact_xl.authoring import sheets
from impact_xl.authoring.grid import Cells, Problems, find_sheets, plain
from impact_xl.authoring.ids import Missing, give
from impact_xl.authoring.questions import component_tables
from impact_xl.authoring.tables import Tables
from impact_xl.files.dates import DoubtfulDateError, parse_date
from impact_xl.files.table_files import header_key, text_of
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Questionnaire
from impact_xl.questionnaire.checks import Check, Fault, build

WHAT = "The questionnaire's workbook"
_HINT = "Open it, correct what is listed, save it, and run the command again."
_BY_FACT = {header_key(name): key for key, names in sheets.FACT_NAMES.items() for name in (key, names[0])}
# What the checks say of the TOML file, in the words of the workbook.
_OTHERWISE = {
    "component": "at least one component is needed, each in a row of its own",
    "question": "no question on the sheet Questions belongs to this component",
    "introduction": "is missing; a row with Introduction and a paragraph is needed",
    "issued": "must be a date such as 2026-04-01",
    "levels": "must be the names of the levels, a row each",
}


@dataclass
class Draft:
    """A workbook as it was read: its tables, where each cell of them stands, and what is wrong."""

    tables: Tables
    problems: Problems
    missing: list[Missing] = field(default_factory=list)

    def build(self) -> Questionnaire | None:
        """The questionnaire, where nothing is wrong; every fault is noted."""
        check = Check()
        built = build(self.tables, check)
        for fault in check.faults:
            self.problems.faults.append(self.problems.described(_in_words(fault)))
        return None if self.problems.faults else built


def load(source: Path) -> Questionnaire:
    """The questionnaire in an authoring workbook.

    Raises:
        ImpactError: it cannot be read, holds faults, or a component or question has no id; all are named at once.
    """
    draft = read(source)
    for each in draft.missing:
        draft.problems.fault(each.place, f"this {each.kind} has no id; impact-xl questionnaire import gives it one")
    give(draft.missing, draft.tables)  # so that everything else that is wrong is said as well; it is refused anyway
    built = draft.build()
    if built is None:
        raise refusal(source, draft.problems.faults)
    return built


def refusal(source: Path, faults: list[str]) -> ImpactError:
    """All faults of a workbook at once."""
    return ImpactError(f"{WHAT} cannot be used: {source}\n  " + "\n  ".join(dict.fromkeys(faults)), _HINT)


def read(source: Path) -> Draft:
    """What stands in an authoring workbook, whatever is wrong with it.

    Raises:
        ImpactError: it cannot be read at all.
    """
    problems = Problems()
    found = find_sheets(source, WHAT, problems)
    if sheets.QUESTIONS not in found and sheets.QUESTIONNAIRE not in found:
        raise refusal(source, [*problems.faults, "it has neither a sheet Questionnaire nor a sheet Questions"])
    tables: Tables = dict(_facts(found[sheets.QUESTIONNAIRE], problems)) if sheets.QUESTIONNAIRE in found else {}
    levels = _levels(found.get(sheets.LEVELS), tables, problems)
    missing: list[Missing] = []
    tables["component"] = component_tables(found, levels, problems, missing)
    return Draft(tables, problems, missing)


def _facts(cells: Cells, problems: Problems) -> Iterator[tuple[str, Any]]:
    """What the sheet Questionnaire says, by the keys of the TOML file."""
    introduction: list[str] = []
    seen: dict[str, str] = {}
    for row in cells.rows:
        name, text = row.text("what"), row.text("value")
        key = _BY_FACT.get(header_key(name))
        if not name.strip() and not text.strip():
            continue
        if key is None:
            close = problems.nearest(name, [names for names, _ in sheets.FACT_NAMES.values()])
            problems.fault(row.place("what"), f"“{plain(name)}” is not one of the things that are known{close}")
        elif key == "introduction":
            if text.strip():
                problems.at["", key, len(introduction)] = row.cell("value")
                introduction.append(text)
        elif key in seen:
            problems.fault(row.place("what"), f"“{plain(name)}” is there twice, first in {seen[key]}")
        else:
            seen[key] = row.place("what")
            problems.at["", key, None] = row.cell("value")
            if text.strip():
                yield key, _fact(key, row.value("value"), text)
    problems.at.setdefault(("", "introduction", None), cells.below("value"))
    for key in sheets.FACT_NAMES:
        problems.at.setdefault(("", key, None), cells.below("what"))
    yield "introduction", introduction


def _fact(key: str, value: Any, text: str) -> Any:
    if key == "issued":
        try:
            return parse_date(value)
        except DoubtfulDateError:
            return text
    if key == "target":
        return int(text) if text.strip().isdecimal() else text
    return text_of(value) if key in ("id", "version") else text


def _levels(cells: Cells | None, tables: Tables, problems: Problems) -> list[str]:
    """The names of the levels in order, put into the tables with their meanings."""
    names: list[str] = []
    meanings: list[str] = []
    for row in cells.rows if cells else ():
        number, name = row.text("number").strip(), row.text("name")
        if not number and not name.strip():
            continue
        if number != str(len(names) + 1):
            problems.fault(row.place("number"), f"“{number}” is not the number of this level; {len(names) + 1} is")
        problems.at["", "levels", len(names)] = row.cell("name")
        names.append(name)
        meanings.append(row.text("means"))
    problems.at["", "levels", None] = cells.below("name") if cells else (sheets.LEVELS, "", "")
    tables["levels"] = names
    if any(text.strip() for text in meanings):
        tables["level_meanings"] = meanings
    target = tables.get("target")
    if isinstance(target, str):
        named = [number for number, name in enumerate(names, 1) if plain(name).casefold() == target.strip().casefold()]
        tables["target"] = named[0] if named else target
    return names


def _in_words(fault: Fault) -> Fault:
    """A fault of the tables in the words of the workbook."""
    otherwise = _OTHERWISE.get(fault.key)
    needs = fault.wrong.startswith(("at least one", "must be a list of texts", "must be a date"))
    return Fault(fault.table, fault.key, otherwise, fault.at) if otherwise and needs else fault
