"""What our messages say: every sentence beside the facts that choose it.

A letter is data. Which of its sentences stand is told from `Facts` alone, so no letter says what is not so, and each
combination can be written and checked. docs/letters.md is made from these tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from impact_xl.mail.drafts import MessageTemplate, fill, render
from impact_xl.mail.letter_facts import (
    ActionDates,
    Actions,
    Ask,
    Counted,
    Doubt,
    Due,
    Fact,
    Facts,
    Figures,
    Fresh,
    Priorities,
    SeenBy,
    Sender,
    Sent,
    Sponsor,
    Steps,
    Teams,
    Telephone,
)

# The body of every letter; in a text of a person's own the same fields may stand.
_BODY = "Dear {{name}},\n\n{{opening}}\n\n{points}{{please}}\n\n{{closing}}\n"


@dataclass(frozen=True)
class Sentence:
    """A text with fields in braces. It stands where, of each sort of fact that it names, one holds."""

    text: str
    when: tuple[Fact, ...] = ()

    def stands(self, facts: Facts) -> bool:
        """Whether it is said."""
        holding = facts.holding
        return {type(fact) for fact in self.when} == {type(fact) for fact in self.when if fact in holding}


@dataclass(frozen=True)
class Paragraph:
    """Sentences that follow each other, or stand under each other."""

    sentences: tuple[Sentence, ...]
    listed: bool = False

    def text(self, facts: Facts) -> str:
        """The sentences that stand."""
        return ("\n" if self.listed else " ").join(each.text for each in self.sentences if each.stands(facts))


@dataclass(frozen=True)
class Letter:
    """One letter: when it is written, and what it can say."""

    name: str
    written: str  # to whom and when
    subject: Paragraph
    opening: tuple[Paragraph, ...]  # before what is to be fixed
    please: tuple[Paragraph, ...]  # after it
    lists_points: bool = False  # whether what is to be fixed stands between the two, point by point

    @property
    def body(self) -> str:
        """Its body, with fields in braces."""
        return _BODY.format(points="{to_fix}\n\n" if self.lists_points else "")

    def sentences(self) -> Iterator[Sentence]:
        """Every sentence, the subject first."""
        for paragraph in (self.subject, *self.opening, *self.please):
            yield from paragraph.sentences

    @property
    def sorts(self) -> tuple[type[Fact], ...]:
        """The sorts of facts that choose its sentences."""
        return tuple(dict.fromkeys(type(fact) for sentence in self.sentences() for fact in sentence.when))

    def parts(self, facts: Facts) -> dict[str, str]:
        """The subject and the two parts of the body, still with fields in braces."""
        opening, please = (
            "\n\n".join(text for paragraph in part if (text := paragraph.text(facts)))
            for part in (self.opening, self.please)
        )
        return {"subject": self.subject.text(facts), "opening": opening, "please": please}


def write(
    letter: Letter, facts: Facts, fields: Mapping[str, str], own: MessageTemplate = MessageTemplate()
) -> tuple[str, str]:
    """The subject and text of a letter.

    Args:
        letter: which one.
        facts: what chooses its sentences.
        fields: the values of the fields, `name`, `to_fix` and `closing` among them.
        own: a subject or text of a person's own, in the place of ours.

    Raises:
        ImpactError: the person's own names a field that is not known.
    """
    return render(
        MessageTemplate(own.subject or "{subject}", own.body or letter.body, own.source),
        {**fields, **fill_parts(letter, facts, fields)},
    )


def fill_parts(letter: Letter, facts: Facts, fields: Mapping[str, str]) -> dict[str, str]:
    """The parts of a letter as fields of a message: `subject`, `opening` and `please`."""
    return {part: fill(text, fields, letter.name) for part, text in letter.parts(facts).items()}


def _say(text: str, *when: Fact) -> Sentence:
    return Sentence(text, when)


def _text(*sentences: Sentence | str) -> Paragraph:
    return Paragraph(tuple(Sentence(each) if isinstance(each, str) else each for each in sentences))


def _list(*sentences: Sentence | str) -> Paragraph:
    return Paragraph(_text(*sentences).sentences, listed=True)


_NOT_AHEAD = (Due.NONE, Due.PASSED)

INVITATION = Letter(
    "Invitation",
    "by `distribute`, to each team that has no form yet",
    _text(
        _say("{title}: the form for {team}, by {deadline}", Due.AHEAD),
        _say("{title}: the form for {team}", *_NOT_AHEAD),
    ),
    (
        _text(
            _say("Please fill in the attached form for {team} by {deadline}.", Due.AHEAD),
            _say("Please fill in the attached form for {team}.", *_NOT_AHEAD),
        ),
        _text(
            _say(
                "With the support of {sponsor}, we are asking {teams} teams how they work.",
                Sponsor.NAMED,
                Teams.SEVERAL,
            ),
            _say("With the support of {sponsor}, we are asking your team how it works.", Sponsor.NAMED, Teams.ONE),
            _say("We are asking {teams} teams how they work.", Sponsor.NONE, Teams.SEVERAL),
            _say("We are asking your team how it works.", Sponsor.NONE, Teams.ONE),
            _say("Nobody is ranked."),
            _say("{seen_by}", SeenBy.SETTLED),
        ),
    ),
    (
        _list(
            "1. Meet as a team for 60 to 90 minutes.",
            "2. For each of {questions} questions, {rule}.",
            "3. Save it, and send it {where}.",
        ),
        _text(
            "The form has no macros. If Excel asks for them, stop and tell us.",
            _say("No computer, or another format? Call us: we will do it together.", Telephone.GIVEN),
            _say("No computer, or another format? Tell us: we will do it together.", Telephone.NONE),
            "Not your team? Tell us.",
        ),
    ),
)

REMINDER = Letter(
    "Reminder",
    "by `remind`, to each team of which no form has come; automatic replies change nothing",
    _text(
        _say("{title}: due {deadline}, {team}", Due.AHEAD),
        _say("{title}: a reminder for {team}", Due.NONE),
        _say("{title}: can we still count on {team}?", Due.PASSED),
    ),
    (
        _text(
            _say("A short reminder: please send us the form for {team} by {deadline}.", Due.AHEAD),
            _say("A short reminder: please send us the form for {team}.", Due.NONE),
            _say("The date was {deadline}, and we have not found a form from {team}.", Due.PASSED),
            _say("Please reply with one of these:", Due.PASSED),
            _say("It is attached once more.", Sent.BEFORE, Due.AHEAD, Due.NONE),
            _say("It is attached.", Sent.UNKNOWN, Due.AHEAD, Due.NONE),
        ),
        _list(
            _say("A) We will send it on ___", Due.PASSED),
            _say("B) We need help", Due.PASSED),
            _say("C) Not this time", Due.PASSED),
        ),
    ),
    (
        _text(
            _say("All three are fine.", Due.PASSED),
            _say("The form is attached once more.", Due.PASSED, Sent.BEFORE),
            _say("The form is attached.", Due.PASSED, Sent.UNKNOWN),
            _say("Do you need more time, or help? Reply, and we will agree a date.", Due.AHEAD),
            _say("Do you need help? Reply, and we will find a way.", Due.NONE),
            _say("Not taking part? One line is enough, and we will not remind you again.", Due.AHEAD, Due.NONE),
        ),
        _text(
            _say("Have you sent it already? Thank you, please ignore this message.", Due.AHEAD, Due.NONE),
            _say("Have you sent it already? Please tell us, and we will look for it.", Due.PASSED),
        ),
    ),
)

QUESTIONS = Letter(
    "Questions to check",
    "by `remind`, where a form counts and some of its questions do not",
    _text(
        _say("{title}: 1 question still open, {team}", Ask.ONE, Doubt.BLANK),
        _say("{title}: {open} questions still open, {team}", Ask.SEVERAL, Doubt.BLANK),
        _say("{title}: 1 question to check, {team}", Ask.ONE, Doubt.MARKS, Doubt.BOTH),
        _say("{title}: {open} questions to check, {team}", Ask.SEVERAL, Doubt.MARKS, Doubt.BOTH),
    ),
    (
        _text(
            "Thank you for the form of {team}.",
            _say("We have {answered} of {questions} answers.", Counted.NONE, Counted.SOME),
            _say("Please help us with this question:", Ask.ONE),
            _say("Please help us with these questions:", Ask.SEVERAL),
        ),
    ),
    (
        _text(
            _say("Reply with the level, or fill in the short form attached, by {deadline}.", Ask.ONE, Due.AHEAD),
            _say("Reply with the levels, or fill in the short form attached, by {deadline}.", Ask.SEVERAL, Due.AHEAD),
            _say("Reply with the level, or fill in the short form attached.", Ask.ONE, *_NOT_AHEAD),
            _say("Reply with the levels, or fill in the short form attached.", Ask.SEVERAL, *_NOT_AHEAD),
            _say("Left open on purpose? Reply “leave it”, and we will not ask again.", Doubt.BLANK, Ask.ONE),
            _say(
                "Left open on purpose? Reply “leave it” with the numbers, and we will not ask again.",
                Doubt.BLANK,
                Doubt.BOTH,
                Ask.SEVERAL,
            ),
            _say("Your other answers stay as they are.", Counted.SOME, Counted.ALL),
        ),
    ),
    lists_points=True,
)

UNFINISHED = Letter(
    "Not finished",
    "by `remind`, where a third of the questions or more are blank",
    _text("{title}: {open} questions still open, {team}"),
    (
        _text(
            "Thank you for the form of {team}.",
            _say("It is not finished yet: we have {answered} of {questions} answers.", Counted.SOME),
            _say("It is not finished yet: we have none of its {questions} answers.", Counted.NONE),
            _say("Please send us the rest by {deadline}.", Due.AHEAD),
            _say("Please send us the rest.", *_NOT_AHEAD),
        ),
    ),
    (
        _text(
            "The short form attached asks for just that. You can also reply with the levels.",
            "Left open on purpose? Reply “leave it” with the numbers, and we will not ask again.",
            _say("Your other answers stay as they are.", Counted.SOME),
        ),
    ),
    lists_points=True,
)

NO_TICKS = Letter(
    "No ticks found",
    "by `remind`, where a form came back as it was sent (`form-untouched`)",
    _text("{title}: no ticks in the form from {team}"),
    (
        _text(
            "Thank you for sending the form. We found no ticks in it.",
            "Please look for the copy that you filled in, and send us that one.",
        ),
    ),
    (
        _text("In Excel choose File, Open, Recent, or look in Downloads."),
        _text(
            "Did you answer in another way, with colour or in words? Tell us: nothing is lost.",
            _say("Not filled in yet? There is time until {deadline}.", Due.AHEAD),
            _say("Not filled in yet? Please tell us when we can expect it.", *_NOT_AHEAD),
        ),
    ),
)

ANOTHER_WAY = Letter(
    "Answered in another way",
    "by `remind`, where no box is ticked and something else shows answers (`form-no-ticks`)",
    _text("{title}: please check the form of {team}"),
    (
        _text(
            "Thank you for the form of {team}. No box is ticked, so we cannot count it yet.",
            _say("We have {answered} of {questions} answers so far.", Counted.SOME),
            "Please check what we saw instead:",
        ),
    ),
    (
        _text(
            "The short form attached asks again, and shows what we saw.",
            _say("Tick the level that you mean, and send it {where} by {deadline}.", Due.AHEAD),
            _say("Tick the level that you mean, and send it {where}.", *_NOT_AHEAD),
            "You can also reply with the levels.",
        ),
        _text("Nothing that you wrote is lost."),
    ),
    lists_points=True,
)

FILES = Letter(
    "A file that cannot be used",
    "by `remind`, where something came and no answer in it counts",
    _text(
        _say("{title}: what we received from {team}", Sender.KNOWN),
        _say("{title}: a file that may be yours, {team}", Sender.GUESSED),
    ),
    (
        _text(
            _say("Thank you for your message. We cannot count the answers of {team} yet.", Sender.KNOWN, Counted.NONE),
            _say(
                "Thank you for your message. We have {answered} of {questions} answers of {team}.",
                Sender.KNOWN,
                Counted.SOME,
                Counted.ALL,
            ),
            _say("Please help us with this:", Sender.KNOWN),
            _say("We received something, and think that it is from {team}.", Sender.GUESSED),
            _say("If it is yours, please help us with this:", Sender.GUESSED),
        ),
    ),
    (
        _text(
            _say("A blank form is attached, in case you need it.", Fresh.ATTACHED),
            _say("Please send the form {where} by {deadline}.", Due.AHEAD),
            _say("Please send the form {where}.", *_NOT_AHEAD),
            _say("Is it not yours? Please tell us.", Sender.GUESSED),
        ),
    ),
    lists_points=True,
)

REPLY = Letter(
    "A question",
    "by `remind`, where only the team can say which copy counts, or whose it is",
    _text("{title}: a question about the form of {team}"),
    (
        _text(
            _say(
                "Thank you for your message. Before we can count your answers, please tell us:",
                Sender.KNOWN,
                Counted.NONE,
            ),
            _say("Thank you for your answers. Please tell us:", Sender.KNOWN, Counted.SOME, Counted.ALL),
            _say("We received a form, and think that it is from {team}. Please tell us:", Sender.GUESSED),
        ),
    ),
    (
        _text(
            "A reply to this message is enough.",
            _say("Is it not yours? Please tell us.", Sender.GUESSED),
        ),
    ),
    lists_points=True,
)

LATE = Letter(
    "A form that came late",
    "by `remind`, where all that is open is a form that came after the round was closed (`form-after-close`)",
    _text("{title}: the form of {team} came late"),
    (
        _text(
            "Thank you for the form of {team}.",
            "It came after the answers were put together, so it is not in the results.",
            _say("What you sent before stays in the results.", Counted.SOME, Counted.ALL),
        ),
    ),
    (_text("You need not send it again. If something in it cannot wait, please reply, and we will talk about it."),),
)

PACK = Letter(
    "Results of a team",
    "by `feedback`, with the team's own workbook",
    _text("{title}: your results, {team}"),
    (
        _text(
            "Thank you for taking part.",
            _say("Please look at the attached answers of {team} at your next meeting.", Steps.NONE),
            _say(
                "Please look at the attached answers of {team} at your next meeting, and choose one step.", Steps.SOME
            ),
        ),
        _text(
            _say("You see your answers next to those of all {teams} teams that answered.", Figures.SHOWN),
            _say("Where enough teams answered, you see your answers next to those of all teams.", Figures.SOME),
            _say("Too few teams have answered to show you more than your own answers.", Figures.HIDDEN),
            "The workbook names no other team, and nobody is ranked.",
        ),
    ),
    (
        _text(
            _say("Write down who leads the step, and by when.", Steps.SOME),
            _say("The priorities that you named are there to carry on.", Priorities.NAMED),
            "Would you like our help? Reply to this message. You need not send anything back.",
        ),
    ),
)

FOLLOW_UP = Letter(
    "Follow-up of actions",
    "by `actions`, to whoever leads an action whose date is near or past, with a small form",
    _text("{title}: how is it going, {team}?"),
    (
        _text(
            _say("Please tell us how your action below is going.", Actions.ONE),
            _say("Please tell us how your actions below are going.", Actions.SEVERAL),
            _say("Its date has passed.", Actions.ONE, ActionDates.PAST),
            _say("Its date is near.", Actions.ONE, ActionDates.NEAR),
            _say("Their dates have passed.", Actions.SEVERAL, ActionDates.PAST),
            _say("Their dates are near.", Actions.SEVERAL, ActionDates.NEAR),
            _say("Some dates have passed, and some are near.", ActionDates.BOTH),
        ),
    ),
    (
        _text(
            _say("Choose its status in the attached form, and send it {where}.", Actions.ONE),
            _say("Choose a status for each in the attached form, and send it {where}.", Actions.SEVERAL),
            "It takes a minute. “Stopped” helps us as much as “Done”.",
        ),
    ),
    lists_points=True,
)

LETTERS = (INVITATION, REMINDER, QUESTIONS, UNFINISHED, NO_TICKS, ANOTHER_WAY, FILES, REPLY, LATE, PACK, FOLLOW_UP)
