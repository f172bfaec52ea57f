"""HTML that is kept in a process is never older than what the database says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from articles.models import Credential, Site, Topic
from articles.models.frame import Frame
from comments.models import Comment, Discussion
from tests.factories import make_article, make_author, make_comment, make_staff, make_topic

pytestmark = pytest.mark.django_db


def _page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_what_stands_around_a_page_is_read_again_only_when_it_has_changed() -> None:
    Site(name="The Back Site").save()
    make_article(topic=(topic := make_topic()))
    first = Frame.read()
    assert Frame.read() is first
    Topic.objects.filter(pk=topic.pk).update(name="Walking")
    second = Frame.read()
    assert second is not first
    assert [one.name for one in second.navigation.topics] == ["Walking"]
    Site.objects.update(name="Another")
    assert Frame.read().site.name == "Another"


def test_head_and_foot_follow_each_change(client: Client) -> None:
    topic = make_topic()
    make_article(topic=topic)
    path = topic.get_absolute_url()
    marked = f'<a href="{path}" aria-current="page">'
    assert marked in _page(client, path)
    assert marked not in _page(client, "/")
    Topic.objects.filter(pk=topic.pk).update(name="Lifting & bending")
    assert f"{marked}Lifting &amp; bending</a>" in _page(client, path)
    Site(name="Spine", foot_note="Nobody is examined here.", notice="A trial.").save()
    page = _page(client, "/")
    for words in ("<span>Spine</span>", "Nobody is examined here.", "A trial."):
        assert words in page


def test_a_comment_follows_each_change_of_what_it_shows(client: Client) -> None:
    staff = make_staff()
    author = make_author(user=staff)
    article = make_article()
    path = article.get_absolute_url()
    comment = make_comment(article)
    answer = comment.answer("Yes, a little each day.", by=staff)
    before = _page(client, path)
    assert before == _page(client, path)
    assert f'data-reply-to="{comment.pk}"' in before
    since = timezone.localdate() - timedelta(days=9)
    held = Credential.objects.create(author=author, what="Physiotherapist", valid_from=since)
    assert "Physiotherapist" not in _page(client, path)
    held.check_off(by=staff)
    assert "Physiotherapist" in _page(client, path)
    author.name = "Dr Ida Example"
    author.save()
    assert '"name": "Dr Ida Example"' in _page(client, path)
    rows = Comment.objects.filter(pk=comment.pk)
    rows.update(name="Berta", html="<p>Another text.</p>", email="")
    page = _page(client, path)
    assert '<span class="name">Berta</span>' in page
    assert '<div class="comment-text"><p>Another text.</p></div>' in page
    assert '"text": "Another text."' in page
    assert 'class="yours"' not in page
    Discussion.objects.update_or_create(pk=Discussion.ONLY, defaults={"open": False})
    closed = _page(client, path)
    assert "data-reply-to" not in closed
    assert 'id="comment-form"' not in closed
    Comment.objects.filter(pk=answer.pk).update(state="trash")
    assert "Yes, a little each day." not in _page(client, path)


def test_the_form_follows_the_rules_and_what_is_switched_on(client: Client) -> None:
    path = make_article().get_absolute_url()
    assert 'id="comment-form"' in _page(client, path)
    Discussion.objects.update_or_create(pk=Discussion.ONLY, defaults={"rules": "Be kind."})
    assert "Be kind." in _page(client, path)
    with override_settings(AKISMET_KEY="k"):
        assert "Automattic" in _page(client, path)
    with override_settings(RECAPTCHA_ON=True, RECAPTCHA_PUBLIC_KEY="p"):
        assert "g-recaptcha-response" in _page(client, path)
    assert "g-recaptcha-response" not in _page(client, path)
