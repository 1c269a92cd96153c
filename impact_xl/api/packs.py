"""What goes back to the teams: the call that writes their packs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date as Date  # noqa: N812  as in the other rooms
from pathlib import Path

from impact_xl import feedback as packs
from impact_xl.api.inputs import load_questionnaire, load_teams
from impact_xl.api.options import AnyPath, MailOptions
from impact_xl.comparison.compare import Comparison
from impact_xl.comparison.compare import compare as compare_rounds
from impact_xl.comparison.read_round import read_round
from impact_xl.findings import ImpactError
from impact_xl.mail import drafts, outboxes
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results import share, stored_round
from impact_xl.roster import Round, TeamList
from impact_xl.round.collation import Collation
from impact_xl.round.disclosure import MINIMUM_GROUP


@dataclass(frozen=True)
class FeedbackPacks:
    """A round as its workbook holds it, and the packs that were written of it."""

    collation: Collation
    paths: Sequence[Path]
    folder: Path  # where they are
    changed: bool  # False where they stood there already, so nothing was written
    kept: Path | None  # where the packs are now that stood there before
    messages: bool  # whether there is a message with each
    without_address: Sequence[str] = ()  # the teams whose message has no address
    note: str = ""  # why the packs do not show the answers of last time, where they cannot
    too_few: bool = False  # nothing was written, as no figure of the others may be shown

    @property
    def without_answers(self) -> list[str]:
        """The teams that get no pack."""
        return [result.team.name for result in self.collation.results if not result.levels]

    @property
    def left_out(self) -> list[str]:
        """The answers in the workbook that are none of the levels, and so do not count; a line of text for each."""
        return packs.left_out(self.collation)


def feedback(
    consolidated: AnyPath,
    folder: AnyPath,
    *,
    teams: AnyPath | TeamList | None = None,
    questionnaire: AnyPath | Questionnaire | None = None,
    minimum_group: int = MINIMUM_GROUP,
    few_teams: bool = False,
    last: AnyPath | None = None,
    earlier: AnyPath | None = None,
    mail_options: MailOptions = MailOptions(),
    try_address: str = "",
    round: Round | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> FeedbackPacks:
    """Write a workbook for each team, its answers beside those of all teams; with a message each where there is a list.

    Packs that stand there may have been sent, so none is replaced: the folder goes whole to a dated one.

    Args:
        consolidated: the consolidated workbook.
        folder: where to.
        teams: the team list with addresses, or its file; without one there are no messages.
        questionnaire: what was asked, where it is not the built-in one.
        minimum_group: figures that fewer other teams than this stand behind are withheld.
        few_teams: write packs although too few teams answered for any of those figures to be shown.
        last: last round's consolidated workbook, whose answers each team's own pack shows beside those of now.
        earlier: the folder for packs that stand there already; beside `folder` unless given.
        mail_options: what the messages say.
        try_address: where all messages go, as a rehearsal in a folder of its own; to the teams unless given.
        round: the round, which says who signs the messages; nobody does unless given.
        progress: called with how many packs are done, and how many there are.

    Raises:
        ImpactError: a file cannot be used, no team has a valid answer, or the folder cannot be written.
    """
    contact, try_address = mail_options.contact, try_address.strip()
    own_text = _own_text(mail_options, try_address, addressed=teams is not None)
    place = _place(Path(folder), try_address)
    team_list = load_teams(teams, addressed=True) if teams else None
    collation = _read(Path(consolidated), questionnaire, round)
    packs.check_template(own_text, collation, contact)
    _expect_answers(collation, consolidated)
    if not few_teams and not share.anything_to_show(collation, minimum_group):
        return FeedbackPacks(collation, (), place, changed=False, kept=None, messages=False, too_few=True)
    since, note = _since(Path(last), Path(consolidated), collation.questionnaire) if last else (None, "")
    every = packs.packs(collation, minimum_group=minimum_group, since=since)
    made = drafts.with_progress(every, len(collation.answering), progress)
    keep = Path(earlier) if earlier else place.parent
    if team_list is None:
        done = packs.write(made, place, keep)
        without_address = []
    else:
        letters = drafts.as_tests(packs.make_drafts(made, collation, team_list, own_text, contact), try_address)
        done = packs.write_messages(letters, place, keep, contact)
        addressless = [team.name for team in packs.addressed(collation, team_list).values() if not team.email]
        without_address = [] if try_address else addressless
    messages = team_list is not None
    return FeedbackPacks(collation, done.paths, place, done.changed, done.kept, messages, without_address, note)


def _place(folder: Path, try_address: str) -> Path:
    """Where the packs go, or a rehearsal of them where there is an address to try with."""
    drafts.check_try(try_address)
    place = folder
    if try_address:
        place = outboxes.rehearsal_place(folder, Date.today())  # noqa: DTZ011  the day on the coordinator's calendar
    packs.check_folder(place)
    return place


def _own_text(options: MailOptions, try_address: str, *, addressed: bool) -> drafts.MessageTemplate:
    """Subject and text of the messages as a person wrote them; none are given where there is nobody to write to."""
    if not addressed and (options.contact or options.subject or options.body or try_address):
        raise ImpactError(
            "--contact, --subject, --body and --try are for the messages, and no team list was given",
            "Give the team list with --teams FILE, or leave them out.",
        )
    return drafts.read_template(options.subject, Path(options.body) if options.body else None)


def _expect_answers(collation: Collation, consolidated: AnyPath) -> None:
    if not collation.answering:
        raise ImpactError(
            f"No team in it has a valid answer, so there is nothing to feed back: {consolidated}",
            "Combine returns first, with impact-xl collate.",
        )


def _since(last: Path, consolidated: Path, questionnaire: Questionnaire) -> tuple[Comparison | None, str]:
    """The round beside the last one; None where they cannot be compared, and what to say of that."""
    try:
        return compare_rounds(read_round(last, [questionnaire]), read_round(consolidated, [questionnaire])), ""
    except ImpactError as error:
        return None, f"The packs do not show what teams said last time. {error.message}."


def _read(consolidated: Path, questionnaire: AnyPath | Questionnaire | None, round: Round | None) -> Collation:
    """The round as its workbook holds it, with who signs its messages."""
    own = [load_questionnaire(questionnaire)] if questionnaire else []
    collation = stored_round.read(consolidated, stored_round.questionnaires(*own))
    if not round:
        return collation
    theirs = collation.round.id
    if round.id and theirs and normalise(round.id) != normalise(theirs):
        raise ImpactError(
            f"The workbook holds another round: “{theirs}”, not “{round.id}” ({consolidated})",
            "Give the workbook of this round, or make it with impact-xl collate.",
        )
    signed = {key: getattr(round, key) for key in ("signatory", "signatory_role", "signatory_telephone")}
    return replace(collation, round=replace(collation.round, **signed))
