"""The form of an article, with the checks that need several fields."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import (
    AdminSplitDateTime,
    AdminTextareaWidget,
    AdminURLFieldWidget,
)
from django.urls import Resolver404, resolve
from django.utils import timezone

from articles.models import Article, Reference, Topic

# The buttons under the form, beside Django's own.
PUBLISH, SCHEDULE, WITHDRAW = "_publish", "_schedule", "_withdraw"


class ArticleForm(forms.ModelForm[Article]):
    publish_at = forms.SplitDateTimeField(
        label="Publish at",
        required=False,
        widget=AdminSplitDateTime,
        help_text="For the button “Save and schedule”. The site publishes it then by itself.",
    )

    class Meta:
        model = Article
        fields = (
            "title",
            "slug",
            "standfirst",
            "kind",
            "topic",
            "tags",
            "body",
            "key_points",
            "picture",
            "picture_alt",
            "picture_caption",
            "featured",
            "comments_open",
            "updated_at",
        )
        widgets = {
            "standfirst": AdminTextareaWidget(attrs={"rows": 3}),
            "key_points": AdminTextareaWidget(attrs={"rows": 5}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.due_at:
            self.initial.setdefault("publish_at", self.instance.due_at)

    @property
    def schedules(self) -> bool:
        """By its button, or by saving another time for what is scheduled already."""
        if PUBLISH in self.data or WITHDRAW in self.data:
            return False
        moved = self.instance.due_at is not None and "publish_at" in self.changed_data
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

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("picture") and not values.get("picture_alt"):
            words = "Say what the picture shows, for those who cannot see it."
            self.add_error("picture_alt", words)
        return values


class ReferenceForm(forms.ModelForm[Reference]):
    url = forms.URLField(
        label="Address",
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=AdminURLFieldWidget,
    )

    class Meta:
        model = Reference
        fields = ("key", "position", "authors", "year", "kind", "title", "source", "doi", "url")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors and not values.get("doi") and not values.get("url"):
            self.add_error("doi", "Give its DOI or its address, so that a reader can check it.")
        return values

    def clean_doi(self) -> str:
        """The DOI alone, also where its whole address was pasted."""
        return re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", self.cleaned_data["doi"].strip())


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
