"""Components, practice points and questions of an authoring workbook, as the tables of the TOML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from impact_xl.authoring import sheets
from impact_xl.authoring.grid import Cells, Problems, Row, plain
from impact_xl.authoring.ids import Missing
from impact_xl.authoring.tables import Tables
from impact_xl.questionnaire import normalise
from impact_xl.wording import quote

_YES_NO = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}


def component_tables(
    found: Mapping[str, Cells], levels: Sequence[str], problems: Problems, missing: list[Missing]
) -> list[Tables]:
    """The tables of all components with their questions, in the order of the sheets.

    Args:
        found: the sheets.
        levels: the names of the levels.
        problems: takes what is wrong, and where each key stands.
        missing: takes what has no id.
    """
    components: list[tuple[Row, Tables]] = []
    for row in found[sheets.COMPONENTS].rows if sheets.COMPONENTS in found else ():
        table = _texts(row, ("id", "title", "short", "intro"))
        if not table.get("id"):
            missing.append(Missing("component", row.place("id"), table))
        table["question"] = []
        components.append((row, table))
    problems.at["", "component", None] = (sheets.COMPONENTS, "A2", "")
    by_name = _names(components)
    _points(found.get(sheets.POINTS), by_name, components, problems)
    _questions(found.get(sheets.QUESTIONS), by_name, components, levels, problems, missing)
    _place(components, problems)
    return [table for _, table in components]


def _texts(row: Row, keys: Sequence[str]) -> Tables:
    """The texts of a row by their keys; what is empty is left out, ids and short titles without stray blanks."""
    texts = {key: row.text(key) for key in keys}
    return {key: plain(text) if key in ("id", "act") else text for key, text in texts.items() if text.strip()}


def _names(components: Sequence[tuple[Row, Tables]]) -> dict[str, Tables]:
    """The components by what may stand for them in a row of another sheet: the id, else a title."""
    names: dict[str, Tables] = {}
    for key in ("title", "short", "id"):
        names |= {normalise(table[key]): table for _, table in components if table.get(key)}
    return names


def _of(
    row: Row, by_name: Mapping[str, Tables], components: Sequence[tuple[Row, Tables]], problems: Problems
) -> Tables | None:
    """The component that a row names; None, and a fault, where there is none."""
    text = plain(row.text("component"))
    table = by_name.get(normalise(text))
    if table is None:
        known = [table["id"] for _, table in components if table.get("id")]
        wrong = f"there is no component {quote(text)}" if text else "the component is missing"
        problems.fault(row.place("component"), f"{wrong}{problems.nearest(text, known)}")
    return table


def _points(
    cells: Cells | None, by_name: Mapping[str, Tables], components: Sequence[tuple[Row, Tables]], problems: Problems
) -> None:
    for row in cells.rows if cells else ():
        table = _of(row, by_name, components, problems)
        if not row.text("text").strip():
            problems.fault(row.place("text"), "the text of this point is missing")
        elif table is not None:
            table.setdefault("in_practice", []).append(row.text("text"))


def _questions(
    cells: Cells | None,
    by_name: Mapping[str, Tables],
    components: Sequence[tuple[Row, Tables]],
    levels: Sequence[str],
    problems: Problems,
    missing: list[Missing],
) -> None:
    if cells is None:
        return
    extra = [number for number in cells.levels if not 1 <= number <= len(levels)]
    for number in extra if levels else ():
        at = f"{cells.name}!{Row(cells.name, 0, (), cells.places).ref(cells.levels[number])}"
        problems.fault(at, f"there is no level {number}; the sheet Levels has {len(levels)}")
    grouped = _by_question(cells, levels, problems) if "statement" in cells.places else _wide(cells, levels)
    for row, statements, places in grouped:
        table = _texts(row, ("id", "title", "short", "section", "help", "act"))
        if not table.get("id"):
            missing.append(Missing("question", row.place("id"), table))
        table |= _not_applicable(row, problems)
        table["statements"] = statements
        table["_row"], table["_places"] = row, places
        component = _of(row, by_name, components, problems)
        if component is not None:
            component["question"].append(table)


Statements = tuple[Row, list[str], list[tuple[str, str, str]]]  # a question's row, its statements, and where they stand


def _wide(cells: Cells, levels: Sequence[str]) -> Iterator[Statements]:
    """The questions of a sheet with a row a question, and a column a level."""
    for row in cells.rows:
        keys = [cells.levels.get(number, "") for number in range(1, len(levels) + 1)]
        yield row, [row.text(key) if key else "" for key in keys], [row.cell(key) for key in keys]


def _by_question(cells: Cells, levels: Sequence[str], problems: Problems) -> Iterator[Statements]:
    """The questions of a sheet with a row a statement: rows with one id, else one title, are one question."""
    rows_of: dict[str, list[Row]] = {}
    for row in cells.rows:
        rows_of.setdefault(normalise(row.text("id") or row.text("title")), []).append(row)
    numbers = {normalise(name): number for number, name in enumerate(levels, 1)}
    for rows in rows_of.values():
        statements, places = [""] * len(levels), [rows[0].cell("statement")] * len(levels)
        for row in rows:
            text = plain(row.text("level"))
            number = int(text) if text.isdecimal() else numbers.get(normalise(text), 0)
            if not 1 <= number <= len(levels):
                problems.fault(row.place("level"), f"there is no level {quote(text)}; they are 1 to {len(levels)}")
            elif statements[number - 1]:
                problems.fault(row.place("level"), f"level {number} of this question is there twice")
            else:
                statements[number - 1], places[number - 1] = row.text("statement"), row.cell("statement")
        yield rows[0], statements, places


def _not_applicable(row: Row, problems: Problems) -> Tables:
    text = plain(row.text("not_applicable"))
    if not text:
        return {}
    if (answer := _YES_NO.get(normalise(text))) is None:
        problems.fault(row.place("not_applicable"), f"{quote(text)} must be yes, no or empty")
        return {}
    return {"not_applicable": answer}


def _place(components: Sequence[tuple[Row, Tables]], problems: Problems) -> None:
    """Note where each key stands, by the numbers that components and questions have in the tables."""
    number = 0
    for place, (row, table) in enumerate(components, 1):
        for key in ("id", "title", "short", "intro"):
            problems.at[f"component {place}", key, None] = row.cell(key)
        problems.at[f"component {place}", "question", None] = row.cell("id")
        for question in table["question"]:
            number += 1
            own, places = question.pop("_row"), question.pop("_places")
            name = f"component.question {number}"
            for key in ("id", "title", "short", "section", "help", "not_applicable", "act"):
                problems.at[name, key, None] = own.cell(key)
            problems.at[name, "statements", None] = places[0] if places else own.cell("title")
            for at, cell in enumerate(places):
                problems.at[name, "statements", at] = cell
