"""What somebody wrote into a message: its text without signature, quoted messages and footers, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

from impact_xl.returns.mail.phrases import any_of
from impact_xl.returns.mail.subjects import bare_subject, holds_forward, is_forward, is_reply

_LONGEST_SENTENCE, _LONGEST_LINE = 200, 2_000
_QUESTION = re.compile(
    r"\b(?:Q|question|qu?\.? ?no\.?|frage|pregunta)\.?\s*0*(\d{1,3})(?![\d/.:-]*\d)\b", re.IGNORECASE
)
_KEY = re.compile(r"\bQ\d{2,3}(?:\.(?:L\d|NA))?\b")
_ADDRESS = re.compile(r"\w+://")
_TICK = re.compile(r"\bTRUE\b|[☑☒✓✔✅]")
_NO_TICK = re.compile(r"\bFALSE\b|[☐□◻]")

_ALL = r"(?:all|each|every|both|most|everything|the (?:rest|others?|lot))\b"
_FOR_ALL = rf"(?:please\b|throughout\b|everywhere\b|overall\b|for us\b|(?:for|on|in|across|to|with|at) {_ALL})"
# What may stand behind “Level 3” where that is a place.
_PLACE = (
    r",? (?:[A-Z]\w+,? ){0,3}"
    r"(?:House|Building|Block|Wing|Floor|Hospital|Infirmary|Tower|Road|Street|Centre|Clinic|Ward|Unit)\b"
)
_NUMBER = re.compile(r"\s*(?:[:=–-]|is\b|->|→)\s*\d\b")  # a level by its number, behind a question
_ONLY_NUMBERS = re.compile(r"(\d{1,3})\s*[.):=–>\t-]+\s*([1-9])\W*")  # a question's number and a level's
_LEAST_LISTED = 3
_HEAD = 4  # lines in which the head of a quoted message is looked for
_WORD = re.compile(r"[\w-]+")

# Lines that begin what was written before: each program has its own, in the language of whoever uses it.
_QUOTE_HEAD = any_of(
    r"""
    \W*-{2,} ?original(?: appointment| message)?
    \W*-{2,} ?(?:ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht)
    \W*-{2,} ?neges wreiddiol
    (?:on|am|le|el|den) .{6,160}(?:wrote|schrieb|a écrit|escribió|skrev).{0,80}:\s*$
    (?:il|op|ar) .{6,160}(?:ha scritto|schreef|ysgrifennodd).{0,80}:\s*$
    """,
    before="^",
)
_FROM = re.compile(r"^\W*(?:from|von|de|da|van|från|fra|oddi wrth)\s*:\s*\S", re.IGNORECASE)
_SENT = any_of(
    r"""
    sent|date|to
    gesendet|datum|an
    envoyé|à
    enviado|fecha|para
    inviato|data|a
    verzonden|aan
    skickat|sendt|anfonwyd
    """,
    before=r"^\W*",
    behind=r"\s*:\s*\S",
)
# What programs write above a message that is passed on, whatever its subject says now.
_FORWARD_HEAD = any_of(
    r"""
    (?:begin )?forwarded message
    -{5,} ?(?:forwarded|fwd)
    (?:anfang der )?weitergeleiteten? nachricht
    (?:début du )?message (?:transféré|réexpédié)
    (?:inicio del )?mensaje reenviado
    (?:inizio )?messaggio inoltrato
    (?:begin )?doorgestuurd bericht
    (?:mensagem|início da mensagem) (?:encaminhada|reencaminhada)
    vidarebefordrat (?:brev|meddelande)
    videresendt (?:melding|meddelelse|e-mail)
    välitetty viesti
    wiadomość przekazana dalej
    przekazana wiadomość
    neges (?:wedi'i )?(?:a )?(?:h?anfon(?:wyd)?|blaenyrru) ymlaen
    """,
    before=r"^\W*",
    behind=r"(?: \(?[^\n]{0,80})?\s*:?\W*$",
)
# What people write above a message to point at it, and nothing else.
_POINTS_BELOW = any_of(
    r"""
    (?:(?:please|pls|kindly) )?(?:(?:see|as|find|read|note) )?(?:(?:the )?(?:e-?mail|message|link|mail|form) )?below
    (?:e-?mail|message|link) from \w+
    fyi|fya|for (?:your )?(?:information|info|action)|as (?:requested|discussed)|forwarding|forwarded
    zur (?:info|kenntnis)|pour info(?:rmation)?|ter info(?:rmatie)?|til (?:info|orientering)|gweler isod|er gwybodaeth
    (?:hi|hello|dear|helo|annwyl)(?: (?:all|both|team|pawb|\w+))?|all|many thanks|thanks|thank you|diolch|please
    """,
    before=r"(?:\s*(?:",
    behind=r")\b)*\s*",
)
_MOST_POINTING = 80  # letters

_DELIMITER = re.compile(r"^(?:-- ?|–|—)\s*$")
_DASHES = re.compile(r"^(?:__+|\*{3,}|={3,}|~{3,}|-{5,})\s*$")
_THANKS = re.compile(
    r"^(?:many |with |big )?thank(?:s|ing you| you)(?: (?:again|so much|very much|in advance|for your help))?[\s,.!]*$",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^:@/]{1,40}")
_CLOSING = any_of(
    r"""
    (?:with )?(?:my |our |very |all |the )?(?:kind(?:est)?|best|warm(?:est)?)? ?(?:regards|wishes)
    best
    cheers
    yours(?: \w+)?
    sincerely
    kr
    br
    bw
    take care
    mit freundlichen grüßen
    viele grüße
    cordialement
    bien à vous
    saludos
    cordiali saluti
    met vriendelijke groet
    cofion(?: cynnes| gorau)?
    diolch
    """,
    before=r"^",
    behind=r"(?: and \w+)?[\s,.!]*$",
)
_FOOTER = any_of(
    r"""
    sent from (?:my|outlook|mail|yahoo)
    get outlook for
    this (?:e-?mail|message)(?: and|,| is| may| has)
    the (?:information|content)s? (?:in|of|contained in) this (?:e-?mail|message)
    disclaimer
    confidential
    private and confidential
    caution:
    external(?:\]| e-?mail)
    please consider the environment
    think before you print
    to unsubscribe
    unsubscribe
    follow us
    find us on
    visit (?:us|our)
    our (?:website|intranet|values|vision)
    intranet:
    website:
    web:
    twitter:
    tel(?:ephone)?:
    mobile:
    phone:
    www\.
    registered (?:office|charity)
    for more information
    privacy notice
    how we use your
    microsoft teams (?:meeting|need help)
    join (?:the meeting|on your)
    scanned by
    this message was (?:scanned|sent to)
    you (?:don't often|are receiving)
    """,
    before=r"^\W*",
)
_NOTICE = re.compile(
    r"learnaboutsenderidentification|^\W*(?:caution|external|warning|you don't often get)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A text in two parts: what was written for this message, and what stands below it on every message."""

    written: str = ""
    below: str = ""


def own_words(text: str, subject: str = "", *, beside_files: bool = False) -> OwnWords:
    """The text without what was quoted; what a message passes on stays, as it was sent for that.

    Args:
        text: what the message says.
        subject: its subject.
        beside_files: files came with it, so it was not sent for what it quotes without saying so.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n")
    begin = next((number for number in range(len(lines)) if _begins_quote(lines, number)), len(lines))
    above = _in_two(lines[:begin])
    if is_forward(subject) or (begin < len(lines) and _FORWARD_HEAD.match(lines[begin].strip())):
        passed_on = True
    else:
        may_be = not beside_files and _is_message_head(lines[begin : begin + _HEAD]) and _only_points(above.written)
        passed_on = may_be and (holds_forward(subject) or not is_reply(subject))
    if not passed_on:
        return _in_two(list(_not_quoted(lines)))
    below = _in_two(_without_dashes(lines[begin:]))
    return OwnWords(*(f"{one}\n{two}".strip() for one, two in zip(astuple(above), astuple(below), strict=True)))


def _only_points(text: str) -> bool:
    """Whether nothing is written above a message but that it is there."""
    return len(text) <= _MOST_POINTING and bool(_POINTS_BELOW.fullmatch(" ".join(_WORD.findall(text))))


def _in_two(lines: Sequence[str]) -> OwnWords:
    """Lines without a gateway's notices, parted where a signature or a footer begins."""
    kept = [line for line in lines if not _NOTICE.search(line)]
    kept = "\n".join(kept).strip().split("\n")
    end = next((number for number in range(len(kept)) if _ends(kept, number)), len(kept))
    below = [] if end < len(kept) and _DELIMITER.match(kept[end]) else kept[end:]
    return OwnWords("\n".join(kept[:end]).strip(), "\n".join(below).strip())


def _without_dashes(lines: Sequence[str]) -> Sequence[str]:
    """What is passed on, without the line that parts it from what stands above."""
    start = next((number for number, line in enumerate(lines) if line.strip(" _-=*~")), len(lines))
    return lines[start:]


def _ends(lines: Sequence[str], number: int) -> bool:
    """Whether a signature or a footer begins here."""
    line = lines[number].strip()
    if not line or _DELIMITER.match(line) or _DASHES.match(line):
        return bool(line)
    if _THANKS.match(line):  # what people write first, too; above a signature there is a name next
        following = next((each.strip() for each in lines[number + 1 :] if each.strip()), "")
        return number > 0 and bool(_NAME.fullmatch(following))
    return number > 0 and bool(_CLOSING.match(line) or _FOOTER.match(line))


def _begins_quote(lines: Sequence[str], number: int) -> bool:
    """Whether what was written before begins in a line."""
    return _is_quote_head(lines, number) or _wraps_quote_head(lines[number : number + 2])


def _is_quote_head(lines: Sequence[str], number: int) -> bool:
    line = lines[number].strip()
    head = _QUOTE_HEAD.match(line) or _FORWARD_HEAD.match(line)
    return bool(head) or _is_message_head(lines[number : number + _HEAD])


def _not_quoted(lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            continue
        if _is_quote_head(lines, number):
            # Where the quoted lines carry their mark, answers may stand below them.
            below = [each for each in lines[number + 1 :] if each.strip()]
            if below and below[0].lstrip().startswith(">"):
                continue
            return
        if _wraps_quote_head(lines[number : number + 2]):
            return
        yield line


def _is_message_head(lines: Sequence[str]) -> bool:
    """Whether the lines are the head of a message as programs write it into the next: From, Sent, To."""
    return bool(lines and _FROM.match(lines[0]) and any(_SENT.match(line) for line in lines[1:]))


def _wraps_quote_head(lines: Sequence[str]) -> bool:
    return (
        len(lines) == 2
        and bool(_QUOTE_HEAD.match(" ".join(line.strip() for line in lines)))
        and "@" in lines[0] + lines[1]
    )


def answers_in(text: str, levels: Sequence[str]) -> tuple[str, ...]:
    """The lines in which a question is answered: it is named with a level, or with a tick beside its key.

    Lines that end in a level, behind a number or a title, are answers where there are several of them.
    """
    names = _level_pattern(levels)
    level, at_the_end = (
        re.compile(names, re.IGNORECASE),
        re.compile(rf"\w.*[\t:=.)–-]\s*(?:{names})\W*$|^(?:{names}) ?\t\s*\w.{{0,150}}$", re.IGNORECASE),
    )
    lines = [line.strip()[:_LONGEST_LINE] for line in text.splitlines()]
    listed = [line for line in lines if at_the_end.search(line[-_LONGEST_SENTENCE:])]
    named = _named(lines, level) or _ticks_without_keys(lines, level)
    enough = next((each for each in (listed, _numbered(lines)) if len(each) >= _LEAST_LISTED), ())
    return tuple(_shortened(line) for line in (named or enough))


def _ticks_without_keys(lines: Sequence[str], level: re.Pattern[str]) -> list[str]:
    """The ticked ones among a form's cells, where several levels stand beside their boxes and not all are ticked."""
    rows = [line for line in lines if "\t" in line and level.search(line)]
    boxes = [line for line in rows if _TICK.search(line) or _NO_TICK.search(line)]
    is_form = len(boxes) >= _LEAST_LISTED and any(map(_NO_TICK.search, boxes))
    return list(filter(_TICK.search, boxes)) if is_form else []


def _named(lines: Sequence[str], level: re.Pattern[str]) -> list[str]:
    """The lines that name a question with a level, or with a tick beside its key."""
    return [
        line
        for line in lines
        if ((found := _QUESTION.search(line)) and (level.search(line) or _NUMBER.match(line, found.end())))
        or (_KEY.search(line) and _TICK.search(line))
    ]


def _numbered(lines: Sequence[str]) -> list[str]:
    """The lines of two numbers, where the first ones go up: a question's and a level's."""
    found = [each for line in lines if (each := _ONLY_NUMBERS.fullmatch(line))]
    numbers, numbered = [int(each[1]) for each in found], [each[0] for each in found]
    return numbered if numbers == sorted(set(numbers)) else []


def mentions_in(text: str, levels: Sequence[str]) -> tuple[str, ...]:
    """The sentences that name a question or a level.

    A level is named where it is written with a capital letter, as in the form, within a sentence or almost by itself:
    “Starting next week we ...” names none.
    """
    names = _level_pattern(levels)
    level = re.compile(
        rf"(?<=\S )(?:{names})(?!{_PLACE})"
        rf"|^\W*(?:{names})(?!{_PLACE})\W*(?:\w+\W*){{0,2}}$|^\W*(?:{names})\W*{_FOR_ALL}"
    )
    sentences = (each.strip()[:_LONGEST_LINE] for each in re.split(r"(?<=[.!?])\s+|\n+", text))
    return tuple(
        _shortened(each)
        for each in sentences
        if _QUESTION.search(each) or _KEY.search(each) or (level.search(each) and not _ADDRESS.search(each))
    )


def subject_mentions(subject: str, levels: Sequence[str]) -> tuple[str, ...]:
    """What a subject says of a question or a level; that of a reply is another's unless it answers a question."""
    words = bare_subject(subject)
    if is_reply(subject) or holds_forward(subject):
        return answers_in(words, levels)
    return mentions_in(words, levels) if answers_in(words, levels) or _names_level(words, levels) else ()


def _names_level(words: str, levels: Sequence[str]) -> bool:
    """Whether a subject names a question, or a level by its name; “Level 3” may be where a ward is."""
    names = "|".join(rf"\b{re.escape(name)}\b" for name in levels)
    return bool(_QUESTION.search(words) or _KEY.search(words) or (names and re.search(names, words)))


def _level_pattern(levels: Sequence[str]) -> str:
    return "|".join([*(rf"\b{re.escape(name)}\b" for name in levels), r"\b[Ll]evel\s*[1-9]\b"])


def _shortened(line: str) -> str:
    plain = " ".join(line.split()).rstrip(".")
    return plain if len(plain) <= _LONGEST_SENTENCE else plain[:_LONGEST_SENTENCE] + "…"
