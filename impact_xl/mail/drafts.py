"""E-mail drafts: an outbox is a folder with a message for every team, ready to be looked at and sent by a person.

A draft is an .eml file with the header `X-Unsent: 1`, which mail programs open as a message to be sent. It has no
sender and no date: those are the mail program's to give. Beside the messages stand the attached files themselves and a
list for mail-merge tools.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from impact_xl.files import managed_folder as folders
from impact_xl.findings import ImpactError, unreadable
from impact_xl.roster import Round, Team, addresses, is_address
from impact_xl.round import tables

MESSAGES, DISTRIBUTION, MANIFEST, SENT = "messages", "distribution.csv", "outbox.json", "sent.csv"
COLUMNS = ("team_id", "team", "to", "cc", "subject", "file", "message")
_EXCEL = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_Item = TypeVar("_Item")
# Characters: so a path stays below the 260 of Windows in a round's folder below a trust's OneDrive (a test counts).
_LONGEST_NAME = 60
_MOST_BYTES = 200  # of a name in UTF-8; Linux and macOS have 255
# Every server and mail program takes seven bits. Headers are folded by us: the library begins a long one with an empty
# line, which some programs show as an empty subject.
_POLICY = SMTP.clone(cte_type="7bit", refold_source="none")


@dataclass(frozen=True)
class Attachment:
    """A file that a message carries."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Draft:
    """One message to one team, at its address with a copy to its `cc`. The text is plain; the HTML is made from it."""

    team: Team
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    reply_to: str = ""  # where answers go, if not to whoever sends it
    asks: str = ""  # what it asks for, where messages of several sorts lie in one outbox


def as_tests(messages: Iterable[Draft], address: str) -> Iterator[Draft]:
    """The messages as a rehearsal: all to one address, with TEST in the subject; as they are without an address."""
    for each in messages:
        team, subject = replace(each.team, email=address, cc=""), f"TEST: {each.subject}"
        yield replace(each, team=team, subject=subject) if address else each


def check_try(address: str) -> None:
    """Find out before the work whether a rehearsal can go to an address.

    Raises:
        ImpactError: it is no address.
    """
    check_contact(address, "The address to try with", "Give one address with --try.")


@dataclass(frozen=True)
class MessageTemplate:
    """A subject and a text of a person's own, with fields in braces, and where they come from; empty is ours."""

    subject: str = ""
    body: str = ""
    source: str = "the message"


def read_template(subject: str = "", body: Path | None = None) -> MessageTemplate:
    """What a person gave in the place of our own subject and text.

    Args:
        subject: the subject; empty leaves ours.
        body: a text file (UTF-8); None leaves ours.

    Raises:
        ImpactError: the file cannot be read.
    """
    return MessageTemplate(subject, _read_text(body), str(body)) if body else MessageTemplate(subject)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise unreadable("The message's text", path, error, "Check the path given with --body.") from error
    except UnicodeDecodeError as error:
        raise ImpactError(
            f"The message's text is no UTF-8 text: {path}", "Save it as plain text in UTF-8 and try again."
        ) from error


def fill(text: str, fields: Mapping[str, str], source: str) -> str:
    """A text with its fields in braces filled in; other braces stay as they are.

    >>> fill("Dear {name}", {"name": "Matron"}, "the message")
    'Dear Matron'

    Raises:
        ImpactError: it names a field that is not known.
    """
    unknown = [name for name in re.findall(r"\{(\w+)\}", text) if name not in fields]
    if unknown:
        raise ImpactError(
            f"The field {{{unknown[0]}}} in {source} is not known",
            f"Known are: {', '.join(f'{{{f}}}' for f in fields)}.",
        )
    return re.sub(r"\{(\w+)\}", lambda match: fields[match[1]], text)


def render(template: MessageTemplate, fields: Mapping[str, str]) -> tuple[str, str]:
    """The subject and text of a message; a field without a value leaves no gap.

    Raises:
        ImpactError: the template names a field that is not known.
    """
    subject, text = (fill(part, fields, template.source).strip() for part in (template.subject, template.body))
    return subject, re.sub(r"\n{3,}", "\n\n", text) + "\n"


def check_template(template: MessageTemplate, fields: Mapping[str, str]) -> None:
    """Find out before the work whether a template can be filled in.

    Args:
        template: the template.
        fields: every field that it may name; those of the round with the values that all messages have.

    Raises:
        ImpactError: it names a field that is not known, or the deadline or contact where the round has none.
    """
    for part in (template.subject, template.body):
        fill(part, fields, template.source)
        for field in ("deadline", "contact"):
            if f"{{{field}}}" in part and not fields.get(field):
                raise ImpactError(
                    f"The field {{{field}}} in {template.source} has no value",
                    f"Give one with --{field}, or take it out.",
                )


def where_to(contact: str) -> str:
    """Where a filled-in form goes, as the end of a sentence."""
    return f"to {contact}" if contact else "as a reply to this message"


def closing(round: Round) -> str:
    """How every message of ours ends: whom to ask, and who signs it, where the round says so."""
    ask = f"Write to {round.contact}." if round.contact else "Reply to this message."
    signed = [_one_line(line) for line in (round.signatory, round.signatory_role, round.signatory_telephone) if line]
    return "\n".join([f"Questions? {ask}", "", "With thanks", *signed])


def check_contact(
    contact: str,
    what: str = "The contact",
    hint: str = "Give one that teams can write to with --contact, or in the round file.",
) -> None:
    """Find out before the work whether people can write to the contact, or another address that was given.

    Raises:
        ImpactError: it is no address.
    """
    given = addresses(contact)
    if contact and (not given or not all(is_address(each) for each in given)):
        raise ImpactError(
            f"{what} is not an e-mail address: {contact}",
            hint,
        )


def safe_name(text: str) -> str:
    """A name for a file that people recognise and every system allows; accents stay, the ending is the caller's.

    >>> safe_name("A/B: Ward 7?")
    'A B Ward 7'
    """
    name = _cut(_printable(text), _LONGEST_NAME, _MOST_BYTES)
    reserved = re.fullmatch(r"(?i)con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d¹²³]", name.partition(".")[0].strip())
    return f"{name}_" if reserved or not name else name


def _printable(text: str) -> str:
    characters = (
        " " if character in '<>:"/\\|?*' or unicodedata.category(character)[0] == "C" else character
        for character in unicodedata.normalize("NFC", text)
    )
    return " ".join("".join(characters).split())


def _cut(name: str, characters: int, most_bytes: int) -> str:
    return name[:characters].encode()[:most_bytes].decode(errors="ignore").strip(" .")


class FileNames:
    """Names for the workbooks of an outbox: ones that people recognise, and no two alike on any system."""

    def __init__(self, teams: Iterable[Team] = ()) -> None:
        """Begin with no name used.

        Args:
            teams: those who get a workbook now or later; where two of them share a name, each one's has its id.
        """
        names = Counter(self._name_key(safe_name(_printable(team.name))) for team in teams)
        self._shared = {name for name, number in names.items() if number > 1}
        self._used: set[str] = set()

    def of(self, what: str, team: Team) -> str:
        """The name of a team's workbook; the team's id sets it apart where another has the name.

        >>> names = FileNames()
        >>> names.of("Form", Team("a", "Ward 7/8")), names.of("Form", Team("b", "WARD 7:8"))
        ('Form - Ward 7 8.xlsx', 'Form - WARD 7 8 (b).xlsx')
        """
        stem = _printable(f"{what} - {team.name}")
        name, number = safe_name(stem), 1
        shared = self._name_key(safe_name(_printable(team.name))) in self._shared
        while shared or self._name_key(name) in self._used:
            shared = False
            apart = f" ({_cut(_printable(team.id), 40, 40)}{f' {number}' if number > 1 else ''})"
            stem = _cut(stem, _LONGEST_NAME - len(apart), _MOST_BYTES - len(apart.encode()))
            name, number = safe_name(stem + apart), number + 1
        self._used.add(self._name_key(name))
        return f"{name}.xlsx"

    @staticmethod
    def _name_key(name: str) -> str:
        return unicodedata.normalize("NFKC", name).casefold()


def compose(draft: Draft) -> EmailMessage:
    """The message of a draft, the same for the same draft: its parts are bounded by a hash of what it says."""
    mail = EmailMessage(policy=_POLICY)
    for head, text in (("To", draft.team.email), ("Cc", draft.team.cc), ("Reply-To", draft.reply_to)):
        if addressees := [each for each in addresses(text) if is_address(each)]:  # the raw header takes nothing else
            mail.set_raw(head, ",\r\n ".join(addressees))
    mail.set_raw("Subject", _fold(_one_line(draft.subject), "Subject"))
    mail["X-Unsent"] = "1"
    content = [draft.text.encode("utf-8", "replace"), *(each.content for each in draft.attachments)]
    boundary = hashlib.sha256(b"\0".join([draft.team.id.encode("utf-8", "replace"), *content])).hexdigest()[:32]
    mail.set_content(draft.text)
    mail.make_alternative(boundary=f"=_text_{boundary}")
    mail.add_alternative(_html(draft.text), subtype="html")
    if draft.attachments:
        mail.make_mixed(boundary=f"=_{boundary}")
    for each in draft.attachments:
        mail.attach(_attachment_part(each))
    return mail


def _fold(text: str, head: str, *, width: int = 76) -> str:
    """A header's text in lines of at most 76 characters, the first of which is never empty (RFC 2047, 5322)."""
    ascii_only = text.isascii() and "=?" not in text and all(len(word) <= width // 2 for word in text.split())
    return Header(text, "us-ascii" if ascii_only else "utf-8", width, head).encode(linesep="\r\n")


def _attachment_part(each: Attachment) -> EmailMessage:
    """A workbook as a part. A name with accents is given twice: as the standard has it, and as Outlook writes it."""
    part = EmailMessage(policy=_POLICY)
    part.set_content(each.content, *_EXCEL)
    kind, name = "/".join(_EXCEL), _one_line(each.name).replace('"', "'").replace("\\", " ")
    for head in ("MIME-Version", "Content-Type", "Content-Disposition"):
        del part[head]
    if name.isascii():
        as_outlook, as_standard = f'name="{name}"', f'filename="{name}"'
    else:
        as_outlook = f'name="{_fold(name, "name")}"'
        as_standard = f"filename*=utf-8''{quote(name, safe='')}"  # RFC 2231
    part.set_raw("Content-Type", f"{kind};\r\n {as_outlook}")
    part.set_raw("Content-Disposition", f"attachment;\r\n {as_standard}")
    return part


def _one_line(text: str) -> str:
    """A header is one line; what breaks a line in it would begin another header."""
    return " ".join("".join(c if unicodedata.category(c) != "Cc" else " " for c in text).split())


def _html(text: str) -> str:
    """The text as simple HTML: paragraphs, lines, lists, addresses to click on. Outlook knows inline styles alone."""
    parts = []
    for paragraph in re.split(r"\n{2,}", text.strip()):
        lines = [_link_addresses(html.escape(line)) for line in paragraph.split("\n")]
        if all(line.startswith("- ") for line in lines):
            parts.append(f"<ul>{''.join(f'<li>{line[2:]}</li>' for line in lines)}</ul>")
        else:
            parts.append(f'<p style="margin: 0 0 10pt 0">{"<br>".join(lines)}</p>')
    head = '<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
    style = "font-family: Arial, sans-serif; font-size: 11pt; line-height: 1.35; max-width: 44em"
    body = "\n".join(parts)
    return f'<html lang="en-GB">{head}<body style="{style}">\n{body}\n</body></html>\n'


def _link_addresses(line: str) -> str:
    return re.sub(
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
        lambda match: f'<a href="mailto:{match[0]}">{match[0]}</a>' if is_address(match[0]) else match[0],
        line,
    )


def check_outbox(folder: Path, what: str) -> None:
    """Find out before the work whether an outbox could be written there.

    Raises:
        ImpactError: something else stands there, somebody changed something in it, or messages of it were sent.
    """
    folders.check(folder, MANIFEST, what)
    if _any_sent(folder / SENT):
        raise ImpactError(
            f"The {what} cannot be written: messages in {folder} have been sent, and {SENT} says to whom",
            "Choose another folder with --output.",
        )


def _any_sent(send_log: Path) -> bool:
    """Whether a send log has a line under its header; one that cannot be read may have any."""
    try:
        return send_log.exists() and len(send_log.read_bytes().splitlines()) > 1
    except OSError:
        return True


def write(
    drafts: Iterable[Draft],
    folder: Path,
    *,
    files: str,
    what: str,
    more: Mapping[str, bytes] | None = None,
    contact: str = "",
    about: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write an outbox: the messages, the files they carry, and the list of both.

    Args:
        drafts: taken one by one, so that there may be very many.
        folder: where to.
        files: the name of the folder in it for the attached files: `forms`.
        what: how messages call it: “outbox”.
        more: further files, by name.
        contact: where answers go; `send` sends from there unless another address is given.
        about: what else the manifest says; who each message is for comes to it.

    Raises:
        ImpactError: as `check_outbox`, or a file cannot be written; what stood there before is untouched.
    """
    check_outbox(folder, what)
    messages: dict[str, Mapping[str, str]] = {}  # filled as they are written; the manifest comes last
    content = {"contact": contact, **(about or {}), "messages": messages}
    return folders.write(folder, MANIFEST, _files(drafts, files, more or {}, messages), what, content)


def _files(
    drafts: Iterable[Draft], files: str, more: Mapping[str, bytes], messages: dict[str, Mapping[str, str]]
) -> Iterator[tuple[str, bytes]]:
    rows = []
    for number, draft in enumerate(drafts, 1):
        file = f"{number:03d} {safe_name(draft.team.name)}.eml"
        name = f"{MESSAGES}/{file}"
        team = {"team_id": draft.team.id, "team": draft.team.name}
        messages[file] = {**team, **({"asks": draft.asks} if draft.asks else {})}
        yield name, compose(draft).as_bytes()
        for each in draft.attachments:
            yield f"{files}/{each.name}", each.content
        attached = "; ".join(f"{files}/{each.name}" for each in draft.attachments)
        to, cc = ("; ".join(addresses(text)) for text in (draft.team.email, draft.team.cc))
        rows.append((draft.team.id, draft.team.name, to, cc, _one_line(draft.subject), attached, name))
    yield from more.items()
    yield DISTRIBUTION, csv_bytes(COLUMNS, rows)


def with_progress(items: Iterable[_Item], total: int, progress: Callable[[int, int], None] | None) -> Iterator[_Item]:
    """The same drafts or files, counted by a progress bar as they are taken."""
    if progress:
        progress(0, total)
    for number, each in enumerate(items, 1):
        yield each
        if progress:
            progress(number, total)


def csv_bytes(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """A list as CSV with a mark at its beginning, without which Excel takes accents for something else."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([tables.escaped(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")
