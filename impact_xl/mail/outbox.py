"""The messages of an outbox as people have left them, and what each still needs before it can be sent.

People copy drafts, sync programs copy them, and mail programs save them under other names. Whatever lies there, one
message is sent for each that was made: copies that say the same are one message, and of copies that differ none is
sent until a person keeps one.
"""

from __future__ import annotations

import email
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from functools import cached_property
from pathlib import Path, PurePosixPath

from impact_xl.files import managed_folder, table_files
from impact_xl.findings import ImpactError, unreadable
from impact_xl.mail.drafts import COLUMNS, DISTRIBUTION, MANIFEST, MESSAGES
from impact_xl.mail.spellings import alike
from impact_xl.roster import addresses, is_address
from impact_xl.roster.conflicts import is_mark
from impact_xl.wording import join_and, plural

_SEVEN_BIT = SMTP.clone(cte_type="7bit")  # every server takes it
_PREFIX = f"{MESSAGES}/"
# What Explorer, the Finder and others put before or behind the name of a copy; sync programs' marks come to it.
_COPY_OF = re.compile(r"(?i)copy (?:\(\d{1,3}\) )?of (.+)")
_COPY_MARK = re.compile(r"(?i)(?: ?-)? ?copy(?: ?\(?\d{1,3}\)?)?| \d{1,2}|_\d{1,2}")
# What stands in a line of addresses beside them: names between quotation marks, remarks, the name of a group.
_QUOTED_NAME = re.compile(r'"(?:[^"\\]|\\.)*"(?=\s*<)')
_REMARK = re.compile(r"\([^()]*\)")
_GROUP = re.compile(r"(?:^|(?<=[,;]))\s*(?!mailto:)[^,;:<>@]+:|;\s*$", re.IGNORECASE)
_SIGN = r"[^\s<>,;:()\"|]"
_WHOLE_ADDRESS = re.compile(rf"{_SIGN}+@{_SIGN}+\.{_SIGN}+")
# What people write between two addresses in the place of a comma; behind brackets there may be nothing at all.
_BETWEEN = re.compile(
    r"(@[\w-]+(?:\.[\w-]+)+)(?:\s*[/|&]\s*|\s+(?:(?:and|und|et|y|e|en|a|och|og|or)\s+)?)"
    rf"(?=(?:mailto:)?{_SIGN}+@)",
    re.IGNORECASE,
)
_BEHIND_BRACKET = re.compile(r">\s*(?:[/|&]\s*)?(?=[^\s,;])")


@dataclass(frozen=True)
class Made:
    """A message as the list of the outbox has it; what the list does not say is empty."""

    name: str  # of its file
    to: frozenset[str] = frozenset()  # in lower case, the copies' addresses among them
    copies_alone: bool = False  # the list had an address for copies alone, so there never was a To
    subject: str = ""
    attached: tuple[str, ...] = ()  # the names of its files
    digest: str = ""  # the hash of its file
    digests: frozenset[str] = frozenset()  # those of its files


@dataclass(frozen=True)
class Message:
    """One message of the outbox, as it stands there."""

    name: str  # of its file
    mail: EmailMessage
    digest: str = ""  # the hash of its file
    made_as: str = ""  # the name of the message that it is, or is a copy of; empty where it is one of its own

    @property
    def key(self) -> str:
        """What it is known by, whatever its file is called: the send log has it so."""
        return self.made_as or self.name

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address that it goes to."""
        found = (address for head in ("Bcc", "Cc", "To") for address in reversed(self.addresses(head)))
        return tuple(reversed({address.casefold(): address for address in found}.values()))

    @property
    def addressed(self) -> bool:
        """Whether it is to anybody, and not in copy alone."""
        return bool(self.addresses("To"))

    def addresses(self, head: str) -> list[str]:
        """The addresses that a line of its head names; what is none is given as it stands, so that it is reported."""
        fields = [str(value) for name, value in self.mail.raw_items() if name.casefold() == head.casefold()]
        return [address for text in fields for address in _addresses_in(text)]

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.mail.get("Subject", ""))

    @cached_property
    def attached(self) -> tuple[str, ...]:
        """The names of the files that it carries; the pictures of a signature are none, nor is an empty file."""
        return tuple(
            part.get_filename() or ""
            for part in self.mail.walk()
            if part.get_content_maintype() not in ("multipart", "text", "image") and part.get_payload()
        )

    @cached_property
    def digests(self) -> frozenset[str]:
        """The hashes of what it carries, whatever the files are called now."""
        parts = (part.get_payload(decode=True) for part in self.mail.walk() if not part.is_multipart())
        return frozenset(hashlib.sha256(part).hexdigest() for part in parts if isinstance(part, bytes))

    @cached_property
    def content(self) -> tuple[object, ...]:
        """What it says to whom: two copies with the same are one message."""
        parts = (part.get_payload(decode=True) for part in self.mail.walk() if not part.is_multipart())
        texts = [b"".join(part.split()) for part in parts if isinstance(part, bytes)]
        return frozenset(map(str.casefold, self.recipients)), self.subject.split(), self.addressed, texts


@dataclass(frozen=True)
class Outbox:
    """A folder of messages that can be sent."""

    folder: Path
    messages: tuple[Message, ...]  # one of each, by the names of their files
    other_files: tuple[str, ...] = ()  # among the messages, and none that can be sent: what Outlook saves as .msg
    listed: tuple[str, ...] = ()  # the names of the messages that were written into it
    copies: tuple[tuple[str, str], ...] = ()  # the name of each copy that is not sent, and of what
    unfit: Mapping[str, str] = field(default_factory=dict)  # why a message is not to be sent, by its key
    edited: tuple[str, ...] = ()  # the names of the messages that people changed
    files_missing: tuple[str, ...] = ()  # what it lists beside the messages, and lacks

    @property
    def missing(self) -> list[str]:
        """Messages that were written into it and are not there: whoever does not want one sent deletes it."""
        there = {message.key for message in self.messages}
        return [name for name in self.listed if name not in there]

    @property
    def faults(self) -> list[str]:
        """What stands in the way of sending: addresses that are none."""
        return [
            f"{message.name}: “{address}” is not an e-mail address"
            for message in self.messages
            for address in message.recipients
            if not is_address(address)
        ]

    def key_of(self, name: str) -> str:
        """What a message is known by, by the name of its file, which need not be there any more."""
        return next(iter(self.keys_of(name)), name)

    def keys_of(self, name: str) -> Sequence[str]:
        """What the messages are known by that a file of this name may be; several where its letters were spoilt."""
        if key := self._keys.get(name) or original(name, self.listed):
            return (key,)
        return tuple(dict.fromkeys(self._keys[each] for each in alike(name, self._keys)))

    @property
    def recipients(self) -> Mapping[str, frozenset[str]]:
        """The addresses of each message in lower case, by its key."""
        return {each.key: frozenset(map(str.casefold, each.recipients)) for each in self.messages}

    @cached_property
    def _keys(self) -> dict[str, str]:
        keys = {message.name: message.key for message in self.messages}
        return {
            **{name: keys[of] for name, of in self.copies},
            **keys,
            **dict(zip(self.listed, self.listed, strict=True)),
        }


def read(folder: Path) -> Outbox:
    """Read the messages of an outbox.

    Raises:
        ImpactError: the folder is no outbox, a message cannot be read, or none of those that were written is there.
    """
    if not (folder / MANIFEST).is_file() or not (folder / MESSAGES).is_dir():
        raise ImpactError(
            f"This is no outbox: {folder}", "Give the folder that impact-xl distribute, remind or feedback wrote."
        )
    paths = sorted((folder / MESSAGES).iterdir())
    digests = managed_folder.digests(folder, MANIFEST)
    made = made_in(folder, digests)
    groups: defaultdict[str, list[Message]] = defaultdict(list)
    for message in _with_keys(list(_messages(paths)), made):
        groups[message.key].append(message)
    chosen = {key: _first(same) for key, same in groups.items()}
    unfit = ((key, _why_unfit(chosen[key], same, made.get(key))) for key, same in groups.items())
    outbox = Outbox(
        folder,
        tuple(sorted(chosen.values(), key=lambda each: each.name)),
        tuple(path.name for path in paths if _is_other(path)),
        tuple(made),
        tuple(_copies(groups, chosen)),
        {key: why for key, why in unfit if why},
        tuple(each.name for each in chosen.values() if _is_edited(each, digests)),
        tuple(_missing(folder, digests)),
    )
    if outbox.missing and not outbox.messages:
        number = plural(len(outbox.listed), "message is", "messages are")
        raise ImpactError(
            f"{number} listed in {folder / MANIFEST}, and none is there",
            "Put them back, or make the outbox again with another --output. Nothing was sent now.",
        )
    return outbox


def _copies(groups: Mapping[str, Sequence[Message]], chosen: Mapping[str, Message]) -> Iterator[tuple[str, str]]:
    """The name of each message that another one stands for, and the name of that one."""
    for key, same in groups.items():
        yield from ((each.name, chosen[key].name) for each in same if each is not chosen[key])


def _missing(folder: Path, digests: Iterable[str]) -> Iterator[str]:
    """What the outbox lists beside the messages, and lacks."""
    return (name for name in digests if not name.startswith(_PREFIX) and not (folder / name).is_file())


def _is_other(path: Path) -> bool:
    return path.suffix.casefold() != ".eml" and not path.name.startswith((".", "~"))


def _is_edited(message: Message, digests: Mapping[str, str]) -> bool:
    return digests.get(_PREFIX + message.key, message.digest) != message.digest


def _messages(paths: list[Path]) -> Iterator[Message]:
    for path in paths:
        if path.suffix.casefold() != ".eml" or not path.is_file():
            continue
        try:
            content = path.read_bytes()
        except OSError as error:
            raise unreadable("A message", path, error, "Run the command again.") from error
        mail = email.message_from_bytes(content, policy=SMTP)
        yield Message(path.name, mail, hashlib.sha256(content).hexdigest())


# -- what was made, and what is a copy of it ---------------------------------------------------------


def made_in(folder: Path, digests: Mapping[str, str]) -> dict[str, Made]:
    """Every message that an outbox lists, by its name, with what distribution.csv says of it.

    Args:
        folder: the outbox.
        digests: the hash of each of its files, by its path within.
    """
    made = {
        name: Made(name, digest=digest)
        for path, digest in digests.items()
        if (name := path.removeprefix(_PREFIX)) != path
    }
    try:
        sheets = table_files.read(folder / DISTRIBUTION, "The list of the messages", "OUTBOX")
        table = table_files.find(sheets, dict.fromkeys(COLUMNS, ()), lambda found: "message" in found)
    except ImpactError:  # people take it for a mail merge, and may have moved it
        table = None
    for row in table.rows if table else ():
        name = PurePosixPath(row.text("message").replace("\\", "/")).name
        if name:
            files = [part.strip() for part in row.text("file").split(";") if part.strip()]
            made[name] = Made(
                name,
                frozenset(map(str.casefold, addresses(f"{row.text('to')}; {row.text('cc')}"))),
                not addresses(row.text("to")),
                row.text("subject"),
                tuple(PurePosixPath(file).name for file in files),
                made[name].digest if name in made else "",
                frozenset(digests[file] for file in files if file in digests),
            )
    return made


def _with_keys(messages: Sequence[Message], made: Mapping[str, Made]) -> Iterator[Message]:
    """The messages, each with the name of the one that it is or is a copy of."""
    names = [message.name for message in messages if message.name not in made]
    twins: dict[object, str] = {}
    for message in sorted(messages, key=lambda each: (each.name not in made, each.name)):
        key = made_as(message, made)
        same = [message.digest, *(text for text in (str(message.mail.get("Message-ID", "")),) if text)]
        key = key or next((twins[each] for each in same if each in twins), original(message.name, names))
        key = key or message.name
        for each in same:
            twins.setdefault(each, key)
        yield replace(message, made_as=key)


def made_as(message: Message, made: Mapping[str, Made]) -> str:
    """The name of the message that was made and that this one is; empty where it is one of its own."""
    whole = (each.name for each in made.values() if each.digest == message.digest)  # one may be saved over another
    if name := next(whole, message.name if message.name in made else ""):
        return name
    return original(message.name, made) or _as_made(message, made)


def original(name: str, names: Iterable[str]) -> str:
    """The name of which another one is a copy's, as file managers, browsers and sync programs name copies."""
    path = PurePosixPath(name)
    stem = path.stem
    while match := _COPY_OF.fullmatch(stem):
        stem = match[1]
    for other in sorted(names, key=len, reverse=True):
        first = PurePosixPath(other).stem
        rest = stem[len(first) :]
        if other != name and stem.casefold().startswith(first.casefold()) and (not rest or _is_copy_mark(rest)):
            return other
    return ""


def _is_copy_mark(text: str) -> bool:
    return is_mark(text) or bool(_COPY_MARK.fullmatch(text))


def _as_made(message: Message, made: Mapping[str, Made]) -> str:
    """The name of the message that it is by what it carries, or by what it says to whom; empty where there is none."""
    to = frozenset(map(str.casefold, message.recipients))
    for each in made.values():
        if set(each.attached) & set(message.attached):
            return each.name
        if each.to and each.to == to and each.subject.split() == message.subject.split():
            return each.name
    carried = message.digests
    return next((each.name for each in made.values() if each.digests & carried), "")


def _first(same: Sequence[Message]) -> Message:
    """Of the copies of a message the one with the name that it was made with, else the first."""
    return min(same, key=lambda each: (each.name != each.key, each.name.casefold() != each.key.casefold(), each.name))


def _why_unfit(message: Message, same: Sequence[Message], made: Made | None) -> str:
    """Why a message is not to be sent; empty where it can be."""
    others = (each for each in same if each is not message and each.digest != message.digest)
    if differing := sorted(each.name for each in others if each.content != message.content):
        return f"it differs from its copy {join_and(differing)}. Keep the one that is right, and delete the other"
    return _what_is_gone(message, made) if made else ""


def _what_is_gone(message: Message, made: Made) -> str:
    """What a message was made with, and has lost; empty where it has all."""
    if made.to and not message.recipients:
        return f"its To is empty, and it was made for {join_and(sorted(made.to))}"
    if message.recipients and not message.addressed and not made.copies_alone:
        return "its To is empty, and it would go to those in copy alone"
    if made.attached and not message.attached:
        return f"its file is gone ({join_and(made.attached)}). Attach it again"
    return ""


# -- to whom it goes ---------------------------------------------------------------------------------


def _addresses_in(text: str) -> list[str]:
    """Every address of a line such as To, however they are parted; what is none is among them, to be reported.

    The library's reader stops at the first sign that it does not expect, and says nothing of what stands behind it.
    """
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # an editor writes letters as they are
    plain = _QUOTED_NAME.sub(" ", " ".join(text.split()))
    plain = _GROUP.sub("", _REMARK.sub(" ", plain))
    plain = _BEHIND_BRACKET.sub(">; ", _BETWEEN.sub(r"\1; ", plain))
    found = [each.strip("' ") for each in addresses(plain)]
    # Whatever stands before an address in brackets is its name; but an address there may be meant as well.
    of_all = {each.casefold() for each in found}
    unclear = any(each.strip("'.").casefold() not in of_all for each in _WHOLE_ADDRESS.findall(plain))
    return [*found, plain.strip()] if unclear and all(map(is_address, found)) else found


# -- on its way --------------------------------------------------------------------------------------


def _set_addresses(mail: EmailMessage, head: str, to: Sequence[str]) -> None:
    """Write a line of addresses anew where mail programs would not understand it as people wrote it."""
    try:
        fields = mail.get_all(head, [])
        usual = [each.addr_spec for line in fields for each in line.addresses]
    except Exception:  # noqa: BLE001  the library's reader raises what it likes for what is no address
        fields = usual = []
    if usual != list(to) or len(fields) > 1:
        del mail[head]
        if to:
            mail[head] = ", ".join(to)


def complete(message: Message, sender: str) -> bytes:
    """The message with what a draft does not have: sender, date and id."""
    mail = email.message_from_bytes(message.mail.as_bytes(), policy=SMTP)
    for head in ("To", "Cc"):
        _set_addresses(mail, head, message.addresses(head))
    for head in ("X-Unsent", "Bcc", "Date", "Message-ID"):
        del mail[head]
    if "From" not in mail:
        mail["From"] = sender
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    return mail.as_bytes(policy=_SEVEN_BIT)
