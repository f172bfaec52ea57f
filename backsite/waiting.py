"""What waits for staff, over all apps: the first page of the admin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time

from django.contrib.admin import site
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone

from articles.evidence import due_reviews
from articles.models import Article, Feedback
from backsite.lib.ages import ago
from backsite.lib.mail.models import Message
from backsite.lib.services.models import Outage
from backsite.lib.work import DueQuerySet, DueWork, due_models
from comments.models import Alert, AlertChoice, AlertRound, Comment, Promotion
from comments.models.alert import moderators
from comments.models.queries import CommentQuerySet
from newsletter.models import ReturnedMail, Signup, Subscriber

User = AbstractBaseUser | AnonymousUser
# Failures of these are told in words of their own.
WITH_A_PILE = (Message, Article, Signup, AlertChoice, AlertRound)


@dataclass(frozen=True)
class Waiting:
    """One pile on the desk: how many, since when the oldest lies there, where to go.

    `urgent`: a person waits for us; otherwise it is for information. `first` opens the
    most urgent at once. `danger`: before all else.
    """

    name: str
    count: int
    link: str
    since: datetime | None = None
    urgent: bool = False
    hint: str = ""
    first: str = ""
    danger: bool = False

    @property
    def age(self) -> str:
        return f"oldest {ago(self.since)}" if self.since else ""


def what_waits(user: User) -> list[Waiting]:
    """The piles that this member of staff may work on and where something lies; words of
    danger come first, then whoever has waited longest, what is only for information last.

    Costs the same number of queries however much waits.
    """
    now = timezone.now()
    piles = [pile for pile in _piles(user) if pile.count]
    return sorted(piles, key=lambda pile: (not pile.danger, not pile.urgent, pile.since or now))


def _piles(user: User) -> Iterator[Waiting]:
    if _may(user, "comments.change_comment"):
        yield from _comments()
        yield from _alerts()
        yield _troubles()
    if _may(user, "mail.view_message"):
        yield _given_up(
            DueQuerySet(Message),
            "mail that could not be sent",
            "mails that could not be sent",
            f"{reverse('admin:mail_message_changelist')}?state=failed",
            "Each says why; from there it can be sent again.",
        )
    if _may(user, "articles.change_article"):
        yield _given_up(
            DueQuerySet(Article),
            "article that was not published on time",
            "articles that were not published on time",
            f"{reverse('admin:articles_article_changelist')}?state__exact=scheduled",
            "Open one: it says why, and you can publish it there.",
        )
    if _may(user, "articles.change_feedback"):
        yield _words_about_articles()
    if _may(user, "articles.view_review"):
        yield _reviews()
    if _may(user, "newsletter.view_signup"):
        yield _given_up(
            DueQuerySet(Signup),
            "sign-up that failed",
            "sign-ups that failed",
            reverse("admin:newsletter_signup_changelist"),
            "The list says why; from there each can be tried again.",
        )
    if _may(user, "newsletter.change_returnedmail"):
        yield _returned_mail()
    yield from _other_work()
    if _may(user, "newsletter.view_subscriber"):
        yield _subscribers()


def _troubles() -> Waiting:
    """Checks that cannot be asked, or were seen to be wrong."""
    lasting = list(Outage.objects.filter(ended_at=None).order_by("began_at"))
    said = [outage.reason for outage in lasting]
    return Waiting(
        "check that needs a look" if len(lasting) == 1 else "checks that need a look",
        len(lasting),
        reverse("admin:comments_watch_changelist"),
        lasting[0].began_at if lasting else None,
        urgent=True,
        hint=said[0] if said else "",
    )


def _words_about_articles() -> Waiting:
    found = Feedback.objects.open().counted().aggregate(count=Count("pk"), since=Min("created_at"))
    return Waiting(
        "word about an article" if found["count"] == 1 else "words about articles",
        found["count"],
        f"{reverse('admin:articles_feedback_changelist')}?state__exact=open",
        found["since"],
        urgent=True,
        hint="Readers say that something is wrong or missing there.",
    )


def _reviews() -> Waiting:
    due = due_reviews()
    since = timezone.make_aware(datetime.combine(due.since, time.max)) if due.since else None
    hint = "Readers do not see them: overdue, edited since, or a credential does not hold."
    return Waiting(
        "medical review to renew" if due.now == 1 else "medical reviews to renew",
        due.now,
        reverse("admin:articles_review_changelist"),
        since,
        urgent=True,
        hint=f"{hint} {due.soon} more by next month." if due.soon else hint,
    )


def _comments() -> Iterator[Waiting]:
    address = reverse("admin:comments_comment_changelist")
    hint = "The words are on the list of danger words. Answer first, or say why it needs none."
    yield _pile_of_comments(
        Comment.objects.in_danger(),
        Waiting(
            "comment that may mean danger",
            0,
            f"{address}?pile=danger",
            hint=hint,
            danger=True,
        ),
        "comments that may mean danger",
        hint,
    )
    yield _pile_of_comments(
        Comment.objects.held(),
        Waiting(
            "comment to decide on",
            0,
            f"{address}?pile=held",
            hint="Nobody but its writer sees it yet.",
        ),
        "comments to decide on",
        "Nobody but their writers sees these yet.",
    )
    yield _pile_of_comments(
        Comment.objects.awaiting_answer(),
        Waiting(
            "reader without an answer",
            0,
            f"{address}?pile=unanswered",
            hint="Published, and nobody has answered yet.",
        ),
        "readers without an answer",
        "Published, and nobody has answered yet.",
    )
    yield _pile_of_comments(
        Comment.objects.doubted(),
        Waiting(
            "comment that is perhaps not spam",
            0,
            f"{address}?pile=doubted",
            hint="The checks put it away, and something speaks for its writer.",
        ),
        "comments that are perhaps not spam",
        "The checks put these away, and something speaks for their writers.",
    )


def _pile_of_comments(
    rows: CommentQuerySet, one: Waiting, many_name: str, many_hint: str
) -> Waiting:
    found = rows.aggregate(count=Count("pk"), since=Min("created_at"))
    oldest = rows.most_urgent_first().values_list("pk", flat=True).first()
    query = one.link.partition("?")[2].replace("=", "%3D")
    first = ""
    if oldest is not None:
        page = reverse("admin:comments_comment_change", args=[oldest])
        first = f"{page}?_changelist_filters={query}"
    pile = replace(one, count=found["count"], since=found["since"], urgent=True, first=first)
    return pile if pile.count == 1 else replace(pile, name=many_name, hint=many_hint)


def _alerts() -> Iterator[Waiting]:
    """What must not fail in silence: that staff are told of readers' questions."""
    address = reverse("admin:comments_alert_changelist")
    failed = Alert.objects.failed().filter(comment__in=Comment.objects.unsettled())
    found = failed.aggregate(count=Count("pk"), since=Min("created_at"))
    yield Waiting(
        "alert that reached nobody" if found["count"] == 1 else "alerts that did not arrive",
        found["count"],
        f"{address}?outcome=failed",
        found["since"],
        urgent=True,
        hint="A colleague was to be told of a comment that still waits, and the mail failed.",
    )
    for rows in (DueQuerySet(AlertRound), DueQuerySet(AlertChoice)):
        trouble = rows.given_up().values_list("gave_up_at", "last_error").first()
        if trouble is not None:
            name = "fault in the alerts: nobody is told of new comments"
            yield Waiting(name, 1, address, trouble[0], urgent=True, hint=trouble[1])
    orphans = Promotion.objects.without_their_discussion().count()
    if orphans:
        yield Waiting(
            "answer in an article whose discussion is gone"
            if orphans == 1
            else "answers in articles whose discussion is gone",
            orphans,
            reverse("admin:comments_promotion_changelist"),
            urgent=True,
            hint="Readers no longer see the comment. Look at whether the article should keep it.",
        )
    if not moderators().exists():
        yield Waiting(
            "gap: nobody gets alerts about comments",
            1,
            reverse("admin:comments_alertchoice_mine"),
            urgent=True,
            hint="No member of staff who may decide about comments has an e-mail address.",
        )


def _returned_mail() -> Waiting:
    rows = ReturnedMail.objects.not_understood()
    found = rows.aggregate(count=Count("pk"), since=Min("came_at"))
    return Waiting(
        "mail that came back and was not understood"
        if found["count"] == 1
        else "mails that came back and were not understood",
        found["count"],
        reverse("admin:newsletter_returnedmail_changelist"),
        found["since"],
        urgent=True,
        hint="Perhaps a reader wrote to the address that letters come from.",
    )


def _given_up(rows: DueQuerySet, one: str, many: str, link: str, hint: str) -> Waiting:
    found = rows.given_up().aggregate(count=Count("pk"), since=Min("gave_up_at"))
    name = one if found["count"] == 1 else many
    return Waiting(name, found["count"], link, found["since"], urgent=True, hint=hint)


def _other_work() -> Iterator[Waiting]:
    """Kinds of due work without a pile of their own: nothing may fail for good unseen."""
    for model in due_models():
        if model in WITH_A_PILE:
            continue
        rows, names = DueQuerySet(model), model._meta
        one, many = f"{names.verbose_name} that failed", f"{names.verbose_name_plural} that failed"
        pile = _given_up(rows, one, many, _list_of(model), "")
        if pile.count:
            newest = rows.given_up().order_by("-gave_up_at").values_list("last_error", flat=True)
            yield replace(pile, hint=newest.first() or "")


def _list_of(model: type[DueWork]) -> str:
    """Its list in the admin; this page, where there is none."""
    if not site.is_registered(model):
        return reverse("admin:index")
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _subscribers() -> Waiting:
    confirmed = Subscriber.objects.confirmed().count()
    pending = Subscriber.objects.pending().count()
    return Waiting(
        "subscriber" if confirmed == 1 else "subscribers",
        confirmed,
        f"{reverse('admin:newsletter_subscriber_changelist')}?state__exact=confirmed",
        hint=f"{pending} more {'has' if pending == 1 else 'have'} not confirmed yet."
        if pending
        else "",
    )


def _may(user: User, permission: str) -> bool:
    return isinstance(user, PermissionsMixin) and user.has_perm(permission)
