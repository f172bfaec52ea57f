"""The list of comments on the staff's desk: its filters, and what a row says."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.models import Article
from backsite.lib.ages import ago

from .models import Batch, Comment
from .models.queries import OPENING, CommentQuerySet
from .narrowing import check_names, is_key, sent_from, under, voted_by
from .piles import PILES, counted, in_words, pile_called
from .promise import promised_hours, wait_of
from .reasons import Reason

# A longer list is no choice; the search finds articles by their titles.
MOST_ARTICLES: Final = 300


class PileFilter(admin.SimpleListFilter):
    """`?pile=`; the tabs over the list show it."""

    title = "pile"
    parameter_name = "pile"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.user = request.user
        return [(pile.key, pile.label) for pile in PILES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> CommentQuerySet:
        assert isinstance(queryset, CommentQuerySet)
        return pile_called(self.value()).pick(queryset, request.user)


class ArticleFilter(admin.SimpleListFilter):
    """`?article=`; a select box beside the search field shows it."""

    title = "article"
    parameter_name = "article"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        commented = Exists(Comment.objects.order_by().filter(article=OuterRef("pk")))
        rows = Article.objects.filter(commented).order_by("title")[:MOST_ARTICLES]
        return [(str(pk), title) for pk, title in rows.values_list("pk", "title")]

    def has_output(self) -> bool:
        return True  # a filter that is asked for counts, whatever there is to choose from

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        assert isinstance(queryset, CommentQuerySet)
        value = self.value() or ""
        if value and not is_key(value):
            messages.error(request, f"There is no article with the number “{value}”.")
        return under(queryset, value)


class CheckFilter(admin.SimpleListFilter):
    """`?check=`: what spoke against a comment."""

    title = "reason"
    parameter_name = "check"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in check_names()]

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        assert isinstance(queryset, CommentQuerySet)
        return voted_by(queryset, self.value() or "")


class NetworkFilter(admin.SimpleListFilter):
    """`?network=`; the page of a comment links to it."""

    title = "network"
    parameter_name = "network"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        assert isinstance(queryset, CommentQuerySet)
        return sent_from(queryset, self.value() or "")


class CommentList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        self.opened = timezone.now().isoformat()  # before the rows are read
        super().get_results(request)
        counts = counted(request.user)
        self.pile = pile_called(request.GET.get("pile"))
        self.waiting = in_words(counts["waiting"])
        self.tabs = [
            (
                pile,
                in_words(counts[pile.key]),
                self.get_query_string({"pile": pile.key}, ["p", "e"]),
                pile == self.pile,
            )
            for pile in PILES
            if pile.always or counts[pile.key] or pile == self.pile
        ]
        self.articles = next(spec for spec in self.filter_specs if isinstance(spec, ArticleFilter))
        self.checks = next(spec for spec in self.filter_specs if isinstance(spec, CheckFilter))
        self.network = request.GET.get("network", "")
        self.narrowed = bool(
            self.query or self.articles.value() or self.checks.value() or self.network
        )
        assert isinstance(request.user, AbstractBaseUser)
        self.last_batch = Batch.objects.offered_to(request.user).first()
        self.reasons = Reason.choices
        hours = promised_hours()
        for comment in self.result_list:
            comment.__dict__["wait"] = wait_of(comment, hours)


class Row:
    """The cells of the list."""

    @admin.display(description="comment")
    def opening_words(self, comment: Comment) -> SafeString:
        opening = str(getattr(comment, "opening", ""))
        words = " ".join(opening.split())
        if len(opening) == OPENING:
            words = words.rpartition(" ")[0] + " …"
        return format_html("{}", words or "(no words)")

    @admin.display(description="from", ordering="name")
    def writer(self, comment: Comment) -> SafeString:
        said = format_html(
            '<strong>{}</strong> <span class="quiet">{}</span>', comment.name, comment.email
        )
        to = _in_reply_to(comment)
        return said + format_html(' <span class="quiet to">{}</span>', to) if to else said

    @admin.display(description="under", ordering="article__title")
    def under(self, comment: Comment) -> SafeString:
        query = f"?pile=all&article={comment.article_id}"
        return format_html('<a href="{}">{}</a>', query, comment.article.title)

    @admin.display(description="written", ordering="created_at")
    def written(self, comment: Comment) -> SafeString:
        when = comment.created_at
        said = format_html(
            '<time datetime="{}" title="{}">{}</time>',
            when.isoformat(),
            f"{when:%Y-%m-%d %H:%M %Z}",
            ago(when),
        )
        wait = getattr(comment, "wait", None)
        if wait is None:
            return said
        return said + format_html(
            ' <span class="wait{}">{}</span>', " late" if wait.late else "", wait.words
        )

    @admin.display(description="state")
    def standing(self, comment: Comment) -> SafeString:
        said = format_html('<span class="badge {}">{}</span>', *standing_of(comment))
        for kind, words in flags_of(comment):
            said += format_html(' <span class="badge {}">{}</span>', kind, words)
        claim = getattr(comment, "claim", None)
        if claim is not None and claim.lives:
            said += format_html(' <span class="taken">taken by {}</span>', claim.name)
        return said


def _in_reply_to(comment: Comment) -> str:
    name, asked = getattr(comment, "to_name", None), getattr(comment, "asked_by", None)
    if not name:
        return ""
    if getattr(comment, "to_staff", None):
        again = asked and comment.email and asked.lower() == comment.email.lower()
        return f"asks again, after the answer of {name}" if again else f"to the answer of {name}"
    return f"to {name}"


def flags_of(comment: Comment) -> list[tuple[str, str]]:
    """(style, words) of what makes it more urgent than others."""
    flags = []
    if comment.danger:
        flags.append(("danger", "danger"))
    if comment.open_reports:
        noun = "report" if comment.open_reports == 1 else "reports"
        flags.append(("reported", f"{comment.open_reports} {noun}"))
    if comment.doubted and comment.state == Comment.State.SPAM:
        flags.append(("held", "perhaps not"))
    return flags


def standing_of(comment: Comment) -> tuple[str, str]:
    """(style, words) of where a comment stands in the staff's work."""
    if not comment.is_public:
        return comment.state, "to decide" if comment.is_held else comment.get_state_display()
    if comment.staff_id:
        return "staff", "answer by staff"
    if comment.awaits_answer:
        return "unanswered", "unanswered"
    return "done", "mention" if comment.pingback else "published"
