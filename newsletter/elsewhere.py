"""Looks whether a page of another site is there: its head, and the page where that is refused."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import Future
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin, urlsplit

import lxml.html
from django.conf import settings

from backsite.lib.https import Unreachable, status_of

# For each answer, and for all that is asked about one address: well below the time for which a
# worker has it to itself (DueWork.LEASE).
PATIENCE: Final = 10.0
WHOLE_PATIENCE: Final = 60.0
MOST_STEPS: Final = 5
# Somebody is there and does not talk to programs, or not just now: for readers it is there.
SHY: Final = frozenset({401, 403, 405, 406, 429, 451, 999})
GONE: Final = frozenset({404, 410})
NOT_JUST_NOW: Final = "The name of its server could not be looked up just now."


class Seen(NamedTuple):
    """`found` as in LinkLook.Found."""

    found: str
    words: str


def addresses_in(html: str) -> dict[str, str]:
    """The pages of other sites that a text leads to, and the words of the links."""
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    found: dict[str, str] = {}
    for link in root.iter("a"):
        address = link.get("href", "")
        try:
            parts = urlsplit(address)
            is_elsewhere = bool(parts.hostname) and parts.hostname != settings.SITE_HOST
        except ValueError:
            continue
        if is_elsewhere and parts.scheme in ("http", "https") and "[[" not in address:
            found.setdefault(address, " ".join(link.text_content().split()))
    return found


def look(address: str) -> Seen:
    deadline = monotonic() + WHOLE_PATIENCE
    try:
        for _ in range(MOST_STEPS + 1):
            ways = _ways_to(address, deadline)
            if isinstance(ways, Seen):
                return ways
            status, leads_to = _status(address, ways, deadline)
            if not (300 <= status < 400 and leads_to):
                return _judged(status)
            address = urljoin(address, leads_to)
        return Seen("unsure", "It leads from one page to the next and does not end.")
    except (Unreachable, ValueError) as error:
        return Seen("unsure", str(error))


def _status(address: str, at: list[str], deadline: float) -> tuple[int, str]:
    status, leads_to = status_of(address, method="HEAD", patience=_left(deadline), at=at)
    if status >= 400:  # some answer nothing but the whole question
        status, leads_to = status_of(address, method="GET", patience=_left(deadline), at=at)
    return status, leads_to


def _left(deadline: float) -> float:
    """The patience with the next answer."""
    left = deadline - monotonic()
    if left <= 0:
        raise Unreachable("It took too long until it was known.")
    return min(PATIENCE, left)


def _judged(status: int) -> Seen:
    if status in GONE:
        return Seen("gone", f"The server says that the page is not there ({status}).")
    if status < 300 or status in SHY:
        return Seen("there", str(status))
    return Seen("unsure", f"The server answered {status}.")


def _ways_to(address: str, deadline: float) -> list[str] | Seen:
    """The network addresses to ask, one after the other. Or why nobody is asked: there is no
    such host; or it is one inside the house, which nobody asks from here by writing a letter."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https"):
        return Seen("unsure", f"It leads to {parts.scheme}:, which is no page.")
    try:
        found = _looked_up(parts.hostname or "", _left(deadline))
    except TimeoutError:
        return Seen("unsure", NOT_JUST_NOW)
    except (socket.gaierror, UnicodeError) as error:
        if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
            return Seen("unsure", NOT_JUST_NOW)
        return Seen("gone", "There is no server of that name.")
    if not all(may_be_asked(str(row[4][0])) for row in found):
        return Seen("unsure", "Its server stands inside our own network; it was not asked.")
    # The old kind of address first: not every server that runs a site can reach the new one.
    found.sort(key=lambda row: row[0] != socket.AF_INET)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def _looked_up(host: str, patience: float) -> list[Any]:
    """As `getaddrinfo`, which knows no time limit: it is left to end when it likes. Raises
    TimeoutError."""
    answer: Future[list[Any]] = Future()

    def ask() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    return answer.result(patience)


def may_be_asked(ip: str) -> bool:
    """Whether it is a place in the world outside. Addresses that carry another one in them
    (NAT64, 6to4) lead to that one, which may be anywhere."""
    found = ip_address(ip.partition("%")[0])
    carries = isinstance(found, IPv6Address) and (found.sixtofour or found.is_site_local)
    return found.is_global and not (found.is_multicast or found.is_reserved or carries)
