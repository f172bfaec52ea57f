"""How staff describe a picture, and look for one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from articles.models import Picture

WORDS = ("title", "alt", "caption", "credit", "focus_x", "focus_y")


class UseFilter(admin.SimpleListFilter):
    title, parameter_name = "use", "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("unused", "used nowhere")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "unused":
            return queryset.filter(pk__in=Picture.objects.unused().values("pk"))
        return queryset


class StateFilter(admin.SimpleListFilter):
    title, parameter_name = "files for readers", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "being made"), ("failed", "could not be made")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "waiting":
            return queryset.filter(due_at__isnull=False)
        if self.value() == "failed":
            return queryset.filter(gave_up_at__isnull=False)
        return queryset


class PictureForm(forms.ModelForm[Picture]):
    class Meta:
        model = Picture
        fields = WORDS
        widgets = {
            name: forms.NumberInput(attrs={"min": 0, "max": 1, "step": "any"})
            for name in ("focus_x", "focus_y")
        }
