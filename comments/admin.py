"""Comments in the staff's desk: the piles, and one page for each comment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from backsite.lib.by_hand import MadeBySite

from . import checks_admin, desk, people_admin, reader_page
from .alert_admin import AlertAdmin, AlertChoiceAdmin
from .bulk import decide_all, undo
from .desk_list import ArticleFilter, CheckFilter, CommentList, NetworkFilter, PileFilter, Row
from .discussion_admin import DangerWordAdmin, DiscussionAdmin
from .figures_admin import FiguresAdmin
from .log_admin import LogAdmin
from .models import Comment
from .models.queries import CommentQuerySet
from .narrowing import is_key
from .piles import pile_called
from .promotion_admin import PromotionAdmin
from .reasons import SAY_WHY, reason_of
from .rules_admin import BlockRuleAdmin

# Each registers its page when it is imported.
__all__ = [
    "AlertAdmin",
    "AlertChoiceAdmin",
    "BlockRuleAdmin",
    "CommentAdmin",
    "DangerWordAdmin",
    "DiscussionAdmin",
    "FiguresAdmin",
    "LogAdmin",
    "PromotionAdmin",
    "checks_admin",
    "people_admin",
]


@admin.register(Comment)
class CommentAdmin(Row, MadeBySite, admin.ModelAdmin[Comment]):
    list_display = ("opening_words", "writer", "under", "written", "standing")
    list_display_links = ("opening_words",)
    list_filter = (PileFilter, ArticleFilter, CheckFilter, NetworkFilter)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("name", "email", "text", "article__title")
    actions = ("approve_selected", "close_selected", "spam_selected", "trash_selected")

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

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("undo/<int:pk>/", self._page(undo), name="comments_undo"),
            path(
                "<int:pk>/writer/",
                self.admin_site.admin_view(self.writer_view),
                name="comments_writer",
            ),
            path("<int:pk>/draft/", self._page(desk.keep_draft), name="comments_draft"),
        ]
        return [*own, *super().get_urls()]

    def writer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        comment = Comment.objects.filter(pk=pk).first()
        if comment is None or not comment.email:
            messages.info(request, "This comment has no address: nothing more is known.")
            return HttpResponseRedirect(
                comment.get_admin_url() if comment else reverse("admin:comments_comment_changelist")
            )
        return reader_page.page(self.admin_site, request, comment.email)

    def _page(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """One that changes something: by POST alone, for those who may."""

        def permitted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_change_permission(request):
                raise PermissionDenied
            if request.method != "POST":
                messages.info(request, "Nothing was done: use the button for that.")
                return HttpResponseRedirect(reverse("admin:comments_comment_changelist"))
            return view(request, *args, **kwargs)

        return self.admin_site.admin_view(permitted)

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
        known = Comment.objects.select_related("article")
        comment = known.filter(pk=int(object_id)).first() if is_key(object_id) else None
        if comment is None:
            messages.warning(request, f"There is no comment with the number “{object_id}”.")
            return HttpResponseRedirect(reverse("admin:comments_comment_changelist"))
        if request.method == "POST":
            return desk.decide(self.admin_site, request, comment.pk)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        return desk.show(self.admin_site, request, comment)

    @admin.action(description="Approve", permissions=["change"])
    def approve_selected(self, request: HttpRequest, rows: CommentQuerySet) -> None:
        decide_all(request, rows, lambda row: row.approve(by=request.user), "published")

    @admin.action(description="No answer needed", permissions=["change"])
    def close_selected(self, request: HttpRequest, rows: CommentQuerySet) -> None:
        why = reason_of(request.POST)
        if not why:
            messages.error(request, f"Nothing was done. {SAY_WHY}")
            return

        def close(row: Comment) -> None:
            row.approve(by=request.user, needs_answer=False, why=why)

        decide_all(request, rows, close, "published and need no answer")

    @admin.action(description="Spam", permissions=["change"])
    def spam_selected(self, request: HttpRequest, rows: CommentQuerySet) -> None:
        decide_all(request, rows, lambda row: row.spam(by=request.user), "marked as spam")

    @admin.action(description="Trash", permissions=["change"])
    def trash_selected(self, request: HttpRequest, rows: CommentQuerySet) -> None:
        decide_all(request, rows, lambda row: row.trash(by=request.user), "moved to the trash")
