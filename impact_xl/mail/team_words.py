"""What was found, in words for the team that it is of: a sentence for each kind of finding, or state of an answer."""

from __future__ import annotations

from collections.abc import Mapping

from impact_xl.round.answers import State

# The sentence to a team for each kind of finding that means something is not counted. The finding's facts fill it in;
# `file` is the file's own name.
BLANK = "no box is ticked. Which level do you choose?"
OF_QUESTIONS: Mapping[str, str] = {
    "answer-blank": "no box is ticked{seen}. {ask}?",
    "answer-multiple": "you ticked {what}. Which one do you mean?",
    "answer-unclear": "{what}. Which level do you mean?",
    "form-rows-missing": "{what}. Which level do you choose?",
    "form-sheet-missing": "its sheet was not in your copy. Which level do you choose?",
}
OF_FILES: Mapping[str, str] = {
    "file-damaged": "{file} arrived damaged, and we cannot read it. Please open your own copy, save it and send it "
    "again.",
    "file-password": "{file} asks for a password, and we cannot read it. Please save it without one and send it again.",
    "file-label": "A sensitivity label encrypts {file}, and we cannot read it. Please choose a label that does not "
    "encrypt, save it and send it again.",
    "file-format": "{file} is {what}. Please save it as an Excel workbook (.xlsx) and send it again.",
    "file-unsafe": "We did not open {file}, because {what}. Please fill in a fresh copy of the form.",
    "file-too-big": "We did not open {file}, because {what}. Please send it without pictures or other added content.",
    "file-not-workbook": "{file} is {what}, so we cannot read the ticks. Please send the Excel form. Filled in on "
    "paper? Tell us, and we will find a way.",
    "mail-link": "Your message held a link and not the form. Please attach the workbook itself.",
    "file-shortcut": "{file} is a shortcut and not the form. Please attach the workbook itself.",
    "form-unknown": "{file} holds no self-assessment form. Please send the form that you filled in.",
    "form-other-questionnaire": "{file} is the form of another questionnaire, “{theirs}”. Please fill in the one for "
    "this round.",
    "form-other-round": "{file} is the form of another round, “{theirs}”. Please fill in the form for this round.",
    "form-after-close": "{file} came after the answers were put together, so it is not in the results.",
    "form-untouched": "We found no ticks in {file}. Please look for the copy that you filled in (in Downloads, say), "
    "and send that one.",
    "form-no-ticks": "In {file}: {what}.",
    "team-merged": "Your team and {others} are one team now, and each of you sent a form. Please fill in one form "
    "together.",
    "form-correction-alone": "Your correction came ({file}), but not the form that it corrects. Please send that, too.",
}
OF_COPIES: Mapping[str, str] = {
    "team-missing": "{file} does not say which team it is from. Is it yours?",
    "team-conflict": "{file} names one team by its id and another by its name. Which team filled it in?",
    "team-group-missing": "{file} names “{name}”, and several teams have that name. Which of them filled it in?",
    "team-mixed": "{file} holds Start sheets of {what}. We cannot tell whose the other sheets are. Please send the "
    "workbook of your own team.",
    "team-contested": "{count} forms came in for your team, filled in by different people: {files}. They differ in "
    "{differ}. Which one should count?",
    "team-undecided": "{count} copies of your form came in: {files}. They differ in {differ}. Which one should count?",
}
OF_STATES: Mapping[State, str] = {
    State.BLANK: BLANK,
    State.MULTIPLE: "more than one box is ticked. Which one do you mean?",
    State.UNCLEAR: "we are not sure what is in its boxes. Which level do you mean?",
    State.MISSING: "it is not in your copy. Which level do you choose?",
}
# The same of several questions.
OF_SEVERAL: Mapping[str, str] = {
    BLANK: "no box is ticked. Which levels do you choose?",
    OF_QUESTIONS["form-sheet-missing"]: "their sheet was not in your copy. Which levels do you choose?",
    OF_STATES[State.MULTIPLE]: "more than one box is ticked. Which ones do you mean?",
    OF_STATES[State.UNCLEAR]: "we are not sure what is in their boxes. Which levels do you mean?",
    OF_STATES[State.MISSING]: "they are not in your copy. Which levels do you choose?",
}
