"""Who may change articles and not publish them writes drafts; a colleague puts them before
readers."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from articles.models import Article
from tests.articles.form import LIST, Fields, address_of, opened, send
from tests.factories import make_article

pytestmark = pytest.mark.django_db

BASICS: Fields = {"title": "Walking", "slug": "walking", "kind": "article", "body": "<p>Walk.</p>"}
BUTTONS = ("_publish", "_schedule", "_withdraw", "_unschedule", "_draft")
OURS = ("article", "byline", "reference", "changenote", "discussion")


@pytest.fixture
def writer(client: Client) -> User:
    """All rights about articles but that to publish."""
    user = User.objects.create_user("wanda", is_staff=True)
    rights = Permission.objects.filter(content_type__model__in=OURS)
    user.user_permissions.set(rights.exclude(codename="publish_article"))
    client.force_login(user)
    return user


def page(client: Client, article: Article | None = None) -> str:
    return client.get(address_of(article)).content.decode()


def state(article: Article) -> str:
    fresh: Article = Article.objects.get(pk=article.pk)
    return fresh.state


def test_a_writer_keeps_a_draft_and_finds_no_button_to_publish_it(
    client: Client, writer: User
) -> None:
    send(client, {**opened(client), **BASICS}, "_save")
    article = Article.objects.get()
    assert (article.state, article.html) == ("draft", "<p>Walk.</p>")
    for shown in (page(client), page(client, article)):
        assert "A colleague who may publish puts it before readers." in shown
        for name in (*BUTTONS, "publish_at_0", "leave_at_0"):
            assert f'name="{name}"' not in shown
    assert "Preview link" in page(client, article)


@pytest.mark.parametrize("button", BUTTONS)
def test_a_button_sent_all_the_same_saves_the_words_and_nothing_else(
    client: Client, writer: User, button: str
) -> None:
    tomorrow = timezone.localtime() + timedelta(days=1)
    when = {"publish_at_0": f"{tomorrow:%Y-%m-%d}", "publish_at_1": "07:00:00"}
    when |= {"leave_at_0": f"{tomorrow:%Y-%m-%d}", "leave_at_1": "09:00:00"}
    article = make_article(published=False)
    sent = {**opened(client, article), "standfirst": "Why.", **when}
    shown = unescape(send(client, sent, button, article))
    assert "for colleagues who may. Ask one of them." in shown
    article.refresh_from_db()
    assert (article.state, article.standfirst) == ("draft", "Why.")
    assert (article.due_at, article.withdraw_at) == (None, None)
    assert not article.events.exists()


def test_what_readers_see_or_will_see_is_only_looked_at(client: Client, writer: User) -> None:
    public, waiting = make_article(body="<p>One.</p>"), make_article(published=False)
    waiting.schedule(at=timezone.now() + timedelta(days=1), by=None)
    for article in (public, waiting):
        assert 'name="_save"' not in page(client, article)
        words = {"title": "Another title, which is rather long"}
        answer = client.post(address_of(article), {**words, "_save": "1"})
        assert answer.status_code == 403
        assert "Another title, which is rather long</textarea>" in answer.content.decode()
        kept = client.post(f"{LIST}autosave/", {"unsaved_key": f"article-{article.pk}"})
        assert kept.status_code == 403
        article.refresh_from_db()
        assert article.title == "Walking"
    public.revise(by=None, title="Walking on")
    answer = client.post(f"{LIST}{public.pk}/revisions/1/restore/")
    public.refresh_from_db()
    assert (answer.status_code, public.title) == (403, "Walking on")


def test_several_at_once_are_not_published_either(client: Client, writer: User) -> None:
    draft, public = make_article(published=False), make_article()
    assert "publish_selected" not in client.get(LIST).content.decode()
    for action, article in (("publish_selected", draft), ("withdraw_selected", public)):
        before = state(article)
        client.post(LIST, {"action": action, "_selected_action": str(article.pk)})
        assert state(article) == before


def test_with_the_right_it_is_published(client: Client, writer: User) -> None:
    writer.user_permissions.add(Permission.objects.get(codename="publish_article"))
    article = make_article(published=False)
    send(client, opened(client, article), "_publish", article)
    assert state(article) == "published"


def test_who_could_publish_before_there_was_the_right_still_can() -> None:
    group = Group.objects.create(name="Editors")
    alone, nobody = (User.objects.create_user(name, is_staff=True) for name in ("ed", "jo"))
    change = Permission.objects.get(codename="change_article")
    group.permissions.add(change)
    alone.user_permissions.add(change)
    import_module("articles.migrations.0006_who_may_publish").give_it_to_who_had_it(apps, None)
    assert group.permissions.filter(codename="publish_article").exists()
    assert alone.has_perm("articles.publish_article")
    assert not nobody.has_perm("articles.publish_article")
