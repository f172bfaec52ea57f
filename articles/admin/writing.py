"""What happens while somebody writes: unsaved words are kept, colleagues are seen, and the
form can be read as readers would before anything is saved.
"""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms.utils import ErrorDict
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from articles.models import Article, Opened, Unsaved
from articles.models.revising import TEXTS
from articles.views.preview import as_readers_would, private

from .references import place_authors, place_references
from .watched import LOOK

UNSAVED: Final = "unsaved"  # ?unsaved=3 shows what was kept in that row


class Writing(admin.ModelAdmin[Article]):
    """To be mixed into the admin of articles."""

    def get_urls(self) -> list[URLPattern]:
        def guarded(view: Any) -> Any:
            return self.admin_site.admin_view(require_POST(view))

        urls: list[URLPattern] = super().get_urls()
        return [
            path("autosave/", guarded(self.autosave), name="articles_article_autosave"),
            path("<int:pk>/here/", guarded(self.here), name="articles_article_here"),
            path("unsaved/<int:pk>/drop/", guarded(self.drop), name="articles_article_drop"),
            path("preview/", guarded(self.preview), name="articles_article_preview_new"),
            path("<int:pk>/preview/", guarded(self.preview), name="articles_article_preview"),
            *urls,
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        kept = self._asked_for(request, object_id)
        context = {**(extra_context or {}), "looked_at": kept}
        if kept is not None:
            request = _as_sent(request, kept)
        return super().changeform_view(request, object_id, form_url, context)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Article | None:
        """Two who save at the same moment take turns: the second sees what the first saved."""
        if request.method == "POST" and str(object_id).isdecimal():
            rows = Article.objects.select_for_update(of=("self",)).filter(pk=object_id)
            rows.values_list("pk").first()
        return super().get_object(request, object_id, from_field)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        article = kwargs.get("obj")
        watched = context["adminform"].form
        context["watched"] = watched if watched.fields else None
        if article is not None:
            context["others"] = list(Opened.objects.others(article, request.user))
        looked_at = context.get("looked_at")
        if request.method == "GET":
            context["offers"] = self._offers(request, article)
        elif looked_at and (revision := watched.conflict):
            context["saved_since"] = revision
        return super().render_change_form(request, context, *args, **kwargs)

    def autosave(self, request: HttpRequest) -> HttpResponse:
        """Keeps the form as it is; nothing of the article changes."""
        key = request.POST.get("unsaved_key", "")
        kind, _, number = key.partition("-")
        if kind not in {"article", "new"} or not number or len(key) > 60:
            return HttpResponseBadRequest("The form did not say which one it is.")
        article = None
        if kind == "article" and number.isdecimal():
            article = get_object_or_404(Article, pk=number)
        self._permit(request, article)
        kept = Unsaved.objects.keep(request.user, key=key, article=article, sent=request.POST)
        return JsonResponse({"at": _clock(kept.at), "id": kept.pk})

    def here(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A form says that it is open, and is told who else is there and what was saved."""
        article = get_object_or_404(Article, pk=pk)
        self._permit(request, article)
        Opened.objects.see(article, request.user)
        others = [row.name for row in Opened.objects.others(article, request.user)]
        saved = ""
        if request.POST.get("opened_revision", "") != str(article.revision):
            newest = article.current_revision
            saved = f"{newest.who} at {_clock(newest.at)}" if newest else ""
        return JsonResponse({"others": others, "saved": saved})

    def drop(self, request: HttpRequest, pk: int) -> HttpResponse:
        kept = Unsaved.objects.of(request.user).filter(pk=pk).first()
        if kept is None:
            messages.info(request, "These changes are gone already.")
            return HttpResponseRedirect(reverse("admin:articles_article_changelist"))
        kept.delete()
        messages.success(request, f"Your unsaved changes from {_clock(kept.at)} are thrown away.")
        return HttpResponseRedirect(_form_of(kept))

    def preview(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Saves the form, reads it as readers would, and takes all of it back."""
        article = get_object_or_404(Article, pk=pk) if pk else None
        self._permit(request, article)
        with transaction.atomic():
            response = self._previewed(request, article)
            transaction.set_rollback(True)
        return private(response)

    def _previewed(self, request: HttpRequest, article: Article | None) -> HttpResponse:
        form_class = self.get_form(request, article, change=article is not None)
        form = form_class(request.POST, None, instance=article)
        change, written = article is not None, form.instance
        form.full_clean()
        create_formsets = self._create_formsets  # type: ignore[attr-defined]  # not in the stubs
        formsets = create_formsets(request, written, change=change)[0]
        wrong = [*_said(form.errors), *(row for each in formsets for row in _formset_said(each))]
        if wrong:
            context = {
                **self.admin_site.each_context(request),
                "title": "It cannot be shown yet",
                "wrong": wrong,
            }
            page = TemplateResponse(request, "admin/articles/no_preview.html", context)
            return page.render()
        form.save(commit=False)
        written.save()
        form.save_m2m()
        for formset in formsets:
            formset.instance = written
            formset.save()
        place_authors(written)
        place_references(written)
        fresh = Article.objects.complete().get(pk=written.pk)
        fresh.render()
        return as_readers_would(request, fresh, unsaved=True)

    def forget_unsaved(self, request: HttpRequest) -> None:
        """What was kept of this form is saved now."""
        key = request.POST.get("unsaved_key", "")
        Unsaved.objects.of(request.user).filter(key=key).delete()

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        """What is said after a save also tells this browser to forget its own copy."""
        if key := request.POST.get("unsaved_key", ""):
            message = format_html('{}<span data-sent="{}"></span>', message, key)
        super().message_user(request, message, *args, **kwargs)

    def _permit(self, request: HttpRequest, article: Article | None) -> None:
        may = (
            self.has_change_permission(request, article)
            if article
            else (self.has_add_permission(request))
        )
        if not may:
            raise PermissionDenied

    def _asked_for(self, request: HttpRequest, object_id: str | None) -> Unsaved | None:
        number = request.GET.get(UNSAVED, "")
        if request.method != "GET" or not number.isdecimal() or len(number) > 15:
            return None
        kept = Unsaved.objects.of(request.user).filter(pk=number).first()
        return kept if kept and str(kept.article_id or "") == str(object_id or "") else None

    def _offers(self, request: HttpRequest, article: Article | None) -> list[Unsaved]:
        """What this person wrote and did not save, unless it says nothing new."""
        rows = Unsaved.objects.of(request.user).filter(article=article)
        return [row for row in rows if article is None or _is_new(row, article)]


def _is_new(kept: Unsaved, article: Article) -> bool:
    sent = kept.sent
    newer = sent.get("opened_revision") == str(article.revision)
    texts = any(
        str(sent.get(name)).split() != getattr(article, name).split()
        for name in TEXTS
        if name in sent
    )
    return texts or newer


def _as_sent(request: HttpRequest, kept: Unsaved) -> HttpRequest:
    """A request that brings what was kept, and with `LOOK` can save nothing."""
    again: Any = copy(request)
    sent = kept.sent.copy()
    sent[LOOK] = str(kept.pk)
    again.method, again.POST, again._files = "POST", sent, MultiValueDict()
    return again  # type: ignore[no-any-return]  # a copy of the request


def _form_of(kept: Unsaved) -> str:
    if kept.article_id is None:
        return reverse("admin:articles_article_add")
    return reverse("admin:articles_article_change", args=[kept.article_id])


def _clock(moment: datetime) -> str:
    """The time of today; of another day with its date."""
    here = timezone.localtime(moment)
    same_day = here.date() == timezone.localdate()
    return f"{here:%H:%M}" if same_day else f"{here:%-d %B, %H:%M}"


def _said(errors: ErrorDict) -> list[str]:
    return [
        f"{name.replace('_', ' ').capitalize()}: {words}" if name != "__all__" else str(words)
        for name, said in errors.items()
        for words in said
    ]


def _formset_said(formset: Any) -> list[str]:
    if formset.is_valid():
        return []
    named = str(formset.opts.verbose_name_plural if hasattr(formset, "opts") else formset.prefix)
    rows = [words for errors in formset.errors for words in _said(errors)]
    return [f"{named}: {words}" for words in [*rows, *map(str, formset.non_form_errors())]]
