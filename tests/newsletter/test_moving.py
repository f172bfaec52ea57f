"""A change of address: confirmed at both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from newsletter import kept
from newsletter.models import BounceEvent, ConsentEvent, Letter, Move, Subscriber, Suppression
from newsletter.models.bounce import Heard

from .readers import ANN, asked, do_what_is_due, link, mails, parsed, subscribed, templates, text_of
from .test_letters import keys, make_letter

pytestmark = pytest.mark.django_db

NEW = "ann@new.example"


def wish(client: Client, subscriber: Subscriber, email: str = NEW) -> Any:
    answer = client.post(subscriber.preferences_path, {"do": "move", "email": email}, follow=True)
    do_what_is_due()
    return answer


def agree(client: Client) -> Any:
    """The button in the newest mail to the old address."""
    return client.post(link(mails()[-1], "stay"), {"do": "agree"})


def later() -> None:
    """Long enough after the last mail to each address."""
    from newsletter.models import Signup

    before = timezone.now() - timedelta(minutes=20)
    Signup.objects.exclude(answered_at=None).update(answered_at=before)


def test_it_is_asked_at_both_addresses(client: Client) -> None:
    subscriber = subscribed(client)
    page = wish(client, subscriber)
    assert "We have written to both addresses" in text_of(page)
    assert templates(NEW) == ["move"]
    assert templates() == ["confirm", "welcome", "moving"]
    assert ANN not in mails(NEW)[0].text + mails(NEW)[0].html  # nor does it say whose wish
    assert NEW not in mails()[-1].text
    assert Subscriber.objects.get().email == ANN


def test_opening_the_link_changes_nothing_the_button_does(client: Client) -> None:
    subscriber = subscribed(client)
    old_page = subscriber.preferences_path
    wish(client, subscriber)
    path = link(mails(NEW)[0], "move")
    client.get(path)
    client.get(link(mails()[-1], "stay"))
    assert Subscriber.objects.get().email == ANN
    agree(client)
    for _ in range(2):
        assert "Your letters come here now" in text_of(client.post(path))
    assert Subscriber.objects.get().email == NEW
    assert ConsentEvent.objects.filter(verb="move").count() == 1
    assert client.get(old_page).status_code == 410  # whoever reads the old mailbox is out
    assert "a…@new.example" in text_of(client.get(Subscriber.objects.get().preferences_path))


@pytest.mark.parametrize("first", ["old", "new"])
def test_either_button_alone_moves_nothing_and_both_in_any_order_do(
    client: Client, first: str
) -> None:
    wish(client, subscribed(client))
    at_old, at_new = link(mails()[-1], "stay"), link(mails(NEW)[0], "move")
    buttons = [(at_old, {"do": "agree"}), (at_new, {})]
    if first == "new":
        buttons.reverse()
    (one, pressed), (other, also) = buttons
    for _ in range(2):  # pressing twice is no second confirmation
        assert "One button is left" in text_of(client.post(one, pressed))
        assert "One button is left" in text_of(client.get(one))
    assert Subscriber.objects.get().email == ANN
    done = "go to another address now" if other == at_old else "come here now"
    for answer in (client.post(other, also), client.post(other, also), client.get(other)):
        assert done in text_of(answer)
        assert "?" not in parsed(answer.content).findtext(".//h1")  # it asks nothing any more
        assert answer.status_code == 200
    assert Subscriber.objects.get().email == NEW
    verbs = ConsentEvent.objects.filter(verb__contains="move").order_by("pk")
    confirmed = ["agree to move", "accept move"]
    if first == "new":
        confirmed.reverse()
    assert [event.verb for event in verbs] == ["ask to move", *confirmed, "move"]


def test_who_has_a_letter_that_was_passed_on_moves_nobody(client: Client) -> None:
    """They have the link to the page, and a mailbox of their own; not that of the reader."""
    wish(client, subscribed(client))
    client.post(link(mails(NEW)[0], "move"))
    assert Subscriber.objects.get().email == ANN
    stop = link(mails()[-1], "stay")
    assert "Change your address?" in text_of(client.get(stop))
    client.post(stop, {"do": "stay"})
    again = client.post(stop, {"do": "agree"})  # what was stopped stays so
    assert again.status_code == 410
    assert "Everything is as it was" in text_of(again)
    assert Subscriber.objects.get().email == ANN


def test_the_old_address_can_stop_it_before(client: Client) -> None:
    wish(client, subscribed(client))
    stop = link(mails()[-1], "stay")
    assert "Leave everything as it was" in text_of(client.get(stop))
    assert "Everything is as it was" in text_of(client.post(stop))
    assert client.post(link(mails(NEW)[0], "move")).status_code == 410
    assert Subscriber.objects.get().email == ANN


def test_the_old_address_can_take_it_back_for_a_month(client: Client) -> None:
    wish(client, subscribed(client))
    agree(client)
    client.post(link(mails(NEW)[0], "move"))
    stop = link(mails()[-1], "stay")
    Move.objects.update(moved_at=timezone.now() - timedelta(days=31))
    assert "Leave everything as it was" not in text_of(client.get(stop))  # no dead button
    assert client.post(stop).status_code == 410
    assert Subscriber.objects.get().email == NEW
    Move.objects.update(moved_at=timezone.now() - timedelta(days=29))
    client.post(stop)
    client.post(stop)
    assert Subscriber.objects.get().email == ANN


@pytest.mark.parametrize("known", ["unknown", "asked", "left", "subscribed"])
def test_nobody_learns_whether_the_new_address_is_on_the_list(client: Client, known: str) -> None:
    make_letter("weekly", is_default=True)
    subscriber = subscribed(client)
    if known == "asked":
        asked(client, NEW)
    elif known != "unknown":
        other = subscribed(client, NEW)
        if known == "left":
            other.leave()
    later()
    subscriber.choose([make_letter("extra")])
    before = len(mails(NEW))
    page = text_of(wish(client, subscriber))
    assert "We have written to both addresses" in page
    assert len(mails(NEW)) == before + 1
    new = mails(NEW)[-1]
    assert new.template.endswith("/move")
    agree(client)
    done = text_of(client.post(link(new, "move")))
    assert "Your letters come here now" in done
    now = Subscriber.objects.confirmed().get()
    assert now.email == NEW
    assert keys(now) == (["weekly", "extra"] if known == "subscribed" else ["extra"])


@pytest.mark.parametrize("known", ["left", "subscribed"])
def test_taking_it_back_gives_each_address_what_it_had(client: Client, known: str) -> None:
    subscriber, other = subscribed(client), subscribed(client, NEW)
    if known == "left":
        other.leave()
    later()
    wish(client, subscriber)
    agree(client)
    client.post(link(mails(NEW)[-1], "move"))
    client.post(link(mails()[-1], "stay"))
    subscriber.refresh_from_db()
    other.refresh_from_db()
    assert subscriber.is_confirmed
    assert keys(subscriber) == [letter.key for letter in Letter.objects.all()]
    assert other.is_confirmed == (known == "subscribed")


def test_a_newer_wish_takes_the_place_of_an_older(client: Client) -> None:
    subscriber = subscribed(client)
    wish(client, subscriber)
    wish(client, subscriber)  # pressed twice
    assert templates(NEW) == ["move"]
    wish(client, subscriber, "third@example.org")
    assert client.post(link(mails(NEW)[0], "move")).status_code == 410
    agree(client)
    client.post(link(mails("third@example.org")[0], "move"))
    assert Subscriber.objects.get().email == "third@example.org"


def test_it_cannot_be_used_to_write_to_many_strangers(client: Client) -> None:
    subscriber = subscribed(client)
    for number in range(6):
        page = wish(client, subscriber, f"stranger{number}@example.org")
    assert "several times today" in text_of(page)
    assert "stranger5@example.org" in page.content.decode()  # what was typed is still there
    assert Move.objects.count() == 4


def test_who_has_left_meanwhile_is_not_brought_back_by_an_old_wish(client: Client) -> None:
    subscriber = subscribed(client)
    wish(client, subscriber)
    subscriber.leave()
    assert client.post(link(mails(NEW)[0], "move")).status_code == 410
    assert not Subscriber.objects.confirmed().exists()


def test_the_address_of_now_is_no_new_one(client: Client) -> None:
    page = wish(client, subscribed(client), "ANN@example.org")
    assert "come to this address already" in text_of(page)
    assert not Move.objects.exists()


def test_who_agrees_at_the_old_address_sees_to_which_one(client: Client) -> None:
    """Masked, a stranger's address at the same provider looks like one's own."""
    wish(client, subscribed(client))
    at_old = link(mails()[-1], "stay")
    assert NEW in text_of(client.get(at_old))
    assert NEW in text_of(client.post(at_old, {"do": "agree"}))
    assert NEW in text_of(client.get(at_old))
    assert NEW not in text_of(client.post(at_old, {"do": "stay"}))
    assert NEW not in mails()[-1].text + mails()[-1].html


@pytest.mark.parametrize("pressed", ["old", "new", "neither"])
def test_a_yes_to_a_question_of_long_ago_moves_nothing(client: Client, pressed: str) -> None:
    wish(client, subscribed(client))
    at_old, at_new = link(mails()[-1], "stay"), link(mails(NEW)[0], "move")
    if pressed != "neither":
        client.post(at_old if pressed == "old" else at_new, {"do": "agree"})
    Move.objects.update(created_at=timezone.now() - timedelta(days=36))
    assert "This change of address is over" in text_of(client.get(at_old))
    page = client.post(at_old, {"do": "agree"})
    assert page.status_code == 410
    assert "Nothing was changed" in text_of(page)
    assert client.post(at_new).status_code == 410
    assert Subscriber.objects.get().email == ANN
    # To stop it is never too late.
    assert "Everything is as it was" in text_of(client.post(at_old, {"do": "stay"}))


def test_a_button_pressed_by_mistake_at_the_new_address_is_taken_back(client: Client) -> None:
    stay = accepted(client)
    at_new = link(mails(NEW)[0], "move")
    assert "No, do not" in text_of(client.get(at_new))
    for _ in range(2):
        assert "The letters do not come here" in text_of(client.post(at_new, {"do": "refuse"}))
    assert ConsentEvent.objects.get(verb="refuse move").wording == "No, do not"
    assert "One button is left" in text_of(client.post(stay, {"do": "agree"}))
    assert Subscriber.objects.get().email == ANN
    # Thought otherwise: the button is there still, and counts from now.
    assert "Your letters come here now" in text_of(client.post(at_new))
    page = client.post(at_new, {"do": "refuse"})  # too late for that: it says what is
    assert "Your letters come here now" in text_of(page)
    assert Subscriber.objects.get().email == NEW


# --- What the new address says after its button stands ------------------------------------


def heard(kind: str, email: str = NEW) -> None:
    BounceEvent.hear(Heard(key=f"{kind} {email}", recipient=email, kind=kind, source="mailbox"))


def accepted(client: Client) -> str:
    """A wish whose button at the new address was pressed; the way to the one at the old."""
    wish(client, subscribed(client))
    client.post(link(mails(NEW)[-1], "move"))
    return link(mails()[-1], "stay")


@pytest.mark.parametrize("known", ["subscribed", "left"])
def test_who_leaves_after_the_button_is_not_brought_back_by_the_other(
    client: Client, known: str
) -> None:
    other = subscribed(client, NEW)
    if known == "left":
        other.leave()
    later()
    leave_path = other.leave_path
    stay = accepted(client)
    client.post(leave_path)
    page = client.post(stay, {"do": "agree"})
    assert "Everything is as it was" in text_of(page)
    other.refresh_from_db()
    assert other.has_left
    assert Subscriber.objects.confirmed().get().email == ANN


@pytest.mark.parametrize("kind", ["complaint", "unsubscribe", "hard"])
@pytest.mark.parametrize("known", [True, False])
def test_a_complaint_after_the_button_stands(client: Client, kind: str, known: bool) -> None:
    if known:
        subscribed(client, NEW)
        later()
    stay = accepted(client)
    heard(kind)
    client.post(stay, {"do": "agree"})
    assert not Move.objects.open().exists()
    assert Move.objects.get().moved_at is None
    assert Suppression.objects.holds(NEW) == (kind != "unsubscribe")
    assert Subscriber.objects.with_address(ANN).get().is_confirmed
    assert Subscriber.objects.confirmed().with_address(NEW).exists() == (known and kind == "hard")


def test_what_was_said_before_the_button_is_lifted_by_it(client: Client) -> None:
    Suppression.suppress(NEW, "import")
    client.post(accepted(client), {"do": "agree"})
    assert Subscriber.objects.confirmed().get().email == NEW
    assert not Suppression.objects.holds(NEW)


@pytest.mark.parametrize("known", [True, False])
def test_an_erased_address_comes_back_through_no_wish(client: Client, known: bool) -> None:
    if known:
        subscribed(client, NEW)
        later()
    stay = accepted(client)
    kept.erase(NEW, by=None)
    assert client.post(stay, {"do": "agree"}).status_code == 410
    assert not Subscriber.objects.with_address(NEW).exists()
    assert not Move.objects.naming(NEW).exists()
    assert kept.kept_of(NEW) == [] or known  # the suppression of who was subscribed
    assert not Move.waiting_address(Subscriber.objects.with_address(ANN).get())


@pytest.mark.parametrize("first", ["old", "new"])
def test_each_address_answers_for_its_own_button_only(client: Client, first: str) -> None:
    """The proof on either row is what was pressed in a mail to that very address."""
    subscriber, other = subscribed(client), subscribed(client, NEW)
    later()
    wish(client, subscriber)
    presses: list[tuple[str, dict[str, str], str]] = [
        (link(mails()[-1], "stay"), {"do": "agree"}, "192.0.2.1"),
        (link(mails(NEW)[-1], "move"), {}, "192.0.2.2"),
    ]
    for path, data, network in presses if first == "old" else reversed(presses):
        client.post(path, data, REMOTE_ADDR=network)
    there = other.events.get(verb="take over")
    here = subscriber.events.filter(verb="leave").get()
    accept, agreed = (subscriber.events.get(verb=f"{verb} move") for verb in ("accept", "agree to"))
    for proof, press in ((there, accept), (here, agreed)):
        assert proof.source_page == press.source_page
        assert proof.wording == press.wording
        assert proof.address_hash == press.address_hash
    assert there.address_hash != here.address_hash
