"""What readers said of the articles: a list, and one at a time."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from articles.models import Feedback
from backsite.lib.ages import ago

FINISH, REOPEN = "_finish", "_reopen"
LIST_WORDS = 220


@admin.register(Feedback)
class FeedbackAdmin(admin.ModelAdmin[Feedback]):
    list_display = ("opening", "said", "on", "standing", "is_counted", "sent")
    list_filter = ("state", "kind", "counted", "created_at")
    list_per_page = 50
    search_fields = ("words", "email", "article__title")
    show_full_result_count = False
    actions = ("finish_selected", "reopen_selected", "erase_selected")
    fields = ("said", "on", "text_now", "all_words", "email", "sent", "is_counted", "happened")
    change_form_template = "admin/articles/evidence/feedback.html"

    class Media:
        css: ClassVar = {"all": ["admin/evidence.css"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Feedback | None = None) -> Any:
        return self.fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        rows = super().get_queryset(request).select_related("article")
        return rows.defer("article__html", "article__search_text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Words from readers", **(extra_context or {})}
        return super().changelist_view(request, context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"title": "What a reader said", **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Feedback, form: Any, change: bool) -> None:
        """Nothing of it can be changed but where it stands."""
        why = request.POST.get("why", "").replace("\x00", "").strip()[:2_000]
        if FINISH in request.POST:
            obj.finish(by=request.user, why=why)
        elif REOPEN in request.POST:
            obj.reopen(by=request.user, why=why)

    @admin.display(description="words")
    def opening(self, row: Feedback) -> str:
        return Truncator(row.words).chars(LIST_WORDS) if row.words else "(no words)"

    @admin.display(description="said", ordering="kind")
    def said(self, row: Feedback) -> str:
        return str(row.get_kind_display())

    @admin.display(description="article", ordering="article__title")
    def on(self, row: Feedback) -> SafeString:
        address = reverse("admin:articles_article_change", args=[row.article_id])
        return format_html('<a href="{}">{}</a>', address, row.article)

    @admin.display(description="state", ordering="state")
    def standing(self, row: Feedback) -> SafeString:
        style = "held" if row.is_open else "done"
        return format_html('<span class="badge {}">{}</span>', style, row.get_state_display())

    @admin.display(description="counted", boolean=True, ordering="counted")
    def is_counted(self, row: Feedback) -> bool:
        return row.counted

    @admin.display(description="sent", ordering="created_at")
    def sent(self, row: Feedback) -> str:
        return ago(row.created_at)

    @admin.display(description="the text since then")
    def text_now(self, row: Feedback) -> str:
        same = row.content_hash == row.article.content_hash()
        number = f"revision {row.revision}" if row.revision else "the first text"
        return f"{number}; {'unchanged since' if same else 'changed since'}"

    @admin.display(description="words")
    def all_words(self, row: Feedback) -> SafeString | str:
        doubts = f"Looks like a bot: {row.doubts}" if row.doubts and not row.counted else row.doubts
        return format_html(
            '<div class="reader-words">{}</div><p class="help">{}</p>', row.words or "—", doubts
        )

    @admin.display(description="what happened")
    def happened(self, row: Feedback) -> str:
        said = [
            f"{event.actor or 'The site'}: {event.verb}, {ago(event.at)}. {event.why}".strip()
            for event in row.events.all()
        ]
        return " · ".join(said) or "Nothing yet."

    @admin.action(description="Mark as done", permissions=["change"])
    def finish_selected(self, request: HttpRequest, rows: QuerySet[Feedback]) -> None:
        for row in rows:
            row.finish(by=request.user)
        messages.success(request, "Done.")

    @admin.action(description="Open again", permissions=["change"])
    def reopen_selected(self, request: HttpRequest, rows: QuerySet[Feedback]) -> None:
        for row in rows:
            row.reopen(by=request.user)
        messages.success(request, "They wait again.")

    @admin.action(
        description="Erase words and address for good (the reader asked)", permissions=["delete"]
    )
    def erase_selected(self, request: HttpRequest, rows: QuerySet[Feedback]) -> None:
        for row in rows:
            row.erase(by=request.user, why="the reader asked")
        messages.success(request, "Words and addresses are erased. Only the counts stay.")
