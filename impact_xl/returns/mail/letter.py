"""One message while it is taken apart: what it carried, what it says, and what has to be said of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from impact_xl.findings import Where, found
from impact_xl.returns.mail.attachment import CarriedFile, Names, Walk
from impact_xl.returns.mail.decoding import in_letters
from impact_xl.returns.mail.links import Link, Sort, link_of, links_in
from impact_xl.returns.mail.missing import filters_words_in, marks_in, taken_by_filter
from impact_xl.returns.mail.own_words import OwnWords, answers_in, mentions_in, own_words, subject_mentions
from impact_xl.returns.mail.page_text import text_of_page
from impact_xl.returns.mail.subjects import bare_subject
from impact_xl.returns.submission import Message
from impact_xl.wording import first_few

_SIGNATURE = re.compile(r".*\.p7s|.*\.sig|(?:open ?pgp[-_ ]?)?(?:digital[-_ ])?signature(?:\.asc)?", re.IGNORECASE)
_BEHIND = re.compile(r"ATT\d{2,}(?: ?\(\d{1,3}\))?\.(?:txt|html?)", re.IGNORECASE)
LOOKS_LIKE_A_FORM = (b"PK\3\4", b"\xd0\xcf\x11\xe0")
KIB = 1024
# A picture that the text shows, such as a logo, is no return; a photograph or screenshot of a form is bigger. Beside a
# form only what is bigger still is mentioned: many signatures carry a large banner.
_LEAST_PICTURE, _LEAST_PICTURE_BESIDE_A_FORM = 50 * KIB, 200 * KIB
_MOST_NAMED = 3


@dataclass
class Letter:
    """What one message carried and says."""

    file: str
    carrier: Message
    walk: Walk
    texts: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)  # that stand in the place of attachments
    forms: int = 0  # attachments that may be forms
    others: int = 0  # attachments in all
    _left_out: list[tuple[str, str]] = field(default_factory=list)
    _filtered: list[str] = field(default_factory=list)
    _pictures: list[tuple[str, bytes]] = field(default_factory=list)
    _names: Names = field(init=False)

    def __post_init__(self) -> None:
        self._names = Names(self.file)

    def name(self, raw: str, otherwise: str = "") -> str:
        """The display name of an attachment, which is counted by that."""
        self.others += 1
        return self._names.name(raw, otherwise or f"attachment {self.others}")

    def take(self, raw: str, content: bytes) -> Iterator[CarriedFile]:
        """An attachment; nothing where it stands for one that a filter took away, or is a signature."""
        if _SIGNATURE.fullmatch(raw) and not content.startswith(LOOKS_LIKE_A_FORM):
            return
        if taken_by_filter(raw, content):
            self._filtered.append(f"it left “{raw or 'a text'}” in its place")
            return
        if is_text_behind(raw, content):
            text = in_letters(content, "")
            self.texts.append(text_of_page(text) if is_page(raw, content) else text)
            return
        name = self.name(raw)
        self.walk.take(len(content))
        self.forms += content.startswith(LOOKS_LIKE_A_FORM)
        yield CarriedFile(name, content, self.carrier)

    def take_picture(self, raw: str, content: bytes) -> None:
        """A picture that the text shows."""
        if len(content) >= _LEAST_PICTURE:
            self._pictures.append((raw, content))

    def leave_out(self, raw: str, why: str) -> None:
        """An attachment that the message names and does not hold."""
        self._left_out.append((raw, why))

    def take_link(self, address: str) -> None:
        """A link that stands in the place of an attachment."""
        link = link_of(address)
        self.links.append(replace(link, sort=Sort.DOCUMENT))

    def conclusions(self) -> Iterator[CarriedFile]:
        """What is left to take, and what has to be said of the message, after everything else."""
        if not self.carrier.automatic:
            least = _LEAST_PICTURE_BESIDE_A_FORM if self.forms else _LEAST_PICTURE
            for raw, content in self._pictures:
                if len(content) >= least:
                    yield from self.take(raw, content)
        if not self.others and not self._filtered:
            self._look_for_losses()
        for name, why in self._left_out:
            yield self._finding("mail-not-saved", what=f"“{name}”" if name else "an attachment", why=why)
        if self._filtered:
            yield self._finding("mail-filtered", what=first_few(self._filtered, _MOST_NAMED))
        explained = bool(self._left_out or self._filtered)
        if not self.carrier.automatic or self.others:
            yield from self._of_text(explained=explained)
        elif not explained:
            yield self._finding("mail-auto-reply", what=self._subject)

    def _look_for_losses(self) -> None:
        """What a text alone says of attachments that are gone."""
        for text in self.texts:
            words = own_words(text, self.carrier.subject)
            for name in marks_in(f"{words.written}\n{words.below}") if not self._left_out else ():
                self.leave_out(name, "only its name is in the text")
            if not self._filtered and (says := filters_words_in(words.written)):
                self._filtered.append(f"its text says “{says}”")

    def _of_text(self, *, explained: bool) -> Iterator[CarriedFile]:
        words = [own_words(text, self.carrier.subject, beside_files=bool(self.others)) for text in self.texts]
        link = self._best_link(words)
        if certain := link is not None and link.sort >= Sort.PLACE:
            linked = self._finding("mail-link", what=link.shown, sender=self.carrier.sender or "the sender")
            yield replace(linked, unless_form=True)
        whole = [f"{each.written}\n{each.below}" for each in words]
        levels = self.walk.levels
        mentions = (
            *subject_mentions(self.carrier.subject, levels),
            *_first(mentions_in(text, levels) for text in whole),
        )
        if self.others:
            if mentions:
                yield self._finding("mail-text", what=self._subject, sentence=_quoted(mentions))
        elif answers := _first(answers_in(text, levels) for text in (*whole, bare_subject(self.carrier.subject))):
            yield self._finding("mail-answers", what=self._subject, answers=_quoted(answers))
        elif not explained and not certain:
            yield self._finding("mail-no-file", what=f"{self._subject}{_more(mentions, link)}")

    def _best_link(self, words: Sequence[OwnWords]) -> Link | None:
        """The link that most certainly leads to the form; below what was written only a document counts."""
        links = [*self.links]
        for each in words:
            links += links_in(each.written)
            links += (link for link in links_in(each.below) if link.sort is Sort.DOCUMENT)
        return max(links, key=lambda link: link.sort, default=None)

    def _finding(self, rule: str, **facts: str) -> CarriedFile:
        return CarriedFile(self.file, message=self.carrier, finding=found(rule, Where(self.file), **facts))

    @property
    def _subject(self) -> str:
        return f"the message “{self.carrier.subject or 'no subject'}”"


def is_text_behind(name: str, content: bytes) -> bool:
    """Whether a file is what servers make of the text that somebody wrote below an attachment."""
    is_text = not content.startswith((*LOOKS_LIKE_A_FORM, b"%PDF")) and b"\0" not in content[:KIB]
    return is_text and bool(_BEHIND.fullmatch(name.strip())) and not taken_by_filter(name, content)


def is_page(name: str, content: bytes) -> bool:
    """Whether a text is a page, by its name or its first letters."""
    return name.casefold().endswith((".htm", ".html")) or content.lstrip()[:5].lower() in (b"<html", b"<!doc", b"<meta")


def _first(found_in: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """What was found in the first of the texts in which there was anything: they say the same, as text and as page."""
    return next(filter(None, found_in), ())


def _more(mentions: Sequence[str], link: Link | None) -> str:
    """What in a text alone may matter."""
    if mentions:
        return f", which says {_quoted(mentions)}"
    return f", which names a link, perhaps to the form: {link.shown}" if link else ""


def _quoted(sentences: Sequence[str]) -> str:
    return first_few([f"“{each}”" for each in sentences], _MOST_NAMED)
