"""The moderation log: all that was decided about comments, readers and settings, in one list."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.urls import reverse

from articles.models import ArticleEvent
from articles.models.revising import CLOSED, OPENED

from .dossier import told
from .models import BlockRuleEvent, CommentEvent, ReaderEvent, SettingChange

A_PAGE: Final = 100
READER_VERBS: Final = {
    "confirm": "confirmed the address",
    "mute": "wants no mails about replies",
    "unmute": "wants mails about replies again",
    "block": "blocked",
    "unblock": "unblocked",
    "trust": "trusted",
    "distrust": "no longer trusts",
}
RULE_VERBS: Final = {
    "add": "added the rule",
    "change": "changed the rule",
    "switch off": "switched the rule off",
    "switch on": "switched the rule on again",
}
SWITCHED: Final = {OPENED: "opened its comments", CLOSED: "closed its comments"}
SETTING_VERBS: Final = {"add": "added", "change": "changed", "remove": "removed"}


@dataclass(frozen=True)
class Entry:
    """One line: who did what to what, when and why."""

    at: datetime
    actor: str
    did: str
    about: str
    link: str = ""
    why: str = ""


@dataclass(frozen=True)
class Kind:
    key: str
    label: str
    rows: Callable[[], QuerySet[Any]]
    entry: Callable[[Any], Entry]


def _of_comment(event: CommentEvent) -> Entry:
    comment = event.comment
    # The wording before a change stands on the comment's own page.
    why = "" if event.verb in ("edit", "rewrite") else event.why
    return Entry(
        event.at,
        event.actor,
        told(event),
        f"{comment.name} on “{comment.article.title}”",
        comment.get_admin_url(),
        why,
    )


def _of_reader(event: ReaderEvent) -> Entry:
    did = READER_VERBS.get(event.verb, event.verb)
    return Entry(event.at, event.actor, did, event.reader.email, why=event.why)


def _of_setting(change: SettingChange) -> Entry:
    did = f"{SETTING_VERBS.get(change.verb, change.verb)} “{change.field}”"
    return Entry(change.at, change.actor, did, change.what, why=f"{change.before} → {change.after}")


def _of_rule(event: BlockRuleEvent) -> Entry:
    did, rule = RULE_VERBS.get(event.verb, event.verb), event.rule
    where = reverse("admin:comments_blockrule_change", args=[rule.pk])
    return Entry(event.at, event.actor, did, str(rule), where, event.why)


def _of_switch(event: ArticleEvent) -> Entry:
    article = event.article
    where = reverse("admin:articles_article_change", args=[article.pk])
    return Entry(
        event.at, event.actor, SWITCHED[event.verb], f"“{article.title}”", where, event.why
    )


KINDS: Final = (
    Kind(
        "comments",
        "comments",
        lambda: CommentEvent.objects.select_related("comment__article").only(
            "at", "actor", "verb", "why", "comment__name", "comment__article__title"
        ),
        _of_comment,
    ),
    Kind("readers", "readers", lambda: ReaderEvent.objects.select_related("reader"), _of_reader),
    Kind("settings", "settings", SettingChange.objects.all, _of_setting),
    Kind(
        "rules", "blocking rules", lambda: BlockRuleEvent.objects.select_related("rule"), _of_rule
    ),
    Kind(
        "articles",
        "articles opened and closed",
        lambda: (
            ArticleEvent.objects.filter(verb__in=SWITCHED)
            .select_related("article")
            .only("at", "actor", "verb", "why", "article__title")
        ),
        _of_switch,
    ),
)


def entries(
    *, kind: str = "", actor: str | None = None, before: datetime | None = None
) -> list[Entry]:
    """The newest first, one page and one more; `actor` “” is the site itself, None anybody."""
    wanted = [one for one in KINDS if kind in ("", one.key)]
    lists = [list(_newest(one, actor, before)) for one in wanted]
    merged = heapq.merge(*lists, key=lambda entry: entry.at, reverse=True)
    return [entry for entry, _ in zip(merged, range(A_PAGE + 1), strict=False)]


def _newest(kind: Kind, actor: str | None, before: datetime | None) -> Iterator[Entry]:
    rows = kind.rows().order_by("-at", "-pk")
    if actor is not None:
        rows = rows.filter(actor=actor)
    if before is not None:
        rows = rows.filter(at__lt=before)
    return map(kind.entry, rows[: A_PAGE + 1])


def actors() -> list[str]:
    """Everybody who has an account; those who are gone are found in the log itself."""
    users: Any = get_user_model()._default_manager
    names = users.filter(is_staff=True).order_by("username").values_list("username", flat=True)
    return list(names)


def address(**query: str) -> str:
    base = reverse("admin:comments_settingchange_changelist")
    given = {name: value for name, value in query.items() if value}
    return f"{base}?{urlencode(given)}" if given else base
