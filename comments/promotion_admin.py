"""Putting an answer into its article, in the desk: read it over, shorten it, press the button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .alert_admin import WrittenBySite
from .models import Comment, Promotion
from .models.comment import LONGEST_NAME, LONGEST_TEXT
from .models.promotion import LONGEST_HEADING
from .models.queries import LONG_COLUMNS

if TYPE_CHECKING:
    PromotionModelAdmin = admin.ModelAdmin[Promotion]
else:
    PromotionModelAdmin = admin.ModelAdmin

# The text of an article that readers see changes at once.
ALL = ("comments.change_comment", "articles.change_article", "articles.publish_article")


class PromotionForm(forms.Form):
    heading = forms.CharField(
        label="Heading",
        max_length=LONGEST_HEADING,
        help_text="The question in a few words, as somebody would search for it.",
        widget=forms.TextInput(attrs={"size": 60}),
    )
    question = forms.CharField(
        label="The question",
        max_length=LONGEST_TEXT,
        help_text="Shorten it, and take out whatever could tell who asked.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    name = forms.CharField(
        label="Asked by",
        required=False,
        max_length=LONGEST_NAME,
        help_text="A first name only, or nothing.",
    )
    words = forms.CharField(
        label="The answer",
        max_length=LONGEST_TEXT,
        help_text="Empty lines part paragraphs.",
        widget=forms.Textarea(attrs={"rows": 12}),
    )


@admin.register(Promotion)
class PromotionAdmin(WrittenBySite, PromotionModelAdmin):
    list_display = ("what", "article", "at", "discussion")
    list_display_links = None
    list_per_page = 50

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.put_in)
        own = path("from/<int:pk>/", view, name="comments_promotion_from")
        return [own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Promotion]:
        long = [f"answer__article__{name}" for name in LONG_COLUMNS]
        rows = super().get_queryset(request).select_related("answer__article", "answer__parent")
        return rows.defer(*long)

    def put_in(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Shows what would be put in; the button puts it in, as a revision of the article."""
        user: Any = request.user
        if not user.has_perms(ALL):
            raise PermissionDenied
        rows = Comment.objects.select_related("article", "parent").filter(parent__isnull=False)
        answer = get_object_or_404(rows.exclude(staff=None), pk=pk)
        made = Promotion.objects.filter(answer=answer).first()
        form = PromotionForm(request.POST or None, initial=_proposed(answer))
        if request.method == "POST" and made is None and form.is_valid():
            assert isinstance(user, AbstractBaseUser)
            try:
                Promotion.make(answer, by=user, **form.cleaned_data)
            except ValueError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, self._said(answer))
                return HttpResponseRedirect(answer.get_admin_url())
        context = {
            **self.admin_site.each_context(request),
            "title": "Put this answer into the article",
            "opts": Promotion._meta,
            "answer": answer,
            "form": form,
            "made": made,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/comments/promote.html", context, status=status)

    def _said(self, answer: Comment) -> SafeString:
        change = reverse("admin:articles_article_change", args=[answer.article_id])
        return format_html(
            'It stands in the article now. <a href="{}#reader-question-{}">See it</a>, or '
            '<a href="{}">edit the article</a>.',
            answer.article.get_absolute_url(),
            answer.pk,
            change,
        )

    @admin.display(description="answer")
    def what(self, row: Promotion) -> SafeString:
        return format_html('<a href="{}">{}</a>', row.answer.get_admin_url(), row.answer)

    @admin.display(description="article")
    def article(self, row: Promotion) -> SafeString:
        where = reverse("admin:articles_article_change", args=[row.answer.article_id])
        return format_html('<a href="{}">{}</a>', where, row.answer.article.title)

    @admin.display(description="its discussion")
    def discussion(self, row: Promotion) -> str:
        parent = row.answer.parent
        if row.answer.is_public and parent is not None and parent.is_public:
            return "public"
        return "readers no longer see it: look at the article"


def _proposed(answer: Comment) -> dict[str, str]:
    parent = answer.parent
    assert parent is not None
    first = " ".join(parent.text.split())
    sentence = first.partition("?")[0] + "?" if "?" in first else first
    return {
        "heading": sentence[:LONGEST_HEADING],
        "question": parent.text,
        "name": (parent.name.split() or [""])[0],
        "words": answer.text,
    }
