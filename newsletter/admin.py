"""The newsletter's people and their consent, for staff. Evidence can be read, not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.db.models.options import Options
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from .models import Book, ConsentEvent, Signup, Subscriber
from .models.signup import SignupQuerySet

if TYPE_CHECKING:
    SubscriberModelAdmin = admin.ModelAdmin[Subscriber]
    SignupModelAdmin = admin.ModelAdmin[Signup]
    BookModelAdmin = admin.ModelAdmin[Book]
    EventTabularInline = admin.TabularInline[ConsentEvent, Subscriber]
else:
    SubscriberModelAdmin = SignupModelAdmin = BookModelAdmin = admin.ModelAdmin
    EventTabularInline = admin.TabularInline

EVENT_FIELDS: Final = (
    "at", "verb", "source_page", "form", "wording", "network", "actor", "why",
)  # fmt: skip


# A hash is long; so much of it tells two apart at a glance. The whole stays on record.
SHOWN_OF_HASH: Final = 12


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


@admin.register(Subscriber)
class SubscriberAdmin(ReadOnlyPage, SubscriberModelAdmin):
    list_display = ["email", "state", "created_at", "confirmed_at", "left_at"]
    list_filter = ["state"]
    search_fields = ["email", "first_name"]
    search_help_text = "Address or first name"
    ordering = ["-created_at", "-pk"]
    list_per_page = 50
    fields = readonly_fields = (
        "email", "first_name", "state", "created_at", "confirmed_at", "left_at",
    )  # fmt: skip
    inlines = [EventInline]
    actions = ["unsubscribe"]

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
        words = {"waiting": queryset.waiting, "failed": queryset.given_up}
        chosen = words.get(self.value() or "")
        return chosen() if chosen else queryset


@admin.register(Signup)
class SignupAdmin(ReadOnlyPage, SignupModelAdmin):
    list_display = ["email", "stands", "source_page", "created_at", "last_error"]
    list_filter = [TroubleFilter, "outcome"]
    search_fields = ["email", "source_page"]
    search_help_text = "Address or page"
    ordering = ["-created_at", "-pk"]
    list_per_page = 50
    fields = readonly_fields = (
        "email", "first_name", "stands", "whose", "created_at", "answered_at", "source_page",
        "form", "wording", "network", "bot_reasons", "attempts", "last_error",
    )  # fmt: skip
    actions = ["try_again"]

    @admin.display(description="outcome")
    def stands(self, signup: Signup) -> str:
        if signup.gave_up_at:
            return "given up"
        if signup.due_at:
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


@admin.register(Book)
class BookAdmin(BookModelAdmin):
    list_display = ["title", "edition", "offered", "created_at"]
    fields = ["title", "standfirst", "edition", "body", "offered"]

    def save_model(self, request: HttpRequest, obj: Book, form: Any, change: bool) -> None:
        obj.render()
        super().save_model(request, obj, form, change)
