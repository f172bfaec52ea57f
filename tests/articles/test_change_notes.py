"""What changed and when, in a line that readers see."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from articles.models import Article, ChangeNote
from tests.factories import make_article, make_staff

pytestmark = pytest.mark.django_db


def noted(client: Client, article: Article) -> str:
    page = client.get(article.get_absolute_url()).content.decode()
    return page.partition('<section class="changes"')[2].partition("</section>")[0]


def test_readers_see_what_changed_the_newest_first(client: Client) -> None:
    article = make_article()
    assert noted(client, article) == ""
    article.note_change("The dose was corrected.", by=None, on=date(2026, 3, 5))
    article.note_change("The <new> guideline is in.", by=None, on=date(2026, 5, 3))
    shown = noted(client, article)
    assert 'Updated <time datetime="2026-05-03">3 May 2026</time>: The &lt;new&gt;' in shown
    assert shown.index("guideline") < shown.index("dose")


def test_it_dates_the_article_and_never_backwards() -> None:
    article = make_article()
    article.note_change("Now.", by=None)
    article.refresh_from_db()
    at = article.updated_at
    assert at is not None
    assert timezone.now() - at < timedelta(minutes=1)
    article.note_change("Long ago.", by=None, on=date(2020, 1, 1))
    article.refresh_from_db()
    assert article.updated_at == at


def test_staff_add_and_take_back_a_line_in_the_form(client: Client) -> None:
    user: User = make_staff("ada")
    client.force_login(user)
    article = make_article()

    def save(**rows: Any) -> None:
        sent = {
            "title": article.title,
            "slug": article.slug,
            "kind": article.kind,
            "body": article.body,
            "comments_open": "on",
            "_save": "1",
        }
        for prefix in ("bylines", "references", "change_notes", "discussion"):
            sent |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
        answer = client.post(f"/admin/articles/article/{article.pk}/change/", {**sent, **rows})
        assert answer.status_code == 302

    new = {"change_notes-0-date": "2026-05-03", "change_notes-0-text": "The dose was corrected."}
    save(**{"change_notes-TOTAL_FORMS": "1", **new})
    note = ChangeNote.objects.get()
    assert (note.text, note.date, note.by) == ("The dose was corrected.", date(2026, 5, 3), "ada")
    old = {"change_notes-0-id": str(note.pk), "change_notes-0-DELETE": "on"}
    save(**{"change_notes-TOTAL_FORMS": "1", "change_notes-INITIAL_FORMS": "1", **old})
    assert not ChangeNote.objects.exists()
    events = article.events.filter(actor="ada", verb__contains="note").values_list("verb", "why")
    assert list(events) == [
        ("note", "The dose was corrected."),
        ("take back note", "3 May 2026: The dose was corrected."),
    ]
