"""Authors, topics, tags, and who the site is."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from articles.models import Author, AuthorLink, Site, StartHere, Tag, Topic, Vocabulary

from .forms import TopicForm
from .found import FOUND_FIELDSET, SITE_FOUND_FIELDSET, KeepsOldAddresses
from .picture_field import ChoosesPictures
from .rows import Rows
from .site_pages import ShowsTheSite


class _Counted(KeepsOldAddresses, ChoosesPictures):
    """A list that says how many articles each row has."""

    # Said here too: a table's own order is dropped where rows are counted in groups.
    ordering: ClassVar[tuple[str, ...]] = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        number = Count("articles", distinct=True)
        rows: QuerySet[Any] = super().get_queryset(request).annotate(number=number)
        return rows

    @admin.display(description="articles", ordering="number")
    def number(self, row: Any) -> int:
        return int(row.number)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "name" in form.changed_data:
            Vocabulary.count_anew()  # its articles are found by the new name


class AuthorLinkInline(Rows[AuthorLink, Author]):
    model = AuthorLink
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fields = ("label", "address", "position")
    extra = 1
    max_num = AuthorLink.MOST
    verbose_name_plural = "Pages elsewhere that are theirs or vouch for them"


class StartHereInline(Rows[StartHere, Topic]):
    model = StartHere
    autocomplete_fields = ("article",)
    fields = ("article", "position")
    extra = 1
    verbose_name_plural = "Start here: what the topic's page puts first"


@admin.register(Author)
class AuthorAdmin(_Counted):
    formfield_overrides = {
        models.URLField: {"assume_scheme": "https"},
    }
    list_display = ("name", "credentials", "user", "number")
    list_select_related = ("user",)
    search_fields = ("name", "credentials")
    prepopulated_fields = {"slug": ("name",)}
    inlines = [AuthorLinkInline]
    fieldsets = (
        (
            None,
            {"fields": ("name", "slug", "credentials", "biography", "photo", "website", "user")},
        ),
        FOUND_FIELDSET,
    )


@admin.register(Topic)
class TopicAdmin(_Counted):
    form = TopicForm
    ordering: ClassVar[tuple[str, ...]] = ("position", "name")
    list_display = ("name", "parent", "position", "number")
    list_select_related = ("parent",)
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    inlines = [StartHereInline]
    fieldsets = (
        (None, {"fields": ("name", "slug", "parent", "introduction", "position")}),
        FOUND_FIELDSET,
    )


@admin.register(Tag)
class TagAdmin(_Counted):
    list_display = ("name", "number")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = ((None, {"fields": ("name", "slug")}), FOUND_FIELDSET)


@admin.register(Site)
class SiteAdmin(ShowsTheSite, ChoosesPictures):
    """One row: the list leads straight to its form."""

    change_form_template = "admin/articles/site_form.html"

    fieldsets = (
        (None, {"fields": ("name", "tagline", "description", "notice")}),
        ("Looks", {"fields": ("colour", "dark_colour", "shows_logo")}),
        ("Foot of each page", {"fields": ("foot_note", "profiles")}),
        ("Newsletter", {"fields": ("newsletter_title", "newsletter_pitch", "postal_address")}),
        SITE_FOUND_FIELDSET,
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        if Site.objects.exists():
            return HttpResponseRedirect(reverse("admin:articles_site_change", args=[Site.ONLY]))
        return HttpResponseRedirect(reverse("admin:articles_site_add"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only where there is none yet, which is asked on its own pages alone."""
        here = request.path.startswith(reverse("admin:articles_site_changelist"))
        return here and super().has_add_permission(request) and not Site.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        return False

    def response_post_save_add(self, request: HttpRequest, obj: Site) -> HttpResponseRedirect:
        return self.changelist_view(request)

    def response_post_save_change(self, request: HttpRequest, obj: Site) -> HttpResponseRedirect:
        return self.changelist_view(request)
