"""How the site talks with its readers, set in the desk; every change is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from articles.admin import ArticleAdmin
from articles.models import Article
from backsite.lib.by_hand import MadeBySite
from backsite.lib.text import sendable

from .danger import SAFETY_TEXT
from .models import ArticleDiscussion, DangerWord, Discussion
from .models.alert import moderators
from .models.danger import safety_text
from .models.recorded import Recorded

if TYPE_CHECKING:
    DiscussionModelAdmin = admin.ModelAdmin[Discussion]
    DangerWordModelAdmin = admin.ModelAdmin[DangerWord]
    DiscussionFormSet = BaseInlineFormSet[ArticleDiscussion, Article, ModelForm[ArticleDiscussion]]
    ArticleDiscussionInline = admin.StackedInline[ArticleDiscussion, Article]
else:
    DiscussionModelAdmin = DangerWordModelAdmin = admin.ModelAdmin
    DiscussionFormSet = BaseInlineFormSet
    ArticleDiscussionInline = admin.StackedInline


SAFETY_FORM: Final = "admin/comments/safety_form.html"
PREVIEW: Final = "comments_safety_preview"


class RecordsChanges:
    """Saving and deleting by the verbs that write down who changed what."""

    def save_model(
        self, request: HttpRequest, obj: Recorded, form: ModelForm[Any], change: bool
    ) -> None:
        obj.keep(by=request.user)

    def delete_model(self, request: HttpRequest, obj: Recorded) -> None:
        obj.drop(by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            row.drop(by=request.user)


@admin.register(Discussion)
class DiscussionAdmin(RecordsChanges, MadeBySite, DiscussionModelAdmin):
    """One row: the list leads to its form."""

    change_form_template = SAFETY_FORM
    fieldsets = (
        (
            "Who may write, and what is shown",
            {"fields": ("open", "moderation", "closed_after_days")},
        ),
        ("Answers", {"fields": ("answer_hours", "owner")}),
        ("Safety", {"fields": ("safety_text",)}),
        ("On the page", {"fields": ("rules", "order", "deepest", "threads_a_page")}),
        ("What is kept", {"fields": ("kept_days",)}),
    )

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Discussion | None:
        """The defaults, where nobody has set anything yet."""
        return Discussion.current() if object_id == str(Discussion.ONLY) else None

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner":
            kwargs["queryset"] = moderators()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page = reverse("admin:comments_discussion_change", args=[Discussion.ONLY])
        return HttpResponseRedirect(page)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {
            "title": "Discussion settings",
            "subtitle": None,
            "show_save_and_add_another": False,
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)


@admin.register(DangerWord)
class DangerWordAdmin(RecordsChanges, DangerWordModelAdmin):
    list_display = ("words", "in_use", "own_advice")
    list_filter = ("in_use",)
    list_per_page = 100
    search_fields = ("words",)
    fields = ("words", "advice", "in_use")
    change_form_template = SAFETY_FORM

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.preview)
        return [path("preview/", page, name=PREVIEW), *super().get_urls()]

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What the writer of such words would be told, by a form that is not saved yet: of an
        entry, or of the discussion settings."""
        able = ("comments.change_dangerword", "comments.change_discussion")
        if not any(request.user.has_perm(one) for one in able):
            raise PermissionDenied
        own = request.POST.get("advice", "").strip()
        general = request.POST.get("safety_text", "").strip() or (
            SAFETY_TEXT if "safety_text" in request.POST else safety_text()
        )
        words = request.POST.get("words", "").strip() or "words of danger"
        context = {"safety": sendable(own or general), "words": sendable(words)}
        return render(request, "admin/comments/safety_preview.html", context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Words that mean danger", **(extra_context or {})}
        return super().changelist_view(request, context)

    @admin.display(description="text of its own", boolean=True)
    def own_advice(self, row: DangerWord) -> bool:
        return bool(row.advice.strip())


class _KeepsDiscussion(DiscussionFormSet):
    """`by` is whoever sends the form; empty fields of an article need no row."""

    by: Any = None

    def save_new(self, form: ModelForm[ArticleDiscussion], commit: bool = True) -> Any:
        return self._keep(super().save_new(form, commit=False))

    def save_existing(
        self, form: ModelForm[ArticleDiscussion], obj: ArticleDiscussion, commit: bool = True
    ) -> Any:
        return self._keep(super().save_existing(form, obj, commit=False))

    def _keep(self, row: ArticleDiscussion) -> ArticleDiscussion:
        row.keep(by=self.by)
        return row


class DiscussionInline(ArticleDiscussionInline):
    """Beside the article: articles/ knows nothing of it."""

    model = ArticleDiscussion
    formset = _KeepsDiscussion
    fields = (("moderation", "closed_after_days"),)
    extra = 1
    max_num = 1
    can_delete = False
    classes = ("collapse",)
    verbose_name = "comments under this article"
    verbose_name_plural = "Comments under this article, where they differ from the site"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        made: Any = super().get_formset(request, obj, **kwargs)
        made.by = request.user
        return made


def beside_articles() -> None:
    """Puts the rules of an article's discussion on its form, once."""
    if DiscussionInline not in ArticleAdmin.inlines:
        ArticleAdmin.inlines = [*ArticleAdmin.inlines, DiscussionInline]


beside_articles()
