"""The outbox, as staff read it: what went to whom, and each message as it arrives."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import truncatechars
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from backsite.lib.by_hand import MadeBySite

from .models import Message, MessageQuerySet

if TYPE_CHECKING:
    MessageModelAdmin = admin.ModelAdmin[Message]
else:
    MessageModelAdmin = admin.ModelAdmin

# A mail is shown in a frame that can run, load and send nothing. Its links open in tabs
# of their own, which are pages like any other: the confirmation button works there.
FRAME_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
NEW_TABS: Final = '<base target="_blank">'


class StateFilter(admin.SimpleListFilter):
    """`?state=` with one of Message.State; the staff's front page links to it."""

    title = "state"
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in Message.State]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not isinstance(queryset, MessageQuerySet):
            raise TypeError("This filter is for messages.")
        words = {
            Message.State.WAITING: queryset.waiting,
            Message.State.SENT: queryset.sent,
            Message.State.KEPT: queryset.kept,
            Message.State.FAILED: queryset.stuck,
            Message.State.CANCELLED: queryset.cancelled,
            Message.State.HELD: queryset.held,
        }
        chosen = {str(state): word for state, word in words.items()}.get(self.value() or "")
        return chosen() if chosen else queryset


@admin.register(Message)
class MessageAdmin(MadeBySite, MessageModelAdmin):
    list_display = ["subject", "to", "shown_state", "created_at", "sent_at", "problem"]
    list_filter = [StateFilter]
    search_fields = ["to", "subject", "message_id"]
    search_help_text = "Address, subject or Message-ID"
    ordering = ["-created_at", "-pk"]
    list_per_page = 50
    actions = ["send_again"]

    @admin.display(description="state")
    def shown_state(self, message: Message) -> str:
        return str(message.state.label)

    @admin.display(description="last problem")
    def problem(self, message: Message) -> str:
        return truncatechars(message.held_for or message.last_error, 120)

    @admin.action(description="Send again", permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        for message in queryset:
            self._send_again(request, message)
        self.message_user(request, f"{len(queryset)} on the way again.", messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<int:pk>/frame/", self._staff(self.frame_view), name="mail_message_frame"),
            path(
                "<int:pk>/again/",
                self._staff(require_POST(self.again_view)),
                name="mail_message_again",
            ),
        ]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": "Mail", **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One message as it arrives. There is nothing to change in it."""
        message = self._found(request, unquote(object_id))
        try:
            wire = message.wire()
            headers = [(name, _readable(value)) for name, value in wire.items()]
            source = wire.as_bytes().decode("utf-8", "replace")
        except ValueError as error:
            headers, source = [], f"This message cannot be written as a mail: {error}"
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": message.subject,
            "mail": message,
            "headers": headers,
            "source": source,
            "may_send": settings.MAIL_LEAVES and self.has_change_permission(request, message),
        }
        return TemplateResponse(request, "admin/mail/message.html", context)

    def frame_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML part alone, under a policy of its own."""
        html = self._found(request, str(pk)).html
        # Added for this view, not part of the mail.
        body = html.replace("<head>", f"<head>{NEW_TABS}", 1)
        response = HttpResponse(body)
        response.headers["Content-Security-Policy"] = FRAME_POLICY
        response.headers["Cache-Control"] = "no-store"
        return response

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        message = self._found(request, str(pk))
        if not self.has_change_permission(request, message):
            raise PermissionDenied
        again = self._send_again(request, message)
        self.message_user(request, "On the way again.", messages.SUCCESS)
        return redirect(reverse("admin:mail_message_change", args=[again.pk]))

    def _send_again(self, request: HttpRequest, message: Message) -> Message:
        again = message.send_again()
        self.log_change(request, message, "Sent again")
        return again

    def _found(self, request: HttpRequest, pk: str) -> Message:
        message = self.get_object(request, pk)
        if message is None:
            raise Http404("There is no such message.")
        if not self.has_view_or_change_permission(request, message):
            raise PermissionDenied
        return message

    def _staff(self, view: Any) -> Any:
        return self.admin_site.admin_view(view)


def _readable(value: Any) -> str:
    """A header as a mail program shows it; the source below has it as it is sent."""
    try:
        return str(make_header(decode_header(str(value))))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return str(value)
