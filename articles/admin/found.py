"""How things are found: the fields for search engines, series, old addresses, readership."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.models import Article, OldAddress, ReadCount, Series, SeriesPart
from articles.models.address import KINDS, Target, moved, normal
from articles.models.reading import DAYS
from articles.views.moved import thing_at
from backsite.lib.by_hand import OnlyRead

from .rows import Rows

FOUND_FIELDS: Final = (
    "seo_title",
    "seo_description",
    "share_picture",
    "canonical_address",
    "noindex",
)
FOUND_FIELDSET: Final[tuple[str, Any]] = (
    "Search engines and shares",
    {"fields": FOUND_FIELDS, "classes": ["collapse"]},
)
SITE_FOUND_FIELDSET: Final[tuple[str, Any]] = (
    "Search engines, shares and feeds",
    {"fields": ("subject", "feed_text", "logo", "share_picture")},
)
MOST_SHOWN: Final = 100
OWN_PATHS: Final = ("/admin/", "/static/", "/media/")


class KeepsOldAddresses(admin.ModelAdmin[Any]):
    """For what is moved by its form: readers who follow the former address still arrive."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def save_model(
        self, request: HttpRequest, obj: Target, form: forms.ModelForm[Any], change: bool
    ) -> None:
        before = None
        if change and "slug" in form.changed_data:
            before = type(obj)._default_manager.get(pk=obj.pk).get_absolute_url()
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            moved(obj, from_=before or obj.get_absolute_url())


class PartInline(Rows[SeriesPart, Series]):
    model = SeriesPart
    autocomplete_fields = ("article",)
    fields = ("article", "position")
    extra = 3
    verbose_name_plural = "Articles, in their order"


@admin.register(Series)
class SeriesAdmin(admin.ModelAdmin[Series]):
    list_display = ("name", "length")
    search_fields = ("name",)
    inlines = (PartInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Series]:
        return super().get_queryset(request).prefetch_related("parts")

    @admin.display(description="articles")
    def length(self, series: Series) -> int:
        return len(series.parts.all())


class OldAddressForm(forms.ModelForm[OldAddress]):
    path = forms.CharField(
        label="Old address",
        max_length=2000,
        help_text="As it stood in the browser: https://old.example/2014/05/walking/ or "
        "/walking-is-good/. WordPress's /?p=12 works too.",
    )
    now_at = forms.CharField(
        label="Leads to",
        max_length=2000,
        help_text="The present address of an article, a page, a topic, an author or a tag here.",
    )

    class Meta:
        model = OldAddress
        fields = ("path",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial.setdefault("now_at", self.instance.target.get_absolute_url())

    def clean_path(self) -> str:
        path = normal(self.cleaned_data["path"])
        if not path or path.startswith(OWN_PATHS):
            raise forms.ValidationError("This cannot be an old address of an article.")
        if found := thing_at(path):
            raise forms.ValidationError(f"“{found}” is there now: readers get that.")
        if _is_taken(path):
            raise forms.ValidationError("The site itself answers at this address.")
        return path

    def clean_now_at(self) -> str:
        found = thing_at(normal(self.cleaned_data["now_at"]))
        if found is None:
            raise forms.ValidationError(
                "Nothing that readers can reach is there. Open the page on the site and copy its "
                "address."
            )
        for kind in KINDS:
            setattr(self.instance, kind, None)
        setattr(self.instance, str(found._meta.model_name), found)
        return found.get_absolute_url()


@admin.register(OldAddress)
class OldAddressAdmin(admin.ModelAdmin[OldAddress]):
    """The list of redirects. “Try it” opens the old address as a reader would."""

    form = OldAddressForm
    fields = ("path", "now_at")
    list_display = ("path", "where", "kept_by", "created_at", "try_it")
    list_filter = ("by_hand",)
    list_per_page = 50
    search_fields = ("path", "article__title", "topic__name", "author__name", "tag__name")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Old addresses and where they lead", **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[OldAddress]:
        return super().get_queryset(request).select_related(*KINDS)

    def save_model(
        self, request: HttpRequest, obj: OldAddress, form: forms.ModelForm[Any], change: bool
    ) -> None:
        obj.by_hand = True
        super().save_model(request, obj, form, change)

    @admin.display(description="leads to")
    def where(self, row: OldAddress) -> SafeString:
        if not row.leads_to:
            return format_html("{} (readers cannot reach it now)", row.target)
        return format_html('<a href="{}">{}</a>', row.leads_to, row.target)

    @admin.display(description="kept by", ordering="by_hand")
    def kept_by(self, row: OldAddress) -> str:
        return "a colleague" if row.by_hand else "the site"

    @admin.display(description="test")
    def try_it(self, row: OldAddress) -> SafeString:
        return format_html('<a href="{}">Try it</a>', row.path)


@admin.register(ReadCount)
class ReadershipAdmin(OnlyRead, admin.ModelAdmin[ReadCount]):
    """How often each article was read. Numbers only: there is nothing about anybody to see."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        lately = ReadCount.objects.lately()
        rows = (
            Article.objects.filter(read_counts__in=lately)
            .annotate(reads=Sum("read_counts__number"))
            .order_by("-reads", "-pk")
            .only("title", "slug", "kind", "state")[:MOST_SHOWN]
        )
        today = lately.filter(day=timezone.localdate()).aggregate(all=Sum("number"))["all"] or 0
        context = {
            **self.admin_site.each_context(request),
            "title": "Readership",
            "rows": rows,
            "today": today,
            "whole": lately.aggregate(all=Sum("number"))["all"] or 0,
            "days": DAYS,
            "most": MOST_SHOWN,
        }
        return TemplateResponse(request, "admin/articles/readership.html", context)


def _is_taken(path: str) -> bool:
    """Whether a view answers there whatever the tables hold."""
    if "?" in path:
        return False
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return not match.kwargs and not match.args
