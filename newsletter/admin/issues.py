"""Issues, for whom they are, and how fast they leave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.utils import timezone

from articles.editor import ArticleEditor, BodyField, keep_unless_changed

from .. import blocks
from ..models import Issue, IssueEvent, LinkLook, Rate, Segment
from .issue_desk import IssueDesk
from .people import ReadOnly

if TYPE_CHECKING:
    SegmentModelAdmin = admin.ModelAdmin[Segment]
    RateModelAdmin = admin.ModelAdmin[Rate]
    EventTabularInline = admin.TabularInline[IssueEvent, Issue]
    IssueModelForm = forms.ModelForm[Issue]
else:
    SegmentModelAdmin = RateModelAdmin = admin.ModelAdmin
    EventTabularInline = admin.TabularInline
    IssueModelForm = forms.ModelForm


class LetterEditor(ArticleEditor):
    """The same editor as articles have, and blocks of what the site has."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-blocks"] = json.dumps(blocks.choices())
        return context


class IssueForm(IssueModelForm):
    body = BodyField(
        label="Text",
        widget=LetterEditor,
        help_text="[[first_name|friend]] becomes the reader's name; “friend” where we know none. "
        "“Articles and answers” puts in what the site has: one article, one answer to a reader, "
        "or all that is new since this letter's last issue when it goes out.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "body" in self.fields:
            keep_unless_changed(self, "body")


class IssueEventInline(ReadOnly, EventTabularInline):
    model = IssueEvent
    fields = readonly_fields = ("at", "verb", "actor", "why")
    extra = 0
    can_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Issue)
class IssueAdmin(IssueDesk):
    form = IssueForm
    list_display = ["subject", "letter", "state", "scheduled_for", "started_at", "finished_at"]
    list_filter = ["state", "letter"]
    list_select_related = ["letter"]
    search_fields = ["subject"]
    view_on_site = False  # its own page says where it can be read, if anywhere
    ordering = ["-created_at", "-pk"]
    fieldsets = (
        (None, {"fields": ("letter", "subject", "preheader", "body")}),
        ("For whom", {"fields": ("segment", "subject_b", "trial_percent", "trial_hours")}),
        ("On the site", {"fields": ("archive",)}),
    )
    inlines = [IssueEventInline]
    change_form_template = "admin/newsletter/issue/form.html"

    def save_model(self, request: HttpRequest, obj: Issue, form: Any, change: bool) -> None:
        obj.edited_at = timezone.now()
        super().save_model(request, obj, form, change)
        LinkLook.ask_for(obj)

    def response_post_save_add(self, request: HttpRequest, obj: Issue) -> HttpResponseRedirect:
        return self._back(obj)

    def response_post_save_change(self, request: HttpRequest, obj: Issue) -> HttpResponseRedirect:
        return self._back(obj)

    def has_change_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        """Once it is on its way, it is read and no longer written."""
        if obj is not None and not obj.may_be_edited:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        """What anybody got stays on record."""
        if obj is not None and obj.started_at is not None:
            return False
        return super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


@admin.register(Segment)
class SegmentAdmin(SegmentModelAdmin):
    list_display = ["name", "joined_since", "joined_before", "came_from", "topic"]
    list_select_related = ["topic"]
    fields = [
        "name", "joined_since", "joined_before", "came_from", "opened_since", "clicked_since",
        "topic",
    ]  # fmt: skip


@admin.register(Rate)
class RateAdmin(RateModelAdmin):
    list_display = ["__str__", "per_hour", "warm_up_from", "day_count", "best_day"]
    fields = ["domain", "per_hour", "warm_up_from", "day_count", "best_day"]
    readonly_fields = ["day_count", "best_day"]
