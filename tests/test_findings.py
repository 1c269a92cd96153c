"""The catalogue: every rule whole, every message renders."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.findings import RULES, Finding, Rule, Severity, Where, count, found, in_order
from impact_xl.wording import plural

ALWAYS = {"team", "question", "file", "sheet", "cell"}  # every finding knows these words


def words(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_says_everything_it_should(rule: Rule):
    assert re.fullmatch(r"(file|form|survey|answer|decision|team|text|round|mail)(-[a-z]+)+", rule.id)
    facts = {name: f"<{name}>" for name in (words(rule.message) | words(rule.mend)) - ALWAYS}
    finding = found(rule.id, Where("a.xlsx", "Sheet", "B2"), team="Ash", question="Q01", **facts)
    for text in (finding.message, finding.mend):
        assert text[-1] in ".>)", text
        assert "{" not in text
        assert all(f"<{name}>" in finding.message + finding.mend for name in facts)
    assert not rule.title.endswith(".")
    assert rule.why.endswith((".", "?"))


def test_the_mend_of_a_note_is_light():
    heavy = [rule.id for rule in RULES.values() if rule.severity is Severity.NOTE and "Ask" in rule.mend]
    assert not heavy


def test_a_rule_that_is_not_there_is_a_bug():
    with pytest.raises(KeyError):
        found("no-such-rule")


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Where(), ""),
        (Where("a.xlsx"), "a.xlsx"),
        (Where("a.xlsx", "Start", "D9"), "a.xlsx, Start!D9"),
        (Where("post.zip!/a.xlsx", "Start"), "post.zip!/a.xlsx, Start"),
    ],
)
def test_a_place_in_words(where: Where, text: str):
    assert str(where) == text


def test_the_container_of_a_file():
    assert Where("a.zip!/b.zip!/c.xlsx").container == "a.zip!/b.zip"
    assert Where("c.xlsx").container == ""


findings = st.builds(
    Finding,
    rule=st.sampled_from(list(RULES.values())),
    where=st.builds(Where, file=st.sampled_from(["a", "b"])),
    team=st.sampled_from(["Ash", "elm"]),
)


@given(st.lists(findings, max_size=8), st.randoms())
def test_findings_come_gravest_first_in_whatever_order_they_were_found(some, dice):
    shuffled = list(some)
    dice.shuffle(shuffled)
    ordered = in_order(shuffled)
    assert [finding.severity.rank for finding in ordered] == sorted(finding.severity.rank for finding in some)
    assert ordered == in_order(some)
    assert sum(count(some).values()) == len(some)


@pytest.mark.parametrize(("number", "text"), [(0, "0 copies"), (1, "1 copy"), (2, "2 copies"), (1234, "1,234 copies")])
def test_plural(number: int, text: str):
    assert plural(number, "copy", "copies") == text


# These names and what they mean are relied on: by people who know them, by --json, findings.csv and the reminders.
INTERFACE = {
    Severity.ERROR: (
        "file-damaged file-password file-unsafe file-too-big file-not-workbook file-unreadable form-unknown "
        "form-other-questionnaire form-other-round form-sheet-missing form-rows-missing form-untouched answer-blank "
        "answer-multiple answer-unclear team-missing team-contested team-conflict mail-link"
    ),
    Severity.WARNING: (
        "form-other-version form-no-round form-wording-changed answer-by-name-only team-unknown team-guessed "
        "team-twice text-cut round-few-returns"
    ),
    Severity.NOTE: "file-skipped file-duplicate form-moved answer-odd-mark answer-corrected form-extra-content",
}


@pytest.mark.parametrize("severity", Severity)
def test_the_names_that_people_rely_on(severity: Severity) -> None:
    assert {rule for rule in INTERFACE[severity].split() if RULES[rule].severity is not severity} == set()
