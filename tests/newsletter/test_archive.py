"""Letters on the site: what staff let be read, and nothing about any reader in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comments.models import Comment
from comments.personal import erase
from newsletter import links
from newsletter.models import Issue, Subscriber, ledger
from newsletter.sending.casting import Cast, Reader, headers
from tests.factories import make_article, make_comment, make_staff

from .issues import begun, make_issue, make_letter, make_readers
from .readers import text_of

pytestmark = pytest.mark.django_db
BODY = '<p>Dear [[first_name|friend]], <a href="[[leave_link]]">leave</a> or walk.</p>'


def sent(**fields: str) -> Issue:
    make_readers(1, first_name="Anna")
    issue = begun(subject="For [[first_name|you]]", body=BODY, **fields)
    rows = issue.deliveries.all()
    ledger.settle([ledger.Settled(row.pk, "sent", 1, "250 ok") for row in rows])
    issue.finish()
    return issue


def test_an_open_one_is_read_by_everybody_without_a_word_about_a_reader(client: Client) -> None:
    issue = sent(archive="open")
    answer = client.get(f"/newsletter/letters/{issue.pk}/")
    page = answer.content.decode()
    assert "Dear friend, leave or walk." in text_of(answer)
    assert "For you" in text_of(client.get("/newsletter/letters/"))
    assert (
        f'<link rel="canonical" href="http://localhost:8000/newsletter/letters/{issue.pk}/">'
        in page
    )
    for word in ("Anna", "/leave/", "[["):
        assert word not in page
    assert not answer.cookies


def test_what_does_not_fit_on_a_page_is_on_the_next(client: Client) -> None:
    known = {"letter": make_letter(), "archive": "open", "state": "sent"}
    begin = timezone.now()
    Issue.objects.bulk_create(
        Issue(subject=f"Letter {number:02}", started_at=begin - timedelta(days=number), **known)
        for number in range(31)
    )
    first = client.get("/newsletter/letters/").content.decode()
    assert "Letter 30" not in first
    assert '<a class="button quiet" rel="next" href="?page=2">' in first
    assert "Letter 30" in text_of(client.get("/newsletter/letters/?page=2"))


def test_it_is_in_the_feed_whole(client: Client) -> None:
    issue = sent(archive="open")
    feed = client.get("/newsletter/letters/feed/").content.decode()
    assert "<title>For you</title>" in feed
    assert "Dear friend" in feed
    assert f"/newsletter/letters/{issue.pk}/" in feed
    assert "[[" not in feed


def test_a_hidden_one_and_one_that_is_not_out_yet_are_found_by_nobody(client: Client) -> None:
    hidden = sent()
    written = make_issue(archive="open")
    for issue in (hidden, written):
        assert client.get(f"/newsletter/letters/{issue.pk}/").status_code == 404
    assert "No letter has gone out yet." in text_of(client.get("/newsletter/letters/"))
    assert "<item>" not in client.get("/newsletter/letters/feed/").content.decode()


def test_staff_show_and_hide_one_later(client: Client) -> None:
    client.force_login(User.objects.create_superuser("ann", "ann@example.org", "pw"))
    issue = sent()
    for verb, found in (("show", 200), ("hide", 404)):
        client.post(f"/admin/newsletter/issue/{issue.pk}/do/{verb}/")
        assert Client().get(f"/newsletter/letters/{issue.pk}/").status_code == found
    said = [event.verb for event in issue.events.filter(actor="ann")]
    assert said == ["archive: open", "archive: hidden"]


def test_one_for_its_readers_opens_by_the_link_in_their_letter_and_by_no_other(
    client: Client,
) -> None:
    issue = sent(archive="readers")
    reader = Subscriber.objects.get()
    cast = Cast(issue, issue.subject, None)
    who = Reader(reader.pk, reader.email, "Anna", reader.round)
    text = message_from_bytes(cast.fill(1, reader.email, who), policy=policy.default)
    part = text.get_body(("plain",))
    assert part
    found = re.search(r"/newsletter/letters/\S+", part.get_content())
    assert found
    answer = client.get(found[0])
    page = answer.content.decode()
    assert "Dear friend" in page
    assert 'name="robots" content="noindex' in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    for word in ("Anna", "/leave/", "[[", found[0]):
        assert word not in page

    assert client.get(f"/newsletter/letters/{issue.pk}/").status_code == 404
    assert "For you" not in text_of(client.get("/newsletter/letters/"))
    leave = links.make(links.LEAVE, reader.pk, reader.round)
    assert client.get(f"/newsletter/letters/{issue.pk}/{leave}/").status_code == 404
    reader.leave()
    assert client.get(found[0]).status_code == 410


def test_nobody_opens_a_letter_for_readers_that_was_not_sent_to_them(client: Client) -> None:
    issue = sent(archive="readers")
    mine, newcomer = Subscriber.objects.get(), make_readers(1)[0]

    def opened_by(reader: Subscriber) -> int:
        token = links.make(links.READ, reader.pk, reader.round)
        return client.get(f"/newsletter/letters/{issue.pk}/{token}/").status_code

    assert (opened_by(mine), opened_by(newcomer)) == (200, 404)
    for state, status in (("waiting", 200), ("held", 404), ("skipped", 404), ("refused", 404)):
        issue.deliveries.update(state=state)
        assert opened_by(mine) == status


@pytest.mark.parametrize("later", ["open", "hidden"])
def test_who_may_read_it_can_change_while_it_goes_out_and_no_letter_has_an_empty_link(
    later: str,
) -> None:
    make_readers(1)
    issue = begun(archive="readers")
    issue.show_in_archive(later, by=None)
    reader = Subscriber.objects.get()
    who = Reader(reader.pk, reader.email, "", reader.round)
    values = Cast(issue, issue.subject, None)._values(1, reader.email, who)
    token = links.make(links.READ, reader.pk, reader.round)
    link = f"http://localhost:8000/newsletter/letters/{issue.pk}/{token}/"
    assert values["read_link"] == link


def test_the_link_to_read_it_opens_no_hidden_one(client: Client) -> None:
    hidden = sent()
    reader = Subscriber.objects.get()
    token = links.make(links.READ, reader.pk, reader.round)
    assert client.get(f"/newsletter/letters/{hidden.pk}/{token}/").status_code == 404
    assert "read_link" not in hidden.html


def test_its_first_readers_can_open_it_while_it_still_goes_out(client: Client) -> None:
    make_readers(2)
    issue = begun(archive="open")
    link = f"http://localhost:8000/newsletter/letters/{issue.pk}/"
    assert link in issue.html
    assert link in issue.text
    assert client.get(f"/newsletter/letters/{issue.pk}/").status_code == 200
    assert f"letters/{issue.pk}/" not in client.get("/newsletter/letters/").content.decode()


def test_the_header_names_the_archive_only_where_everybody_can_read_it() -> None:
    for archive, count in (("open", 1), ("readers", 0), ("hidden", 0)):
        issue = make_issue(archive=archive)
        found = [value for name, value in headers(issue, "x") if name == "List-Archive"]
        assert found == ["<http://localhost:8000/newsletter/letters/>"] * count


def test_open_ones_are_in_the_sitemap(client: Client) -> None:
    issue = sent(archive="open")
    assert "/sitemap-letters-1.xml" in client.get("/sitemap.xml").content.decode()
    part = client.get("/sitemap-letters-1.xml").content.decode()
    assert f"<loc>http://localhost:8000/newsletter/letters/{issue.pk}/</loc>" in part
    issue.show_in_archive("readers", by=None)
    assert "letters-1" not in client.get("/sitemap.xml").content.decode()


def quoting(text: str = "Does it help Maria?", **fields: str) -> Comment:
    """A question of a reader; it and the answer are in a letter that everybody may read."""
    article = make_article("Walking")
    question = make_comment(article, name="Maria", text=text)
    answer = question.answer("Yes, it does.", by=make_staff(f"ada{question.pk}"))
    cards = f'<aside data-block="answers:{answer.pk}"></aside>'
    one = f'<aside data-block="articles:{article.slug}"></aside>'
    make_readers(1)
    issue = begun(body=f"<p>Before.</p>{cards}{one}<p>After.</p>", archive="open", **fields)
    issue.deliveries.update(state="sent")
    issue.finish()
    return question


def shown(client: Client) -> list[str]:
    """What the letter's page and the feed say."""
    page = f"/newsletter/letters/{Issue.objects.get().pk}/"
    return [client.get(path).content.decode() for path in (page, "/newsletter/letters/feed/")]


def is_changed(question: Comment) -> None:
    question.rewrite("Does swimming help?")
    question.approve(by=None)


@pytest.mark.parametrize(
    "happens",
    [
        Comment.withdraw,
        is_changed,
        lambda question: question.hold(by=None),
        lambda question: question.replies.get().hold(by=None),
        lambda question: erase(question.email, by=None),
    ],
    ids=["withdrawn", "changed", "held", "the answer held", "erased"],
)
def test_what_a_reader_wrote_is_in_it_only_while_the_site_shows_that(
    client: Client, happens: Callable[[Comment], object]
) -> None:
    question = quoting()
    for page in shown(client):
        assert "Does it help Maria?" in page
        assert "data-card" not in page
    happens(question)
    for page in shown(client):
        assert "Maria" not in page
        for words in ("Before.", "Walking", "After."):
            assert words in page, "the rest is as it went out"


def test_what_is_mailed_holds_no_mark_of_what_it_quotes() -> None:
    quoting()
    issue = Issue.objects.get()
    assert "data-card" in issue.filled
    assert "Does it help Maria?" in issue.html
    assert "data-card" not in issue.html


def test_the_feed_asks_once_for_all_that_its_letters_quote(client: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as done:
            client.get("/newsletter/letters/feed/")
        return len(done)

    quoting()
    statements()  # what is remembered is remembered from now on
    for_one = statements()
    quoting("Does rest help?", subject="Another")
    assert client.get("/newsletter/letters/feed/").content.count(b"<item>") == 2
    assert statements() == for_one
