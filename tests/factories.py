"""Things that tests need many of, with as little said as a test may leave out."""

from __future__ import annotations

import itertools
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.utils import timezone

from articles.models import Article, Author, Byline, Topic
from backsite.lib.bots import Submission
from comments.models import Comment

_numbers = itertools.count(1)


def make_topic(name: str = "Moving", **fields: Any) -> Topic:
    return Topic.objects.create(**{"name": name, "slug": f"topic-{next(_numbers)}", **fields})


def make_author(name: str = "Dr Ada Example", **fields: Any) -> Author:
    return Author.objects.create(**{"name": name, "slug": f"author-{next(_numbers)}", **fields})


def make_article(title: str = "Walking", *, published: bool = True, **fields: Any) -> Article:
    """A published article, unless told otherwise, with its body rendered."""
    authors = fields.pop("authors", [])
    given = {"title": title, "slug": f"article-{next(_numbers)}", "body": "<p>Words.</p>"}
    article = Article(**{**given, **fields})
    article.render()
    article.save()
    for position, author in enumerate(authors):
        Byline.objects.create(article=article, author=author, position=position)
    if published:
        article.publish(by=None, at=fields.get("published_at") or timezone.now())
    return article


def make_staff(username: str = "ada", **fields: Any) -> User:
    user: User = get_user_model().objects.create_superuser(
        username, f"{username}@example.org", "a password for tests", **fields
    )
    return user


def make_comment(article: Article, *, approved: bool = True, **fields: Any) -> Comment:
    """A reader's comment, sent as the form sends it; approved unless told otherwise."""
    number = next(_numbers)
    words = {
        "name": "Anna",
        "email": f"anna{number}@example.org",
        "website": "",
        "text": f"Does walking help? ({number})",
        "parent": None,
    }
    comment = Comment.submit(
        Submission(form="comment", user_agent="tests"), article=article, **{**words, **fields}
    )
    if approved:
        comment.approve(by=None)
    return comment
