"""Filters of the list: what spoke against a comment, and from where it was sent."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from backsite.lib.bots import Vote
from backsite.lib.privacy import network_of
from comments.models import Comment, Origin
from tests.comments.staff import LIST, form_of
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db


def sent_from(name: str, address: str) -> Comment:
    comment = make_comment(make_article(), name=name, approved=False)
    Origin.objects.filter(comment=comment).update(address=address, network=network_of(address))
    return comment


def seen(client: Client, query: str) -> str:
    return unescape(client.get(f"{LIST}{query}").content.decode())


def test_by_what_spoke_against_it(client: Client, ada: User) -> None:
    caught = make_comment(make_article(), name="Caught", approved=False)
    caught.hear([Vote("trap field", 5.0, "The hidden field was filled in")])
    make_comment(make_article(), name="Innocent", approved=False)
    page = seen(client, "?check=trap+field")
    assert "Caught" in page
    assert "Innocent" not in page
    assert '<option value="trap field" selected>' in page


def test_what_could_not_be_checked_is_a_pile(client: Client, ada: User) -> None:
    unsure = make_comment(make_article(), name="Unsure", approved=False)
    unsure.hear([Vote("akismet", 0.0, "It could not be reached", unknown=True)])
    make_comment(make_article(), name="Checked", approved=False)
    page = seen(client, "?pile=unchecked")
    assert "Unsure" in page
    assert "Checked" not in page


@pytest.mark.parametrize("typed", ["203.0.113.7", "203.0.113.0/24", "203.0.113.99/24"])
def test_by_address_and_by_network(client: Client, ada: User, typed: str) -> None:
    sent_from("Near", "203.0.113.7")
    sent_from("Far", "198.51.100.7")
    page = seen(client, f"?network={typed}")
    assert "Near" in page
    assert "Far" not in page


def test_what_is_no_network_finds_nothing(client: Client, ada: User) -> None:
    sent_from("Near", "203.0.113.7")
    assert "No comment on this pile fits your search." in seen(client, "?network=nonsense")


def test_the_page_of_a_comment_leads_to_its_neighbours(client: Client, ada: User) -> None:
    comment = sent_from("Near", "203.0.113.7")
    page = client.get(comment.get_admin_url()).content.decode()
    assert "?pile=all&amp;network=203.0.113.7" in page


def test_the_next_one_is_of_the_same_view(client: Client, ada: User) -> None:
    walking, sitting = make_article("Walking"), make_article("Sitting")
    first = make_comment(walking, approved=False)
    make_comment(sitting, approved=False)
    last = make_comment(walking, approved=False)
    query = f"?_changelist_filters=pile%3Dheld%26article%3D{walking.pk}"
    sent = {**form_of(client, first, query), "do": "spam"}
    after = client.post(first.get_admin_url() + query, sent)
    assert after.headers["Location"] == last.get_admin_url() + query
