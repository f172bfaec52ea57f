"""Blocking rules in the staff's desk: tried on what is there before they are saved, and
held against what people decided afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backsite.lib.ages import ago

from .filter.replay import dry_run, replay
from .models import BlockRule
from .narrowing import is_key
from .rule_forms import BlockRuleForm

DAYS: Final = (1, 7, 30)
LOOK_FIRST: Final = "Not saved yet: look at what it would catch, then press “Save this rule”."
KINDS: Final = (
    ("hurt", "People published these; with the rule they would be in spam"),
    ("work", "People published these; with the rule they would wait for a person"),
    ("caught", "People called these spam; with the rule no person would be needed"),
    ("missed", "People called these spam; with the rule they would not be put there"),
    ("spared", "People published these; with the rule no person would be needed"),
)


@admin.register(BlockRule)
class BlockRuleAdmin(admin.ModelAdmin[BlockRule]):
    list_display = ("rule", "effect_in_words", "caught", "changed", "standing")
    list_display_links = ("rule",)
    list_filter = ("kind", "effect")
    search_fields = ("value", "note")
    ordering = ("-changed_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BlockRule]:
        return BlockRule.objects.with_catches()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {"title": "Blocking rules", **(extra_context or {})}
        return super().changelist_view(request, context)

    # A rule that did something is switched off, and what it did stays told.
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.replay_view)
        name = "comments_blockrule_replay"
        return [path("<int:pk>/replay/", view, name=name), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._edit(request, BlockRule())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        known = BlockRule.objects.with_catches()
        rule = known.filter(pk=int(object_id)).first() if is_key(object_id) else None
        if rule is None:
            messages.warning(request, f"There is no rule with the number “{object_id}”.")
            return HttpResponseRedirect(self._list())
        return self._edit(request, rule)

    def _edit(self, request: HttpRequest, rule: BlockRule) -> HttpResponse:
        if request.method != "POST":
            return self._page(request, BlockRuleForm(instance=rule))
        do = request.POST.get("do")
        if do in ("off", "on") and rule.pk:
            return self._switch(request, rule, on=do == "on")
        before = rule.in_words if rule.pk else ""
        form = BlockRuleForm(request.POST, instance=rule)
        if not form.is_valid():
            return self._page(request, form, status=422)
        if do != "save" or not form.was_tried:
            return self._page(request, form, tried=True, notice=LOOK_FIRST if do == "save" else "")
        form.instance.keep(by=request.user, before=f"It was: {before}")
        since = "in force from now on" if rule.is_in_force else "still switched off"
        messages.success(request, f"Saved, and {since}: {form.instance}.")
        return HttpResponseRedirect(self._list())

    @transaction.atomic
    def _switch(self, request: HttpRequest, rule: BlockRule, *, on: bool) -> HttpResponse:
        (rule.switch_on if on else rule.switch_off)(by=request.user)
        words = "In force again" if on else "Switched off: it blocks nothing any more"
        messages.success(request, f"{words}: {rule}.")
        return HttpResponseRedirect(self._list())

    def _page(
        self,
        request: HttpRequest,
        form: BlockRuleForm,
        *,
        tried: bool = False,
        notice: str = "",
        status: int = 200,
    ) -> HttpResponse:
        rule = form.instance
        context: dict[str, Any] = {
            "title": str(BlockRule.objects.get(pk=rule.pk)) if rule.pk else "A new blocking rule",
            "form": form,
            "rule": rule,
            "notice": notice,
            "events": rule.events.all() if rule.pk else [],
            "list_address": self._list(),
        }
        if tried:
            since = timezone.now() - timedelta(days=1)
            context["run"], context["replay"] = dry_run(rule), _groups(replay(rule, since))
            context["seal"] = form.seal
        return self._respond(request, "edit", context, status)

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A saved rule against what people decided in the last days."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        rule = BlockRule.objects.filter(pk=pk).first()
        if rule is None:
            messages.warning(request, f"There is no rule with the number “{pk}”.")
            return HttpResponseRedirect(self._list())
        asked = request.GET.get("days", "")
        days = int(asked) if asked in map(str, DAYS) else DAYS[0]
        found = replay(rule, timezone.now() - timedelta(days=days))
        context = {
            "title": f"What would have changed: {rule}",
            "rule": rule,
            "days": days,
            "choices": DAYS,
            "replay": _groups(found),
            "list_address": self._list(),
        }
        return self._respond(request, "replay", context)

    def _respond(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": BlockRule._meta, **context}
        template = f"admin/comments/blockrule/{name}.html"
        return TemplateResponse(request, template, context, status=status)

    @staticmethod
    def _list() -> str:
        return reverse("admin:comments_blockrule_changelist")

    @admin.display(description="what is blocked", ordering="value")
    def rule(self, rule: BlockRule) -> SafeString:
        return format_html(
            '<strong>{}</strong> <span class="quiet">{}</span>', str(rule), rule.note
        )

    @admin.display(description="what happens", ordering="effect")
    def effect_in_words(self, rule: BlockRule) -> str:
        return rule.get_effect_display()

    @admin.display(description="caught")
    def caught(self, rule: Any) -> str:
        wrong = f", {rule.mistaken:,} wrongly" if rule.mistaken else ""
        return f"{rule.caught:,}{wrong}"

    @admin.display(description="changed", ordering="changed_at")
    def changed(self, rule: BlockRule) -> SafeString:
        when = rule.changed_at
        return format_html('<time datetime="{}">{}</time>', when.isoformat(), ago(when))

    @admin.display(description="state")
    def standing(self, rule: BlockRule) -> SafeString:
        kind, words = ("done", "in force") if rule.is_in_force else ("held", "switched off")
        if rule.problem:
            kind, words = "spam", "too slow"
        return format_html('<span class="badge {}" title="{}">{}</span>', kind, rule.problem, words)


def _groups(found: Any) -> dict[str, Any]:
    groups = [(heading, found.of_kind(kind)) for kind, heading in KINDS]
    return {"decisions": found.decisions, "groups": [pair for pair in groups if pair[1]]}
