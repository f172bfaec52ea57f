"""The newsletter's people and their consent, for staff. Evidence can be read, not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.db.models.options import Options
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from ..exporting import lines
from ..forms import ReasonForm
from ..models import (
    BounceEvent,
    Choice,
    ConsentEvent,
    LeavingReason,
    Move,
    Signup,
    Subscriber,
    Suppression,
)
from ..models.signup import SignupQuerySet
from .growth import growth_page

if TYPE_CHECKING:
    SubscriberModelAdmin = admin.ModelAdmin[Subscriber]
    SignupModelAdmin = admin.ModelAdmin[Signup]
    EventTabularInline = admin.TabularInline[ConsentEvent, Subscriber]
    ChoiceTabularInline = admin.TabularInline[Choice, Subscriber]
    ReasonModelAdmin = admin.ModelAdmin[LeavingReason]
    MoveModelAdmin = admin.ModelAdmin[Move]
else:
    SubscriberModelAdmin = SignupModelAdmin = admin.ModelAdmin
    ReasonModelAdmin = MoveModelAdmin = admin.ModelAdmin
    EventTabularInline = ChoiceTabularInline = admin.TabularInline

EVENT_FIELDS: Final = (
    "at", "verb", "about", "source_page", "form", "wording", "network", "actor", "why",
)  # fmt: skip


# A hash is long; so much of it tells two apart at a glance. The whole stays on record.
SHOWN_OF_HASH: Final = 12
SHOWN_REPORTS: Final = 20


class ReadOnly:
    """Written by the site as things happen; nobody adds, edits or deletes it by hand."""

    @admin.display(description="network address (hash)")
    def network(self, row: ConsentEvent | Signup) -> str:
        return f"{row.address_hash[:SHOWN_OF_HASH]}…" if row.address_hash else "unknown"

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyPage(ReadOnly):
    """A list and its pages, which offer no button that would do nothing."""

    opts: Options[Any]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        values = {**title, **(extra_context or {})}
        page: HttpResponse = super().changelist_view(request, values)  # type: ignore[misc]  # ModelAdmin's
        return page

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= {
            "title": capfirst(self.opts.verbose_name),
            "show_save": False,
            "show_save_and_continue": False,
        }
        page: HttpResponse = super().render_change_form(  # type: ignore[misc]  # ModelAdmin's
            request, context, *args, **kwargs
        )
        return page


class EventInline(ReadOnly, EventTabularInline):
    model = ConsentEvent
    fields = readonly_fields = EVENT_FIELDS
    extra = 0
    can_delete = False
    ordering = ["at", "pk"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ChoiceInline(ReadOnly, ChoiceTabularInline):
    model = Choice
    fields = readonly_fields = ("letter", "since", "ended_at")
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Choice]:
        return super().get_queryset(request).select_related("letter")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Subscriber)
class SubscriberAdmin(ReadOnlyPage, SubscriberModelAdmin):
    list_display = ["email", "state", "created_at", "confirmed_at", "left_at"]
    list_filter = ["state"]
    search_fields = ["email", "first_name"]
    search_help_text = "Address or first name"
    ordering = ["-created_at", "-pk"]
    show_full_result_count = False
    list_per_page = 50
    fields = readonly_fields = (
        "email", "first_name", "state", "frequency", "paused_until", "created_at",
        "confirmed_at", "left_at", "came_back",
    )  # fmt: skip
    change_list_template = "admin/newsletter/subscribers.html"
    inlines = [ChoiceInline, EventInline]
    actions = ["unsubscribe"]

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export_view)
        grown = self.admin_site.admin_view(growth_page)
        own = [
            path("export.csv", export, name="newsletter_subscriber_export"),
            path("growth/", grown, name="newsletter_subscriber_growth"),
        ]
        return own + super().get_urls()

    def export_view(self, request: HttpRequest) -> StreamingHttpResponse:
        """Everybody, with their consent. Goes out line by line, however long the list is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="subscribers.csv"'
        return response

    @admin.display(description="what came back")
    def came_back(self, subscriber: Subscriber) -> SafeString:
        """Bounces and complaints of the address, and whether it gets mail at all."""
        events = BounceEvent.objects.of(subscriber.email)[:SHOWN_REPORTS]
        suppression = Suppression.objects.of(subscriber.email)
        return render_to_string(
            "admin/newsletter/_came_back.html", {"events": events, "suppression": suppression}
        )

    @admin.action(description="Unsubscribe", permissions=["change"])
    def unsubscribe(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        for subscriber in queryset:
            subscriber.leave(by=request.user, why="unsubscribed by staff")
        text = f"{len(queryset)} taken off the list. They can sign up again themselves."
        self.message_user(request, text, messages.SUCCESS)


class TroubleFilter(admin.SimpleListFilter):
    title = "where it stands"
    parameter_name = "stands"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("waiting", "waiting"), ("failed", "given up")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not isinstance(queryset, SignupQuerySet):
            raise TypeError("This filter is for sign-ups.")
        words = {"waiting": queryset.unanswered, "failed": queryset.given_up}
        chosen = words.get(self.value() or "")
        return chosen() if chosen else queryset


@admin.register(Signup)
class SignupAdmin(ReadOnlyPage, SignupModelAdmin):
    list_display = ["email", "stands", "source_page", "created_at", "last_error"]
    list_filter = [TroubleFilter, "outcome", "kind"]
    search_fields = ["email", "source_page"]
    search_help_text = "Address or page"
    ordering = ["-created_at", "-pk"]
    list_per_page = 50
    fields = readonly_fields = (
        "email", "kind", "first_name", "stands", "whose", "created_at", "answered_at",
        "source_page", "form", "campaign", "wording", "network", "bot_reasons", "attempts",
        "last_error",
    )  # fmt: skip
    actions = ["try_again"]

    @admin.display(description="outcome")
    def stands(self, signup: Signup) -> str:
        if signup.gave_up_at:
            return "given up"
        if signup.due_at and signup.answered_at is None and not signup.is_taken_for_bot:
            return "waiting"
        return signup.get_outcome_display()

    @admin.display(description="subscriber")
    def whose(self, signup: Signup) -> str | SafeString:
        if signup.subscriber_id is None:
            return "nobody yet"
        address = reverse("admin:newsletter_subscriber_change", args=[signup.subscriber_id])
        return format_html('<a href="{}">{}</a>', address, signup.subscriber)

    @admin.action(description="Try again", permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Signup]) -> None:
        for signup in queryset:
            signup.try_again()
            self.log_change(request, signup, "Tried again")
        text = f"{len(queryset)} on the way again; nobody gets a second mail within minutes."
        self.message_user(request, text, messages.SUCCESS)


@admin.register(LeavingReason)
class LeavingReasonAdmin(ReadOnlyPage, ReasonModelAdmin):
    list_display = ["at", "reason", "why"]
    list_filter = ["about"]
    search_fields = ["why"]
    search_help_text = "Words"
    ordering = ["-at", "-pk"]
    list_per_page = 50
    fields = readonly_fields = ("at", "reason", "why", "subscriber")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LeavingReason]:
        return LeavingReason.said()

    @admin.display(description="reason", ordering="about")
    def reason(self, event: LeavingReason) -> str:
        return str(dict(ReasonForm.REASONS).get(event.about, event.about))


@admin.register(Move)
class MoveAdmin(ReadOnlyPage, MoveModelAdmin):
    list_display = ["old_email", "new_email", "created_at", "moved_at", "stopped_at"]
    search_fields = ["old_email", "new_email"]
    search_help_text = "Address"
    ordering = ["-created_at", "-pk"]
    list_per_page = 50
    fields = readonly_fields = (
        "subscriber", "old_email", "new_email", "created_at", "mailed_at", "moved_at",
        "stopped_at", "last_error",
    )  # fmt: skip
