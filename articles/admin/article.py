"""Articles and pages: the list, the form, and what becomes of them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.db.models import QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse

from articles.models import Article, Byline

from .deciding import Deciding, decide, may_publish
from .evidence import ChangeNoteInline
from .filters import Due, Mine
from .forms import ArticleForm
from .found import FOUND_FIELDSET
from .history import History
from .picture_field import ChoosesPictures
from .references import (
    ReferenceInline,
    dead_marks,
    idle_references,
    place_authors,
    place_references,
)
from .rows import Rows
from .writing import Writing


class BylineInline(Rows[Byline, Article]):
    model = Byline
    autocomplete_fields = ("author",)
    fields = ("author", "position")
    extra = 1
    verbose_name, verbose_name_plural = "author", "Authors"


class ArticleList(ChangeList):
    def get_queryset(self, *args: Any, **kwargs: Any) -> QuerySet[Article]:
        rows = super().get_queryset(*args, **kwargs)
        return (
            rows.select_related("topic")
            .prefetch_related("bylines__author")
            .defer("body", "html", "search_text")
        )


@admin.register(Article)
class ArticleAdmin(Writing, Deciding, History, ChoosesPictures):
    form = ArticleForm
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_display = (
        "title",
        "standing",
        "topic",
        "written_by",
        "published_at",
        "updated_at",
    )
    list_filter = ("state", Mine, Due, "kind", "topic", "featured")
    list_per_page = 50
    ordering = ("-created_at", "-pk")
    # The names of its authors and topics; to join them would give each row once for each author.
    search_fields = ("title", "slug", "standfirst", "names_text")
    show_full_result_count = False
    prepopulated_fields = {"slug": ("title",)}
    autocomplete_fields = ("tags", "further_topics")
    inlines = [BylineInline, ReferenceInline, ChangeNoteInline]
    actions = ("publish_selected", "withdraw_selected")
    change_form_template = "admin/articles/article_form.html"
    save_on_top = False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Articles and pages", **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ArticleList

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        picture = ("picture", "picture_alt", "picture_caption")
        shown = ["featured", "comments_open"]
        if obj and obj.is_public:
            shown += ["published_at", "updated_at"]
        elif may_publish(request):
            shown += ["publish_at"]
        if may_publish(request) and not (obj and obj.is_withdrawn):
            shown += ["leave_at"]
        filed = (("kind", "topic"), "further_topics", "tags")
        return (
            (None, {"fields": ("title", "slug", "standfirst", *filed)}),
            ("Text", {"fields": ("body", "key_points")}),
            ("Lead picture", {"fields": picture, "classes": ["collapse"]}),
            FOUND_FIELDSET,
            ("On the site", {"fields": (*shown, *(["happened"] if obj else []))}),
            ("This save", {"fields": ("why",)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> list[str]:
        return ["published_at", "happened"]

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """What readers could once see is withdrawn instead, with all that was said under it;
        what they are about to see is for those to take away who may publish."""
        if obj is None or obj.was_public or (obj.is_scheduled and not may_publish(request)):
            return False
        return super().has_delete_permission(request, obj)

    def view_on_site(self, obj: Article) -> str | None:
        return obj.get_absolute_url() if obj.is_public else None

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm[Article],
        formsets: list[BaseModelFormSet[Any, Any]],
        change: bool,
    ) -> None:
        """What readers get is made here: only now are the references known."""
        super().save_related(request, form, formsets, change)
        article = form.instance
        place_authors(article)
        place_references(article)
        article.render()
        article.save(update_fields=article.RENDERED)
        article.revise(by=request.user, why=form.cleaned_data.get("why", ""))
        self.forget_unsaved(request)
        if isinstance(form, ArticleForm):
            decide(request, article, form)
        _warn(request, article)

    def save_model(
        self, request: HttpRequest, obj: Article, form: ModelForm[Article], change: bool
    ) -> None:
        """Before its words change, the ones there were are kept."""
        if change:
            obj.keep_first(by=None)
        super().save_model(request, obj, form, change)

    @admin.display(description="authors")
    def written_by(self, article: Article) -> str:
        return ", ".join(byline.author.name for byline in article.bylines.all())


def _warn(request: HttpRequest, article: Article) -> None:
    dead = dead_marks(article)
    if dead:
        messages.warning(
            request,
            f"The text cites {', '.join(dead)}, and no reference has that key: readers see "
            "nothing of it. Add the reference, or take the mark out of the text.",
        )
    idle = idle_references(article)
    if idle and not dead:
        messages.info(request, f"In the list of references, but cited nowhere: {', '.join(idle)}.")
