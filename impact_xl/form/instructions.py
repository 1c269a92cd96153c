"""What a form says to the people who fill it in: free text, which no reader goes by."""

from __future__ import annotations

from collections.abc import Sequence

from impact_xl.form import layout
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round

LAST_TIME = (
    f"“{layout.LAST}” on the right of a statement marks the level that you chose in the last round. It is a reminder "
    "and no tick: tick the level that describes you now."
)
_CLICKING = (
    "Nothing happens when you click? Choose Enable Editing in the bar at the top, then save a copy and fill that in."
)
CORRECTION = (
    (
        "Thank you for your self-assessment. For the questions in this workbook we could not tell for certain which "
        "level you meant, and we would rather ask than guess."
    ),
    "Everything else in your form stands as you sent it. You need not fill that in again.",
)


def for_form(questionnaire: Questionnaire, round: Round, tickbox: str) -> Sequence[str]:
    """How to fill the form in, one paragraph each."""
    top = questionnaire.levels[-1].name
    return (
        (
            "Choose the highest level you fully meet, and tick that one box. "
            f"Levels build on each other, from {questionnaire.levels[0].name} to {top}."
        ),
        (
            "Allow 60 to 90 minutes, together: the discussion is what it is for. Use the notes for evidence, "
            "for what you saw differently, and for what you would do next."
        ),
        f"Your answers are about: {round.about}.",
        *_clicking(tickbox),
        "Do not name patients or staff; this may be released under the Freedom of Information Act.",
        _sending(round) + (f" by {round.deadline.day} {round.deadline:%B %Y}." if round.deadline else "."),
    )


def for_correction(questionnaire: Questionnaire, round: Round, tickbox: str) -> Sequence[str]:
    """How to fill a correction form in, one paragraph each."""
    return (
        (
            "On each sheet tick the one box that you meant: the highest level you fully meet, from "
            f"{questionnaire.levels[0].name} to {questionnaire.levels[-1].name}. No box is ticked yet."
        ),
        "A note that you write here takes the place of the one in your form; an empty one leaves it as it is.",
        *_clicking(tickbox),
        _sending(round) + ".",
    )


def for_actions(round: Round) -> Sequence[str]:
    """How to fill an actions form in, one paragraph each."""
    return (
        "Choose a status for each action from its list. A remark is optional.",
        _CLICKING,
        _sending(round) + ".",
    )


def _clicking(tickbox: str) -> Sequence[str]:
    return (
        _CLICKING,
        "You see TRUE and FALSE instead of boxes? Your Excel is an older one: choose TRUE from the list in the cell."
        if tickbox == "native"
        else f"To tick a box, click it and choose {layout.TICKED_BOX} from its list.",
    )


def _sending(round: Round) -> str:
    return "Save the workbook and send it back" + (
        f" to {round.contact}" if round.contact else " as a reply to the e-mail it came with"
    )
