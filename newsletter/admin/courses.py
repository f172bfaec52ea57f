"""Courses for staff: the letters, and where people stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.editor import BodyField, keep_unless_changed

from ..models import Course, Enrolment, Lesson
from .people import ReadOnlyPage

if TYPE_CHECKING:
    CourseModelAdmin = admin.ModelAdmin[Course]
    LessonModelAdmin = admin.ModelAdmin[Lesson]
    LessonModelForm = forms.ModelForm[Lesson]
    EnrolmentModelAdmin = admin.ModelAdmin[Enrolment]
    LessonTabularInline = admin.TabularInline[Lesson, Course]
else:
    CourseModelAdmin = LessonModelAdmin = EnrolmentModelAdmin = admin.ModelAdmin
    LessonModelForm = forms.ModelForm
    LessonTabularInline = admin.TabularInline


class LessonForm(LessonModelForm):
    body = BodyField(label="Text")

    class Meta:
        model = Lesson
        fields = ("course", "position", "wait_days", "condition", "subject", "body", "active")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        keep_unless_changed(self, "body")


class LessonInline(LessonTabularInline):
    """The order and the waits at a glance; each letter is written on a page of its own."""

    model = Lesson
    fields = ("position", "wait_days", "condition", "subject", "active", "sent_to")
    readonly_fields = ("subject", "sent_to")
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lesson]:
        return Lesson.objects.with_numbers()

    @admin.display(description="sent to")
    def sent_to(self, lesson: Any) -> int:
        return int(lesson.people)


@admin.register(Course)
class CourseAdmin(CourseModelAdmin):
    list_display = ["name", "active", "begins_at_confirmation", "people", "under_way", "finished"]
    fields = ["name", "active", "begins_at_confirmation", "book", "add_lesson"]
    readonly_fields = ["add_lesson"]
    inlines = [LessonInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        return Course.objects.with_numbers()

    @admin.display(description="began")
    def people(self, course: Any) -> int:
        return int(course.people)

    @admin.display(description="under way")
    def under_way(self, course: Any) -> int:
        return int(course.people - course.finished - course.ended)

    @admin.display(description="finished")
    def finished(self, course: Any) -> int:
        return int(course.finished)

    @admin.display(description="letters")
    def add_lesson(self, course: Course) -> str | SafeString:
        if course.pk is None:
            return "Save the course first; then write its letters."
        address = reverse("admin:newsletter_lesson_add")
        return format_html('<a href="{}?course={}">Write another letter</a>', address, course.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Course | None = None) -> bool:
        if obj is not None and obj.enrolments.exists():
            return False
        return super().has_delete_permission(request, obj)


@admin.register(Lesson)
class LessonAdmin(LessonModelAdmin):
    form = LessonForm
    list_display = ["subject", "course", "position", "wait_days", "condition", "active"]
    list_filter = ["course"]
    list_select_related = ["course"]
    ordering = ["course", "position", "pk"]

    def save_model(self, request: HttpRequest, obj: Lesson, form: Any, change: bool) -> None:
        obj.render()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Lesson | None = None) -> bool:
        """Who has had it has had it: take it out of use instead."""
        if obj is not None and obj.sent.exists():
            return False
        return super().has_delete_permission(request, obj)


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnlyPage, EnrolmentModelAdmin):
    list_display = ["subscriber", "course", "stands", "begun_at", "due_at", "last_error"]
    list_filter = ["course"]
    list_select_related = ["subscriber", "course"]
    search_fields = ["subscriber__email"]
    search_help_text = "Address"
    ordering = ["-begun_at", "-pk"]
    list_per_page = 50
    fields = readonly_fields = (
        "subscriber", "course", "stands", "had", "begun_at", "due_at", "finished_at", "ended_at",
        "ended_why", "last_error",
    )  # fmt: skip
    actions = ["take_out"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enrolment]:
        return Enrolment.objects.with_numbers()

    @admin.display(description="stands")
    def stands(self, enrolment: Any) -> str:
        return str(enrolment.standing(enrolment.letters))

    @admin.display(description="had")
    def had(self, enrolment: Enrolment) -> str:
        rows = enrolment.sent.select_related("lesson").order_by("pk")
        return "; ".join(f"{row.lesson} ({row.at:%Y-%m-%d})" for row in rows) or "nothing yet"

    @admin.action(description="Take out of the course", permissions=["change"])
    def take_out(self, request: HttpRequest, queryset: QuerySet[Enrolment]) -> None:
        for enrolment in queryset.select_related("subscriber", "course"):
            enrolment.end(by=request.user, why="taken out by staff")
        text = f"{len(queryset)} taken out. Their other letters go on."
        self.message_user(request, text, messages.SUCCESS)
