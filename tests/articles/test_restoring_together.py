"""Bringing a revision back while colleagues work on the same article."""

from __future__ import annotations

from html import unescape
from threading import Thread

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection, transaction
from django.test import Client

from articles.models import Article
from tests.factories import make_article, make_staff
from tests.lib.waiting import PATIENCE, wait_until


def restore(client: Client, article: Article, number: int, seen: int | None = None) -> str:
    sent = {} if seen is None else {"newest": str(seen)}
    address = f"/admin/articles/article/{article.pk}/revisions/{number}/restore/"
    return unescape(client.post(address, sent, follow=True).content.decode())


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # one is kept for a transaction
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_what_is_published_while_it_is_brought_back_stays_as_readers_get_it() -> None:
    """Whether somebody may is asked when nobody else can decide it any more."""
    writer, client = User.objects.create_user("wanda", is_staff=True), Client()
    writer.user_permissions.set(Permission.objects.filter(codename="change_article"))
    client.force_login(writer)
    article = make_article("Before", published=False)
    article.revise(by=None, title="After")
    answers: list[int] = []

    def bring_back() -> None:
        address = f"/admin/articles/article/{article.pk}/revisions/1/restore/"
        answers.append(client.post(address).status_code)
        connection.close()

    other = Thread(target=bring_back)
    with transaction.atomic():
        article.publish(by=None)
        other.start()
        wait_until(somebody_waits)
    other.join(PATIENCE)
    assert answers == [403]
    assert Article.objects.get(pk=article.pk).title == "After"


@pytest.mark.django_db
def test_what_a_colleague_saved_since_the_page_was_opened_is_not_put_aside_unseen(
    client: Client,
) -> None:
    client.force_login(make_staff("ada"))
    article = make_article("First")
    article.revise(by=None, title="Second")
    address = f"/admin/articles/article/{article.pk}/revisions/compare/?from=1&to=2"
    assert '<input type="hidden" name="newest" value="2">' in client.get(address).content.decode()
    article.revise(by=make_staff("ben"), title="Third")
    said = restore(client, article, 1, seen=2)
    assert "Nothing was brought back: meanwhile ben saved revision 3. Look at it first." in said
    assert Article.objects.get(pk=article.pk).title == "Third"
    assert "is back, as revision 4" in restore(client, article, 1, seen=3)
    assert Article.objects.get(pk=article.pk).title == "First"
