"""What stands before a message's own subject: the tags of mail gateways, and the marks of replies and forwards."""

from __future__ import annotations

import re

from impact_xl.returns.mail.phrases import any_of

# Gateways, lists and classification tools mark a subject in brackets, between asterisks, or by a word.
_TAG = any_of(
    r"""
    \[(?!\s*fwd?\s*:)[^\]]{0,60}\]
    [({<][^)}>]{1,60}[)}>]
    (?:\*{2,}|={2,}|#{2,}|!{2,}|~{2,}|-{2,}|_{2,}|\|)[^*=#!~|]{1,60}?(?:\*{2,}|={2,}|#{2,}|!{2,}|~{2,}|-{2,}|_{2,}|\|)
    (?:external|extern[ea]?|ext|outside|allanol|esterno|externo|zewn[eę]trzny)(?:[ -](?:e-?mail|sender|message|mail))?\b
    (?:uk )?official(?:[ -]+sensitive)?(?:[ -]+(?:personal|commercial))?\b
    (?:nhs )?(?:confidential|sensitive|restricted|protect|internal|unclassified|public)\b
    (?:suspected |possible |potential |probable )?(?:spam|junk|phish(?:ing)?)\b
    (?:caution|warning|suspicious|secure|encrypted|unverified|bulk|list|high importance|urgent)\b
    """,
    before=r"^[\s:|>•⚠️📧!-]*",
    behind=r"[\s:|>!*–—-]*",
)
_REPLY = any_of(
    r"""
    re|réf?|ref|aw|sv|vs|antw?|odp|rif|r|res|atb|ynt|vá|回复|回覆|答复|απ|отв
    """,
    before=r"^\W*",
    behind=r"(?:\s*[\[(]\d{1,3}[\])])?\s*[:：]",
)
# A mark of two letters may be a reply in one language and a forward in another: “VS” is a reply in Finnish alone.
_FORWARD = any_of(
    r"""
    fwd?|forward(?:ed)?|wg|wtr|weitergeleitet|tr|rv|rvf|reenv(?:iado)?|i|inoltr[ao]|vs|vl|vb|vbs|fs|enc(?:aminhado)?
    doorst(?:uren)?\.?|doorgestuurd|pd|tov(?:ábbítás)?|i?lt|İlt|ymlaen|anfon ymlaen|πρθ|пересл\w*
    转发|轉寄|転送|전달
    """,
    before=r"^\W*",
    behind=r"(?:\s*[\[(]\d{1,3}[\])])?\s*[:：]",
)
_FORWARD_DASH = re.compile(r"^\W*(?:fwd?|forwarded)\s+[–-]\s", re.IGNORECASE)
_FORWARD_BEHIND = re.compile(r"\((?:fwd?|forwarded)\)\s*$", re.IGNORECASE)
_MOST_TAGS = 8


def untagged(subject: str) -> str:
    """The subject without the tags that gateways put before it.

    >>> untagged("[EXTERNAL] ***SPAM*** Automatic reply: Our form")
    'Automatic reply: Our form'
    """
    for _ in range(_MOST_TAGS):
        found = _TAG.match(subject)
        if not found or not subject[found.end() :].strip():
            break
        subject = subject[found.end() :]
    return subject.strip()


def is_reply(subject: str) -> bool:
    """Whether a message answers another, by its subject."""
    return bool(_REPLY.match(untagged(subject)))


def is_forward(subject: str) -> bool:
    """Whether a message passes another one on, by its subject; a reply to such a message does not."""
    bare = untagged(subject)
    return bool(_FORWARD.match(bare) or _FORWARD_DASH.match(bare) or _FORWARD_BEHIND.search(bare))


def holds_forward(subject: str) -> bool:
    """Whether a message is, or answers, one that was passed on.

    >>> holds_forward("[EXT] RE: AW: FW: Our form")
    True
    """
    bare = untagged(subject)
    for _ in range(_MOST_TAGS):
        if is_forward(bare):
            return True
        found = _REPLY.match(bare)
        if not found:
            break
        bare = untagged(bare[found.end() :])
    return False


def bare_subject(subject: str) -> str:
    """The subject without tags and marks."""
    bare = untagged(subject)
    for _ in range(_MOST_TAGS):
        found = _REPLY.match(bare) or _FORWARD.match(bare)
        if not found:
            break
        bare = untagged(bare[found.end() :])
    return bare
