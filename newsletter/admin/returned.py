"""What came back of mails, and whom no mail goes to any more."""

from __future__ import annotations

import email
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from backsite.lib.by_hand import MadeBySite, OnlyRead

from ..bounces.anatomy import dissect
from ..bounces.fields import first_address
from ..models import BounceEvent, ReturnedMail, Subscriber, Suppression

if TYPE_CHECKING:
    SuppressionModelAdmin = admin.ModelAdmin[Suppression]
    ReturnedModelAdmin = admin.ModelAdmin[ReturnedMail]
    BounceModelAdmin = admin.ModelAdmin[BounceEvent]
    SuppressionModelForm = forms.ModelForm[Suppression]
else:
    SuppressionModelAdmin = ReturnedModelAdmin = BounceModelAdmin = admin.ModelAdmin
    SuppressionModelForm = forms.ModelForm


class SuppressionForm(SuppressionModelForm):
    why = forms.CharField(
        label="Why",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Nobody can lift it but staff, not even by signing up again.",
    )

    class Meta:
        model = Suppression
        fields = ["email"]

    def clean_email(self) -> str:
        address = str(self.cleaned_data["email"]).lower()
        if Suppression.objects.filter(
            email=address, reason=Suppression.Reason.STAFF, lifted_at=None
        ).exists():
            raise forms.ValidationError("No mail goes to this address already.")
        return address

    def validate_unique(self) -> None:
        """One that is known is suppressed anew."""


class InForce(admin.SimpleListFilter):
    title = "in force"
    parameter_name = "lifted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "in force"), ("yes", "lifted")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        words = {"no": queryset.in_force, "yes": queryset.lifted}
        chosen = words.get(self.value() or "")
        return chosen() if chosen else queryset


@admin.register(Suppression)
class SuppressionAdmin(SuppressionModelAdmin):
    form = SuppressionForm
    list_display = ["email", "reason", "at", "lifted_at"]
    list_filter = [InForce, "reason"]
    search_fields = ["email"]
    search_help_text = "Address"
    ordering = ["-at", "-pk"]
    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        lift = self.admin_site.admin_view(require_POST(self.lift_view))
        own = [path("<int:pk>/lift/", lift, name="newsletter_suppression_lift")]
        return own + super().get_urls()

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        Suppression.suppress(
            obj.email,
            Suppression.Reason.STAFF,
            evidence=form.cleaned_data["why"],
            by=request.user,
        )
        obj.pk = Suppression.objects.get(email=obj.email).pk

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        return self._page(request, self._found(request, unquote(object_id)))

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._found(request, str(pk))
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        why = request.POST.get("why", "").strip()
        if not why:
            return self._page(request, row, missing=True)
        row.lift(by=request.user, why=why)
        self.message_user(request, f"{row.email} gets mail again.", messages.SUCCESS)
        return redirect("admin:newsletter_suppression_change", row.pk)

    def _page(self, request: HttpRequest, row: Suppression, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": row.email,
            "row": row,
            "events": BounceEvent.objects.of(row.email)[:100],
            "subscriber": Subscriber.objects.with_address(row.email).first(),
            "may_lift": self.has_change_permission(request, row),
            **more,
        }
        return TemplateResponse(request, "admin/newsletter/suppression.html", context)

    def _found(self, request: HttpRequest, pk: str) -> Suppression:
        row = self.get_object(request, pk)
        if row is None:
            raise Http404("There is no such address.")
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        return row


@admin.register(BounceEvent)
class BounceEventAdmin(OnlyRead, BounceModelAdmin):
    list_display = ["recipient", "kind", "status", "reason", "effect", "source", "happened_at"]
    list_filter = ["kind", "source"]
    search_fields = ["recipient"]
    search_help_text = "Address"
    list_per_page = 50
    fields = readonly_fields = (
        "recipient", "kind", "status", "reason", "words", "effect", "source", "mail",
        "happened_at", "heard_at",
    )  # fmt: skip


class Stands(admin.SimpleListFilter):
    title = "where it stands"
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "not understood, to be read"), ("all", "all that came back")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset if self.value() == "all" else queryset.not_understood()

    def choices(self, changelist: Any) -> Any:
        """Without “all” as a third one: the first is what is shown when nothing is chosen."""
        for value, title in self.lookup_choices:
            yield {
                "selected": (self.value() or "open") == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }


@admin.register(ReturnedMail)
class ReturnedMailAdmin(MadeBySite, ReturnedModelAdmin):
    list_display = ["__str__", "sender", "came_at", "handled_at"]
    list_filter = [Stands]
    search_fields = ["sender", "subject"]
    search_help_text = "Sender or subject"
    ordering = ["-came_at", "-pk"]
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("raw")

    def get_urls(self) -> list[URLPattern]:
        done = self.admin_site.admin_view(require_POST(self.done_view))
        own = [path("<int:pk>/done/", done, name="newsletter_returnedmail_done")]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        mail = self._found(request, unquote(object_id))
        raw = bytes(mail.raw or b"")
        person = first_address(mail.sender)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": mail.subject or "Mail that came back",
            "mail": mail,
            "text": _text(raw),
            "source": raw.decode("utf-8", "replace")[:200_000],
            "events": mail.events.all(),
            "days": settings.BOUNCE_MAIL_DAYS,
            "subscriber": Subscriber.objects.with_address(person).first() if person else None,
            "may_change": self.has_change_permission(request, mail),
        }
        return TemplateResponse(request, "admin/newsletter/returned.html", context)

    def done_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        mail = self._found(request, str(pk))
        if not self.has_change_permission(request, mail):
            raise PermissionDenied
        mail.deal_with(by=request.user)
        self.message_user(request, "Dealt with.", messages.SUCCESS)
        return redirect("admin:newsletter_returnedmail_changelist")

    def _found(self, request: HttpRequest, pk: str) -> ReturnedMail:
        mail = self.get_object(request, pk)
        if mail is None:
            raise Http404("There is no such mail.")
        if not self.has_view_or_change_permission(request, mail):
            raise PermissionDenied
        return mail


def _text(raw: bytes) -> str:
    """What people wrote, without what mail programs put around it."""
    if not raw:
        return ""
    if email.message_from_bytes(raw[:1000]).keys():
        return dissect(raw).said.strip()[:20_000]
    return raw.decode("utf-8", "replace")[:20_000]
