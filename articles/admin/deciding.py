"""What is to become of an article: the buttons under its form, and several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles.checklist import Finding, obstacles
from articles.models import Article
from backsite.lib.ages import ago, clock

from .forms import DRAFT, PUBLISH, SCHEDULE, UNSCHEDULE, WITHDRAW, ArticleForm

VERBS = {
    "publish": "published it",
    "republish": "published it again",
    "schedule": "scheduled it",
    "unschedule": "took it out of the schedule",
    "withdraw": "withdrew it",
    "draft": "made it a draft again",
    "expire": "set when it ends:",
    "share": "made a preview link",
    "unshare": "ended the preview link",
    "import": "imported it",
    "review": "recorded a review:",
    "note": "told readers:",
    "take back note": "took back what readers were told:",
    "open comments": "opened its comments",
    "close comments": "closed its comments",
}
NOT_YOURS = (
    "It is saved and stays as it was: to publish, schedule or withdraw it is for colleagues "
    "who may. Ask one of them."
)
BUTTONS = frozenset({PUBLISH, SCHEDULE, WITHDRAW, UNSCHEDULE, DRAFT})


class Deciding(admin.ModelAdmin[Article]):
    """To be mixed into the admin of articles. Who may change articles and not publish them
    writes drafts; what readers see, or will see by itself, is then only looked at."""

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return may_publish(request)

    def has_change_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        theirs = obj is not None and (obj.is_public or obj.is_scheduled)
        return super().has_change_permission(request, obj) and (not theirs or may_publish(request))

    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        return self._after_verb(request, obj) or super().response_change(request, obj)

    def response_add(
        self, request: HttpRequest, obj: Article, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._after_verb(request, obj) or super().response_add(
            request, obj, post_url_continue
        )

    def _after_verb(self, request: HttpRequest, article: Article) -> HttpResponse | None:
        if not BUTTONS & request.POST.keys():
            return None
        own = reverse("admin:articles_article_change", args=[article.pk])
        if not may_publish(request):
            return HttpResponseRedirect(own)
        link: str | SafeString = ""
        if article.is_public:
            where = article.get_absolute_url()
            link = format_html('<a href="{}">See it on the site</a>', where)
        said = format_html("“{}” is saved and {}. {}", article.title, words_of(article), link)
        refused = obstacles_to(article, request)
        if refused:
            said = format_html("“{}” is saved.", article.title)
        self.message_user(request, said, messages.SUCCESS)
        stays = article.is_public or refused
        return HttpResponseRedirect(own if stays else reverse("admin:articles_article_changelist"))

    @admin.display(description="state", ordering="state")
    def standing(self, article: Article) -> SafeString:
        return format_html('<span class="badge {}">{}</span>', article.state, words_of(article))

    @admin.display(description="what happened")
    def happened(self, article: Article) -> SafeString | str:
        rows = [
            (event.actor or "The site", VERBS.get(event.verb, event.verb), event.why, ago(event.at))
            for event in article.events.all()
        ]
        items = format_html_join("", "<li>{} {} {} · {}</li>", rows)
        return format_html('<ol class="happened">{}</ol>', items) if rows else "Nothing yet."

    @admin.action(description="Publish the chosen ones", permissions=["publish"])
    def publish_selected(self, request: HttpRequest, rows: QuerySet[Article]) -> None:
        done = []
        for article in rows:
            if why := " ".join(finding.words for finding in obstacles(article)):
                messages.error(request, f"“{article.title}” was not published: {why}")
                continue
            article.publish(by=request.user)
            done.append(article)
        if done:
            messages.success(request, f"Published: {_titles(done)}.")

    @admin.action(description="Withdraw the chosen ones", permissions=["publish"])
    def withdraw_selected(self, request: HttpRequest, rows: QuerySet[Article]) -> None:
        for article in rows:
            article.withdraw(by=request.user)
        messages.success(request, f"Withdrawn, readers do not see it: {_titles(rows)}.")


def decide(request: HttpRequest, article: Article, form: ArticleForm) -> None:
    """What the button under the form says is to become of it. It is saved already: what
    would break its page keeps it from being published, not from being kept."""
    user, pressed = request.user, request.POST
    if not may_publish(request):
        if BUTTONS & pressed.keys() or "leave_at" in form.changed_data:
            messages.error(request, NOT_YOURS)
        return
    verbs: dict[str, Callable[..., None]] = {
        PUBLISH: article.publish,
        WITHDRAW: article.withdraw,
        UNSCHEDULE: article.unschedule,
        DRAFT: article.draft,
    }
    verb = next((verbs[name] for name in verbs if name in pressed), None)
    if "leave_at" in form.changed_data:
        article.expire(at=form.cleaned_data["leave_at"], by=user)
    if refused := obstacles_to(article, request):
        why = " ".join(finding.words for finding in refused)
        messages.error(request, f"It is saved and not published: {why}")
    elif verb:
        verb(by=user)
    elif form.schedules:
        article.schedule(at=form.cleaned_data["publish_at"], by=user)
    elif form.cleaned_data.get("publish_at") and not article.is_scheduled:
        words = "It is saved and not scheduled: for that, press “Save and schedule”."
        messages.warning(request, words)


def may_publish(request: HttpRequest) -> bool:
    return request.user.has_perm("articles.publish_article")


def obstacles_to(article: Article, request: HttpRequest) -> list[Finding]:
    """What stands between it and its readers, if the button that was pressed asks for them."""
    asked = {PUBLISH, SCHEDULE} & request.POST.keys()
    return obstacles(article) if asked and not article.is_public else []


def words_of(article: Article) -> str:
    if article.is_public and article.withdraw_at:
        return f"published until {clock(article.withdraw_at)}"
    if article.state == Article.State.SCHEDULED and article.due_at:
        return f"scheduled for {clock(article.due_at)}"
    return str(article.get_state_display())


def _titles(rows: Iterable[Article]) -> str:
    return ", ".join(f"“{article.title}”" for article in rows)
