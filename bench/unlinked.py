"""Pages that no link of the site leads to, made by its own code inside a site's database."""

from __future__ import annotations

import json

from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from articles.models import (
    Article,
    Author,
    PreviewLink,
    ReadCount,
    Series,
    SeriesPart,
    StartHere,
    Tag,
    Topic,
)
from backsite.lib import work
from backsite.lib.web import unavailable
from comments.models import ArticleDiscussion
from newsletter import links
from newsletter.models import Issue, Letter, Move, Signup, Subscriber

from .common import ROOT

HTML = "text/html; charset=utf-8"
LETTER = (
    "<p>Dear [[first_name|friend]],</p><p>a rest day is no lost day. Muscles grow strong while "
    "they rest, and a back that has been working is allowed to be tired.</p>"
    "<h2>What readers asked</h2><ul><li>Is a hot bath the same as a heat wrap?</li>"
    "<li>May I lift my child again?</li></ul><p>Until next week</p>"
)


def say() -> None:
    """Rows of (name, status, type, text), as one line of JSON."""
    rows = [*_of_mails(), *_letters(), *_with_more(), *_bare(), *_previews(), *_mishaps()]
    print(json.dumps(rows))


def _of_mails() -> list[tuple[str, int, str, str]]:
    """In the order in which a reader meets them."""
    while not Subscriber.objects.exists():  # who signed up a moment ago, by us or the worker
        work.sweep()
    subscriber = Subscriber.objects.latest("pk")

    def link(kind: str) -> str:
        subscriber.refresh_from_db()
        word = links.make(f"newsletter.{kind}", subscriber.pk, subscriber.round)
        return f"/newsletter/{kind}/{word}/"

    outdated = links.make(links.CONFIRM, subscriber.pk, subscriber.round + 1)
    return [
        _page("to confirm", link("confirm")),
        _page("confirmed", link("confirm"), post=True),
        _page("the book", subscriber.books()[0].path),
        _page("what one gets", link("preferences")),
        _page("what one gets, in a pause", link("preferences"), post={"do": "pause"}),
        _page("what one gets, wrongly", link("preferences"), post={"do": "save"}),
        _page("a new address, wrongly", link("preferences"), post={"do": "move", "email": "x"}),
        _page("what is held", _asked_for_data(subscriber.email)),
        *_of_a_move(subscriber),
        _page("to leave", link("leave")),
        _page("left", link("leave"), post=True),
        _page("a link that has had its time", f"/newsletter/confirm/{outdated}/"),
    ]


def _asked_for_data(email: str) -> str:
    return Signup.objects.create(kind=Signup.Kind.DATA, email=email, form="data-link").data_path


def _of_a_move(subscriber: Subscriber) -> list[tuple[str, int, str, str]]:
    """Both sides of a change of address."""
    subscriber.refresh_from_db()
    Move.ask(subscriber, "anna@new.example", evidence={})
    wish = Move.objects.latest("pk")
    rows = [
        _page("to move", wish.accept_path),
        _page("moved", wish.accept_path, post=True),
        _page("to stay", wish.undo_path),
        _page("stayed", wish.undo_path, post=True),
    ]
    subscriber.refresh_from_db()
    return rows


def _letters() -> list[tuple[str, int, str, str]]:
    """An archive without and with a letter, and the letter."""
    bare = _page("letters before the first", "/newsletter/letters/")
    letter = Letter.objects.earliest("pk")
    issue, _ = Issue.objects.get_or_create(
        subject="Why a rest day counts",
        defaults={
            "letter": letter,
            "preheader": "Three questions from readers, and what a trial of walking says.",
            "body": LETTER,
            "archive": Issue.Archive.OPEN,
            "state": Issue.State.SENT,
            "started_at": timezone.now(),
        },
    )
    return [
        bare,
        _page("letters", "/newsletter/letters/"),
        _page("a letter", issue.get_absolute_url()),
    ]


def _bare() -> list[tuple[str, int, str, str]]:
    """Places where nothing is yet, and a discussion that is over."""
    topic, _ = Topic.objects.get_or_create(slug="new-topic", defaults={"name": "A new topic"})
    tag, _ = Tag.objects.get_or_create(slug="new-tag", defaults={"name": "a new tag"})
    author, _ = Author.objects.get_or_create(slug="new-author", defaults={"name": "Eva Neu"})
    rows = [
        _page("a topic without articles", topic.get_absolute_url()),
        _page("a tag without articles", tag.get_absolute_url()),
        _page("an author without articles", author.get_absolute_url()),
    ]
    articles = Article.objects.articles().published().order_by("pk")
    silent = articles.filter(comments=None).first()
    spoken = articles.exclude(comments=None).first()
    assert spoken is not None
    if silent is not None:
        rows.append(_page("an article without comments", silent.get_absolute_url()))
    own, _ = ArticleDiscussion.objects.update_or_create(
        article=spoken, defaults={"closed_after_days": 0}
    )
    rows.append(_page("an article whose comments are closed", spoken.get_absolute_url()))
    own.delete()
    topic.delete()
    tag.delete()
    author.delete()
    return rows


def _with_more() -> list[tuple[str, int, str, str]]:
    """What staff have not made use of in the demonstration."""
    articles = list(Article.objects.articles().published().exclude(topic=None).order_by("pk")[:3])
    series, _ = Series.objects.get_or_create(name="A series")
    for article in articles:
        StartHere.objects.get_or_create(topic=articles[0].topic, article=article)
        SeriesPart.objects.get_or_create(series=series, article=article)
        ReadCount.objects.get_or_create(
            article=article, day=timezone.localdate(), defaults={"number": 100}
        )
    topic = articles[0].topic
    assert topic is not None
    return [
        _page("a topic with what to start with", topic.get_absolute_url()),
        _page("a part of a series", articles[1].get_absolute_url()),
        _page("a home page with what is read most", "/"),
    ]


def _previews() -> list[tuple[str, int, str, str]]:
    article = Article.objects.articles().published().latest("pk")
    article.withdraw(by=None)
    link = PreviewLink.objects.renew(article, by=None)
    rows = [
        _page("a preview", link.get_absolute_url()),
        _page("a comment on what is withdrawn", f"/comments/on/{article.pk}/"),
        _page("what is withdrawn", article.get_absolute_url()),
    ]
    article.republish(by=None)
    return rows


def _mishaps() -> list[tuple[str, int, str, str]]:
    typed = [("text", "Your comment or question", "Words <b>"), ("email", "E-mail", "a@b.example")]
    away = {
        "heading": "Your comment is not saved yet",
        "problem": "Our database cannot be reached just now.",
        "advice": "Wait a few seconds, then press the button.",
        "action": "/",
        "again": "Send it again",
        "fields": typed,
    }
    pages = {
        "400": render_to_string("400.html"),
        "403": render_to_string("403_origin.html"),
        "500": render_to_string("500.html"),
        "503": unavailable().content.decode(),
        "the site is away": (ROOT / "deploy" / "nginx" / "down.html").read_text(),
        "a comment while the database is away": unavailable(
            "comments/unsaved.html", away
        ).content.decode(),
    }
    return [(name, 503, HTML, text) for name, text in pages.items()]


def _page(
    name: str, path: str, *, post: bool | dict[str, str] = False
) -> tuple[str, int, str, str]:
    client = Client(headers={"host": "localhost"})
    sent = post if isinstance(post, dict) else {}
    answer = client.post(path, sent, follow=True) if post else client.get(path)
    return (name, answer.status_code, answer.headers["Content-Type"], answer.content.decode())
