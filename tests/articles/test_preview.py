"""Reading an article before readers do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from articles.models import Article, PreviewLink
from tests.articles.form import LIST, opened
from tests.factories import make_article, make_staff

pytestmark = pytest.mark.django_db


def link_to(article: Article, **fields: Any) -> PreviewLink:
    return PreviewLink.objects.renew(article, by=None, **fields)


def test_a_draft_is_read_by_its_link_without_a_login(client: Client) -> None:
    article = make_article("Walking", published=False, body="<p>Soon.</p>")
    answer = client.get(link_to(article).get_absolute_url())
    page = answer.content.decode()
    assert "<p>Soon.</p>" in page
    assert "Readers do not see this page yet." in page
    assert not answer.cookies


@pytest.mark.parametrize("kind", ["article", "page"])
def test_it_is_never_indexed_nor_cached_and_tells_no_other_site(client: Client, kind: str) -> None:
    article = make_article(published=False, kind=kind)
    answer = client.get(link_to(article).get_absolute_url())
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert 'name="robots" content="noindex' in answer.content.decode()


def test_it_has_no_form_that_readers_could_send(client: Client) -> None:
    page = client.get(link_to(make_article(published=False)).get_absolute_url()).content.decode()
    main = page.partition("<main")[2].partition("</main>")[0]
    assert "<form" not in main


def test_a_revoked_link_leads_nowhere(client: Client) -> None:
    link = link_to(make_article(published=False))
    link.revoke(by=None)
    link.revoke(by=None)
    answer = client.get(link.get_absolute_url())
    assert answer.status_code == 404
    assert "This preview has ended" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert [event.verb for event in link.article.events.all()] == ["share", "unshare"]


def test_a_renewed_link_ends_the_one_before(client: Client) -> None:
    article = make_article(published=False)
    old, new = link_to(article), link_to(article)
    assert client.get(old.get_absolute_url()).status_code == 404
    assert client.get(new.get_absolute_url()).status_code == 200


def test_a_link_ends_when_its_time_is_over(client: Client) -> None:
    link = link_to(make_article(published=False), until=timezone.now() + timedelta(hours=1))
    assert client.get(link.get_absolute_url()).status_code == 200
    PreviewLink.objects.update(expires_at=timezone.now())
    assert client.get(link.get_absolute_url()).status_code == 404


def test_once_published_it_leads_to_the_article(client: Client) -> None:
    article = make_article(published=False)
    link = link_to(article)
    article.publish(by=None)
    assert client.get(link.get_absolute_url())["Location"] == article.get_absolute_url()


def test_staff_make_and_end_it(client: Client) -> None:
    article = make_article(published=False)
    client.force_login(make_staff("ada"))
    address = f"{LIST}{article.pk}/share/"
    assert "leads nowhere" not in client.get(address).content.decode()
    assert not PreviewLink.objects.exists()
    client.post(address, {"make": "", "until": "2020-01-01"})
    assert not PreviewLink.objects.exists()
    page = client.post(address, {"make": "", "until": ""}, follow=True).content.decode()
    assert PreviewLink.objects.get().address in page
    client.post(address, {"end": ""})
    assert not PreviewLink.objects.open().exists()


def test_staff_read_what_stands_in_the_form_and_nothing_is_saved(client: Client) -> None:
    article = make_article("Walking", body="<p>Before.</p>")
    client.force_login(make_staff("ada"))
    reference = {
        "references-TOTAL_FORMS": "1",
        "references-0-key": "a",
        "references-0-position": "0",
        "references-0-authors": "Pocovi",
        "references-0-title": "WalkBack",
        "references-0-doi": "10.1000/182",
    }
    body = '<p>After.<cite data-ref="a"></cite></p>'
    sent = {**opened(client, article), "body": body, **reference}
    answer = client.post(f"{LIST}{article.pk}/preview/", sent)
    page = answer.content.decode()
    assert "After." in page
    assert 'href="#ref-1"' in page
    assert "WalkBack" in page
    assert "Nothing is saved." in page
    fresh = Article.objects.get(pk=article.pk)
    assert (fresh.body, fresh.references.count(), fresh.revision) == ("<p>Before.</p>", 0, 0)


def test_a_new_article_can_be_read_before_its_first_save(client: Client) -> None:
    client.force_login(make_staff("ada"))
    sent = {**opened(client), "title": "Walking", "slug": "walking", "body": "<p>New.</p>"}
    assert "<p>New.</p>" in client.post(f"{LIST}preview/", sent).content.decode()
    assert not Article.objects.exists()
    page = client.post(f"{LIST}preview/", {**sent, "title": ""}).content.decode()
    assert "Your text is untouched" in page
    assert "Title: This field is required." in page


def test_reading_the_form_is_for_those_who_may_write(client: Client) -> None:
    article = make_article(published=False)
    assert client.post(f"{LIST}{article.pk}/preview/").status_code == 403
