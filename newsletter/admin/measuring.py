"""What is counted of letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from ..models import Measuring, MeasuringEvent
from .people import ReadOnly

if TYPE_CHECKING:
    MeasuringModelAdmin = admin.ModelAdmin[Measuring]
    MeasuringInline = admin.TabularInline[MeasuringEvent, Measuring]
else:
    MeasuringModelAdmin = admin.ModelAdmin
    MeasuringInline = admin.TabularInline


class MeasuringEventInline(ReadOnly, MeasuringInline):
    model = MeasuringEvent
    fields = readonly_fields = ("at", "verb", "actor", "why")
    extra = 0
    can_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Measuring)
class MeasuringAdmin(MeasuringModelAdmin):
    """One row: the list leads straight to its form."""

    fields = ["mode"]
    inlines = [MeasuringEventInline]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        if Measuring.objects.exists():
            there = reverse("admin:newsletter_measuring_change", args=[Measuring.ONLY])
            return HttpResponseRedirect(there)
        return HttpResponseRedirect(reverse("admin:newsletter_measuring_add"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only where there is none yet, which is asked on its own pages alone."""
        here = request.path.startswith(reverse("admin:newsletter_measuring_changelist"))
        return here and super().has_add_permission(request) and not Measuring.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Measuring | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Measuring, form: Any, change: bool) -> None:
        Measuring.choose(form.cleaned_data["mode"], by=request.user)
        obj.pk = Measuring.ONLY

    def response_post_save_add(self, request: HttpRequest, obj: Measuring) -> HttpResponseRedirect:
        return self.changelist_view(request)

    def response_post_save_change(
        self, request: HttpRequest, obj: Measuring
    ) -> HttpResponseRedirect:
        return self.changelist_view(request)
