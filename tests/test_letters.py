"""What letters say: every combination of the facts that choose their sentences, and no sentence against its facts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from impact_xl.mail import drafts, letters
from impact_xl.mail.drafts import MessageTemplate
from impact_xl.mail.letter_facts import (
    Counted,
    Doubt,
    Due,
    Fact,
    Facts,
    Figures,
    Fresh,
    Priorities,
    Sender,
    Sent,
    Sponsor,
    Steps,
    Telephone,
    due_on,
)
from impact_xl.mail.letters import LETTERS, Letter
from impact_xl.roster import Round

SORTS = {type(value): name for name, value in vars(Facts()).items()}
SEEN_BY = "The improvement team sees your team's answers. Reports to others show all teams together and name no team."
ROUND = Round(
    contact="improve@trust.example",
    signatory="Jo Smith",
    signatory_role="Head of Improvement",
    signatory_telephone="0113 496 0000",
)
FIELDS = {
    "team": "Ward 7",
    "name": "Matron",
    "title": "Autumn 2026",
    "deadline": "30 Nov 2026",
    "questions": "22",
    "rule": "please select the option that best reflects your current situation",
    "answered": "12",
    "open": "3",
    "teams": "38",
    "sponsor": "the chief executive",
    "seen_by": SEEN_BY,
    "telephone": ROUND.signatory_telephone,
    "where": drafts.where_to(ROUND.contact),
    "to_fix": "- Question 3, Co-design: no box is ticked. Which level do you choose?",
    "closing": drafts.closing(ROUND),
}
# What a text claims, and the facts of which one has to hold for it.
CLAIMS: tuple[tuple[str, frozenset[Fact]], ...] = tuple(
    (pattern, frozenset(facts))
    for pattern, facts in (
        (r"once more", [Sent.BEFORE]),
        (r"\b(by|until|due) 30 Nov 2026", [Due.AHEAD]),
        (r"date was|have not found a form|can we still count on", [Due.PASSED]),
        (r"ignore this message|not remind you again", [Due.AHEAD, Due.NONE]),
        (r"Thank you for (the|sending|your)", [Sender.KNOWN]),
        (r"may be yours|think that it is from|not yours", [Sender.GUESSED]),
        (r"support of the chief executive", [Sponsor.NAMED]),
        (r"Call us", [Telephone.GIVEN]),
        (r"to check,", [Doubt.MARKS, Doubt.BOTH]),
        (r"leave it", [Doubt.BLANK, Doubt.BOTH]),
        (r"other answers stay", [Counted.SOME, Counted.ALL]),
        (r"none of its|cannot count the answers|Before we can count", [Counted.NONE]),
        (r"stays in the results|Thank you for your answers|answers so far", [Counted.SOME, Counted.ALL]),
        (r"blank form is attached", [Fresh.ATTACHED]),
        (r"next to those of all 38 teams", [Figures.SHOWN]),
        (r"Where enough teams answered", [Figures.SOME]),
        (r"Too few teams", [Figures.HIDDEN]),
        (r"choose one step|leads the step", [Steps.SOME]),
        (r"priorities that you named", [Priorities.NAMED]),
    )
)
# What no letter of ours says: each was untrue, unkind or of no use.
NEVER = (
    r"not yet had|could not tell|for certain|stop asking|Enable Editing|highest level|describes .* best|Unfortunately"
    r"|\((NHS IMPACT self-assessment)\)"
)
MOST_WORDS, MOST_WORDS_IN_A_SENTENCE = 120, 20  # the signature is the round's own
PASSIVE = re.compile(r"\b(was|were|been|being|be) (not )?(\w+ed|sent|read|told|found|given|made|chosen|kept)\b")


def every(letter: Letter) -> Iterator[tuple[Facts, str, str]]:
    """Each combination of the facts that a letter looks at, with the subject and text that it gives."""
    names = [SORTS[sort] for sort in letter.sorts]
    for values in itertools.product(*letter.sorts):
        facts = replace(Facts(), **dict(zip(names, values, strict=True)))
        yield facts, *letters.write(letter, facts, FIELDS)


WRITTEN = [(letter, *each) for letter in LETTERS for each in every(letter)]


def sentences(text: str) -> list[str]:
    flat = re.sub(r"\n(?:- |\d\. |[A-C]\) )?", "\n", text.replace("___", "")).split("\n")
    return [part for line in flat for part in re.split(r"(?<=[.?!:])\s+(?=[A-Z“])", line) if part.strip()]


def test_every_combination_is_written():
    assert len(WRITTEN) == sum(len(list(itertools.product(*letter.sorts))) for letter in LETTERS)
    assert len(WRITTEN) > 100
    assert {sort for letter in LETTERS for sort in letter.sorts} == set(SORTS)


@pytest.mark.parametrize(("pattern", "facts"), CLAIMS, ids=[pattern for pattern, _ in CLAIMS])
def test_no_sentence_contradicts_its_facts(pattern: str, facts: frozenset[Fact]):
    says = [(letter.name, each) for letter, each, subject, text in WRITTEN if re.search(pattern, f"{subject}\n{text}")]
    assert says, "nothing is checked"
    for name, each in says:
        sort = type(next(iter(facts)))
        if sort is Sender and name not in (letters.FILES.name, letters.REPLY.name):
            continue  # those alone go to teams that were guessed
        if sort is Doubt and name == letters.UNFINISHED.name:
            continue  # a third of it is blank: that is when it is written
        assert each.holding & facts, name


@pytest.mark.parametrize(("subject", "text"), [each[2:] for each in WRITTEN], ids=[each[0].name for each in WRITTEN])
def test_every_letter_is_whole_and_short(subject: str, text: str):
    whole = f"{subject}\n{text}"
    assert "{" not in whole
    assert not re.search(r"  |\n\n\n| \n", whole)
    assert not re.search(NEVER, whole)
    assert subject.startswith("Autumn 2026: ")
    assert "Ward 7" in subject
    assert "\n" not in subject
    first_lines = "\n".join([line for line in text.splitlines() if line][:3])
    assert "Please " in first_lines or "please " in first_lines
    assert len(re.findall(r"\w[\w’'.@-]*", text.partition("With thanks\n")[0])) <= MOST_WORDS
    assert max(len(each.split()) for each in sentences(text)) <= MOST_WORDS_IN_A_SENTENCE
    assert not PASSIVE.search(text.replace("form was sent", ""))
    assert text.endswith("With thanks\nJo Smith\nHead of Improvement\n0113 496 0000\n")


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.name)
def test_each_sentence_is_said_in_some_combination_and_its_facts_are_of_one_kind_each(letter: Letter):
    combinations = [facts for each, facts, *_ in WRITTEN if each is letter]
    for sentence in letter.sentences():
        said = [sentence.stands(facts) for facts in combinations]
        assert any(said), sentence.text
        assert not (sentence.when and all(said)), f"always said: {sentence.text}"


def test_before_and_after_the_date_a_reminder_says_different_things():
    texts = {
        (facts.due, facts.sent): (subject, text)
        for letter, facts, subject, text in WRITTEN
        if letter is letters.REMINDER
    }
    assert len(set(texts.values())) == len(texts) == len(Due) * len(Sent)


def test_no_two_facts_read_alike():
    every_fact = [fact for sort in SORTS for fact in sort]
    assert len({str(fact) for fact in every_fact}) == len(every_fact)


@pytest.mark.parametrize(
    ("deadline", "due"),
    [
        (None, Due.NONE),
        (date(2026, 11, 20), Due.AHEAD),
        (date(2026, 11, 21), Due.AHEAD),
        (date(2026, 11, 19), Due.PASSED),
    ],
)
def test_how_a_date_stands(deadline: date | None, due: Due):
    assert due_on(deadline, date(2026, 11, 20)) is due


def test_a_text_of_ones_own_may_take_any_part_of_ours():
    own = MessageTemplate("{team}: {subject}", "{opening}\n\nOurs.\n\n{please}", "own.txt")
    subject, text = letters.write(letters.NO_TICKS, Facts(), FIELDS, own)
    assert subject == "Ward 7: Autumn 2026: no ticks in the form from Ward 7"
    assert text.startswith("Thank you for sending the form.")
    assert "\n\nOurs.\n\nIn Excel choose" in text


@pytest.mark.parametrize(
    ("round", "end"),
    [
        (Round(), "Questions? Reply to this message.\n\nWith thanks"),
        (Round(contact="a@t.example"), "Questions? Write to a@t.example.\n\nWith thanks"),
        (
            Round(contact="a@t.example", signatory="Jo\r\nSmith", signatory_telephone="0113"),
            "Questions? Write to a@t.example.\n\nWith thanks\nJo Smith\n0113",
        ),
    ],
)
def test_how_a_letter_ends(round: Round, end: str):
    assert drafts.closing(round) == end
