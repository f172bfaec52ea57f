"""Comments in the staff's desk: the piles, and one page for each comment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.models import Article
from backsite.lib.ages import ago
from backsite.lib.records import Actor

from . import desk
from .models import Comment
from .models.queries import OPENING, CommentQuerySet
from .piles import PILES, pile_called

# More at once than this would keep a web process busy for longer than a person waits.
MOST_AT_ONCE = 2_000


class PileFilter(admin.SimpleListFilter):
    """`?pile=`; the tabs over the list show it."""

    title = "pile"
    parameter_name = "pile"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(pile.key, pile.label) for pile in PILES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> CommentQuerySet:
        assert isinstance(queryset, CommentQuerySet)
        return pile_called(self.value()).pick(queryset)


class ArticleFilter(admin.SimpleListFilter):
    """`?article=`; a select box beside the search field shows it."""

    title = "article"
    parameter_name = "article"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        commented = Comment.objects.order_by().values("article")
        rows = Article.objects.filter(pk__in=commented).order_by("title")
        return [(str(pk), title) for pk, title in rows.values_list("pk", "title")]

    def has_output(self) -> bool:
        return True  # a filter that is asked for counts, whatever there is to choose from

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        value = self.value()
        if not value:
            return queryset
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            messages.error(request, f"There is no article with the number “{value}”.")
            return queryset.none()
        return queryset.filter(article_id=int(value))


class CommentList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.counts = Comment.objects.on_piles()
        self.pile = pile_called(self.params.get("pile") or request.GET.get("pile"))
        self.tabs = [
            (
                pile,
                self.counts[pile.key],
                self.get_query_string({"pile": pile.key}, ["p", "e"]),
                pile == self.pile,
            )
            for pile in PILES
        ]
        self.articles = next(spec for spec in self.filter_specs if isinstance(spec, ArticleFilter))


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin[Comment]):
    list_display = ("opening_words", "writer", "under", "written", "standing")
    list_display_links = ("opening_words",)
    list_filter = (PileFilter, ArticleFilter)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("name", "email", "text", "article__title")
    actions = ("approve_selected", "spam_selected", "trash_selected")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CommentList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Comment]:
        return Comment.objects.listed()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Comment], search_term: str
    ) -> tuple[QuerySet[Comment], bool]:
        """By the words' stems and the index, not by reading every comment."""
        assert isinstance(queryset, CommentQuerySet)
        return (queryset.about(search_term) if search_term.strip() else queryset), False

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        return [*pile_called(request.GET.get("pile")).ordering]

    # Words and decisions stay; the law's right to be forgotten has a way of its own.
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        pk = int(object_id) if object_id.isascii() and object_id.isdigit() else 0
        known = Comment.objects.select_related("article").filter(pk=pk if pk < 2**63 else 0)
        comment = known.first()
        if comment is None:
            messages.warning(request, f"There is no comment with the number “{object_id}”.")
            return HttpResponseRedirect(reverse("admin:comments_comment_changelist"))
        if request.method == "POST":
            return desk.decide(self.admin_site, request, comment.pk)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        return desk.show(self.admin_site, request, comment)

    @admin.display(description="comment")
    def opening_words(self, comment: Comment) -> str:
        opening = str(getattr(comment, "opening", ""))
        words = " ".join(opening.split())
        if len(opening) == OPENING:
            words = words.rpartition(" ")[0] + " …"
        return words or "(no words)"

    @admin.display(description="from", ordering="name")
    def writer(self, comment: Comment) -> SafeString:
        return format_html(
            '<strong>{}</strong> <span class="quiet">{}</span>', comment.name, comment.email
        )

    @admin.display(description="under", ordering="article__title")
    def under(self, comment: Comment) -> SafeString:
        query = f"?pile=all&article={comment.article_id}"
        return format_html('<a href="{}">{}</a>', query, comment.article.title)

    @admin.display(description="written", ordering="created_at")
    def written(self, comment: Comment) -> SafeString:
        when = comment.created_at
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            when.isoformat(),
            f"{when:%Y-%m-%d %H:%M %Z}",
            ago(when),
        )

    @admin.display(description="state")
    def standing(self, comment: Comment) -> SafeString:
        kind, words = _standing(comment)
        return format_html('<span class="badge {}">{}</span>', kind, words)

    @admin.action(description="Approve", permissions=["change"])
    def approve_selected(self, request: HttpRequest, rows: CommentQuerySet) -> None:
        self._each(request, rows, Comment.approve, "published")

    @admin.action(description="Spam", permissions=["change"])
    def spam_selected(self, request: HttpRequest, rows: CommentQuerySet) -> None:
        self._each(request, rows, Comment.spam, "marked as spam")

    @admin.action(description="Trash", permissions=["change"])
    def trash_selected(self, request: HttpRequest, rows: CommentQuerySet) -> None:
        self._each(request, rows, Comment.trash, "moved to the trash")

    def _each(
        self, request: HttpRequest, rows: CommentQuerySet, verb: Callable[..., None], done: str
    ) -> None:
        """All or none; locked in one order, so that two who do this at once both succeed."""
        by: Actor = request.user
        with transaction.atomic():
            locked = rows.order_by("pk").select_for_update(of=("self",))[: MOST_AT_ONCE + 1]
            comments = list(locked)
            if len(comments) > MOST_AT_ONCE:
                words = f"Nothing was done: at most {MOST_AT_ONCE:,} at once. Choose fewer."
                messages.error(request, words)
                return
            for comment in comments:
                verb(comment, by=by)
        _say(request, len(comments), done)


def _say(request: HttpRequest, count: int, done: str) -> None:
    """A comment that somebody else moved to another pile meanwhile is left alone, and said."""
    if count:
        noun = "1 comment was" if count == 1 else f"{count:,} comments were"
        messages.success(request, f"{noun} {done}.")
    chosen = len(request.POST.getlist(ACTION_CHECKBOX_NAME))
    if request.POST.get("select_across") != "1" and count < chosen:
        messages.warning(
            request,
            f"{chosen - count} of those you chose had left this pile: somebody else decided "
            "meanwhile. Nothing was done to them.",
        )


def _standing(comment: Comment) -> tuple[str, str]:
    """(style, words) of where a comment stands in the staff's work."""
    if not comment.is_public:
        return comment.state, "to decide" if comment.is_held else comment.get_state_display()
    if comment.staff_id:
        return "staff", "answer by staff"
    if comment.awaits_answer:
        return "unanswered", "unanswered"
    return "done", "mention" if comment.pingback else "published"
