"""What can be wrong, and how it is said.

Three kinds of wrong, never mixed. The team's: a `Finding`, a value that travels beside the data and
is never raised. The coordinator's (a wrong path, a bad list, an output open in Excel): an
`ImpactError`. Ours: a traceback, and a bug.

Every text that a person sees about a finding (workbook, screen, e-mail, JSON) is rendered from the
`Rule` and the finding's facts; no text is ever parsed back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from sys import intern
from typing import Any

from impact_xl.wording import reason_of, visible


class Severity(StrEnum):
    """How much a finding matters; each word means one thing."""

    ERROR = "error"  # something is not counted
    WARNING = "warning"  # counted, but a person should look
    NOTE = "note"  # mended or harmless, and said so

    @property
    def rank(self) -> int:
        """0 for the gravest, so that sorting puts it first."""
        return list(Severity).index(self)


class ImpactError(Exception):
    """Something the coordinator has to put right before we can go on: one line, and what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def unreadable(what: str, path: object, error: OSError, hint: str) -> ImpactError:
    """What is raised where a file of the coordinator's cannot be read: “The team list cannot be read: teams.csv (...)”.

    Args:
        what: how messages call it: “The team list”.
        path: where it is.
        error: what the system says.
        hint: what to do where it is not there; where it is, and does not open, it is most likely open elsewhere.
    """
    there = not isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError)
    close = "Close it where it is open, and see that it is on this computer and that you may read it."
    return ImpactError(f"{what} cannot be read: {path} ({reason_of(error)})", close if there else hint)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding.

    `message` and `mend` are templates over the finding's facts; `why` explains the rule on its page.
    """

    id: str
    severity: Severity
    title: str
    message: str
    mend: str
    why: str

    def __reduce__(self) -> tuple[Any, ...]:
        return _rule, (self.id,)


def _rule(id: str) -> Rule:
    """A rule that came from another process as its name."""
    return RULES[id]


@dataclass(frozen=True, slots=True)
class Where:
    """The place a finding or an answer speaks of.

    `file` is relative to the input that was given; what lies inside containers is joined with `!/`
    (`returns.zip!/Ward 7.xlsx`). `cell` is an A1 reference, or several separated by spaces.
    """

    file: str = ""
    sheet: str = ""
    cell: str = ""

    @property
    def container(self) -> str:
        """The mail, mailbox or zip that the file came in; empty for a file that stood by itself."""
        return self.file.rpartition("!/")[0]

    @property
    def own_name(self) -> str:
        """The file's own name, without the containers and folders it came in."""
        return self.file.rpartition("!/")[2].rpartition("/")[2]

    def __str__(self) -> str:
        place = "!".join(part for part in (self.sheet, self.cell) if part)
        return ", ".join(part for part in (self.file, place) if part)

    def __reduce__(self) -> tuple[Any, ...]:
        return _where, (self.file, self.sheet, self.cell)


def _where(file: str, sheet: str, cell: str) -> Where:
    """A place that came from another process; the same few sheets and cells are named in every copy, and kept once."""
    return Where(file, intern(sheet), intern(cell))


# By what the owner of a file that cannot be read was told: a fact of the file's finding.
OWNER_BY, BY_ID, BY_SENDER, BY_NAME = "owner_by", "id", "sender", "name"
# A fact of copies that disagree, where these are correction forms; what they say of a question is a fact by its id.
CORRECTIONS = "corrections"
# A fact of what is said of a message that a program wrote, and no person.
PROGRAM = "program"
# The level that a finding offers as a line for the decisions, in the order of their columns, and why: facts of it.
SHOWN, REASON = "shown", "reason"
READY = "Ready for Decisions: {team} | {question} | {shown} | {file} | {reason}"
PROBABLY = "It is probably from {team}: the file's name says so."


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know: an instance of a rule, with its place and its facts."""

    rule: Rule
    where: Where = Where()
    team_id: str = ""
    team: str = ""
    question: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """The severity of its rule."""
        return self.rule.severity

    @property
    def message(self) -> str:
        """What we saw, in the coordinator's words."""
        message = self.rule.message.format_map(self._words)
        return f"{message} {PROBABLY.format_map(self._words)}" if self.facts.get(OWNER_BY) == BY_NAME else message

    @property
    def mend(self) -> str:
        """What to do about it, ready to be pasted into an e-mail."""
        mend = self.rule.mend.format_map(self._words)
        return f"{mend} {READY.format_map(self._words)}" if SHOWN in self.facts else mend

    @property
    def _words(self) -> dict[str, str]:
        """What the sentences are made of; a letter that nobody can see is named in all of them."""
        words = {
            "team": self.team,
            "question": self.question,
            "file": self.where.file,
            "sheet": self.where.sheet,
            "cell": self.where.cell,
            **self.facts,
        }
        return {name: visible(text) for name, text in words.items()}


def _error(id: str, title: str, message: str, mend: str, why: str) -> Rule:
    return Rule(id, Severity.ERROR, title, message, mend, why)


def _warning(id: str, title: str, message: str, mend: str, why: str) -> Rule:
    return Rule(id, Severity.WARNING, title, message, mend, why)


def _note(id: str, title: str, message: str, mend: str, why: str) -> Rule:
    return Rule(id, Severity.NOTE, title, message, mend, why)


_ASK_AGAIN = "Ask the sender to send it again, as an Excel workbook (.xlsx)."

_CATALOGUE = (
    # -- files ---------------------------------------------------------------------------------
    _error(
        "file-damaged",
        "The file is damaged",
        "This file is damaged and nothing in it could be read: {what}.",
        "Ask the sender to open their own copy, save it and send it again.",
        "Mail systems and interrupted downloads cut files short. A workbook is a sealed package: when a part is "
        "missing, nobody knows which answers are still right. So none is taken.",
    ),
    _error(
        "file-password",
        "The file is locked",
        "This file is protected with a password, so it could not be read.",
        "Ask the sender to save it without a password and send it again.",
        "A workbook with a password to open is encrypted as a whole. The form itself uses sheet protection, which is "
        "something else and causes no problem.",
    ),
    _error(
        "file-label",
        "The file is locked by a sensitivity label",
        "This file is encrypted by a sensitivity label of its organisation. Only people there can read it, and no "
        "password opens it.",
        "Does Excel open it for you? Choose a label that does not encrypt, save a copy with the other returns and run"
        " the command again. If not, ask the sender to do so (remind --ask-senders writes to them).",
        "Labels such as Confidential can tie a file to the sender's own organisation. Inside it a colleague's Excel "
        "often opens such a file; only a person there can take the label away.",
    ),
    _error(
        "file-format",
        "A kind of workbook that cannot be read reliably",
        "This file is {what}.",
        _ASK_AGAIN,
        "A few kinds of workbook lose their answers on the way through other programs, and look as if nothing were "
        "ticked. Such a file is not counted.",
    ),
    _error(
        "file-unsafe",
        "The file is unsafe to read",
        "This file was not read, because {what}. No form made by this tool does that.",
        "Do not open it. Ask the sender for a fresh copy of the form.",
        "Some files are built to harm the program that reads them. They are refused before "
        "anything in them is unpacked.",
    ),
    _error(
        "file-too-big",
        "The file is too big",
        "This file was not read, because {what}.",
        "Ask the sender for a copy without pictures or other added content.",
        "A completed form is about 50 kilobytes. Limits keep one file from stopping the others.",
    ),
    _error(
        "file-not-workbook",
        "Not an Excel workbook",
        "This file is {what}, not an Excel workbook.",
        "{advice}",
        "The content shows what kind of file it is; its name does not matter. A printed, scanned or renamed form has "
        "no cells to read.",
    ),
    _error(
        "file-shortcut",
        "A shortcut instead of the form",
        "This file is only a shortcut, and holds no form: {what}.",
        "Open it, save a copy of the form with the other returns and run the command again. You cannot open it? Ask "
        "the sender for access, or for the file itself.",
        "On many computers a shortcut looks like the file itself, and people attach or save it by mistake. Shortcuts "
        "are never followed.",
    ),
    _error(
        "file-unreadable",
        "The file could not be read",
        "This file could not be read: {what}.",
        "Check that the file is on this computer and that you may open it, then run the command again.",
        "The file could not be opened, or the program that reads it stopped or took too long. "
        "Other files are not affected.",
    ),
    _note(
        "file-skipped",
        "Files passed over",
        "{count} passed over that cannot be returns: {what}.",
        "Nothing to do.",
        "Excel's lock files (~$...), .DS_Store, Thumbs.db and the like are in every folder. They are counted, so that"
        " nothing disappears unnoticed.",
    ),
    _note(
        "file-duplicate",
        "The same file twice",
        "This file is exactly the same as {other}, so it was counted once.",
        "Nothing to do.",
        "People send a copy again to be sure. Two files with the same bytes hold the same answers.",
    ),
    # -- mails ---------------------------------------------------------------------------------
    _note(
        "file-settled",
        "A file that could not be read, from a team whose form counts",
        "Nothing in this file could be read ({why}). A form of {who} that counts came as well.",
        "Nothing to do. If you think that this file says something else, ask {who}.",
        "A team sends its form again because the first file was damaged: that settles the matter. A file that came "
        "later than the form stays open, as it may hold what the team says now.",
    ),
    _error(
        "mail-link",
        "A link instead of an attachment",
        "This message from {sender} has no form, only a link to one: {what}.",
        "Open the link, save a copy of the form with the other returns and run the command again. You cannot open it?"
        " Ask the sender for access, or to attach the workbook (remind --ask-senders writes to them).",
        "Mail programs offer to share a file instead of attaching it. Links are never followed. What mail filters add"
        " to a link is taken off where possible.",
    ),
    _error(
        "mail-answers",
        "Answers in the text of a message",
        "No form came with {what}, but its text answers questions: {answers}.",
        "Enter these answers as decisions: a row for each question, with the level. Let the team know.",
        "Some people answer in the message, or paste the cells of the form into it. A person has to decide what a "
        "text means, so nothing in it is counted.",
    ),
    _error(
        "mail-not-saved",
        "An attachment that was not saved with its message",
        "This message names {what}, but its content is not in the file that was saved: {why}.",
        "Open the message in your mail program and let it download the attachment. Then save the attachment with the "
        "other returns. If it does not open there, ask the sender for it again.",
        "Mail programs may save a message without its attachments, or keep these elsewhere. The team did send a file.",
    ),
    _error(
        "mail-filtered",
        "An attachment that a mail filter took away",
        "A mail filter took something out of this message: {what}.",
        "Ask whoever looks after your e-mail to release the attachment. Or agree another way with the sender, such as"
        " a shared folder: the filter would probably remove the attachment again.",
        "Filters replace attachments that look dangerous, or that are being checked, with a text of their own. The "
        "team did send its file.",
    ),
    _warning(
        "mail-bounced",
        "A message that could not be delivered",
        "This is the notice of a mail server that a message could not be delivered{what}.",
        "Correct the address in the team list, and send that team its form again.",
        "A notice carries the message that it is about, with the form that you sent out. It is not a return.",
    ),
    _note(
        "mail-text",
        "A message whose text names a question or a level",
        "The text of {what} says: {sentence}.",
        "Read it, and compare it with the form that came. If the text is what counts, enter a decision.",
        "Some people send the form and change their mind in the message. The text of messages is never counted.",
    ),
    _note(
        "mail-auto-reply",
        "An automatic reply",
        "Nobody wrote {what}: it is an automatic reply.",
        "Nothing to do. If it names somebody else to write to, write to them.",
        "Programs answer for people who are away. That is no reply from the team, so the team counts as not returned.",
    ),
    _note(
        "mail-own-invitation",
        "A message of our own",
        "This form came in {what}, which we sent out ourselves, and nothing is filled in. It is not a return.",
        "Nothing to do.",
        "Saved conversations and drafts among the returns hold the form as it was sent out.",
    ),
    _note(
        "mail-no-file",
        "A message without an attachment",
        "Only text came with {what}.",
        "Have a look whether it holds answers, or says where the form is.",
        "Replies are saved with the returns, and their text is not counted. So each is mentioned.",
    ),
    # -- forms ---------------------------------------------------------------------------------
    _error(
        "form-unknown",
        "No form in this workbook",
        "This workbook holds no self-assessment form: {what}.",
        "If a team meant it as its return, ask for the completed form instead.",
        "A form is recognised by the keys in its column Ref and by its statements. Neither was found.",
    ),
    _error(
        "form-other-questionnaire",
        "A form of another questionnaire",
        "This form belongs to the questionnaire “{theirs}”, not to “{ours}”.",
        "Run the command with --questionnaire and the file that this form was made from.",
        "Questions of two questionnaires can share their numbers but not their meaning, so they are never mixed.",
    ),
    _error(
        "form-sheet-missing",
        "A sheet of the form is missing",
        "The sheet for {component} is not in this copy, so its {count} are missing.",
        "Ask {who} to send the whole workbook again.",
        "People delete sheets, or copy only one sheet into a new workbook. The latest copy counts as a whole. A "
        "single sheet sent later would replace everything that was answered before.",
    ),
    _error(
        "form-rows-missing",
        "Rows of a question are missing or damaged",
        "{question}: {what}. It is not certain which level was meant.",
        "Ask {who} which level they chose for {question}, or for a fresh copy of the form.",
        "A tick counts only when its own statement is in the same row. If a row was deleted or another statement was "
        "pasted over it, the tick may belong to something else.",
    ),
    _error(
        "form-correction-alone",
        "A correction form without the form it corrects",
        "A correction form came, but no form that it could correct. {count} counted from it; all other questions are "
        "missing.",
        "Ask {who} for the whole form.",
        "A correction form holds only the questions that were asked again. Without the copy that it corrects, the "
        "other answers are not known.",
    ),
    _note(
        "form-actions",
        "A form about actions, which is not a return",
        "This is no self-assessment. It says how {count} went: {what}.",
        "Nothing to do: the status is in Actions, unless you typed another one there. Where the team is not certain, "
        "type it yourself. It is not counted as a return.",
        "A small form asks teams how their actions went. It holds no question, so it is no copy of the "
        "self-assessment. Whoever sent only this has returned nothing yet.",
    ),
    _note(
        "form-pack",
        "A team's pack, which is no return",
        "This is the feedback pack of {who}, and no self-assessment. {what}.",
        "Nothing to do. What was typed into it is in Actions, unless form-pack-not-taken is reported for it.",
        "Teams plan in their pack and may send it back. The answers in it are those that we sent, so none is counted.",
    ),
    _warning(
        "form-pack-not-taken",
        "A team's pack whose next steps are in no action plan",
        "What was typed into the pack of {who} was not taken into Actions: {why}.",
        "Find out whose it is, and type what is needed into an empty row of Actions.",
        "A pack carries its team's id and name, and its round's id. What is typed for one goes to no other.",
    ),
    _error(
        "form-untouched",
        "Returned as it was sent",
        "Nothing is filled in: this copy came back as it was sent out.",
        "Ask {who} for the copy that they filled in. It was probably saved somewhere else (look in Downloads, or in "
        "the e-mail's own preview).",
        "A form opened from an e-mail is read-only. People fill it in, save a copy elsewhere, and send the original "
        "back.",
    ),
    _error(
        "form-no-ticks",
        "No box is ticked",
        "No box is ticked, but {what}.",
        "Ask {who} whether that is their answer. This list shows what was seen for each question.",
        "People answer in words, in colour or in comments where they find no box to click. Nothing counts without a "
        "tick. But such a form is not empty, so the team must not read that it is.",
    ),
    _warning(
        "form-other-version",
        "A form of another version",
        "This form is version {theirs} of the questionnaire; the round uses version {ours}. Every statement that "
        "still reads the same was counted.",
        "If questions are reported as missing, look at them. Otherwise there is nothing to do.",
        "Each answer is judged by the statement in its row. Wording that did not change between versions means the "
        "same.",
    ),
    _error(
        "form-other-round",
        "A form of another round",
        "This form was made for the round “{theirs}”, and this round is “{ours}”. It was not counted.",
        "Are its answers meant for this round? Then say whose it is in Decisions of round.xlsx, or with --overrides "
        "(columns file and team). If it is from last time, there is nothing to do; move the file out of the folder "
        "and it is not mentioned again.",
        "A form from last time looks the same as this time's. Only its reference, in the last row of every sheet, "
        "shows the difference.",
    ),
    _error(
        "form-after-close",
        "A form that came after the round was closed",
        "This form of {who} {what}, and the round was closed on {closed}. It was not counted.",
        "Should it count anyway? Say whose it is in Decisions of round.xlsx, or with --overrides (columns file and "
        "team). To count everything that came later, take the date “Closed on” away.",
        "Results that were reported do not change without anybody noticing. A form without a date counts if it "
        "counted in the workbook before.",
    ),
    _warning(
        "form-no-round",
        "A form that does not say which round it is of",
        "{forms} no round's id, and this round is “{ours}”: {files}. Counted anyway.",
        "Check that these are this round's answers. If they are from last time, move the files out of the folder.",
        "A form from “impact-xl generate” has no round's id, and neither do some from version 0.1. Such a form counts"
        " if the team sent none with the id of this round.",
    ),
    _warning(
        "form-set-aside",
        "A form that names no round, and one of this round",
        "This form does not say which round it belongs to. A form of {who} for this round, “{ours}”, came as well, so"
        " this one was not counted.",
        "If this is the one that counts, say so in Decisions of round.xlsx, or with --overrides (columns file and "
        "team).",
        "A form without a round's id may be from last time. If the team sent one for this round, too, that one counts.",
    ),
    _warning(
        "form-wording-changed",
        "Wording was changed",
        "{question}: {what}. The level was found by what else is in its row.",
        "Check with {who} that they meant this level of the original statement.",
        "Someone edited the text of the form. The level's name or its statement is still in its row, so the answer "
        "counts. This list mentions it so that you can check.",
    ),
    _warning(
        "form-mixed",
        "Sheets of several copies in one file",
        "This file holds sheets of {count} ({what}); each was read as a copy of its own.",
        "Ask the sender which team it is from, and check what this list says about these teams.",
        "Sheets of several teams' forms were put into one workbook. The last row of each sheet shows whose it is.",
    ),
    _error(
        "survey-column",
        "A column that may be one of several questions",
        "In this table of a survey tool, {what} may be {which}. Their statements are the same, and the header does not "
        "say which. It was not counted.",
        "Put the question's title into the column's header, save the file and run the command again.",
        "A column is known by the statements in its cells. Where two questions have the same statements, its header "
        "has to name the question.",
    ),
    _note(
        "form-survey",
        "A table of a survey tool",
        "This file is a table of a survey tool: {what}.",
        "Nothing. If a column that was not read holds answers, check that its options are the statements.",
        "A table whose cells hold statements is read row by row, and each row is a return. Columns are known by the "
        "statements in them, in any place.",
    ),
    _note(
        "form-more-questions",
        "The copy asks more than the round",
        "This copy also asks {what}, which this round does not ask. What is there was not counted.",
        "Nothing to do. If these questions belong to the round, name them in the row Questions of the sheet Round.",
        "A round may ask some of the questions. A copy of the whole form still counts with those that the round asks.",
    ),
    _note(
        "form-moved",
        "Sheets, rows or columns were moved",
        "{what}. Answers were found again by their keys and statements.",
        "Nothing to do.",
        "Answers are found by their keys wherever they are, never by address, sheet name or order.",
    ),
    _note(
        "form-extra-content",
        "Something was added to the form",
        "This copy holds content that is not part of the form: {what}. It was not counted.",
        "Have a look: it may be an answer or a comment for you.",
        "People paste pictures, write comments, colour cells or leave notes next to the form. Only the form's own "
        "boxes count. Everything else is mentioned with its cell.",
    ),
    # -- answers -------------------------------------------------------------------------------
    _error(
        "answer-blank",
        "No box ticked",
        "{question}: no box is ticked{seen}.",
        "Ask {who} about {question} ({ask}?).",
        "A blank is not “Starting” and not “Not applicable”. It counts as blank and is left out of every share. A "
        "level's name or a highlighted statement near it is shown, but not counted.",
    ),
    _error(
        "answer-multiple",
        "More than one box ticked",
        "{question}: more than one box ticked ({what}).",
        "Ask {who} which one level they meant for {question}.",
        "Two ticks are two ticks: taking the higher, the lower or the middle would be a guess.",
    ),
    _error(
        "answer-unclear",
        "A mark that could mean anything",
        "{question}: {what}.",
        "Ask {who} which level they meant for {question}.",
        "Marks such as n/a, -, ? or a date are never guessed. A tick that is crossed out or hidden is not counted. "
        "Nor is one where another level is named or highlighted: what people see and what is read must agree.",
    ),
    _warning(
        "answer-by-name-only",
        "Counted by the level's name alone",
        "{question}: the statement of {what} is missing; the tick was counted by the level's name.",
        "Check with {who} that they meant this level.",
        "Only the level's name is still in the row, not its statement.",
    ),
    _warning(
        "answer-beside-box",
        "A mark outside its box",
        "{what}.",
        "Check with {who} that this is the level they meant.",
        "People write their x over a level's name, before its statement or in another column. Such a mark counts if "
        "it is the only one and no box of the question is ticked. A ticked box counts first.",
    ),
    _note(
        "answer-odd-mark",
        "An unusual mark taken as a tick",
        "The mark {what} was read as a tick.",
        "Nothing to do, unless it looks wrong to you.",
        "People type x, yes, 1 or ✓ where their program shows no tickbox. Clear marks are counted, and the unusual "
        "ones are listed so that you can check.",
    ),
    _note(
        "answer-corrected",
        "Corrected by a correction form",
        "{question}: a correction form says {now}; the copy said {was}.",
        "Nothing to do.",
        "A correction form replaces only the questions that it carries, and only if it gives a clear answer.",
    ),
    _warning(
        "answer-correction-older",
        "A correction form disagrees with a newer copy",
        "{question}: a correction form says {now}, and was counted; a newer copy says {was}.",
        "Check with {who} which is right. If the newer copy is right, move the correction form out of the returns.",
        "You asked for the correction, and it answers single questions, so it counts before a whole copy. If the copy"
        " was sent later and says something else, the team may have changed its mind.",
    ),
    _note(
        "answer-decided",
        "Decided by a person",
        "{question}: decided as {now}{reason}; {source} said {was}.",
        "Nothing to do.",
        "A decision, in Decisions of round.xlsx or in the list given with --overrides, counts before every copy and "
        "correction. What the copy said is kept, too.",
    ),
    _note(
        "decision-ended",
        "A decision that has ended",
        "The decision that {what} was taken back: it is no longer {where_not}. What the returns say counts again.",
        "Nothing to do. If it was removed by mistake, enter it again.",
        "What a person decided stays decided until a person takes it back. That is reported once.",
    ),
    _warning(
        "decision-waits",
        "A decision that cannot be applied",
        "{source} the decision that {what}. It cannot be applied now: {why}.",
        "If you no longer want it, clear its row in {place}. Otherwise there is nothing to do: it counts as soon as it "
        "can.",
        "The workbook keeps decisions, so that none is lost where no list is given. A decision may be about something"
        " that is missing for now: a file that was moved, or a team that is not on the list.",
    ),
    _note(
        "team-another-way",
        "Answers that were given another way",
        "No form of {who} counts. {count} given another way, by decisions; {open}.",
        "Nothing to do. Where questions are open, `remind` asks the team for its form.",
        "A team may answer by telephone or on paper. What a person typed for it as decisions counts, and the column "
        "File says that there is no form.",
    ),
    _note(
        "answer-by-hand",
        "Corrected by hand in the workbook",
        "{question} was set to {what} by hand in the consolidated workbook; the copy says {copy}.",
        "Nothing to do. To use the copy's answer again, choose its level in Answers.",
        "Corrections made in the sheet Answers are carried over each time returns are combined, and are always shown.",
    ),
    _warning(
        "answer-kept",
        "A correction by hand disagrees with a newer answer",
        "{question} was set to {what} by hand in the consolidated workbook, when the copy said {before}. "
        "It says {copy} now. The correction was kept.",
        "Check which is right. If the copy is right, choose its level in Answers. If not, delete this row.",
        "A late return can answer what was corrected by hand. What a person decided is never undone without a message.",
    ),
    _warning(
        "answer-not-kept",
        "A correction by hand that waits for its answer",
        "{question} of {who} was set to {what} by hand in the consolidated workbook. That is not counted, "
        "because {why}.",
        "The correction waits in the last table of About, and counts as soon as it can. If you no longer want it, "
        "clear its row there.",
        "A correction belongs to a team and a question. If one of them is missing, Answers has no row for it. The "
        "correction is kept, as the team's copy may come back.",
    ),
    _note(
        "text-odd-status",
        "A status in other words",
        "The status of {what} is given as {typed}. The words to choose from are: {words}. It is shown as it was typed.",
        "Choose the word that fits in Status on the sheet Actions, if you count by it.",
        "The form offers a list, but takes any text. What a team meant by its own word is not guessed.",
    ),
    # -- teams ---------------------------------------------------------------------------------
    _error(
        "team-missing",
        "No team name",
        "This copy does not say which team it is from, so it is not counted for any team.",
        "Find out who sent it: the workbook lists the message that each file came with. Ask them to fill in the "
        "team's name on the sheet Start.",
        "A return is matched by what is inside it, never by its sender or its file name alone.",
    ),
    _error(
        "team-contested",
        "Copies that look like one form sent on to others",
        "{count} copies carry this team's id but were completed by different people and differ in {what}, "
        "so none of them is counted. {changes}.",
        "Decide which copy is this team's, in Decisions of round.xlsx, or with --overrides (columns file and team). "
        "Ask the others to write their own team's name on the sheet Start.",
        "If people forward a personal form, it comes back several times under one name. Taking the latest would "
        "replace one team's answers by another's without anybody noticing.",
    ),
    _error(
        "team-conflict",
        "Id and name of different teams",
        "The team id says {by_id}, but the team name says {by_name}, so this copy is not counted.",
        "Find out which team filled it in, and say so in Decisions of round.xlsx, or with --overrides (columns file "
        "and team). Until then neither of them gets a reminder.",
        "Someone wrote their own team's name into another team's form, or typed the wrong id.",
    ),
    _error(
        "team-mixed",
        "Sheets of several teams, and it is not clear whose is whose",
        "This file holds Start sheets of {what}. It is not clear whose the other sheets are, so the file is not "
        "counted for any team.",
        "Ask the sender for each team's own file.",
        "If a form was not made for one team, only its sheet Start says whose it is. When sheets of two teams are in "
        "one workbook in no order, giving them to either would be a guess.",
    ),
    _error(
        "team-group-missing",
        "The name of several teams",
        "“{name}” is the name of {count} ({what}), and this copy does not say {which}, so it is not counted for any.",
        "Ask the sender which of them filled it in, and enter a decision (columns file and team, with the team's id)."
        " Or ask for a copy with the group on the sheet Start.",
        "Two wards with one name in two groups are two teams. Only an id, or the group on the sheet Start, shows "
        "whose a copy is. Giving it to either would be a guess.",
    ),
    _error(
        "team-merged",
        "Two teams that are one now each sent a form",
        "{others} {are} a part of {who} now, as the team list says, and a form came from {both}. None of them is "
        "counted for {who}, and no average of their answers is taken.",
        "Ask {who} for one form that they fill in together. If one of these is that form, enter a decision (columns "
        "file and team).",
        "Each of them answered about itself. Neither speaks for the team that they are now.",
    ),
    _note(
        "team-withdrawn",
        "A form from a team that does not take part",
        "A form came from {who}, which {why}, as the team list says. Its answers are kept in the sheet Answers and "
        "count in no figure.",
        "{todo}",
        "The team list says who takes part. A form that came anyway is kept. If you take the status away, it counts.",
    ),
    _warning(
        "team-in-groups",
        "One name in several groups",
        "“{name}” came from {count} ({what}). They are counted as a team each.",
        "If they are one team, give its copies to it with decisions (columns file and team), or give a team list.",
        "Two wards with one name in two groups are two teams, until somebody says otherwise.",
    ),
    _note(
        "file-sync-copy",
        "A copy that a sync program made",
        "The name of this file looks like a copy that a sync program or a browser made of {other}. It was last saved "
        "{own}, and {other} {theirs}.",
        "Nothing to do if the answers are the same. If they differ, see what this list says about the team, and keep "
        "the copy that is right.",
        "If a file is changed in two places at once, OneDrive and similar programs keep both. One gets a computer's "
        "name, “conflict” or a number at the end of its name. Which of them counts is decided as for any two copies "
        "of a team.",
    ),
    _warning(
        "team-guessed",
        "The team is known from its id or its name alone",
        "This copy was counted for {who}: {why}.",
        "Check that it is from {who}. If it is not, say whose it is in Decisions of round.xlsx, or with --overrides "
        "(columns file and team).",
        "People write their team's name in their own way, and lists change. If id and name lead to two teams, nothing"
        " is counted. If one of them leads nowhere, the other decides.",
    ),
    _error(
        "team-undecided",
        "Copies that disagree, and no date shows the latest",
        "{count} copies of this team disagree in {what}. No date shows which is the latest, so {none} is "
        "counted. {changes}.",
        "Ask {who} which {which} counts, and say so in Decisions of round.xlsx, or with --overrides (columns "
        "{columns}).",
        "The latest copy is the one with the latest message, the latest date of saving, or the latest date typed in. "
        "Here none of these decides.",
    ),
    _warning(
        "team-unknown",
        "Not on the team list",
        "“{name}” is not on the team list. Its answers are counted as a team of its own.",
        "Add it to the team list, or correct the name there so that both agree.{hint}",
        "Similar names are only suggested, never matched: Ward 3 is not Ward 31.",
    ),
    _warning(
        "team-twice",
        "Several copies with different answers",
        "{count} copies came from this team and differ in {what}; the latest, {used}, was used. {changes}.",
        "Check that the latest copy is the one the team means. All copies are listed in the workbook.",
        "Teams correct themselves and send again, so the latest copy counts; the earlier ones are kept in the list.",
    ),
    _note(
        "team-texts-differ",
        "Notes of an earlier copy",
        "This copy has notes or priorities ({what}) that are not in {used}, which is the copy that counts.",
        "Have a look, in case you miss one of them.",
        "The latest copy counts as a whole. What a team wrote only into another one is kept there, and nowhere else.",
    ),
    _warning(
        "text-in-doubt",
        "A text that is crossed out, or that nobody can see",
        "{what}. It was kept as it was typed.",
        "Check with {who} that it is meant. If it is not, take it out of the results.",
        "People cross out what they no longer mean. A text may also be hidden by its colour or format, by a hidden "
        "row or under merged cells. It is in the results like any other, so you should know.",
    ),
    _warning(
        "text-cut",
        "A text was shortened",
        "A text of {length} characters was cut to {kept}, the most that a cell holds.",
        "Read the whole text in the returned file.",
        "Excel cells hold at most 32,767 characters.",
    ),
    _warning(
        "text-kept",
        "A text edited by hand, and a newer one",
        "{column} of {what} was edited in the consolidated workbook, and the team has changed it since, to “{copy}”. "
        "The edited text was kept.",
        "Check which is right, and correct it in {place}.",
        "What a person typed into the action plan, or over a comment, is never replaced without a message.",
    ),
    _note(
        "text-edited",
        "A comment edited by hand",
        "The note on {question} was edited in the sheet Comments. The edited text is used here and in everything that"
        " is made from it.",
        "Nothing to do. What the team wrote is still in its own file.",
        "A note can name a patient or a colleague. Taken out once, it must not come back with the next return.",
    ),
    _note(
        "text-as-values",
        "Formulas of your own became values",
        "{what} held formulas of your own. Their values were carried over, the formulas were not.",
        "Nothing to do, unless they should continue to calculate: then type them again. They are still in the old "
        "workbook.",
        "Rows move from one run to the next, so a formula carried over could come to mean something else.",
    ),
    _warning(
        "text-not-kept",
        "Something typed into the workbook could not be carried over",
        "On the sheet {sheet} of {which} {what}. {fate}",
        "If you still need it, copy it from there: a workbook that was replaced is kept, unless you asked for no "
        "copy. Corrections in Answers, Actions, Comments, and columns and sheets of your own are carried over. What "
        "comes from the team list is changed there. To be rid of a row, choose “Stopped” in Actions, or empty its "
        "note in Comments.",
        "The sheets are written again each time. What was typed over a text of ours, or outside a table, belongs to "
        "no row or column, so it cannot go back. But it must not disappear without a message.",
    ),
    _warning(
        "text-two-leads",
        "Two leads typed different things into one row",
        "{what}: {one} says {own}, and {other} says {theirs}. Both rows are in this workbook now.",
        "Keep the row that is right, and delete the other one; a line of the meeting is cleared in meeting.xlsx.",
        "A second copy of the workbook was added with --also, or one text was edited in Actions and in meeting.xlsx. "
        "What two people typed into one cell is never put together or chosen between, so each has its row.",
    ),
    _warning(
        "text-two-teams",
        "Something typed into the workbook, where id and name are of two teams",
        "In the workbook that was replaced {what} is in a row with one team's id and another team's name. It was "
        "carried over to neither: {why}.",
        "Find out whose it is, and type it again for that team. The old workbook is kept, unless you asked for no "
        "copy. If ids were changed on the team list, give each team its old id back.",
        "Ids change when a list is sorted or numbered again. So id and name are looked at together. If they lead to "
        "two teams, believing one of them could give the text to the wrong team.",
    ),
    _warning(
        "round-few-returns",
        "Few returns yet",
        "{what}.",
        "Read the figures with care, and remind the teams that are still missing.",
        "With few teams a single answer changes a share a lot. Below five answers agreement is not put into words.",
    ),
)

RULES: Mapping[str, Rule] = {rule.id: rule for rule in _CATALOGUE}


def found(
    rule: str, where: Where = Where(), *, team_id: str = "", team: str = "", question: str = "", **facts: str
) -> Finding:
    """A finding of the rule with this id.

    Raises:
        KeyError: there is no such rule; that is a bug of ours.
    """
    return Finding(RULES[rule], where, team_id, team, question, facts)


def count(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each severity, in the order error, warning, note."""
    seen = Counter(finding.severity for finding in findings)
    return {severity.value: seen[severity] for severity in Severity}


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The findings with the gravest first, then by team, question and place."""
    return sorted(
        findings,
        key=lambda finding: (
            finding.severity.rank,
            finding.team.casefold(),
            finding.where.file,
            finding.question,
            finding.rule.id,
            finding.where.sheet,
            finding.where.cell,
        ),
    )
