"""The page “Checks”: what watches for spam, how it has done, and whether it works now."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from backsite.lib import captcha
from backsite.lib.by_hand import MadeBySite
from backsite.lib.services.models import Outage, Service
from backsite.lib.work import DueQuerySet, soon

from .check_records import HEIGHT, WEEKS, WIDTH, records
from .filter import akismet
from .models import AkismetCheck, AkismetCorrection, CaptchaCheck, Watch
from .models.queries import LONG_COLUMNS

MAY: Final = "comments.change_comment"
PAGE: Final = "admin:comments_watch_changelist"
# Of a key, only so much that its owner recognises it.
SHOWN: Final = 4


def shown_key(key: str) -> str:
    return f"set, ends in {key[-SHOWN:]}" if len(key) > 2 * SHOWN else "set" if key else "not set"


class _ForModerators(MadeBySite, admin.ModelAdmin[Any]):
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(MAY))

    has_view_permission = has_change_permission

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)


@admin.register(Watch)
class ChecksPage(_ForModerators):
    def get_urls(self) -> list[URLPattern]:
        now = self.admin_site.admin_view(require_POST(self.ask_now))
        look = self.admin_site.admin_view(require_POST(self.look_now))
        own = [
            path("services/<int:pk>/now/", now, name="comments_service_now"),
            path("look-now/", look, name="comments_look_now"),
        ]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Checks",
            "opts": self.opts,
            "records": records(),
            "weeks": WEEKS,
            "width": WIDTH,
            "height": HEIGHT,
            "services": _services(),
            "watches": [(watch, watch.results.first()) for watch in Watch.objects.order_by("what")],
            "keys": _keys(),
            "waiting": _waiting(),
        }
        return TemplateResponse(request, "admin/comments/checks.html", context)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(PAGE)

    def ask_now(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._permit(request)
        service = get_object_or_404(Service, pk=pk)
        service.ask_now()
        for model in (AkismetCheck, AkismetCorrection, CaptchaCheck):
            rows = DueQuerySet(model).waiting().filter(leased_until=None, **_unanswered(model))
            rows.filter(due_at__gt=timezone.now()).update(due_at=timezone.now())
        messages.success(request, f"{service}: asked again within seconds. Load this page anew.")
        return redirect(PAGE)

    def look_now(self, request: HttpRequest) -> HttpResponse:
        self._permit(request)
        Watch.begin()
        for watch in Watch.objects.all():
            watch.try_again()
        messages.success(request, "The site looks at itself now. Load this page anew in a moment.")
        return redirect(PAGE)

    def _permit(self, request: HttpRequest) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied


class StandsFilter(admin.SimpleListFilter):
    title = "where it stands"
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "waiting"), ("failed", "given up")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "waiting":
            return queryset.filter(due_at__isnull=False, **_unanswered(queryset.model))
        if self.value() == "failed":
            return queryset.filter(gave_up_at__isnull=False)
        return queryset


@admin.register(AkismetCheck, AkismetCorrection, CaptchaCheck)
class AskedAdmin(_ForModerators):
    """What was asked about each comment, one line each; what was given up can be tried again."""

    list_display = ("comment", "stands", "last_error")
    list_display_links = None
    list_select_related = ("comment__article",)
    list_filter = (StandsFilter,)
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        long = [f"comment__article__{name}" for name in LONG_COLUMNS]
        return super().get_queryset(request).defer("comment__text", "comment__html", *long)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("..")

    @admin.display(description="where it stands")
    def stands(self, row: Any) -> str:
        if row.gave_up_at:
            return "given up"
        if row.due_at and getattr(row, "answered_at", None) is None:
            return "waiting"
        return row.get_outcome_display() if isinstance(row, AkismetCorrection) else "answered"

    @admin.action(description="Try again", permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Only those that were given up: what waits comes by itself."""
        given_up = list(queryset.filter(gave_up_at__isnull=False)[:2000])
        for row in given_up:
            row.try_again()
            soon(row)
        left = queryset.count() - len(given_up)
        self.message_user(request, f"{len(given_up)} on the way again.", messages.SUCCESS)
        if left:
            self.message_user(request, f"{left} had not been given up.", messages.WARNING)


def _unanswered(model: Any) -> dict[str, Any]:
    return {"answered_at": None} if model is AkismetCheck else {}


def _services() -> list[tuple[Service, Outage | None]]:
    """Each with the outage that lasts, if one does."""
    lasting = Prefetch("outages", Outage.objects.filter(ended_at=None), to_attr="lasting")
    return [
        (service, next(iter(getattr(service, "lasting", [])), None))
        for service in Service.objects.prefetch_related(lasting)
    ]


def _keys() -> list[tuple[str, str, str]]:
    states = dict(Service.objects.values_list("name", "key_state"))
    words = {"valid": "good", "refused": "refused", "": "not looked at yet"}
    discard = "the trash" if settings.AKISMET_DISCARD else "the spam pile, like all spam"
    return [
        (akismet.NAME, shown_key(settings.AKISMET_KEY), words[states.get(akismet.NAME, "")]),
        ("Akismet's blatant spam goes to", discard, ""),
        (
            captcha.NAME,
            shown_key(settings.RECAPTCHA_PRIVATE_KEY),
            words[states.get(captcha.NAME, "")],
        ),
    ]


def _waiting() -> dict[str, int]:
    return {
        "Akismet": AkismetCheck.objects.filter(due_at__isnull=False, answered_at=None).count(),
        "Google": CaptchaCheck.objects.filter(due_at__isnull=False).count(),
    }
