"""What an article said before, side by side, and how it is brought back; and the link under
which somebody without an account reads it before readers do.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from articles.differences import compare
from articles.models import Article, PreviewLink

# As in the form of an article.
LONGEST_WHY: Final = 300


class ShareForm(forms.Form):
    until = forms.DateField(
        label="It works until",
        required=False,
        help_text="The end of that day. Empty: until you end it.",
        # What browsers understand of this kind of field, in any language.
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def clean_until(self) -> datetime | None:
        day = self.cleaned_data["until"]
        if day is None:
            return None
        if day < timezone.localdate():
            raise forms.ValidationError("This day is over.")
        midnight = datetime.combine(day + timedelta(days=1), time.min)
        return timezone.make_aware(midnight)


class History(admin.ModelAdmin[Article]):
    """To be mixed into the admin of articles."""

    def get_urls(self) -> list[URLPattern]:
        guarded, name = self.admin_site.admin_view, "articles_article_"
        urls: list[URLPattern] = super().get_urls()
        return [
            path("<int:pk>/revisions/", guarded(self.revisions), name=f"{name}revisions"),
            path("<int:pk>/revisions/compare/", guarded(self.compared), name=f"{name}compare"),
            path(
                "<int:pk>/revisions/<int:number>/restore/",
                guarded(require_POST(self.restore)),
                name=f"{name}restore",
            ),
            path("<int:pk>/share/", guarded(self.share), name=f"{name}share"),
            *urls,
        ]

    def revisions(self, request: HttpRequest, pk: int) -> HttpResponse:
        article = self._article(request, pk)
        rows = list(article.revisions.listed())
        return self._page(request, article, "revisions", "Revisions", rows=rows)

    def compared(self, request: HttpRequest, pk: int) -> HttpResponse:
        """`from` and `to` are numbers of revisions, in any order; `view=source` shows HTML."""
        article = self._article(request, pk)
        numbers = sorted(_number(request.GET.get(end, "")) for end in ("from", "to"))
        before, after = (get_object_or_404(article.revisions, number=each) for each in numbers)
        source = request.GET.get("view") == "source"
        return self._page(
            request,
            article,
            "compare",
            f"From revision {before.number} to {after.number}",
            before=before,
            after=after,
            left=f"Revision {before.number}",
            right=f"Revision {after.number}",
            source=source,
            differences=compare(before.words, after.words, source=source),
        )

    @transaction.atomic
    def restore(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """`newest`: the newest revision when the page with the button was made."""
        article = self._article(request, pk, change=True, lock=True)
        revision = get_object_or_404(article.revisions, number=number)
        newest = article.current_revision
        if newest and request.POST.get("newest", str(newest.number)) != str(newest.number):
            since = f"meanwhile {newest.who} saved revision {newest.number}"
            messages.error(request, f"Nothing was brought back: {since}. Look at it first.")
            return HttpResponseRedirect(reverse("admin:articles_article_revisions", args=[pk]))
        why = request.POST.get("why", "").replace("\x00", "").strip()[:LONGEST_WHY]
        for sentence in article.restore(revision, by=request.user, why=why):
            messages.warning(request, sentence)
        said = f"Revision {number} is back, as revision {article.revision}. Nothing was deleted."
        messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[pk]))

    def share(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the link; POST makes a new one, or ends the one there is."""
        article = self._article(request, pk, change=True)
        link = PreviewLink.objects.filter(article=article, revoked_at=None).first()
        form = ShareForm(request.POST or None)
        if request.method == "POST" and "end" in request.POST:
            if link:
                link.revoke(by=request.user)
            messages.success(request, "The preview link is ended: it leads nowhere any more.")
            return HttpResponseRedirect(request.path)
        if request.method == "POST" and form.is_valid():
            until = form.cleaned_data["until"]
            PreviewLink.objects.renew(article, by=request.user, until=until)
            messages.success(request, "This is the link. Whoever has it can read the article.")
            return HttpResponseRedirect(request.path)
        title = "Preview link"
        return self._page(request, article, "share", title, link=link, share_form=form)

    def _article(
        self, request: HttpRequest, pk: int, *, change: bool = False, lock: bool = False
    ) -> Article:
        """`lock`: it stays as it is until the transaction ends, and so does who may change it."""
        rows = Article.objects.select_for_update(of=("self",)) if lock else Article.objects.all()
        article = get_object_or_404(rows, pk=pk)
        allowed = self.has_change_permission if change else self.has_view_or_change_permission
        if not allowed(request, article):
            raise PermissionDenied
        return article

    def _page(
        self, request: HttpRequest, article: Article, template: str, title: str, **context: Any
    ) -> HttpResponse:
        whole = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "article": article,
            "title": title,
            "subtitle": article.title,
            "may_change": self.has_change_permission(request, article),
            **context,
        }
        return TemplateResponse(request, f"admin/articles/{template}.html", whole)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise Http404("The number of the revision is no number.")
    return int(text)
