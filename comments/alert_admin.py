"""Who is told what, and what became of it, in the staff's desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from backsite.lib.ages import ago
from backsite.lib.by_hand import OnlyRead

from .models import Alert, AlertChoice, Comment, Report
from .models.alert import MODERATE, AlertQuerySet, moderators, owner_of_the_site
from .models.queries import LONG_COLUMNS

if TYPE_CHECKING:
    AlertModelAdmin = admin.ModelAdmin[Alert]
    ChoiceModelAdmin = admin.ModelAdmin[AlertChoice]
else:
    AlertModelAdmin = ChoiceModelAdmin = admin.ModelAdmin


class OutcomeFilter(admin.SimpleListFilter):
    """`?outcome=`; the front page links to what failed."""

    title = "what became of it"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("waiting", "in the next letter"),
            ("on_the_way", "written, on the way"),
            ("sent", "sent"),
            ("failed", "failed"),
            ("needless", "dealt with before"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        assert isinstance(queryset, AlertQuerySet)
        words = {
            "waiting": queryset.waiting,
            "on_the_way": queryset.on_the_way,
            "sent": queryset.sent,
            "failed": queryset.failed,
            "needless": queryset.needless,
        }
        chosen = words.get(self.value() or "")
        return chosen() if chosen else queryset


class WrittenBySite(OnlyRead):
    """Rows that the site writes as things happen, for those who decide about comments."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        return bool(user.has_perm(MODERATE))


@admin.register(Alert)
class AlertAdmin(WrittenBySite, AlertModelAdmin):
    list_display = ("about", "kind", "user", "since", "became", "letter")
    list_display_links = None
    list_filter = (OutcomeFilter, "kind")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("comment__name", "user__username")
    ordering = ("-created_at", "-pk")

    def get_urls(self) -> list[URLPattern]:
        settle = self.admin_site.admin_view(require_POST(self.settle))
        own = path("reports/<int:pk>/settle/", settle, name="comments_report_settle")
        return [own, *super().get_urls()]

    def settle(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Somebody has looked at a comment that readers reported, and leaves it."""
        user = request.user
        if not self.has_view_permission(request) or not isinstance(user, AbstractBaseUser):
            raise PermissionDenied
        comment = get_object_or_404(Comment, pk=pk)
        if Report.settle(comment, by=user):
            messages.success(request, "Left as it is. The reports are dealt with.")
        else:
            messages.info(request, "Somebody else dealt with these reports before.")
        return HttpResponseRedirect(comment.get_admin_url())

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Alerts sent, and what became of each", **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        rows = super().get_queryset(request).select_related("comment__article", "message", "user")
        long = [f"comment__article__{name}" for name in LONG_COLUMNS]
        return rows.defer("comment__text", "comment__html", "message__text", "message__html", *long)

    @admin.display(description="comment")
    def about(self, alert: Alert) -> SafeString:
        comment = alert.comment
        return format_html('<a href="{}">{}</a>', comment.get_admin_url(), comment)

    @admin.display(description="since", ordering="created_at")
    def since(self, alert: Alert) -> SafeString:
        exact = f"{alert.created_at:%Y-%m-%d %H:%M %Z}"
        return format_html('<time title="{}">{}</time>', exact, ago(alert.created_at))

    @admin.display(description="what became of it")
    def became(self, alert: Alert) -> str:
        return alert.outcome

    @admin.display(description="letter")
    def letter(self, alert: Alert) -> str | SafeString:
        if alert.message is None:
            return ""
        where = reverse("admin:mail_message_change", args=[alert.message.pk])
        return format_html('<a href="{}">Read it</a>', where)


class ChoiceForm(forms.ModelForm[AlertChoice]):
    class Meta:
        model = AlertChoice
        fields = ("how", "digest_hour")
        widgets = {"how": forms.RadioSelect}


@admin.register(AlertChoice)
class AlertChoiceAdmin(WrittenBySite, ChoiceModelAdmin):
    """One page: what I am told, and what the others are. Its own button alone changes it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        mine = self.admin_site.admin_view(self.mine)
        return [path("mine/", mine, name="comments_alertchoice_mine"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:comments_alertchoice_mine"))

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:comments_alertchoice_mine"))

    def mine(self, request: HttpRequest) -> HttpResponse:
        """What I am told. Looking at it changes nothing; the button keeps it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        user = request.user
        assert isinstance(user, AbstractBaseUser)
        kept = AlertChoice.objects.filter(user=user.pk).first() or AlertChoice(user_id=user.pk)
        form = ChoiceForm(request.POST or None, instance=kept)
        if request.method == "POST" and form.is_valid():
            AlertChoice.choose(user, **form.cleaned_data)
            messages.success(request, "Kept. It holds from the next comment on.")
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": "What you are told about comments",
            "opts": AlertChoice._meta,
            "form": form,
            "others": _everybody(),
            "owner": owner_of_the_site(),
            "address": getattr(user, "email", ""),
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/comments/alerts.html", context, status=status)


def _everybody() -> list[dict[str, Any]]:
    """All who may moderate, what each gets, and what of it failed."""
    kept = {row.user_id: row for row in AlertChoice.objects.filter(user__in=moderators())}
    failed = dict(
        Alert.objects.order_by()
        .values_list("user")
        .annotate(failed=Count("pk", filter=Q(message__gave_up_at__isnull=False)))
    )
    return [
        {
            "user": user,
            "choice": kept.get(user.pk) or AlertChoice(user=user),
            "failed": failed.get(user.pk, 0),
        }
        for user in moderators()
    ]
