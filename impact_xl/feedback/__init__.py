"""Feedback: one workbook for each team, its own answers beside those of all teams and of its group.

It is made from a collation, be it combined from returns just now or read back from its workbook.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from impact_xl.comparison.compare import Comparison
from impact_xl.feedback import about, page, sheets, then
from impact_xl.feedback.pack import ALL, PackWriter, TeamView
from impact_xl.files import managed_folder as folders
from impact_xl.files.managed_folder import Renewed
from impact_xl.mail import drafts, letters
from impact_xl.mail.drafts import Attachment, Draft, FileNames, MessageTemplate
from impact_xl.mail.letter_facts import Facts, Figures, Priorities, Steps
from impact_xl.questionnaire import normalise
from impact_xl.results import actions
from impact_xl.results.sheet_writer import HEADER_ROW
from impact_xl.roster import NO_GROUP, Team, TeamList
from impact_xl.round.collation import Collation
from impact_xl.round.disclosure import MINIMUM_GROUP, Respondent, decide
from impact_xl.round.stored_sheets import row_text, value_text
from impact_xl.round.stored_workbook import IN_PACK, PRIORITY_COLUMNS, STATUS, is_own_priority, line_of

__all__ = [
    "FILES",
    "MINIMUM_GROUP",
    "Pack",
    "TeamView",
    "addressed",
    "build",
    "check_folder",
    "check_template",
    "left_out",
    "make_drafts",
    "packs",
    "views",
    "write",
    "write_messages",
]

FILES = "packs"  # the folder of the workbooks in an outbox
_WHAT = "feedback"


@dataclass(frozen=True)
class Pack:
    """One team's workbook."""

    team: Team
    answered: int
    name: str  # of its file
    content: bytes
    facts: Facts = Facts()  # what it shows, which chooses the sentences of its letter


def packs(
    collation: Collation, *, minimum_group: int = MINIMUM_GROUP, since: Comparison | None = None
) -> Iterator[Pack]:
    """A pack for each team with a valid answer, one at a time, in the order of the results.

    Args:
        collation: the round.
        minimum_group: how many other teams have to stand behind every figure.
        since: the round beside the last one, where the packs are to show each team's own answers of then.
    """
    names = FileNames(result.team for result in collation.results)
    for view in views(collation, minimum_group, since):
        yield Pack(view.team, len(view.levels), names.of("Feedback", view.team), build(view), _facts(view))


def _facts(view: TeamView) -> Facts:
    """What a pack shows."""
    hidden = [question for question in view.levels if question not in view.everybody]
    figures = Figures.SHOWN if not hidden else Figures.SOME if view.everybody else Figures.HIDDEN
    return Facts(
        figures=figures,
        steps=Steps.SOME if view.growing else Steps.NONE,
        priorities=Priorities.NAMED if view.priorities else Priorities.NONE,
    )


def views(
    collation: Collation, minimum_group: int = MINIMUM_GROUP, since: Comparison | None = None
) -> Iterator[TeamView]:
    """What each team with a valid answer may see: its own answers, and what it may be shown of the others."""
    teams = collation.answering
    respondents = (Respondent(each.team.id, each.team.group_name, each.levels) for each in teams)
    questionnaire = collation.questionnaire
    shown = decide(respondents, questionnaire.by_id, len(questionnaire.levels), minimum_group, questionnaire.levels_of)
    priorities = _priorities(collation)
    groups = {each.team.group_name for each in teams}
    for result in teams:
        group = result.team.group_name
        yield TeamView(
            result,
            priorities[result.team.id],
            questionnaire,
            collation.title,
            collation.target,
            collation.date,
            shown.everybody,
            {} if group == NO_GROUP else shown.group(group),
            shown.least,
            grouped=len(groups) > 1,
            round_id=collation.round.id,
            then=[pair for pair in since.pairs if pair.team.after.id == result.team.id] if since else (),
            then_title=since.before.title if since else "",
        )


def _priorities(collation: Collation) -> Mapping[str, list[Mapping[str, str]]]:
    """Each team's own priorities by the team's id; a row of Actions that the coordinator added is the coordinator's."""
    priorities: defaultdict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in actions.rows_of(collation):
        if is_own_priority(row) or line_of(row).startswith(IN_PACK):
            texts = {head: value_text(row.get(head, "")) for head in (*PRIORITY_COLUMNS, STATUS)}
            priorities[row_text(row, "Team ID")].append(texts)
    return priorities


def build(view: TeamView) -> bytes:
    """The bytes of one team's pack; the same view gives the same bytes."""
    pack = PackWriter(view)
    _write_all(pack)
    sheets.write_steps(pack)
    then.write(pack)
    page.write(pack)
    return pack.book.content()


def _write_all(pack: PackWriter) -> None:
    """The last sheet, on one page: every figure of all teams and of the group, and how to read them."""
    holds = "How all teams answered each question, in counts, and your own answer."
    hidden = f"the figure is hidden: fewer than {pack.view.least} other teams"
    sheet = pack.write_title(ALL, "All teams", holds, empty=hidden, landscape=False)
    sheets.write_chart_source(pack)
    row = sheets.write_figures(pack, ALL, pack.view.everybody, HEADER_ROW) + 2
    if pack.view.group:
        row = sheets.write_group(pack, row) + 2
    row = about.write(pack, row)
    pack.write_reference(sheet, row)
    sheet.print_area(0, 0, row, pack.chart_from - 2)
    sheet.freeze_panes(HEADER_ROW + 1, 2)
    sheet.fit_to_pages(1, 1)


def left_out(collation: Collation) -> list[str]:
    """The answers in a workbook that are none of the levels, and so do not count; a line of text for each."""
    findings = (finding for finding in collation.to_fix if finding.rule.id == "answer-not-kept")
    return [f"{finding.team}, {finding.question}: {finding.facts['what']}" for finding in findings]


def addressed(collation: Collation, teams: TeamList) -> dict[str, Team]:
    """Every team with a valid answer as the team list addresses it, by its id; found by its id or else by its name.

    Where id and name point to different teams, on the list or in the round, nobody's address is taken: a pack goes
    to its own team or to none.
    """
    ids = {normalise(result.team.id): result.team for result in collation.results}
    names = {normalise(result.team.name): result.team for result in collation.results}

    def of(own: Team) -> Team:
        by_id, by_name = teams.by_id.get(normalise(own.id)), teams.by_name.get(normalise(own.name))
        listed = by_id or by_name
        if listed is None or (by_id and by_name and by_id != by_name):
            return own
        if names.get(normalise(listed.name), own) is not own or ids.get(normalise(listed.id), own) is not own:
            return own
        return replace(own, contact=listed.contact, email=listed.email, cc=listed.cc)

    return {result.team.id: of(result.team) for result in collation.answering}


# -- where they go ----------------------------------------------------------------------------------


def make_drafts(
    made: Iterable[Pack],
    collation: Collation,
    teams: TeamList,
    own: MessageTemplate = MessageTemplate(),
    contact: str = "",
) -> Iterator[Draft]:
    """A message for each pack, one at a time, to the team's address in the team list.

    Args:
        made: the packs.
        collation: the round that they were made from.
        teams: who has which address; a team that is not on the list gets a message without one.
        own: a subject or text in the place of ours.
        contact: where questions go.

    Raises:
        ImpactError: the person's own text names a field that is not known.
    """
    of = addressed(collation, teams)
    for pack in made:
        team = of[pack.team.id]
        fields = _fields(replace(pack, team=team), collation, contact)
        subject, text = letters.write(letters.PACK, pack.facts, fields, own)
        yield Draft(team, subject, text, (Attachment(pack.name, pack.content),), contact)


def check_template(own: MessageTemplate, collation: Collation, contact: str = "") -> None:
    """Find out before the work whether a person's own text can be filled in, and teams can write to the contact.

    Raises:
        ImpactError: it names a field that is not known, or the contact where there is none; or that is no address.
    """
    fields = _fields(Pack(Team("id", "name"), 1, "feedback.xlsx", b""), collation, contact)
    drafts.check_template(own, {**fields, **letters.fill_parts(letters.PACK, Facts(), fields)})
    drafts.check_contact(contact)


def _fields(pack: Pack, collation: Collation, contact: str) -> Mapping[str, str]:
    return {
        "team": pack.team.name,
        "group": pack.team.group_name,
        "name": pack.team.contact or "colleagues",
        "title": collation.title,
        "contact": contact,
        "file": pack.name,
        "answered": str(pack.answered),
        "questions": str(len(collation.questionnaire.questions)),
        "teams": str(len(collation.answering)),
        "to_fix": "",
        "closing": drafts.closing(replace(collation.round, contact=contact)),
    }


def check_folder(folder: Path) -> None:
    """Find out before the work whether packs could be written there.

    Raises:
        ImpactError: something else stands there, or nothing may be written there; nothing was touched.
    """
    folders.check_renewable(folder, drafts.MANIFEST, _WHAT, FILES)


def write(made: Iterable[Pack], folder: Path, keep: Path) -> Renewed:
    """Write the packs alone, without messages. Those that stand there go whole to a dated folder.

    Args:
        made: the packs, taken one by one.
        folder: where to.
        keep: the folder for those that stand there.

    Raises:
        ImpactError: they cannot be written, or the old ones not be moved; nothing was changed.
    """
    files = ((f"{FILES}/{pack.name}", pack.content) for pack in made)
    check_folder(folder)
    return folders.renew(
        folder, drafts.MANIFEST, _WHAT, lambda place: folders.write(place, drafts.MANIFEST, files, _WHAT), keep
    )


def write_messages(messages: Iterable[Draft], folder: Path, keep: Path, contact: str = "") -> Renewed:
    """Write the packs with a message each, as `write` does.

    Args:
        messages: taken one by one.
        folder, keep: as `write` has them.
        contact: where questions go.

    Raises:
        ImpactError: as `write`.
    """
    check_folder(folder)
    return folders.renew(
        folder,
        drafts.MANIFEST,
        _WHAT,
        lambda place: drafts.write(messages, place, files=FILES, what=_WHAT, contact=contact),
        keep,
    )
