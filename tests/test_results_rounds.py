"""Two hundred rounds, from nobody to many, with every edge a count can have: the workbook's stored figures are those of
an independent implementation."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from edge_rounds import long_names
from independent import DISCUSS, IMPROVE, SHARE, Item, against, headline, on_agenda, percent
from libreoffice import needs_office, shown
from python_calamine import CalamineWorkbook
from rounds_in_memory import QUESTIONNAIRE, random_round, returned, submission

from impact_xl import results
from impact_xl.results.formulas import ALL_GROUPS
from impact_xl.results.heatmap import TOP
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.roster import NO_GROUP, Round
from impact_xl.round.collation import Collation, collate

LEVELS = [level.name for level in QUESTIONNAIRE.levels]
SHEETS = ("Summary", "Components", "Questions")
ODD = ("blank", "multiple", "unclear", "missing", "not_applicable")

# What all the teams say to one question, by how many teams there are.
EDGES: Sequence[Callable[[random.Random, int], list[int | str]]] = (
    lambda dice, n: [dice.choice(ODD) for _ in range(n)],  # no valid answer
    lambda dice, n: [dice.randint(1, 5), *(["blank"] * (n - 1))],  # one
    lambda dice, n: [dice.randint(1, 5), dice.randint(1, 5), *(["multiple"] * (n - 2))],  # two
    lambda dice, n: [dice.randint(1, 5)] * n,  # all the same
    lambda _, n: [1] * (n // 2) + [5] * (n - n // 2),  # half at each end
    lambda _, n: [2] * (n // 2) + [3] * (n - n // 2),  # a median between two levels, at the target's edge
    lambda _, n: [1 + place % 5 for place in range(n)],  # spread evenly
    lambda dice, n: [dice.choice((1, 2, 4, 5)) for _ in range(n)],  # a valley in the middle
    lambda dice, n: [dice.choice((*range(1, 6), *ODD)) for _ in range(n)],  # anything
    lambda dice, n: [max(1, min(5, round(dice.gauss(3, 1)))) for _ in range(n)],  # like a real one
)


def edge_round(seed: int) -> Collation:
    """A round whose questions have every kind of count, among a number of teams from none up."""
    dice = random.Random(seed)
    teams = (0, 1, 2, 3, 4, 5, 6, 8, 11, 20)[seed % 10]
    by_question = {question.id: dice.choice(EDGES)(dice, teams)[:teams] for question in QUESTIONNAIRE.questions}
    for answers in by_question.values():
        dice.shuffle(answers)
    files = [
        returned(
            submission(f"Team {number:02d}", {question: answers[number] for question, answers in by_question.items()})
        )
        for number in range(teams)
    ]
    return collate(files, QUESTIONNAIRE, Round(target=dice.choice((None, 2, 4))))


@pytest.fixture(params=[*range(20), *(pytest.param(number, marks=pytest.mark.long) for number in range(20, 120))])
def seeds(request: pytest.FixtureRequest) -> range:
    """Ten rounds a test, so that a failure is near its seed and the list of tests stays short."""
    return range(10 * request.param, 10 * request.param + 10)


def test_figures_are_those_of_an_independent_implementation(seeds: range) -> None:
    for seed in seeds:
        collation = edge_round(seed)
        book = CalamineWorkbook.from_filelike(io.BytesIO(results.build(collation)))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in SHEETS}
        _compare_sheets(sheets, list(collation.rows("answers")), collation.target, f"seed {seed}")
        heatmap = book.get_sheet_by_name("Heatmap").to_python(skip_empty_area=False)
        teams = book.get_sheet_by_name("Teams").to_python(skip_empty_area=False)
        _compare_teams(_below_header(heatmap, TOP), _below_header(teams, FIRST_ROW - 1), collation)
        _compare_typical(heatmap, collation)
        if len(collation.groups) > 1:
            _compare_groups(book.get_sheet_by_name("Groups").to_python(skip_empty_area=False), collation)


def _below_header(sheet: Sequence[Sequence[Any]], top: int) -> dict[str, dict[str, Any]]:
    """The rows of a table by the team's name."""
    return {row[0]: dict(zip(sheet[top], row, strict=True)) for row in sheet[top + 1 :] if row[0]}


def _compare_teams(
    heatmap: Mapping[str, Mapping[str, Any]], teams: Mapping[str, Mapping[str, Any]], collation: Collation
) -> None:
    """Whether each team's levels, its profile and its lowest questions are what it answered, in words."""
    rows = list(collation.rows("answers"))
    for name, line in teams.items():
        own = [row for row in rows if row[4] == name]
        for component in QUESTIONNAIRE.components:
            answers = [row for row in own if row[6] == component.id]
            item = Item([(row[10], row[8]) for row in answers], LEVELS, collation.target)
            assert line[component.short] == item.typical_words
            low = min((row for row in answers if row[10] == "answered"), key=lambda row: row[8], default=None)
            label = f"{low[7]} {QUESTIONNAIRE.by_id[low[7]].short}: {LEVELS[low[8] - 1]}" if low else ""
            assert line[f"Lowest in {component.short}"] == label
            for row in answers:
                shown = heatmap[name][f"{row[7]} {QUESTIONNAIRE.by_id[row[7]].short}"]
                assert shown == (row[8] if row[10] == "answered" else 0)


def _compare_typical(heatmap: Sequence[Sequence[Any]], collation: Collation) -> None:
    """Whether the figures above the questions are those of all teams."""
    items = _items(list(collation.rows("answers")), [each.id for each in QUESTIONNAIRE.questions], 7, collation.target)
    for col, item in enumerate(items.values(), 2):
        low, high = item.typical if item.levels else (0, 0)
        assert heatmap[TOP - 3][col] == ((low if low == high else f"{low}–{high}") if item.levels else "")
        assert heatmap[TOP - 2][col] == sum(level >= collation.target for level in item.levels)


def _compare_groups(sheet: Sequence[Sequence[Any]], collation: Collation) -> None:
    """Whether the sheet Groups says what the answers of each group say, by component and by question, too."""
    heads = sheet[FIRST_ROW - 1]
    lines = [dict(zip(heads, row, strict=True)) for row in sheet[FIRST_ROW : FIRST_ROW + len(collation.groups)]]
    assert [line["Group"] for line in lines] == list(collation.groups)
    rows = list(collation.rows("answers"))
    for line in lines:
        own = [row for row in rows if row[5] == line["Group"]]
        everything, others = (
            Item([(row[10], row[8]) for row in rows if (row[5] == line["Group"]) is mine], LEVELS, collation.target)
            for mine in (True, False)
        )
        assert [line[name] for name in LEVELS] == everything.counts
        assert (line["Typical level"], line["At target"]) == (everything.typical_words, _near(everything.at_target))
        assert line["Others at target"] == _near(others.at_target)
        for items, names in (
            (
                _items(own, [each.id for each in QUESTIONNAIRE.components], 6, collation.target),
                {each.id: each.short for each in QUESTIONNAIRE.components},
            ),
            (
                _items(own, [each.id for each in QUESTIONNAIRE.questions], 7, collation.target),
                {each.id: each.id for each in QUESTIONNAIRE.questions},
            ),
        ):
            assert {key: line[names[key]] for key in items} == {
                key: _near(item.at_target) for key, item in items.items()
            }


@needs_office
@pytest.mark.parametrize(("teams", "groups"), [(40, 5), (300, 20)])
def test_every_choice_of_a_group_shows_that_groups_figures(teams: int, groups: int, tmp_path: Path) -> None:
    """In LibreOffice, everything calculated anew after each choice; the last is as the first, so nothing sticks."""
    collation = random_round(seed=7, teams=teams - 2, groups=groups)
    results.write(collation, tmp_path / "all.xlsx")
    chosen = [ALL_GROUPS, *collation.groups, ALL_GROUPS]
    assert NO_GROUP in chosen
    rows = list(collation.rows("answers"))
    for group, sheets in zip(chosen, shown(tmp_path / "all.xlsx", "Summary", "A3", chosen, SHEETS), strict=True):
        of_group = [row for row in rows if group in (ALL_GROUPS, row[5])]
        _compare_sheets(sheets, of_group, collation.target, group, () if group == ALL_GROUPS else rows)
        assert group.casefold() in str(sheets["Summary"][3][0]).casefold()


@needs_office
@pytest.mark.parametrize(("low", "named"), [(1, True), (2, True), (4, False)])
def test_the_headline_names_a_group_that_is_far_behind(low: int, named: bool, tmp_path: Path) -> None:
    """In five components of five; and not while a group is chosen. Six teams stand on either side."""
    levels = {"Foothill": low, "Harbour": 4, "*Star?": 4}
    copies = [
        submission(f"{group} {number}", {question.id: level for question in QUESTIONNAIRE.questions}, group=group)
        for group, level in levels.items()
        for number in range(6)
    ]
    collation = collate([returned(copy) for copy in copies], QUESTIONNAIRE, Round())
    results.write(collation, tmp_path / "all.xlsx")
    sentence = (
        "Foothill: 6 teams answered lower than the other 12, with 0% of the answers at Progressing or above, "
        "against 100%. Ask why before you compare."
    )
    choices = [ALL_GROUPS, "*Star?"]
    first, chosen = shown(tmp_path / "all.xlsx", "Summary", "A3", choices, SHEETS)
    stored = CalamineWorkbook.from_path(tmp_path / "all.xlsx").get_sheet_by_name("Summary").to_python()
    for sheet in (stored, first["Summary"]):
        assert any(row[0] == sentence for row in sheet) is named
    assert not any(row[0] == sentence for row in chosen["Summary"])


@needs_office
def test_a_long_name_of_a_group_is_cut_in_the_banner_and_nowhere_else(tmp_path: Path) -> None:
    collation = long_names(40)
    results.write(collation, tmp_path / "all.xlsx")
    [group] = [name for name in collation.groups if name.endswith(" 7")]
    [sheets] = shown(tmp_path / "all.xlsx", "Summary", "A3", [group], SHEETS)
    rows = list(collation.rows("answers"))
    _compare_sheets(sheets, [row for row in rows if row[5] == group], collation.target, group, rows)
    selector, banner = sheets["Summary"][2][0], str(sheets["Summary"][3][0])
    assert selector == group
    assert banner.startswith(f"Showing {group[:33]}… only: 2 of 2 teams returned. No answer changed by hand.")


def _compare_sheets(
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    rows: Sequence[Sequence[Any]],
    target: int,
    what: str,
    everybody: Sequence[Sequence[Any]] = (),
) -> None:
    """Whether three sheets say what some answers say, and how they stand beside those of everybody."""
    questions = _items(rows, [question.id for question in QUESTIONNAIRE.questions], 7, target)
    components = _items(rows, [component.id for component in QUESTIONNAIRE.components], 6, target)
    _compare(_table(sheets["Components"]), components, what)
    for line, item in zip(_table(sheets["Components"]), components.values(), strict=True):
        few = len(item.levels) < 20 * int(line["Questions"])
        typical = f"{item.typical_words}; {_count(item)}" if few else f"Typical: {item.typical_words}"
        assert line["Label"] == f"{line['Component']}\n{typical if item.levels else 'no valid answer yet'}", what
    lines = _table(sheets["Questions"])
    _compare(lines, questions, what)
    for line, item in zip(lines, questions.values(), strict=True):
        shown = (line["Agreement"], line["In words"], line["Agenda"])
        assert shown == (_near(item.agreement), item.words, item.agenda), what
        assert line["From typical"] == _near(item.distance), what
        assert line["Two separate groups"] == " and ".join(LEVELS[level] for level in item.furthest_groups), what
        assert line["Label"] == f"{line['Ref']} {line['Question']}"
    _compare_against(lines, questions, everybody, target, sheets["Summary"], what)
    _compare_summary(sheets["Summary"], rows, questions, what)
    _compare_headline(sheets["Summary"], questions, components, what)


def _compare_against(
    lines: Sequence[Mapping[str, Any]],
    questions: Mapping[str, Item],
    everybody: Sequence[Sequence[Any]],
    target: int,
    summary: Sequence[Sequence[Any]],
    what: str,
) -> None:
    """How a group stands beside the others: in words on Questions, and the two ends of it on Summary."""
    whole = _items(everybody, list(questions), 7, target) if everybody else questions
    beside = {name: against(item, whole[name]) for name, item in questions.items()}
    words = {
        name: f"higher in {percent(found[0])} of pairs, lower in {percent(found[1])}" if found else ""
        for name, found in beside.items()
    }
    assert [line["Against the others"] for line in lines] == list(words.values()), what
    known = {name: found[0] - found[1] for name, found in beside.items() if found}
    shown = [str(row[0]) for row in summary if "the others" in str(row[0])]
    if not everybody:
        assert shown in ([], ["Choose a group in A3 to see where it is above and below the others."]), what
        return
    if not known:
        assert shown == ["Too few answers to compare this group with the others."], what
        return
    labels = {question.id: f"{question.id} {question.short}" for question in QUESTIONNAIRE.questions}
    for line, side, name in zip(
        shown, ("above", "below"), (max(known, key=known.get), min(known, key=known.get)), strict=True
    ):
        wrong_side = known[name] <= 0 if side == "above" else known[name] >= 0
        furthest = f"Furthest {side} the others: {labels[name]}: {words[name]}."
        assert line == (f"Nowhere {side} the others." if wrong_side else furthest), what


def _count(item: Item) -> str:
    return f"{sum(level >= item.target for level in item.levels)} of {len(item.levels)}"


def _items(rows: Sequence[Sequence[Any]], names: Sequence[str], column: int, target: int) -> dict[str, Item]:
    by_name: dict[str, list[tuple[str, int | None]]] = {name: [] for name in names}
    for row in rows:
        by_name[row[column]].append((row[10], row[8]))
    return {name: Item(answers, LEVELS, target) for name, answers in by_name.items()}


def _table(sheet: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    heads, *lines = sheet[FIRST_ROW - 1 :]
    return [dict(zip(heads, line, strict=True)) for line in lines if line[0]]


def _near(share: Any) -> Any:
    return "" if share is None else pytest.approx(float(share), abs=1e-12)


def _compare(lines: Sequence[Mapping[str, Any]], items: Mapping[str, Item], what: str) -> None:
    assert [line["Ref"] for line in lines] == list(items)
    for line, item in zip(lines, items.values(), strict=True):
        assert line["Valid"] == len(item.levels), what
        assert [line[name] for name in LEVELS] == item.counts, what
        assert [line[f"{name} %"] for name in LEVELS] == [_near(share) for share in item.shares], what
        assert (line["Typical level"], line["At target"]) == (item.typical_words, _near(item.at_target)), what
        for state in ODD:
            assert line[state.capitalize().replace("_", " ")] == item.states[state], what


def _compare_summary(
    summary: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]], items: Mapping[str, Item], what: str
) -> None:
    below = {cell: summary[at + 1][col] for at, row in enumerate(summary[:-1]) for col, cell in enumerate(row) if cell}
    counted = {row[4]: 0 for row in rows} | Counter(row[4] for row in rows if row[10] in ("answered", "not_applicable"))
    shown = [item for item in items.values() if item.levels]
    target = shown[0].target if shown else 0
    half = sum(item.at_target > Fraction(1, 2) for item in shown)
    assert below["Teams that answered"].startswith(f"{sum(number > 0 for number in counted.values())} of "), what
    where = f"at {LEVELS[target - 1]}" + (" or above" if target < len(LEVELS) else "")
    if shown:
        assert below[f"Mostly {where}"] == f"{half} of {len(shown)}", what
    discuss = len(on_agenda(items, DISCUSS))
    assert below["To discuss"] == (f"{discuss} of {len(shown)}" if shown else "–"), what
    labels = {question.id: f"{question.id} {question.short}" for question in QUESTIONNAIRE.questions}
    for word in (DISCUSS, IMPROVE, SHARE):
        at, col = _find(summary, word)
        listed = [row[col] for row in summary[at + 2 : at + 13] if row[col]]
        ranked = on_agenda(items, word)
        more = [f"and {len(ranked) - 5} more, see Questions"] if len(ranked) > 5 else []
        expected = [text for name in ranked[:5] for text in (labels[name], _figures(items[name]))]
        assert listed == (expected + more or ["No question at present."]), (what, word)


def _figures(item: Item) -> str:
    """What stands under a question on the agenda."""
    return f"{item.typical_words}; {_count(item) if len(item.levels) < 20 else percent(item.at_target)}"


def _compare_headline(
    summary: Sequence[Sequence[Any]],
    questions: Mapping[str, Item],
    components: Mapping[str, Item],
    what: str,
) -> None:
    """The two sentences that the page begins with, over the teams that it counts itself."""
    card = next(row[0] for at, row in enumerate(summary) if summary[at - 1][0] == "Teams that answered")
    answered, listed = map(int, card.split(" of "))
    named = {each.short: questions[each.id] for each in QUESTIONNAIRE.questions}
    parts = {each.short: components[each.id] for each in QUESTIONNAIRE.components}
    shown = tuple(row[0] for row in summary[4:7] if row[0])
    assert shown == tuple(filter(None, headline(answered, listed, named, parts))), what


def _find(summary: Sequence[Sequence[Any]], text: str) -> tuple[int, int]:
    return next((at, row.index(text)) for at, row in enumerate(summary) if text in row)
