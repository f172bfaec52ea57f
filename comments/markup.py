"""The HTML of a comment, written without a template: a page has a hundred of them, and a
template takes a millisecond for each, this a thirtieth of it.

Whatever a reader typed goes through `escape`; `html` was made by `rendering.render`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple
from zlib import crc32

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from articles.models import Author, credentials_line
from articles.templatetags.article_tags import face

from .shown import Shown, address_of
from .thread import Node

# As many as static/css/site.css has colours named --tint-…
TINTS: Final = 6
MOST_DAYS: Final = 4_000


class Said(NamedTuple):
    """Our own words around comments, looked up once for a page; {} stands for a name."""

    comment_by: str
    in_reply_to: str
    lasting: str
    reply: str
    reply_to: str
    yours: str
    change: str
    report: str
    report_of: str
    team: str
    mention: str
    withdrawn: str
    read_again: str
    removed: str

    @classmethod
    def now(cls) -> Said:
        return cls(
            gettext("Comment by {}"),
            gettext("in reply to {},"),
            gettext("The lasting address of this comment"),
            gettext("Reply"),
            gettext("to {}"),
            gettext("Yours?"),
            gettext("Change or delete the comment by {}"),
            gettext("Report"),
            gettext("the comment by {}"),
            gettext("Our team"),
            gettext("Mention on another site"),
            gettext("A comment that stood here was taken back by its writer."),
            gettext("A comment that stood here is being read again before it is shown."),
            gettext("A comment that stood here was removed."),
        )


class Writer:
    """Writes the comments of one page. `takes_answers`: each has a link to answer it.
    `bare`: only the words, without anything to do about them."""

    def __init__(self, *, takes_answers: bool = False, bare: bool = False) -> None:
        self.takes_answers, self.bare = takes_answers, bare
        self._zone = timezone.get_current_timezone()
        self._said = Said.now()
        self._language = get_language() or ""
        self._faces: dict[int, tuple[str, str]] = {}
        self._address = address_of("comments:comment")
        self._reply = address_of("comments:reply")
        self._ask = address_of("comments:ask_link")
        self._report = address_of("comments:report")

    def thread(self, nodes: Iterable[Node[Shown]], notes: str = "") -> SafeString:
        """Each comment closes the one before it, as deep as it must. `notes` stand with the
        one that only its writer sees."""
        parts: list[str] = []
        for number, node in enumerate(nodes):
            row = node.comment
            if node.opens:
                parts.append(
                    '<ol class="thread">' if number else '<ol class="thread" id="threads">'
                )
            else:
                parts.append("</li>")
            parts.append("\n  <li>")
            if node.emptied:
                parts.append(_emptied(row, self._said))
            else:
                parts.append(
                    self.comment(row, node.in_reply_to, notes if row.own is not None else "")
                )
            parts.append("</li></ol>" * len(node.closes))
        return SafeString("".join(parts))

    def comment(self, row: Shown, answered: Shown | None = None, notes: str = "") -> SafeString:
        """`answered`: whom it answers, where its place does not say so. `notes`: what only its
        writer is told, above the words."""
        name, public = escape(row.name), row.is_public
        kind = "comment by-staff" if row.is_staff else "comment"
        avatar, credentials = self._face(row)
        linked = (
            f'<a href="{escape(row.website)}" rel="nofollow ugc noopener">{name}</a>'
            if row.website and public
            else name
        )
        html = (
            f'<article class="{kind}{"" if public else " held"}" id="{row.anchor}" '
            f'aria-label="{self._said.comment_by.format(name)}">\n  <header>\n    {avatar}\n'
            f'    <p class="who">\n      <span class="name">{linked}</span>\n'
            f"{_badges(row, self._said)}{credentials}{self._when(row, answered)}"
            f"    </p>\n  </header>\n  {notes}\n"
            f'  <div class="comment-text">{row.html}</div>\n'
            f"{self._actions(row, name) if public and not row.pingback and not self.bare else ''}"
            "</article>\n"
        )
        return SafeString(html)

    def _when(self, row: Shown, answered: Shown | None) -> str:
        local = row.created_at.astimezone(self._zone)
        exact = local.isoformat(timespec="seconds")
        to = (
            self._said.in_reply_to.format(
                f'<a href="#{answered.anchor}">{escape(answered.name)}</a>'
            )
            + " "
            if answered
            else ""
        )
        address = self._address(row.pk) if row.is_public else f"#{row.anchor}"
        return (
            f'      <span class="meta">{to}<a href="{address}" title="{self._said.lasting}">'
            f'<time datetime="{exact}">{_day(local.date(), self._language)}, {local:%H:%M}</time>'
            "</a></span>\n"
        )

    def _actions(self, row: Shown, name: str) -> str:
        answer = (
            f'<a class="reply-link" href="{self._reply(row.pk)}" rel="nofollow" '
            f'data-reply-to="{row.pk}" data-reply-name="{name}">{self._said.reply}<span '
            f'class="visually-hidden"> {self._said.reply_to.format(name)}</span></a>'
            if self.takes_answers
            else ""
        )
        if row.is_staff:
            return f'    <p class="comment-actions">{answer}</p>\n'
        yours = (
            f'<a class="yours" href="{self._ask(row.pk)}" rel="nofollow">{self._said.yours}<span '
            f'class="visually-hidden"> {self._said.change.format(name)}</span></a>'
            if row.has_address
            else ""
        )
        return (
            f'    <p class="comment-actions">{answer}{yours}<a class="report" '
            f'href="{self._report(row.pk)}" rel="nofollow">{self._said.report}'
            f'<span class="visually-hidden"> {self._said.report_of.format(name)}</span></a></p>\n'
        )

    def _face(self, row: Shown) -> tuple[str, str]:
        """(picture or initials, what stands beside the name), once for each of the team."""
        if row.profile is None:
            return _initials(row.name), ""
        known = self._faces.get(row.profile.pk)
        if known is None:
            known = self._faces[row.profile.pk] = _of_profile(row.profile)
        return known


def _badges(row: Shown, said: Said) -> str:
    team = f'      <span class="badge">{said.team}</span>\n' if row.is_staff else ""
    if not row.pingback:
        return team
    return f'{team}      <span class="badge quiet">{said.mention}</span>\n'


def _emptied(row: Shown, said: Said) -> str:
    """Never its words, nor its writer's name."""
    if row.withdrawn:
        words = said.withdrawn
    elif row.is_held:
        words = said.read_again
    else:
        words = said.removed
    return f'<div class="comment emptied" id="{row.anchor}"><p>{words}</p></div>\n'


def _of_profile(profile: Author) -> tuple[str, str]:
    line = credentials_line(profile)
    beside = f'      <span class="credentials">{escape(line)}</span>\n' if line else ""
    return render_to_string("articles/_face.html", face(profile)), beside


@lru_cache(maxsize=2_000)
def _initials(name: str) -> str:
    """Made here, so that no other site learns who reads or writes."""
    shown = escape(initials(name))
    return f'<span class="face initials tint-{tint(name)}" aria-hidden="true">{shown}</span>'


def initials(name: str) -> str:
    """`AB` of Anna Maria Berg, `A` of anna; signs that are no letters count for nothing."""
    letters = [word[0] for word in name.split() if word[0].isalnum()]
    chosen = letters[:1] + (letters[-1:] if len(letters) > 1 else [])
    return "".join(chosen).upper()[:2] or "·"


def tint(name: str) -> int:
    """1 to TINTS, always the same for a name."""
    return crc32(" ".join(name.casefold().split()).encode(errors="replace")) % TINTS + 1


@lru_cache(maxsize=MOST_DAYS)
def _day(day: date, language: str) -> str:
    """In that language, which is the one of now."""
    return date_format(day, "DATE_FORMAT")
