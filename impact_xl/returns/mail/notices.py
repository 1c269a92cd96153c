"""Messages that nobody wrote: notices that something could not be delivered, and automatic replies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from email import message_from_string

from impact_xl.returns.mail.phrases import any_of
from impact_xl.returns.mail.subjects import holds_forward, untagged

# Types of parts in which a server says what became of a message, RFC 3464 and 6533.
STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
RECEIPT_PARTS = ("message/disposition-notification", "message/global-disposition-notification")
_MOST_ADDRESSES = 20

_SERVER = any_of(
    r"""
    \b(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|microsoftexchange[0-9a-f]{32})@
    \bmail delivery (?:sub)?system\b
    ^\W*(?:mailer-?daemon|postmaster|system administrator)\b
    """,
)
# Other senders that nobody is: what they say of a failure counts where the subject says so, too.
_PROGRAM = any_of(
    r"""
    ^\s*$
    no[-_.]?reply
    do[-_.]?not[-_.]?reply
    bounces?[\w+=.-]*@
    mail[-_. ]?(?:marshal|sweeper|scanner|guard|gateway|security|filter|system|delivery|admin(?:istrator)?|control|hub)
    (?:e?mail|message|web)[-_. ]?(?:gateway|security|protection|filter)
    (?:mimecast|proofpoint|barracuda|ironport|messagelabs|forcepoint|trend ?micro|quarantine)[\w.-]*@
    (?:anti)?[-_]?(?:spam|virus)[\w.-]*@
    """,
)
# What servers say, and people do not: a code, the host, or that a program wrote it.
_SERVERS_WORDS = re.compile(
    r"\b[45]\.\d\.\d{1,3}\b|\b55\d[ -]\D|\b(?:mail|smtp|remote) (?:system|server|host)\b|\bhost \S+ said\b"
    r"|automatically (?:created|generated)|\byour (?:message|e-?mail|mail)\b.{0,60}\b(?:could|was|has|can)",
    re.IGNORECASE,
)
_UNDELIVERED = any_of(
    r"""
    undeliver(?:able|ed)\b
    unzustellbar
    non remis
    no se puede entregar
    non recapitabile
    impossibile recapitare
    onbestelbaar
    returned mail
    returned to sender
    failure notice
    nondeliverable
    non[- ]?delivery
    delivery (?:has )?fail
    delivery status notification \(failure\)
    delivery notification:? (?:delivery )?(?:has )?fail
    mail delivery fail
    mail (?:system error|could not be delivered)
    message (?:undeliverable|could not be delivered|not delivered)
    e-?mail not delivered
    address not found
    rejected:
    blocked:
    nicht zustellbar
    olevererbart
    ikke leveret
    uleverelig
    ni ellir (?:danfon|dosbarthu)
    """,
    before=r"^\W*",
)
_ONLY_LATE = re.compile(
    r"\b(?:delay(?:ed)?|warning|still (?:being )?re-?tr|will (?:be )?retr|verzögert|retard)", re.IGNORECASE
)
_NOT_DELIVERED = any_of(
    r"""
    (?:could|was|were|can) ?n[o']?t(?: be)? (?:be )?(?:deliver|reach|found)
    cannot be delivered
    undeliverable
    permanent (?:fatal )?errors?
    failed permanently
    fail(?:ed|ure).{0,40}(?:recipient|address|deliver)
    deliver.{0,30}(?:has )?fail
    address(?:es)? failed
    unable to deliver
    (?:user|mailbox|recipient|address).{0,20}(?:unknown|unavailable|not found|does ?n[o']?t exist|rejected)
    no such (?:user|mailbox|person)
    \b5\.\d\.\d{1,3}\b
    \b55\d[ -]
    """,
)
_COPY_BEGINS = any_of(
    r"""
    -{3,} ?(?:this is a copy|below this line|original message|returned message|the original|message header|copy of)
    original message headers
    diagnostic information for administrators
    reporting-mta:
    received:
    """,
    before=r"^\W*",
)
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_FAILED_LINE = re.compile(
    r"<([^<>\s]+@[^<>\s]+)>:?|^\s*([^\s<>:;(]+@[^\s<>:;)]+)\s*:?\s*$|\b(?:to|for|reach|recipient)\W+<?([^\s<>:;(]+@[\w.-]+\w)",
    re.IGNORECASE | re.MULTILINE,
)

# What programs write above an answer of theirs, before the subject or instead of it.
_AUTOMATIC = any_of(
    r"""
    auto
    automatic(?:ally generated)? (?:reply|response|answer)
    auto(?:mated|matic)?[ -]?(?:e-?mail )?(?:reply|response|responder|answer|acknowledge?ment)
    vacation (?:reply|response|message|notice)
    out[- ]of[- ](?:the[- ])?office(?: (?:auto)?-?(?:matic )?(?:reply|response)| message| notification| notice)?
    [\w .,'’-]{1,60} is (?:currently )?(?:out of the office|on (?:annual |sick )?leave)
    automatische antwort
    abwesenheits(?:notiz|nachricht|meldung)
    réponse automatique
    absence du bureau
    respuesta automática
    resposta automàtica
    fuera de (?:la )?oficina
    risposta automatica
    fuori sede
    automatisch antwoord
    resposta automática
    ausência temporária
    (?:automatis[ck]t? svar|svar automatis[ck]t?)
    autosvar
    fraværsassistent
    automaattinen vastaus
    automaatvastus
    automātiska atbilde
    automatinis atsakymas
    odpowiedź automatyczna
    automatická odpov[eě][dď]
    automatski odgovor
    samodejni odgovor
    automatikus válasz
    răspuns automat
    otomatik yanıt
    αυτόματη απάντηση
    автоответ
    автоматич(?:еский ответ|на відповідь|ен отговор)
    ateb awtomatig
    ymateb awtomatig
    freagra uathoibríoch
    freagairt fhèin-obrachail
    neges awtomatig
    allan o(?:['’`´]|&#39;)?r swyddfa
    (?:i ffwrdd|ddim) yn y swyddfa
    תשובה אוטומטית
    رد تلقائي
    स्वचालित उत्तर
    การตอบกลับอัตโนมัติ
    trả lời tự động
    自動応答
    自动(?:回复|答复)
    自動回覆
    자동 회신
    """,
    before=r"^\W*",
    behind=r"(?:\s*[:：]|\s+[–—-]+\s|\s+re:|\s*[\[(]|\W*$)",
)
# What people write as well, about themselves: an answer of a program only where the subject follows.
_AWAY = any_of(
    r"""
    ooo
    away from (?:the|my) (?:office|desk|e-?mail)
    (?:on )?(?:annual |sick |maternity |parental )?leave
    abwesend
    afwezig
    frånvaro
    """,
    before=r"^\W*",
    behind=r"(?:\s*[:：]|\s+re:)",
)


# Heads that only automatic replies have, whatever they say.
_AUTOMATIC_HEADS = (
    "x-autoreply", "x-auto-reply", "x-autorespond", "x-auto-respond", "x-autoresponder", "x-auto-responder",
    "x-mail-autoreply", "x-autoreply-from", "x-auto-reply-from", "x-vacation", "x-autogenerated-reply",
)  # fmt: skip


def failed_addresses(statuses: Iterable[str]) -> tuple[list[str], bool]:
    """The addresses that a server says it could not deliver to, and whether it says of any what became of it.

    Args:
        statuses: the text of each status part.
    """
    failed: list[str] = []
    some = False
    for status in statuses:
        for block in re.split(r"\r?\n[ \t]*\r?\n", status):
            group = message_from_string(block.strip())
            action = str(group.get("action", "")).strip().casefold()
            some = some or bool(action)
            if action.startswith("failed"):
                # A message that was passed on failed at another address than ours, which alone is on our list.
                both = [_bare(str(group.get(name) or "")) for name in ("original-recipient", "final-recipient")]
                failed += [each for each in both if "@" in each] or both[-1:]
    return list({each.casefold(): each for each in reversed(failed)}.values())[::-1], some


def _bare(recipient: str) -> str:
    return " ".join(recipient.rpartition(";")[2].split()).strip("<> ")


def bounced(
    sender: str,
    subject: str,
    heads: Mapping[str, str],
    statuses: Sequence[str],
    text: Callable[[], str],
    ours: str = "",
) -> list[str] | None:
    """The addresses that a message could not be delivered to, as far as it names them; None for any other message.

    Args:
        sender: who it is from.
        subject: its subject.
        heads: its headers, by their names in lower case.
        statuses: the text of each part in which a server says what became of the message.
        text: gives what it says to people.
        ours: whom it was sent to, which is never the address that failed.
    """
    failed, some = failed_addresses(statuses)
    if failed:
        return failed
    if some:  # delivered late, passed on, displayed
        return None
    if named := heads.get("x-failed-recipients", ""):
        return list(dict.fromkeys(_ADDRESS.findall(named)))
    if not _may_be_notice(sender, untagged(subject), heads):
        return None
    notice = _COPY_BEGINS.split(text(), maxsplit=1)[0]
    if not _says_undelivered(notice, untagged(subject), by_server=bool(_SERVER.search(sender))):
        return None
    return list(_addresses_in(notice, f"{sender} {ours}"))[:_MOST_ADDRESSES]


def _may_be_notice(sender: str, subject: str, heads: Mapping[str, str]) -> bool:
    """Whether a message may be a server's by what is known before its text is read.

    People write “Blocked: our form” as well, and what answers for them has no way back either.
    """
    if _UNDELIVERED.match(subject):
        return bool(_SERVER.search(sender)) or _by_program(sender, heads)
    by_program = _by_program(sender, heads) and not is_automatic(subject, heads)
    return (bool(_SERVER.search(sender)) or by_program) and not _ONLY_LATE.search(subject)


def _says_undelivered(notice: str, subject: str, *, by_server: bool) -> bool:
    """Whether a server says that a message was not delivered, in the subject or in its text."""
    if _UNDELIVERED.match(subject):
        return True
    is_late = _ONLY_LATE.search(notice) and not re.search("permanent|fail", notice, re.IGNORECASE)
    return bool(not is_late and _NOT_DELIVERED.search(notice) and (by_server or _SERVERS_WORDS.search(notice)))


def _by_program(sender: str, heads: Mapping[str, str]) -> bool:
    """Whether a program sent a message: it has nowhere to come back to, says so itself, or is from nobody."""
    return (
        heads.get("return-path", "").replace(" ", "") == "<>"
        or heads.get("auto-submitted", "").strip().casefold().startswith("auto-")
        or bool(_PROGRAM.search(sender))
    )


def _addresses_in(notice: str, others: str) -> Iterator[str]:
    """The addresses that a notice is about: those it sets apart, else any that is neither a server's nor ours."""
    passed = {each.casefold() for each in _ADDRESS.findall(others)}

    def may_be(address: str) -> bool:
        return address.casefold() not in passed and not _SERVER.search(address)

    apart = ["".join(found).rstrip(".,") for found in _FAILED_LINE.findall(notice)]
    chosen = [each for each in apart if _ADDRESS.fullmatch(each) and may_be(each)]
    return iter(dict.fromkeys(chosen or filter(may_be, _ADDRESS.findall(notice))))


def _by_rule(subject: str, heads: Mapping[str, str]) -> bool:
    """Whether a rule of Exchange answered; a rule that passes messages on has the same mark."""
    source = heads.get("x-ms-exchange-generated-message-source", "")
    return "rules agent" in source.casefold() and not holds_forward(subject)


def is_automatic(subject: str, heads: Mapping[str, str], of_class: str = "") -> bool:
    """Whether a program answered in somebody's place: while they are away, or to say that a message arrived.

    Args:
        subject: the message's subject.
        heads: its headers, by their names in lower case.
        of_class: what Outlook calls a message of its kind.
    """
    submitted = heads.get("auto-submitted", "").partition(";")[0].strip().casefold()
    precedence = {heads.get(name, "").strip().casefold().replace("-", "_") for name in ("precedence", "x-precedence")}
    subject = untagged(subject)
    return (
        submitted.startswith(("auto-replied", "auto-notified"))
        or any(heads.get(name, "no").strip().casefold() not in ("no", "false", "0") for name in _AUTOMATIC_HEADS)
        or bool(precedence & {"auto_reply", "autoreply"})
        or _by_rule(subject, heads)
        or bool(_AUTOMATIC.match(subject) or _AWAY.match(subject))
        or ".OOF" in of_class.upper()
        or of_class.upper().endswith("RULES.REPLYTEMPLATE.MICROSOFT")
    )
