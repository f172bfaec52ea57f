"""What a letter carries where openings and links are counted: a picture of one point, and
addresses of ours that lead on. Only what is signed here leads anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import lxml.html
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from backsite.lib.web import site_link

if TYPE_CHECKING:
    from ..models import Issue

# A place in each letter: which row of the ledger it is, or which of two subjects it had.
MARK: Final = "[[mark]]"
# In what staff look at: counts for nobody.
NOBODY: Final = "staff"
ROW, LINK, ISSUE = "newsletter.mark", "newsletter.to", "newsletter.seen"
# Pages of ours that are one person's: no letter's counting may see the words in their address.
PERSONAL: Final = re.compile(
    r"/(?:your-data|admin)/|/newsletter/(?!$|letters/(?:\d+/)?$|books/)|/comments/(?!\d+/$)"
)
_PICTURE: Final = re.compile(r'<img [^>]*class="seen"[^>]*>')


def sign(salt: str, pk: int | str) -> str:
    return Signer(salt=salt).sign(str(pk))


def read(salt: str, token: str) -> int | None:
    """None for what we have not signed."""
    try:
        return int(Signer(salt=salt).unsign(token))
    except (BadSignature, ValueError):
        return None


def mark_of(row: int, variant: str, mode: str) -> str:
    """What stands in one letter's addresses; without the row where nobody is to be known."""
    if mode == "person":
        return sign(ROW, row)
    return variant or "-"


def marked(html: str, issue: Issue) -> str:
    """The words of an issue with its links leading through us, and the picture at their end.
    Makes a row for each address."""
    return _led(html, issue, _maker(issue))


def as_if_marked(html: str, issue: Issue) -> str:
    """The same in its length, and makes no rows: for those who only look."""
    path = reverse("newsletter:to", args=[sign(LINK, 10**9), "-"])
    address = f"{site_link(path).removesuffix('-/')}{MARK}/"
    return _led(html, issue, lambda *_: address)


def _led(html: str, issue: Issue, leads: Callable[[str, str], str]) -> str:
    from ..layout import inner_html

    root = lxml.html.fragment_fromstring(html, create_parent="div")
    for link in root.iter("a"):
        if is_counted(address := link.get("href", "")):
            link.set("href", leads(address, " ".join(link.text_content().split())))
    seen = site_link(reverse("newsletter:seen", args=[sign(ISSUE, issue.pk or 0), "-"]))
    picture = (
        f'<img class="seen" src="{seen.removesuffix("-/")}{MARK}/" alt="" width="1" height="1">'
    )
    return inner_html(root) + picture


def unmarked(html: str) -> str:
    """For staff's eyes: nothing in it tells that it was opened."""
    return _PICTURE.sub("", html)


def is_counted(address: str) -> bool:
    """Web pages, but none that is one person's own."""
    if "[[" in address:
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    ours = parts.hostname == settings.SITE_HOST
    return not (ours and PERSONAL.match(parts.path))


def _maker(issue: Issue) -> Callable[[str, str], str]:
    from ..models.hit import LONGEST_ADDRESS, IssueLink

    known: dict[str, IssueLink] = {}

    def leads(address: str, words: str) -> str:
        if len(address.encode()) > LONGEST_ADDRESS:
            return address
        if address not in known:
            given = {"words": words[:200]}
            known[address] = IssueLink.objects.get_or_create(
                issue=issue, address=address, defaults=given
            )[0]
        path = reverse("newsletter:to", args=[sign(LINK, known[address].pk), "-"])
        return f"{site_link(path).removesuffix('-/')}{MARK}/"

    return leads
