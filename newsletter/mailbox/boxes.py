"""A mailbox over IMAP or POP3: hands out its mails, and removes those that are kept."""

from __future__ import annotations

import imaplib
import poplib
import re
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol, TypeAlias

from backsite.lib.mail.mailbox_address import BoxAddress

# A bounce is a few kilobytes. Of anything larger the beginning is read: it says all, and
# what follows is the returned message.
MOST_BYTES: Final = 1_000_000
MOST_LINES: Final = 4_000
# For each step of the conversation.
TIMEOUT_SECONDS: Final = 30
# Python takes lines of 2 KB from a POP server; mails with longer ones exist, and one of
# them must not keep all others from being read.
poplib._MAXLINE = MOST_BYTES  # type: ignore[attr-defined]  # there is no public name for it

Uid: TypeAlias = str
Mail: TypeAlias = tuple[Uid, bytes]


class BoxAwayError(Exception):
    """The mailbox cannot be read; the words say why. `refused`: the login is wrong, which
    waiting does not heal."""

    def __init__(self, words: str, *, refused: bool = False) -> None:
        super().__init__(words)
        self.refused = refused


class Box(Protocol):
    def mails(self, most: int) -> Iterator[Mail]: ...
    def remove(self, uids: Iterable[Uid]) -> None: ...
    def close(self) -> None: ...


_FAULTS: Final = (OSError, EOFError, imaplib.IMAP4.error, poplib.error_proto, UnicodeError)


@contextmanager
def faults_in_words(address: BoxAddress) -> Iterator[None]:
    """Whatever goes wrong on the way is a BoxAwayError."""
    try:
        yield
    except _FAULTS as error:
        said = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error)
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        raise BoxAwayError(
            f"The mailbox of {address} cannot be read: {words or type(error).__name__}"
        ) from error


def opened(address: BoxAddress) -> Box:
    """Logs in. Raises BoxAwayError."""
    with faults_in_words(address):
        return _Imap(address) if address.protocol == "imap" else _Pop(address)


class _Imap:
    def __init__(self, address: BoxAddress) -> None:
        self._address = address
        context = ssl.create_default_context()
        kind = imaplib.IMAP4
        if address.tls == "always":
            self._server: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                address.host, address.port, ssl_context=context, timeout=TIMEOUT_SECONDS
            )
        else:
            self._server = kind(address.host, address.port, timeout=TIMEOUT_SECONDS)
            if address.tls == "begun":
                self._server.starttls(context)
        try:
            self._server.login(address.user, address.password)
        except kind.error as error:
            self.close()
            raise BoxAwayError(
                f"The mail server {address.host} refuses the login of {address.user}: "
                f"{_words(error)}",
                refused=True,
            ) from error
        self._select()

    def _select(self) -> None:
        answer, said = self._server.select(_quoted(self._address.folder))
        if answer != "OK":
            self.close()
            raise BoxAwayError(
                f"The mailbox of {self._address} has no folder “{self._address.folder}”: "
                f"{_words(said)}",
                refused=True,
            )

    def mails(self, most: int) -> Iterator[Mail]:
        with faults_in_words(self._address):
            _, found = self._server.uid("SEARCH", "UNDELETED")
            uids = found[0].split() if found and found[0] else []
            for name in (uid.decode() for uid in uids):
                if most == 0:
                    return
                # PEEK: what is read here is not marked as read by a person.
                _, data = self._server.uid("FETCH", name, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
                parts = [one[1] for one in data if isinstance(one, tuple)]
                if parts:
                    most -= 1
                    yield name, parts[0]

    def remove(self, uids: Iterable[Uid]) -> None:
        names = ",".join(uids)
        if not names:
            return
        with faults_in_words(self._address):
            if self._address.move_to:
                self._copy(names)
            answer, said = self._server.uid("STORE", names, "+FLAGS.SILENT", "(\\Deleted)")
            if answer != "OK":
                raise self._server.error(f"mails cannot be removed: {_words(said)}")
            # UID EXPUNGE (RFC 4315) spares what other programs have marked meanwhile.
            _, able = self._server.capability()  # more after the login than before
            if b"UIDPLUS" in able[0].split():
                self._server.uid("EXPUNGE", names)
            else:
                self._server.expunge()

    def _copy(self, names: str) -> None:
        folder = _quoted(self._address.move_to)
        answer, said = self._server.uid("COPY", names, folder)
        if answer != "OK":
            self._server.create(folder)
            answer, said = self._server.uid("COPY", names, folder)
        if answer != "OK":
            raise self._server.error(f"cannot move to {self._address.move_to}: {_words(said)}")

    def close(self) -> None:
        with suppress(*_FAULTS):
            self._server.logout()


class _Pop:
    def __init__(self, address: BoxAddress) -> None:
        self._address = address
        self._is_over = False
        context = ssl.create_default_context()
        if address.tls == "always":
            self._server: poplib.POP3 = poplib.POP3_SSL(
                address.host, address.port, context=context, timeout=TIMEOUT_SECONDS
            )
        else:
            self._server = poplib.POP3(address.host, address.port, timeout=TIMEOUT_SECONDS)
            if address.tls == "begun":
                self._server.stls(context)
        try:
            self._server.user(address.user)
            self._server.pass_(address.password)
        except poplib.error_proto as error:
            self.close()
            words = _words(error)
            raise BoxAwayError(
                f"The mail server {address.host} refuses the login of {address.user}: {words}",
                # RFC 2449, 8: somebody else reads it this moment, or the server is busy.
                refused=not re.search(r"\[(?:IN-USE|SYS/TEMP|LOGIN-DELAY)\]|lock", words),
            ) from error

    def mails(self, most: int) -> Iterator[Mail]:
        with faults_in_words(self._address):
            _, listing, _ = self._server.list()
            for line in listing[:most]:
                number, size = (int(word) for word in line.split()[:2])
                _, lines, _ = (
                    self._server.top(number, MOST_LINES)
                    if size > MOST_BYTES
                    else self._server.retr(number)
                )
                yield str(number), (b"\r\n".join(lines) + b"\r\n")[:MOST_BYTES]

    def remove(self, uids: Iterable[Uid]) -> None:
        with faults_in_words(self._address):
            for number in uids:
                self._server.dele(int(number))
            # The server deletes when the conversation ends in order (RFC 1939, 6).
            self._server.quit()
            self._is_over = True

    def close(self) -> None:
        """Without deleting anything."""
        if not self._is_over:
            self._is_over = True
            with suppress(*_FAULTS):
                self._server.quit()


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _words(said: object) -> str:
    if isinstance(said, Exception):
        said = said.args[0] if said.args else ""
    if isinstance(said, list):
        said = b" ".join(one for one in said if isinstance(one, bytes))
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
