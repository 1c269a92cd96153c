"""A fictional round: a blank form, a team list, returned copies with the usual mishaps, and the results.

The copies are real files, made by `form` and read back through `returns` like anybody's. Everything is
drawn from one seed, with plain arithmetic, so that two runs agree byte for byte on any machine.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from impact_xl import api, roster
from impact_xl import questionnaire as questionnaires
from impact_xl.api import workbooks
from impact_xl.files import managed_folder as folders
from impact_xl.form import workbook as form
from impact_xl.form.form import Entry
from impact_xl.form.layout import PRIORITIES, level_key, note_key, priority_key
from impact_xl.form.workbook import Form
from impact_xl.questionnaire import Question, Questionnaire
from impact_xl.results import share
from impact_xl.roster import Round, Team, TeamList
from impact_xl.roster import workbook as round_workbook
from impact_xl.roster.folder import RETURNS, WORKBOOK, RoundFolder
from impact_xl.round.collation import Collation

MANIFEST = "demo.json"
_WHAT = "demonstration"
_OPENED = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)  # a date of the story, not of the day it is told

_TREES = (
    "Alder", "Ash", "Aspen", "Beech", "Birch", "Blackthorn", "Cedar", "Cherry", "Elder", "Elm", "Hawthorn", "Hazel",
    "Holly", "Hornbeam", "Juniper", "Larch", "Lime", "Maple", "Oak", "Pine", "Rowan", "Sycamore", "Willow", "Yew",
)  # fmt: skip
_KINDS = ("ward", "clinic", "theatre", "community team", "day unit", "support service")
_GROUPS = ("Foothill division", "Lakeside division", "Moorland division", "Harbour division", "")
_ROLES = ("Ward manager", "Matron", "Service manager", "Clinical lead", "Improvement lead", "Team leader")

_NOTES = (
    "We agreed quickly on this one.",
    "Strong in the day team, much less so at night.",
    "- huddle every morning\n- board on the wall, up to date\n- results shared monthly",
    "We talked about this for longest. Half of us would have chosen the level above.",
    "Evidence: the last two staff surveys, and our measurement board.",
    "= the same as last year, although it feels different now",
    "New since the spring; too early to say whether it lasts.",
    "Would like to see how another team does this.",
)
_ACTIONS = (
    ("Hold a short improvement huddle every week", "Huddles held in 10 of 12 weeks"),
    ("Ask the people who use our service what matters most, and act on one thing a month", "Twelve changes in a year"),
    ("Train two coaches from within the team", "Both have coached a first piece of work"),
    ("Put our three measures on one board and review them together", "The board is up to date at every review"),
    ("Visit a team that is a level ahead of us", "Two visits made, one idea tried from each"),
    ("Agree what we will stop doing", "A list of three things, agreed and shared"),
)
_BY = ("31 January 2027", "End of March 2027", "Spring 2027", "June 2027")

# What the questions are like, in turn: where the teams stand on average (0 lowest, 1 highest) and how far apart.
# Two middles are two camps.
_CHARACTERS: Sequence[tuple[tuple[float, ...], float]] = (
    ((0.55,), 0.9),
    ((0.22,), 0.6),
    ((0.66,), 0.6),
    ((0.08, 0.80), 0.4),
    ((0.40,), 1.0),
    ((0.52,), 0.5),
    ((0.18,), 0.5),
    ((0.50,), 1.4),
    ((0.72,), 0.6),
    ((0.15, 0.15, 0.85), 0.3),
    ((0.36,), 0.8),
    ((0.60,), 0.6),
    ((0.30,), 0.5),
)


@dataclass(frozen=True)
class Demo:
    """A fictional round and where everything is: a round's folder, with the form and the team list beside it."""

    folder: Path
    collation: Collation

    @property
    def blank_form(self) -> Path:
        """The form as it is sent out."""
        return self.folder / "assessment_template.xlsx"

    @property
    def round(self) -> Path:
        """What is settled of the round, with its teams."""
        return RoundFolder(self.folder).workbook

    @property
    def teams(self) -> Path:
        """The team list, as `impact-xl new` takes one."""
        return self.folder / "teams.csv"

    @property
    def returns(self) -> Path:
        """The folder of the copies that came back."""
        return RoundFolder(self.folder).returns

    @property
    def workbook(self) -> Path:
        """The consolidated workbook."""
        return RoundFolder(self.folder).consolidated

    @property
    def places(self) -> tuple[tuple[Path, str], ...]:
        """Everything that was written, with what it is."""
        made = RoundFolder(self.folder)
        every = (
            (self.blank_form, "the blank form"),
            (self.round, "the round: settings, teams and decisions"),
            (self.teams, "the list that its teams were taken from"),
            (self.returns, "the copies that came back"),
            (self.workbook, "the consolidated workbook"),
            (made.board, "the copy for board papers: no team named, small numbers hidden"),
            (made.meeting, "a page for each question to discuss at the meeting"),
            (made.tables, "the same as CSV files, for other programs"),
        )
        return tuple((path, what) for path, what in every if path.exists())


def write(
    folder: str | Path, count: int = 40, seed: int = 1, *, titled: str = "", progress: api.Progress | None = None
) -> Demo:
    """Make a fictional round of some teams in a folder, read it back and collate it.

    Args:
        folder: where to; it becomes a round's folder.
        count: how many teams.
        seed: another number gives other answers.
        titled: what the round is called, with an id made from that; our own title unless given.
        progress: as `api.collate` has it.

    Raises:
        ImpactError: the folder holds something that this program did not write, or cannot be written.
    """
    place = Path(folder)
    folders.check(place, MANIFEST, _WHAT)
    questionnaire = questionnaires.load()
    story = _Story(questionnaire, count, seed, titled)
    contents = {
        "assessment_template.xlsx": form.build(Form(questionnaire, round=story.round)),
        WORKBOOK: round_workbook.build(story.round, questionnaire),
        "teams.csv": _team_list(story.teams),
        **{f"{RETURNS}/{name}": content for name, content in story.returned().items()},
    }
    with folders.replace(place, MANIFEST, _WHAT, {"count": count, "seed": seed}) as new:
        for name, content in contents.items():
            new.add(name, content)
        made = RoundFolder(new.folder)
        collation = api.collate(
            made.returns, round=made.read(questionnaire), overrides=made.decisions, progress=progress
        )
        for path in _write_results(collation, made):
            new.take(path)
    return Demo(place, collation)


def _write_results(collation: Collation, made: RoundFolder) -> Sequence[Path]:
    """Write what `collate` writes in a round; a copy for board papers once enough teams answered."""
    board = made.board if share.anything_to_show(collation) else None
    for path in (made.consolidated, made.tables):
        path.parent.mkdir(parents=True, exist_ok=True)
    written = workbooks.write_results(collation, made.consolidated, csv=made.tables, share=board, meeting=made.meeting)
    return written.paths


# -- the team list -----------------------------------------------------------------------------------


def _team_list(teams: Sequence[Team]) -> bytes:
    rows = [f"{team.id},{team.name},{team.group},{team.contact},{team.email}" for team in teams]
    return "\r\n".join(["team_id,team,group,contact,email", *rows, ""]).encode()


# -- the story ---------------------------------------------------------------------------------------


class _Story:
    """Who is asked, what they answer, and what goes wrong."""

    def __init__(self, questionnaire: Questionnaire, count: int, seed: int, titled: str = "") -> None:
        self.questionnaire = questionnaire
        self.chance = random.Random(seed)  # noqa: S311  a story needs no secrets
        self.teams = [_team(number) for number in range(count)]
        title = titled or "Autumn 2026, a demonstration with fictional teams"
        identity = roster.make_id(titled) if titled else "demo"
        self.round = Round(id=identity, title=title, teams=TeamList(tuple(self.teams)))

    def returned(self) -> dict[str, bytes]:
        """The files that came back, by name."""
        files: dict[str, bytes] = {}
        for number, team in enumerate(self.teams):
            filled = self._filled(number, team)
            mishap = _MISHAPS.get(number)
            files |= mishap(self, team, filled) if mishap else {f"{team.name}.xlsx": form.build(filled)}
        return files

    def _filled(self, number: int, team: Team) -> Form:
        """A copy as a team fills it in with care."""
        leaning = (self._about_zero() + (number % len(_GROUPS) - 2) / 6) / 4
        entries: dict[str, Entry] = {
            "start.team": team.name,
            "start.group": team.group,
            "start.completed-by": team.contact,
            "start.date": f"{_OPENED + timedelta(days=number % 19):%d/%m/%Y}",
        }
        levels: dict[Question, int] = {}
        for question in self.questionnaire.questions:
            levels[question] = self._level(question, number, leaning)
            entries[level_key(question.id, levels[question])] = True
            if self.chance.random() < 0.15:
                entries[note_key(question.id)] = self._one_of(_NOTES)
        if self.chance.random() < 0.85:
            entries |= self._priorities(sorted(levels, key=lambda question: levels[question])[:PRIORITIES])
        created = _OPENED + timedelta(days=number % 19, hours=number % 7, minutes=number % 60)
        return Form(self.questionnaire, round=self.round, entries=entries, created=created.replace(tzinfo=None))

    def _level(self, question: Question, number: int, leaning: float) -> int:
        middles, spread = _CHARACTERS[(question.number - 1) % len(_CHARACTERS)]
        middle = middles[number % len(middles)]
        top = len(self.questionnaire.levels)
        stands = middle + leaning + spread * self._about_zero() / 2
        level = min(top, max(1, 1 + round(stands * (top - 1))))
        return min(question.levels, key=lambda own: abs(own - level))

    def _priorities(self, questions: Sequence[Question]) -> dict[str, Entry]:
        first = int(self.chance.random() * len(_ACTIONS))
        entries: dict[str, Entry] = {}
        for number, question in enumerate(questions, 1):
            what, measure = _ACTIONS[(first + number) % len(_ACTIONS)]
            texts = (what, f"{question.id} {question.short}", self._one_of(_ROLES), self._one_of(_BY), measure)
            for field, text in zip(("what", "question", "lead", "by", "measure"), texts, strict=True):
                entries[priority_key(number, field)] = text
        return entries

    def _about_zero(self) -> float:
        """A number between -1 and 1, mostly near 0; sums of uniform numbers are the same on every machine."""
        return sum(self.chance.random() for _ in range(3)) / 1.5 - 1

    def _one_of(self, texts: Sequence[str]) -> str:
        return texts[int(self.chance.random() * len(texts))]

    # -- mishaps, one method each: the files that came back instead of the one that should have ---------

    def two_ticks(self, team: Team, filled: Form) -> dict[str, bytes]:
        question = self.questionnaire.questions[2]
        both = {level_key(question.id, level): True for level in question.levels[1:3]}
        alone = {level_key(question.id, level.number): False for level in self.questionnaire.levels}
        return _one(team, _with(filled, alone | both))

    def a_blank(self, team: Team, filled: Form) -> dict[str, bytes]:
        return _one(team, _without(filled, self.questionnaire.questions[6]))

    def not_applicable_typed(self, team: Team, filled: Form) -> dict[str, bytes]:
        question = self.questionnaire.questions[10]
        return _one(team, _with(_without(filled, question), {level_key(question.id, 1): "n/a"}))

    def crosses_typed(self, team: Team, filled: Form) -> dict[str, bytes]:
        """Somebody's program showed no tickboxes, so they typed an x everywhere."""
        return _one(team, _with(filled, {key: "x" for key, entry in filled.entries.items() if entry is True}))

    def last_sheet_forgotten(self, team: Team, filled: Form) -> dict[str, bytes]:
        return _one(team, _without(filled, *self.questionnaire.components[-1].questions))

    def cut_short(self, team: Team, filled: Form) -> dict[str, bytes]:
        content = form.build(filled)
        return {f"{team.name}.xlsx": content[: len(content) * 2 // 3]}

    def sent_twice(self, team: Team, filled: Form) -> dict[str, bytes]:
        content = form.build(filled)
        return {f"{team.name}.xlsx": content, f"{team.name} (1).xlsx": content}

    def corrected(self, team: Team, filled: Form) -> dict[str, bytes]:
        question = self.questionnaire.questions[0]
        keys = [level_key(question.id, level.number) for level in self.questionnaire.levels]
        other = next(key for key in keys if key not in filled.entries)
        again = _with(_without(filled, question), {other: True})
        later = replace(again, created=_later(filled))
        return {f"{team.name}.xlsx": form.build(filled), f"{team.name} corrected.xlsx": form.build(later)}

    def untouched(self, team: Team, filled: Form) -> dict[str, bytes]:
        entries = {key: entry for key, entry in filled.entries.items() if key in ("start.team", "start.group")}
        return _one(team, replace(filled, entries=entries))

    def scanned(self, team: Team, filled: Form) -> dict[str, bytes]:
        """A printed form, scanned, with the ending of a workbook."""
        return {f"{team.name}.xlsx": b"%PDF-1.7\n% a scanned form\n%%EOF\n"}

    def misspelt(self, team: Team, filled: Form) -> dict[str, bytes]:
        return _one(team, _with(filled, {"start.team": team.name[:-1]}))

    def nothing(self, team: Team, filled: Form) -> dict[str, bytes]:
        return {}


# Which team has which mishap; a small round has room for the first few only.
_MISHAPS = {
    2: _Story.two_ticks,
    4: _Story.a_blank,
    5: _Story.nothing,
    7: _Story.not_applicable_typed,
    9: _Story.cut_short,
    11: _Story.sent_twice,
    13: _Story.untouched,
    15: _Story.corrected,
    17: _Story.scanned,
    19: _Story.crosses_typed,
    22: _Story.last_sheet_forgotten,
    25: _Story.misspelt,
    28: _Story.nothing,
    33: _Story.nothing,
}


def _team(number: int) -> Team:
    tree, kind = _TREES[number % len(_TREES)], _KINDS[(number + number // len(_TREES)) % len(_KINDS)]
    again = number // (len(_TREES) * len(_KINDS))
    name = f"{tree} {kind}{f' {again + 1}' if again else ''}"
    identity = roster.make_id(name)
    group = _GROUPS[number % len(_GROUPS)]
    return Team(identity, name, group, _ROLES[number % len(_ROLES)], f"{identity}@demonstration.example")


def _one(team: Team, filled: Form) -> dict[str, bytes]:
    return {f"{team.name}.xlsx": form.build(filled)}


def _with(filled: Form, entries: Mapping[str, Entry]) -> Form:
    return replace(filled, entries={**filled.entries, **entries})


def _without(filled: Form, *questions: Question) -> Form:
    """The form with no box ticked for some questions."""
    ticks = {level_key(question.id, level) for question in questions for level in range(len(question.statements) + 1)}
    return replace(filled, entries={key: entry for key, entry in filled.entries.items() if key not in ticks})


def _later(filled: Form) -> datetime:
    if not isinstance(filled.created, datetime):
        raise TypeError("a copy of the story has a time")
    return filled.created + timedelta(days=2, hours=3)
