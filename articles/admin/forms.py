"""The form of an article, with the checks that need several fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import (
    AdminSplitDateTime,
    AdminTextareaWidget,
    AdminTextInputWidget,
)
from django.urls import Resolver404, resolve
from django.utils import timezone

from articles.editor import BodyField, keep_unless_changed
from articles.models import Article, Topic

from .watched import WatchedForm

# The buttons under the form, beside Django's own.
PUBLISH, SCHEDULE, WITHDRAW = "_publish", "_schedule", "_withdraw"
UNSCHEDULE, DRAFT = "_unschedule", "_draft"


class WebAddress(forms.URLField):
    """`example.org` is read as https://example.org."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"assume_scheme": "https", **options})


class ArticleForm(WatchedForm):
    body = BodyField(label="Text")
    publish_at = forms.SplitDateTimeField(
        label="Publish at",
        required=False,
        widget=AdminSplitDateTime,
        help_text="For the button “Save and schedule”. The site publishes it then by itself.",
    )
    leave_at = forms.SplitDateTimeField(
        label="Withdraw at",
        required=False,
        widget=AdminSplitDateTime,
        help_text="Only for what shall end: the site takes it away from readers then.",
    )
    why = forms.CharField(
        label="Note on this save",
        required=False,
        max_length=300,
        widget=AdminTextInputWidget,
        help_text="What changed and why, for your colleagues; the revision keeps it.",
    )

    class Meta:
        model = Article
        fields = (
            "title",
            "slug",
            "standfirst",
            "kind",
            "topic",
            "further_topics",
            "tags",
            "body",
            "key_points",
            "picture",
            "picture_alt",
            "picture_caption",
            "featured",
            "comments_open",
            "updated_at",
            "seo_title",
            "seo_description",
            "share_picture",
            "canonical_address",
            "noindex",
        )
        field_classes = {"canonical_address": WebAddress}
        widgets = {
            "standfirst": AdminTextareaWidget(attrs={"rows": 3}),
            "key_points": AdminTextareaWidget(attrs={"rows": 5}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep_unless_changed(self, "body")
        if self.instance.is_scheduled:
            self.initial.setdefault("publish_at", self.instance.due_at)
        self.initial.setdefault("leave_at", self.instance.withdraw_at)

    @property
    def schedules(self) -> bool:
        """By its button, or by saving another time for what is scheduled already."""
        if {PUBLISH, WITHDRAW, UNSCHEDULE, DRAFT} & self.data.keys():
            return False
        moved = self.instance.is_scheduled and "publish_at" in self.changed_data
        return SCHEDULE in self.data or moved

    def clean_slug(self) -> str:
        """A page stands right under the site's address: words in use there are taken."""
        slug = str(self.cleaned_data["slug"])
        if self.data.get("kind") == Article.Kind.PAGE and not _leads_to_a_page(slug):
            raise forms.ValidationError(
                f"A page cannot be called “{slug}”: the site needs the address /{slug}/ itself."
            )
        return slug

    def clean_publish_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["publish_at"]
        if not self.schedules:
            return at
        if at is None:
            raise forms.ValidationError("Say when: the article is scheduled for this time.")
        if at <= timezone.now():
            raise forms.ValidationError(
                "This time is over. Choose one to come, or press “Save and publish now”."
            )
        return at

    def clean_leave_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["leave_at"]
        if at is not None and "leave_at" in self.changed_data and at <= timezone.now():
            raise forms.ValidationError(
                "This time is over. Choose one to come, or withdraw it with its button."
            )
        return at

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        come, go = values.get("publish_at"), values.get("leave_at")
        if come and go and go <= come and self.schedules:
            self.add_error("leave_at", "This is before it is published.")
        topic = values.get("topic")
        if topic and topic in values.get("further_topics", ()):
            values["further_topics"] = values["further_topics"].exclude(pk=topic.pk)
        picture = values.get("picture")
        if picture and not (values.get("picture_alt") or picture.alt):
            words = "Say what the picture shows, for those who cannot see it."
            self.add_error("picture_alt", words)
        return values


class TopicForm(forms.ModelForm[Topic]):
    class Meta:
        model = Topic
        fields = ("name", "slug", "parent", "introduction", "position")

    def clean_parent(self) -> Topic | None:
        """A topic that stood under itself would stand nowhere."""
        parent: Topic | None = self.cleaned_data["parent"]
        above = parent
        while above is not None and self.instance.pk is not None:
            if above.pk == self.instance.pk:
                raise forms.ValidationError("A topic cannot stand under itself.")
            above = above.parent
        return parent


def _leads_to_a_page(slug: str) -> bool:
    try:
        return resolve(f"/{slug}/").view_name == "articles:page"
    except Resolver404:
        return False
