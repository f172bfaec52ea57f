"""The HTML of a comment, written without a template: a page has a hundred of them, and a
template takes a millisecond for each, this a thirtieth of it.

Whatever a reader typed goes through `escape`; `html` was made by `rendering.render`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
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
# Of the discussions that are read just now: a new comment makes a page anew, on which nearly all
# others are as they were.
MOST_COMMENTS: Final = 1_000


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


class Way(NamedTuple):
    """How the comments of one page are written."""

    language: str
    zone: tzinfo
    takes_answers: bool
    bare: bool


class Seen(NamedTuple):
    """All of a comment that makes a difference to its HTML; `answered` is whom it answers
    (anchor, name), where its place does not say so."""

    pk: int
    created_at: datetime
    name: str
    website: str
    html: str
    has_address: bool
    is_public: bool
    is_staff: bool
    pingback: bool
    face: str
    credentials: str
    answered: tuple[str, str] | None
    notes: str


class Writer:
    """Writes the comments of one page. `takes_answers`: each has a link to answer it.
    `bare`: only the words, without anything to do about them."""

    def __init__(self, *, takes_answers: bool = False, bare: bool = False) -> None:
        language = get_language() or ""
        self._way = Way(language, timezone.get_current_timezone(), takes_answers, bare)
        self._said = _said(language)
        self._faces: dict[int, tuple[str, str]] = {}

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
        face, credentials = self._face(row)
        seen = Seen(
            row.pk,
            row.created_at,
            row.name,
            row.website,
            row.html,
            row.has_address,
            row.is_public,
            row.is_staff,
            row.pingback,
            face,
            credentials,
            (answered.anchor, answered.name) if answered else None,
            notes,
        )
        shared = row.is_public and not notes
        return _remembered(self._way, seen) if shared else _written(self._way, seen)

    def _face(self, row: Shown) -> tuple[str, str]:
        """(picture or initials, what stands beside the name), once for each of the team."""
        if row.profile is None:
            return _initials(row.name), ""
        known = self._faces.get(row.profile.pk)
        if known is None:
            known = self._faces[row.profile.pk] = _of_profile(row.profile)
        return known


@lru_cache(maxsize=10)
def _said(language: str) -> Said:
    """In that language, which is the one of now."""
    return Said.now()


def _written(way: Way, seen: Seen) -> SafeString:
    """Its language is the one of now."""
    said, name = _said(way.language), escape(seen.name)
    kind = "comment by-staff" if seen.is_staff else "comment"
    linked = (
        f'<a href="{escape(seen.website)}" rel="nofollow ugc noopener">{name}</a>'
        if seen.website and seen.is_public
        else name
    )
    acts = seen.is_public and not seen.pingback and not way.bare
    html = (
        f'<article class="{kind}{"" if seen.is_public else " held"}" id="comment-{seen.pk}" '
        f'aria-label="{said.comment_by.format(name)}">\n  <header>\n    {seen.face}\n'
        f'    <p class="who">\n      <span class="name">{linked}</span>\n'
        f"{_badges(seen, said)}{seen.credentials}{_when(seen, way, said)}"
        f"    </p>\n  </header>\n  {seen.notes}\n"
        f'  <div class="comment-text">{seen.html}</div>\n'
        f"{_actions(seen, name, way, said) if acts else ''}"
        "</article>\n"
    )
    return SafeString(html)


# Only what everybody reads: what is held is its writer's alone, with their signed link.
_remembered = lru_cache(maxsize=MOST_COMMENTS)(_written)


def _when(seen: Seen, way: Way, said: Said) -> str:
    local = seen.created_at.astimezone(way.zone)
    exact = local.isoformat(timespec="seconds")
    to = ""
    if seen.answered is not None:
        anchor, name = seen.answered
        to = said.in_reply_to.format(f'<a href="#{anchor}">{escape(name)}</a>') + " "
    lasting = address_of("comments:comment")(seen.pk)
    address = lasting if seen.is_public else f"#comment-{seen.pk}"
    return (
        f'      <span class="meta">{to}<a href="{address}" title="{said.lasting}">'
        f'<time datetime="{exact}">{_day(local.date(), way.language)}, {local:%H:%M}</time>'
        "</a></span>\n"
    )


def _actions(seen: Seen, name: str, way: Way, said: Said) -> str:
    answer = (
        f'<a class="reply-link" href="{address_of("comments:reply")(seen.pk)}" rel="nofollow" '
        f'data-reply-to="{seen.pk}" data-reply-name="{name}">{said.reply}<span '
        f'class="visually-hidden"> {said.reply_to.format(name)}</span></a>'
        if way.takes_answers
        else ""
    )
    if seen.is_staff:
        return f'    <p class="comment-actions">{answer}</p>\n'
    yours = (
        f'<a class="yours" href="{address_of("comments:ask_link")(seen.pk)}" rel="nofollow">'
        f'{said.yours}<span class="visually-hidden"> {said.change.format(name)}</span></a>'
        if seen.has_address
        else ""
    )
    return (
        f'    <p class="comment-actions">{answer}{yours}<a class="report" '
        f'href="{address_of("comments:report")(seen.pk)}" rel="nofollow">{said.report}'
        f'<span class="visually-hidden"> {said.report_of.format(name)}</span></a></p>\n'
    )


def _badges(seen: Seen, said: Said) -> str:
    team = f'      <span class="badge">{said.team}</span>\n' if seen.is_staff else ""
    if not seen.pingback:
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
