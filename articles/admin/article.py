"""Articles and pages: the list, the form, and what becomes of them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.db.models import QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles.models import Article, Byline, Reference
from backsite.lib.ages import ago

from .forms import PUBLISH, SCHEDULE, WITHDRAW, ArticleForm, ReferenceForm
from .pictures import PictureField
from .references import dead_marks, idle_references, place_authors, place_references

VERBS = {"publish": "published it", "schedule": "scheduled it", "withdraw": "withdrew it"}


class BylineInline(admin.TabularInline[Byline, Article]):
    model = Byline
    autocomplete_fields = ("author",)
    fields = ("author", "position")
    extra = 1
    verbose_name, verbose_name_plural = "author", "Authors"


class ReferenceInline(admin.StackedInline[Reference, Article]):
    model = Reference
    form = ReferenceForm
    extra = 0
    fields = (("key", "position"), "authors", ("year", "kind"), "title", "source", "doi", "url")
    verbose_name_plural = "References"


class ArticleList(ChangeList):
    def get_queryset(self, *args: Any, **kwargs: Any) -> QuerySet[Article]:
        rows = super().get_queryset(*args, **kwargs)
        return (
            rows.select_related("topic")
            .prefetch_related("bylines__author")
            .defer("body", "html", "search_text")
        )


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin[Article]):
    form = ArticleForm
    formfield_overrides = {models.ImageField: {"form_class": PictureField}}
    list_display = (
        "title",
        "standing",
        "kind",
        "topic",
        "written_by",
        "published_at",
        "updated_at",
    )
    list_filter = ("state", "kind", "topic", "featured")
    list_per_page = 50
    ordering = ("-created_at", "-pk")
    search_fields = ("title", "slug", "standfirst", "bylines__author__name")
    show_full_result_count = False
    prepopulated_fields = {"slug": ("title",)}
    autocomplete_fields = ("tags",)
    inlines = (BylineInline, ReferenceInline)
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
        else:
            shown += ["publish_at"]
        return (
            (None, {"fields": ("title", "slug", "standfirst", ("kind", "topic"), "tags")}),
            ("Text", {"fields": ("body", "key_points")}),
            ("Lead picture", {"fields": picture, "classes": ["collapse"]}),
            ("On the site", {"fields": (*shown, *(["happened"] if obj else []))}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> list[str]:
        return ["published_at", "happened"]

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """What readers could once see is withdrawn instead, with all that was said under it."""
        never_shown = obj is not None and obj.published_at is None
        return never_shown and super().has_delete_permission(request, obj)

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
        article.save(update_fields=["html", "search_text"])
        if PUBLISH in request.POST:
            article.publish(by=request.user)
        elif isinstance(form, ArticleForm) and form.schedules:
            article.schedule(at=form.cleaned_data["publish_at"], by=request.user)
        elif WITHDRAW in request.POST:
            article.withdraw(by=request.user)
        elif form.cleaned_data.get("publish_at") and not article.due_at:
            words = "It is saved and not scheduled: for that, press “Save and schedule”."
            messages.warning(request, words)
        _warn(request, article)

    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        return self._after_verb(request, obj) or super().response_change(request, obj)

    def response_add(
        self, request: HttpRequest, obj: Article, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._after_verb(request, obj) or super().response_add(
            request, obj, post_url_continue
        )

    def _after_verb(self, request: HttpRequest, article: Article) -> HttpResponse | None:
        if not {PUBLISH, SCHEDULE, WITHDRAW} & request.POST.keys():
            return None
        link: str | SafeString = ""
        if article.is_public:
            where = article.get_absolute_url()
            link = format_html('<a href="{}">See it on the site</a>', where)
        said = format_html("“{}” is saved and {}. {}", article.title, _words(article), link)
        messages.success(request, said)
        return HttpResponseRedirect(request.path if article.is_public else "../../")

    @admin.display(description="state", ordering="state")
    def standing(self, article: Article) -> SafeString:
        return format_html('<span class="badge {}">{}</span>', article.state, _words(article))

    @admin.display(description="authors")
    def written_by(self, article: Article) -> str:
        return ", ".join(byline.author.name for byline in article.bylines.all())

    @admin.display(description="what happened")
    def happened(self, article: Article) -> SafeString | str:
        rows = [
            (event.actor or "The site", VERBS.get(event.verb, event.verb), event.why, ago(event.at))
            for event in article.events.all()
        ]
        items = format_html_join("", "<li>{} {} {} · {}</li>", rows)
        return format_html('<ol class="happened">{}</ol>', items) if rows else "Nothing yet."

    @admin.action(description="Publish the chosen ones", permissions=["change"])
    def publish_selected(self, request: HttpRequest, rows: QuerySet[Article]) -> None:
        for article in rows:
            article.publish(by=request.user)
        messages.success(request, f"Published: {_titles(rows)}.")

    @admin.action(description="Withdraw the chosen ones", permissions=["change"])
    def withdraw_selected(self, request: HttpRequest, rows: QuerySet[Article]) -> None:
        for article in rows:
            article.withdraw(by=request.user)
        messages.success(request, f"Withdrawn, readers do not see it: {_titles(rows)}.")


def _titles(rows: QuerySet[Article]) -> str:
    return ", ".join(f"“{article.title}”" for article in rows)


def _words(article: Article) -> str:
    if article.state == Article.State.SCHEDULED and article.due_at:
        return f"scheduled for {article.due_at:%Y-%m-%d %H:%M %Z}"
    return str(article.get_state_display())


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
