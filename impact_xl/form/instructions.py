"""What a form says to the people who fill it in: free text, which no reader goes by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from impact_xl.files.dates import show_date
from impact_xl.form import layout
from impact_xl.form.plans import StartTexts
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round

Paragraph = tuple[str, str]  # what stands beside it, and its text

NO_NAMES = "Do not name patients or staff. This form may be released under the Freedom of Information Act."
_TOGETHER = "Answer as a team. Allow 60 to 90 minutes: the discussion matters most."
_NOTES = "Evidence, what you see differently, and what you would do next. Notes are optional."
_EDITING = (
    "A bar at the top says Protected View? Choose Enable Editing. "
    "Still nothing happens when you click? Save a copy, and fill that in."
)
_TRUE_AND_FALSE = (
    "You see TRUE and FALSE instead of boxes? Your Excel is an older one: choose TRUE from the list in the cell."
)
_LIST = f"To tick a box, click it and choose {layout.TICKED_BOX} from its list."
_THANKS = (
    "Thank you for your self-assessment. The questions in this workbook are not counted yet. "
    "Everything else in your form stays as you sent it: you need not fill that in again."
)
_NOTES_AGAIN = (
    "No box is ticked yet. A note that you write here takes the place of the one in your form; "
    "an empty one leaves it as it is."
)
_NO_MACROS = "This form has no macros. If Excel asks you to enable macros or content, stop and tell us."


def for_form(
    questionnaire: Questionnaire, round: Round, tickbox: str, team: Mapping[str, str], *, last: bool
) -> StartTexts:
    """What Start says of a round, and how to fill the form in.

    Args:
        team: whose form it is: its name and group, by their keys.
        last: whether the form shows what the team answered in the last round.
    """
    first, second, third = layout.STEPS
    how_to: list[Paragraph] = [
        (first, _TOGETHER),
        (second, f"On each sheet, read the statements. For each question, {questionnaire.rule}, and tick its box."),
        (third, "Save the workbook, and send it back."),
    ]
    if round.between_levels:
        how_to.append((layout.BETWEEN_LEVELS, round.between_levels))
    how_to.append((layout.NOTES, _NOTES))
    if last:
        how_to.append(
            (
                layout.LAST_ROUND,
                f"“{layout.LAST}” at the right of a statement marks what you chose in the last round. It is no tick.",
            )
        )
    good_to_know = (*_good_to_know(round, tickbox), *_other_words(questionnaire))
    return StartTexts(round.title, _main(round, team), how_to, good_to_know)


def for_correction(questionnaire: Questionnaire, round: Round, tickbox: str, team: Mapping[str, str]) -> StartTexts:
    """What Start of a correction form says, and how to fill it in."""
    first, second, third = layout.STEPS
    how_to = (
        (layout.WHY, _THANKS),
        (first, f"On each sheet, read what we saw. Then, for each question, {questionnaire.rule}, and tick its box."),
        (second, _NOTES_AGAIN),
        (third, "Save the workbook, and send it back."),
    )
    undated = replace(round, deadline=None)  # the round's date is often over by then; the message may name another
    good_to_know = (*_good_to_know(round, tickbox), *_other_words(questionnaire))
    return StartTexts(round.title, _main(undated, team), how_to, good_to_know)


def for_paper(questionnaire: Questionnaire, round: Round) -> StartTexts:
    """What Start of a form on paper says, and how to fill it in by pen."""
    due = show_date(round.deadline) if round.deadline else layout.BY_HAND
    back = layout.HAND_IN.format(deadline=due, contact=round.contact or layout.BY_HAND)
    first, second, third = layout.STEPS
    how_to: list[Paragraph] = [
        (first, _TOGETHER),
        (second, f"Read the statements. For each question, {questionnaire.rule}, and tick its box with a pen."),
        (third, "Write your team's name on every page, and hand in all pages, or a scan or photograph of each."),
        (layout.CHANGED, "Cross the whole line of the wrong box out, and tick the other box."),
    ]
    if round.between_levels:
        how_to.append((layout.BETWEEN_LEVELS, round.between_levels))
    how_to.append((layout.NOTES, _NOTES))
    return StartTexts(round.title, (back,), how_to, (*_about_answers(round), *_other_words(questionnaire)))


def for_actions(round: Round, team: Mapping[str, str]) -> StartTexts:
    """What an actions form says, and how to fill it in."""
    first, second, _ = layout.STEPS
    how_to = (
        (first, "For each action below, choose how it is going. A remark is optional."),
        (second, "Save the workbook, and send it back."),
    )
    return StartTexts(
        round.title, _main(round, team), how_to, ((layout.NO_NAMES, NO_NAMES), (layout.EDITING, _EDITING))
    )


def _main(round: Round, team: Mapping[str, str]) -> tuple[str, ...]:
    """For whom a form is, by when it is due, and to whom it goes back."""
    names = ", ".join(name for key in ("start.team", "start.group") if (name := team.get(key, "")))
    due = show_date(round.deadline) if round.deadline else ""
    match bool(due), bool(round.contact):
        case True, True:
            sentence = layout.RETURN_BY_TO
        case True, False:
            sentence = layout.RETURN_BY
        case False, True:
            sentence = layout.RETURN_TO
        case _:
            sentence = layout.RETURN_REPLY
    back = sentence.format(deadline=due, contact=round.contact)
    # As many lines as `layout.MAIN_LINES` in any case.
    return layout.FOR_TEAM.format(team=names) if names else layout.FOR_WHOEVER, back


def _about_answers(round: Round) -> Iterator[Paragraph]:
    """What the answers are about, and who sees them."""
    yield layout.SUBJECT, round.about
    if round.seen_by:
        yield layout.SEEN_BY, round.seen_by
    yield layout.NO_NAMES, NO_NAMES
    if round.contact:
        yield layout.HELP, f"Write to {round.contact}."


def _other_words(questionnaire: Questionnaire) -> Iterator[Paragraph]:
    """Whose words a form is in where they are not the questionnaire's own, and where these stand."""
    if wording := questionnaire.wording:
        yield (
            layout.OTHER_WORDS,
            f"Some texts are worded for {wording.audience} by {wording.by}. The original: {questionnaire.source}",
        )


def _good_to_know(round: Round, tickbox: str) -> Iterator[Paragraph]:
    """What the answers are about, who sees them, and what to do where something does not work."""
    yield from _about_answers(round)
    yield layout.EDITING, _EDITING
    yield layout.BOXES, _TRUE_AND_FALSE if tickbox == "native" else _LIST
    yield layout.NO_MACROS, _NO_MACROS
