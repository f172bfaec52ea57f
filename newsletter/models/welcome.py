"""What a confirmation brings, beside the letters."""

from __future__ import annotations

from .book import Book
from .course import Course
from .enrolment import Enrolment
from .handover import Handover
from .subscriber import Subscriber


def give_books(subscriber: Subscriber) -> list[Handover]:
    """The welcome for everyone, and whatever they came for; in the order they are named."""
    asked = Book.objects.on_offer().filter(signups__in=subscriber.signups.asking()).distinct()
    books = {book.pk: book for book in asked.order_by("-pk")}
    current = Book.objects.current()
    if current is not None:
        books.setdefault(current.pk, current)
    return [Handover.give(subscriber, book) for book in books.values()]


def begin_courses(subscriber: Subscriber) -> None:
    for course in Course.objects.begun_by_confirming():
        Enrolment.begin(subscriber, course)


def bring(subscriber: Subscriber) -> None:
    give_books(subscriber)
    begin_courses(subscriber)
