"""Credentials, medical reviews with their report, and the public line of what changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from articles.evidence import report
from articles.models import Article, ChangeNote, Credential, Review, ReviewRefused
from articles.models.evidence import refuse
from backsite.lib.ages import ago

from .rows import Rows

# What guideline bodies call a living text: looked at once a year at least.
USUAL_INTERVAL: Final = timedelta(days=365)
CHANGED_MEANWHILE: Final = (
    "The article was changed while you were reviewing it. Look at it again; if it is still "
    "right, press the button once more."
)


class CredentialForm(forms.ModelForm[Credential]):
    looked_up = forms.BooleanField(
        label="I have looked it up at the issuing body",
        required=False,
        help_text="Readers see a credential only once somebody has done so.",
    )

    class Meta:
        model = Credential
        fields = ("author", "what", "issued_by", "number", "valid_from", "valid_until")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        first, last = values.get("valid_from"), values.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", "It cannot end before it begins.")
        return values


@admin.register(Credential)
class CredentialAdmin(admin.ModelAdmin[Credential]):
    form = CredentialForm
    list_display = ("line", "author", "valid_from", "valid_until", "checked")
    list_filter = (("checked_at", admin.EmptyFieldListFilter), "valid_until")
    list_select_related = ("author", "checked_by")
    search_fields = ("author__name", "what", "issued_by", "number")
    autocomplete_fields = ("author",)
    fields = (
        "author",
        "what",
        "issued_by",
        "number",
        ("valid_from", "valid_until"),
        "checked",
        "looked_up",
    )
    readonly_fields = ("checked",)

    def has_delete_permission(self, request: HttpRequest, obj: Credential | None = None) -> bool:
        """One that a review rests on stays as its evidence."""
        used = obj is not None and obj.reviews.exists()
        return not used and super().has_delete_permission(request, obj)

    @admin.display(description="checked", ordering="checked_at")
    def checked(self, row: Credential) -> str:
        if row.checked_at is None:
            return "Not yet: readers do not see it"
        return f"by {row.checked_by or 'the site'}, {ago(row.checked_at)}"

    def save_model(
        self, request: HttpRequest, obj: Credential, form: forms.ModelForm[Credential], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data["looked_up"]:
            obj.check_off(by=request.user)
        elif change and form.changed_data and obj.checked_at is not None:
            obj.doubt(by=request.user, why="changed after it was checked")
            messages.warning(
                request,
                "It was changed after it had been checked, so readers do not see it now. Look "
                "it up and tick the box.",
            )


class ReviewForm(forms.ModelForm[Review]):
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Review
        fields = ("article", "credential", "date", "next_due", "note")
        labels = {"credential": "Reviewer, and what qualifies them"}
        help_texts = {
            "article": "It is reviewed as it stands now.",
            "next_due": "From the day after, readers no longer see this review.",
        }
        widgets = {"date": AdminDateWidget, "next_due": AdminDateWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "credential" not in self.fields:  # a review that is only looked at
            return
        choices = Credential.objects.checked().select_related("author").order_by("author__name")
        field = self.fields["credential"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = choices
        field.empty_label = "Choose somebody"
        if not choices.exists():
            field.help_text = "There is no checked credential yet: add one under Credentials."

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        article, credential = values.get("article"), values.get("credential")
        if self.errors or article is None or credential is None:
            return values
        seen, now = values.get("seen"), article.content_hash()
        if seen and seen != now:
            self.data = {**{name: self.data.get(name) for name in self.data}, "seen": now}
            self.add_error(None, CHANGED_MEANWHILE)
        try:
            refuse(article, credential.author, credential, values["date"], values["next_due"])
        except ReviewRefused as error:
            self.add_error("credential" if error.field == "reviewer" else error.field, str(error))
        return values


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin[Review]):
    """A review is recorded, looked at and taken back; nobody changes one."""

    form = ReviewForm
    list_display = ("article", "reviewer", "date", "next_due", "state")
    list_filter = (("reviewer", admin.RelatedOnlyFieldListFilter), "date")
    list_select_related = ("article", "reviewer")
    search_fields = ("article__title", "reviewer__name")
    autocomplete_fields = ("article",)
    fields = ("article", "credential", ("date", "next_due"), "note", "seen")
    actions = ("take_back",)
    change_list_template = "admin/articles/evidence/reviews.html"

    class Media:
        css: ClassVar = {"all": ["admin/evidence.css"]}

    def has_change_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Review | None = None) -> Any:
        return self.fields[:-1] if obj else self.fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        heavy = [f"article__{name}" for name in ("body", "html", "search_text")]
        return super().get_queryset(request).defer(*heavy)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        today = timezone.localdate()
        values: dict[str, Any] = {"date": today, "next_due": today + USUAL_INTERVAL}
        chosen = request.GET.get("article", "")
        if chosen.isascii() and chosen.isdigit() and len(chosen) < 18:
            article = Article.objects.filter(pk=chosen).first()
            if article is not None:
                values |= {"article": article.pk, "seen": article.content_hash()}
        return values

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Record a review", **(extra_context or {})}
        try:
            return super().add_view(request, form_url, context)
        except ReviewRefused:
            # Changed in the moment between check and record: now the check sees it.
            return super().add_view(request, form_url, context)

    def save_model(
        self, request: HttpRequest, obj: Review, form: forms.ModelForm[Review], change: bool
    ) -> None:
        made = obj.article.review(
            reviewer=obj.credential.author,
            credential=obj.credential,
            next_due=obj.next_due,
            on=obj.date,
            seen=form.cleaned_data["seen"] or None,
            note=obj.note,
            by=request.user,
        )
        obj.pk, obj.reviewer = made.pk, made.reviewer

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Medical reviews", "report": report(), **(extra_context or {})}
        return super().changelist_view(request, context)

    @admin.display(description="state")
    def state(self, review: Review) -> str:
        return "taken back" if review.withdrawn_at else "recorded"

    @admin.action(description="Take back the chosen reviews", permissions=["add"])
    def take_back(self, request: HttpRequest, rows: QuerySet[Review]) -> None:
        for review in rows:
            review.withdraw(by=request.user, why="taken back in the list")
        messages.success(request, "Taken back: readers see nothing of these reviews.")


class ChangeNoteFormSet(BaseInlineFormSet[ChangeNote, Article, Any]):
    """Lines are added and taken back; what readers were told is not rewritten."""

    request: ClassVar[HttpRequest]

    def save_new(self, form: Any, commit: bool = True) -> ChangeNote:
        values = form.cleaned_data
        return self.instance.note_change(
            values["text"], by=self.request.user, on=values.get("date")
        )

    def save_existing(self, form: Any, obj: ChangeNote, commit: bool = True) -> ChangeNote:
        return obj

    def delete_existing(self, obj: ChangeNote, commit: bool = True) -> None:
        self.instance.take_back(obj, by=self.request.user)


class ChangeNoteInline(Rows[ChangeNote, Article]):
    model = ChangeNote
    formset = ChangeNoteFormSet
    fields = ("date", "text")
    extra = 0
    verbose_name, verbose_name_plural = "change", "What changed, for readers"

    class Media:
        css: ClassVar = {"all": ["admin/evidence.css"]}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.request = request  # a class made for this request alone
        return formset
