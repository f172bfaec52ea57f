"""The free books, for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest

from articles.editor import BodyField, keep_unless_changed

from ..models import Book, Edition, Handover
from .people import ReadOnly, ReadOnlyPage

if TYPE_CHECKING:
    BookModelAdmin = admin.ModelAdmin[Book]
    BookModelForm = forms.ModelForm[Book]
    EditionTabularInline = admin.TabularInline[Edition, Book]
    HandoverModelAdmin = admin.ModelAdmin[Handover]
else:
    BookModelAdmin = HandoverModelAdmin = admin.ModelAdmin
    BookModelForm = forms.ModelForm
    EditionTabularInline = admin.TabularInline


class BookForm(BookModelForm):
    body = BodyField(
        label="Text",
        required=False,
        help_text="A heading of the second level begins a chapter; chapters make the contents.",
    )
    new_edition = forms.CharField(
        label="Name of the new edition",
        max_length=40,
        required=False,
        help_text="“Second edition”, for example. Left empty, what you change is a correction of "
        "the edition of now, and nobody is told. Links of every age lead to the newest.",
    )
    news = forms.CharField(
        label="What is new",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Goes into the mail to those who asked to hear of newer editions.",
    )

    class Meta:
        model = Book
        fields = (
            "title", "slug", "standfirst", "edition", "body", "file", "offered", "for_everyone",
        )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        keep_unless_changed(self, "body")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not values.get("body") and not values.get("file"):
            self.add_error("body", "Write the text here, or give it as a file, or both.")
        name = values.get("new_edition", "")
        if name and name in (self.instance.edition, values.get("edition")):
            self.add_error("new_edition", "This is the name of the edition that is out.")
        return values


class EditionInline(ReadOnly, EditionTabularInline):
    model = Edition
    fields = readonly_fields = ("number", "name", "news", "at", "actor")
    extra = 0
    can_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Book)
class BookAdmin(BookModelAdmin):
    form = BookForm
    list_display = ["title", "edition", "offered", "for_everyone", "handed_over", "read_by"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [EditionInline]

    def get_fieldsets(self, request: HttpRequest, obj: Book | None = None) -> Any:
        about = ("title", "slug", "standfirst", "edition", "offered", "for_everyone")
        sets: list[Any] = [(None, {"fields": about}), ("Text", {"fields": ("body", "file")})]
        if obj is not None:
            sets.append(("A new edition", {"fields": ("new_edition", "news")}))
        return sets

    def get_queryset(self, request: HttpRequest) -> QuerySet[Book]:
        counted = super().get_queryset(request).defer("body", "html")
        return counted.annotate(given=Count("handovers"), read=Count("handovers__opened_at"))

    @admin.display(description="handed over to", ordering="given")
    def handed_over(self, book: Any) -> int:
        return int(book.given)

    @admin.display(description="opened by, as far as browsers tell", ordering="read")
    def read_by(self, book: Any) -> int:
        return int(book.read)

    def get_readonly_fields(self, request: HttpRequest, obj: Book | None = None) -> list[str]:
        return [] if obj is None else ["slug"]

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Book | None = None
    ) -> dict[str, Any]:
        return dict(self.prepopulated_fields) if obj is None else {}

    def has_delete_permission(self, request: HttpRequest, obj: Book | None = None) -> bool:
        if obj is not None and obj.handovers.exists():
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Book, form: Any, change: bool) -> None:
        obj.render()
        super().save_model(request, obj, form, change)
        name = form.cleaned_data.get("new_edition", "")
        if change and name:
            obj.bring_out(name=name, news=form.cleaned_data["news"], by=request.user)
            asked = obj.handovers.filter(wants_news=True).count()
            text = f"{name} is out. {asked} asked to be told, and are told by mail."
            self.message_user(request, text, messages.SUCCESS)


@admin.register(Handover)
class HandoverAdmin(ReadOnlyPage, HandoverModelAdmin):
    list_display = ["subscriber", "book", "at", "opened", "opened_at", "wants_to_hear"]
    list_filter = ["book", "wants_news"]
    list_select_related = ["subscriber", "book"]
    search_fields = ["subscriber__email"]
    search_help_text = "Address"
    ordering = ["-at", "-pk"]
    list_per_page = 50

    @admin.display(description="wants news", boolean=True, ordering="wants_news")
    def wants_to_hear(self, row: Handover) -> bool:
        return row.wants_news

    fields = readonly_fields = (
        "subscriber", "book", "at", "edition_number", "opened", "opened_at", "opened_last_at",
        "wants_news", "mailed_at",
    )  # fmt: skip
