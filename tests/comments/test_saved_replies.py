"""Answers made of saved replies and of the site's own articles."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from articles.models import Article
from articles.models.call import Call
from comments.answer_parts import filled, suggestions_for
from comments.models import AnswerDraft, Comment, SavedReply
from tests.comments.staff import form_of, held
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db


def test_its_place_holders_are_filled_in() -> None:
    comment = make_comment(make_article("Walking"), name="Hanna Weber")
    text = filled("Dear {name}, see {article} ({link}), {book} and {nonsense} {}", comment)
    site = settings.SITE_URL
    assert text == (
        f"Dear Hanna, see Walking ({site}{comment.article.get_absolute_url()}), "
        f"{site}/newsletter/ and {{nonsense}} {{}}"
    )


def test_the_book_is_where_the_sites_own_call_to_it_leads() -> None:
    comment = make_comment(make_article())
    call = Call.book()
    call.save()
    assert filled("{book}", comment) == f"{settings.SITE_URL}/newsletter/"
    call.target, call.address = Call.Target.ADDRESS, "/the-book/"
    call.save()
    assert filled("{book}", comment) == f"{settings.SITE_URL}/the-book/"
    Call.objects.update(address="https://books.example.org/back")
    assert filled("{book}", comment) == "https://books.example.org/back"
    Call.objects.update(active=False)
    assert filled("{book}", comment) == f"{settings.SITE_URL}/newsletter/"


def test_a_name_with_braces_is_a_name() -> None:
    comment = make_comment(make_article("{link}"), name="{book}")
    assert filled("{name} {article}", comment) == "{book} {link}"


def test_without_javascript_it_goes_to_the_end_of_what_was_typed(client: Client, ada: User) -> None:
    comment = held()
    reply = SavedReply.objects.create(title="Doctor", text="Please see a doctor, {name}.")
    sent = {**form_of(client, comment), "text": "Dear you,", "insert": f"reply-{reply.pk}"}
    page = client.post(comment.get_admin_url(), sent, follow=True).content.decode()
    assert "Dear you,\n\nPlease see a doctor, Hanna.</textarea>" in page
    comment.refresh_from_db()
    assert comment.is_held
    assert AnswerDraft.objects.get().by == ada


@pytest.mark.parametrize("value", ["reply-99999", "article-x", "nonsense", "reply-" + "9" * 19])
def test_what_is_not_there_costs_nothing(client: Client, ada: User, value: str) -> None:
    comment = held()
    sent = {**form_of(client, comment), "text": "Dear you,", "insert": value}
    page = client.post(comment.get_admin_url(), sent, follow=True).content.decode()
    assert "Dear you,</textarea>" in page


def test_articles_on_the_subject_are_offered_and_never_its_own(client: Client, ada: User) -> None:
    own = make_article("Swimming and the back", standfirst="What swimming does.")
    other = make_article("Swimming after surgery", standfirst="When the scar has healed.")
    make_article("Sitting at a desk", standfirst="Chairs.")
    draft = make_article("Swimming for children", published=False)
    comment = make_comment(own, text="When may I go swimming after my surgery? The scar hurts.")
    assert [part.title for part in suggestions_for(comment)] == ["Swimming after surgery"]
    page = unescape(client.get(comment.get_admin_url()).content.decode())
    assert f"Swimming after surgery: {settings.SITE_URL}{other.get_absolute_url()}" in page
    assert draft.title not in page


def test_an_article_that_only_writes_of_it_is_offered_after_those_on_it() -> None:
    on_it = make_article("Swimming after surgery")
    body = "<p>Some begin with swimming when their surgery is healed.</p>"
    writes_of_it = make_article("A long way back", body=body)
    make_article("Chance", body="<p>Somebody went swimming.</p>")
    comment = make_comment(make_article(), text="May I go swimming after my surgery?")
    titles = [part.title for part in suggestions_for(comment)]
    assert titles == [on_it.title, writes_of_it.title]


@pytest.mark.parametrize("text", ["?", "the and of", "'); DROP TABLE x; --", "x" * 9_000, "&|!:*"])
def test_whatever_was_asked_nothing_breaks(text: str) -> None:
    make_article("Swimming")
    assert suggestions_for(make_comment(make_article(), text=text)) == []


def test_they_cost_three_queries_at_most(django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        make_article(f"Swimming {number}")
    comment = Comment.objects.select_related("article").get(
        pk=make_comment(make_article(), text="May I go swimming?").pk
    )
    with django_assert_max_num_queries(3):
        assert len(suggestions_for(comment)) == 4
    assert Article.objects.count() == 6
