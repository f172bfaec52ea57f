"""One issue at the desk: what speaks against it, when it leaves, what became of it."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from articles.models import Site
from backsite.lib import work
from backsite.lib.mail.models import Message
from newsletter.issue_checklist import look_at
from newsletter.layout import beginning
from newsletter.models import BounceEvent, Heard, Issue, Measuring, Subscriber, ledger
from newsletter.returns import LETTER, Returned
from newsletter.sending.casting import Cast, Reader
from newsletter.sending.sender import Sender
from newsletter.sending.wire import WayOut

from .difficult_server import DifficultServer, Moods
from .issues import begun, make_issue, make_letter, make_readers
from .readers import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ann", "ann@example.org", "pw"))
    return client


@pytest.fixture
def ready(settings: Settings) -> None:
    """A site that may send."""
    settings.MAIL_LEAVES = settings.HTTPS = True
    settings.RETURN_ADDRESS = "@back.example.org"
    settings.DEFAULT_FROM_EMAIL = "letters@site.test"
    Site(name="Backs", postal_address="1 Long Lane").save()


def blocking(issue: Issue) -> list[str]:
    return [finding.words for finding in look_at(issue) if finding.blocks]


def desk(issue: Issue) -> str:
    return f"/admin/newsletter/issue/{issue.pk}/desk/"


@pytest.mark.usefixtures("ready")
def test_nothing_stops_a_sound_issue() -> None:
    make_readers(1)
    assert blocking(make_issue()) == []


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"body": ""}, "It has no text."),
        ({"body": "<p>[[shoe_size]]</p>"}, "[[shoe_size]] is nothing that we know of a reader."),
        ({"body": '<p><a href="/articles/gone/">walk</a></p>'}, "leads nowhere: /articles/gone/"),
    ],
)
def test_what_must_not_go_out_is_stopped(fields: dict[str, str], words: str) -> None:
    make_readers(1)
    found = blocking(make_issue(**fields))
    assert len(found) == 1
    assert words in found[0]


def test_a_site_that_is_not_ready_is_told_what_is_missing(settings: Settings) -> None:
    settings.MAIL_LEAVES = settings.HTTPS = False
    found = " ".join(blocking(make_issue()))
    for words in ("EMAIL_URL is not set", "postal address", "https://", "audience is empty"):
        assert words in found


def test_what_is_stopped_leaves_only_with_a_reason_which_is_kept(staff: Client) -> None:
    make_readers(1)
    issue = make_issue()
    page = text_of(staff.post(desk(issue), {"_now": "1", "why": " "}))
    issue.refresh_from_db()
    assert "say why it may leave" in page
    assert issue.state == Issue.State.DRAFT

    staff.post(desk(issue), {"_now": "1", "why": "Only a trial."})
    issue.refresh_from_db()
    assert issue.state == Issue.State.SCHEDULED
    event = issue.events.get()
    assert (event.verb, event.actor, event.why) == ("send now", "ann", "Only a trial.")


@pytest.mark.usefixtures("ready")
def test_a_moment_that_has_passed_is_no_time_to_leave(staff: Client) -> None:
    make_readers(1)
    issue = make_issue()
    when = timezone.localtime() - timedelta(hours=1)
    typed = {"_at": "1", "at_0": f"{when:%Y-%m-%d}", "at_1": f"{when:%H:%M}"}
    assert "That moment has passed." in text_of(staff.post(desk(issue), typed))
    assert "Say when." in text_of(staff.post(desk(issue), {"_at": "1"}))
    assert not issue.events.exists()


def test_who_may_only_look_cannot_send_pause_or_cancel(client: Client) -> None:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.add(Permission.objects.get(codename="view_issue"))
    client.force_login(bob)
    make_readers(1)
    issue = begun()
    assert "Pause" not in text_of(client.get(desk(issue)))
    for verb in ("pause", "cancel"):
        client.post(f"/admin/newsletter/issue/{issue.pk}/do/{verb}/")
    client.post(desk(issue), {"_now": "1", "why": "I want it."})
    issue.refresh_from_db()
    assert issue.is_sending


def test_looking_changes_nothing(staff: Client) -> None:
    make_readers(1)
    issue = make_issue()
    for address in (desk(issue), f"/admin/newsletter/issue/{issue.pk}/html/"):
        staff.get(address)
    for verb in ("pause", "cancel", "try", "unschedule"):
        staff.get(f"/admin/newsletter/issue/{issue.pk}/do/{verb}/")
    assert not issue.events.exists()
    assert not Message.objects.exists()


def test_a_test_goes_to_the_staff_chosen_and_says_that_it_is_one(staff: Client) -> None:
    User.objects.create_superuser("ben", "ben@example.org", "pw")
    issue = make_issue()
    ann = User.objects.get(username="ann")
    staff.post(f"/admin/newsletter/issue/{issue.pk}/do/try/", {"to": [ann.pk]})
    mail = Message.objects.get()
    assert (mail.to, mail.subject) == ("ann@example.org", "[Test] Walking helps")
    assert "Dear friend, walk." in mail.text
    assert "[[" not in mail.html + mail.text


def test_one_that_is_on_its_way_is_read_and_no_longer_written(staff: Client) -> None:
    make_readers(1)
    issue = begun()
    typed = {"subject": "Another", "letter": issue.letter_id, "body": "<p>x</p>"}
    staff.post(f"/admin/newsletter/issue/{issue.pk}/change/", typed)
    issue.refresh_from_db()
    assert issue.subject == "Walking helps"


def test_it_says_why_somebody_did_not_get_it(staff: Client) -> None:
    got, refused, left = make_readers(3)
    stranger = make_readers(1, letter=make_letter("other", name="Other"))[0]
    issue = begun()
    rows = {row.subscriber_id: row.pk for row in issue.deliveries.all()}
    ledger.settle(
        [
            ledger.Settled(rows[got.pk], "sent", 1, "250 queued as 4711"),
            ledger.Settled(rows[refused.pk], "refused", 1, "550 5.1.1 no such user"),
            ledger.Settled(rows[left.pk], "skipped", 0, "Left before it was their turn."),
        ]
    )

    def said(email: str) -> str:
        return text_of(staff.get(desk(issue), {"who": email}))

    assert "queued as 4711" in said(got.email)
    assert "550 5.1.1 no such user" in said(refused.email)
    assert "Left before it was their turn." in said(left.email)
    assert "they have not chosen “The weekly letter”" in said(stranger.email)
    assert "Nobody with that address has ever signed up." in said("nobody@example.org")


def test_the_results_count_what_came_back_and_who_left_or_complained(staff: Client) -> None:
    make_readers(4)
    issue = begun()
    rows = list(issue.deliveries.select_related("subscriber"))
    ledger.settle([ledger.Settled(row.pk, "sent", 1, "250 ok") for row in rows])
    issue.finish()
    for row, kind in zip(rows, ("hard", "complaint"), strict=False):
        about = Returned(LETTER, row.pk)
        BounceEvent.hear(Heard(key=kind, recipient="", kind=kind, source="test", about=about))
    assert rows[2].subscriber
    rows[2].subscriber.leave()

    page = text_of(staff.get(desk(issue)))
    assert "4 of 4 dealt with (100 %)" in page
    assert "Came back 1" in page
    assert "Called it spam 1 (25.00 %)" in page
    assert "Left within a week 2" in page, "who complains leaves"


def test_the_bar_is_true_while_it_goes_out(staff: Client) -> None:
    make_readers(4)
    issue = begun()
    rows = list(issue.deliveries.order_by("pk"))
    ledger.settle([ledger.Settled(rows[0].pk, "sent", 1, "250 ok")])
    ledger.settle([ledger.Settled(rows[1].pk, "waiting", 1, "450 later", timezone.now())])
    answer = staff.get(desk(issue))
    assert "1 of 4 dealt with (25 %)" in text_of(answer)
    assert '<progress max="4" value="1"' in answer.content.decode()
    assert "Waiting 3" in text_of(answer), "one that is to be tried again is not dealt with"
    assert "admin/issue" in answer.content.decode(), "the script that reads the numbers anew"


def test_the_results_say_how_each_domain_took_it(staff: Client) -> None:
    people = make_readers(3)
    Subscriber.objects.filter(pk=people[2].pk).update(email="anna@other.example")
    issue = begun()
    rows = list(issue.deliveries.filter(domain="example.org"))
    other = issue.deliveries.get(domain="other.example")
    ledger.settle([ledger.Settled(row.pk, "sent", 1, "250 ok") for row in rows])
    ledger.settle([ledger.Settled(other.pk, "refused", 1, "550 no")])
    for number in range(2):  # two reports on one letter are one
        heard = Heard(key=str(number), recipient="", kind="hard", source="t", reason="userunknown",
                      about=Returned(LETTER, rows[0].pk))  # fmt: skip
        BounceEvent.hear(heard)
    page = text_of(staff.get(desk(issue)))
    assert "example.org 2 1 0 1" in page
    assert "other.example 1 0 1 0" in page
    assert "userunknown 1" in page
    assert "Delivered 1" in page


def test_after_a_trial_staff_give_the_rest_the_better_subject(staff: Client) -> None:
    make_readers(60)
    issue = begun(subject_b="Walk!", trial_percent=30)
    trial = list(issue.deliveries.waiting())
    held = 60 - len(trial)
    ledger.settle([ledger.Settled(row.pk, "sent", 1, "250 ok") for row in trial])
    assert issue.finish() is False, "the rest still wait"
    assert f"{held} readers wait for the better one" in text_of(staff.get(desk(issue)))

    staff.post(f"/admin/newsletter/issue/{issue.pk}/do/subject-b/")
    staff.post(f"/admin/newsletter/issue/{issue.pk}/do/subject-a/")
    assert issue.deliveries.waiting().count() == held
    assert set(issue.deliveries.waiting().values_list("variant", flat=True)) == {"b"}
    assert [event.why for event in issue.events.filter(verb="choose")] == ["Walk!"]


@pytest.mark.django_db(transaction=True)
def test_from_writing_an_issue_to_reading_its_results(staff_page: Page, settings: Settings) -> None:
    settings.MAIL_LEAVES = settings.HTTPS = False
    User.objects.create_superuser("ann", "ann@example.org", "pw")
    make_readers(12, first_name="Zoë")
    page = staff_page
    page.goto("/admin/newsletter/issue/add/")
    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill("pw")
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Letter").select_option("The weekly letter")
    page.get_by_label("Subject", exact=False).first.fill("Walking helps, [[first_name|friend]]")
    page.locator("[contenteditable=true]").fill("Dear [[first_name|friend]], take a walk.")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("It goes to 12 readers")).to_be_visible()
    letter = page.frame_locator("iframe[title='The letter, narrow']")
    expect(letter.get_by_role("paragraph").filter(has_text="Dear Anna")).to_be_visible()
    page.get_by_label("Why it may leave all the same").fill("A site on my own machine.")
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("It begins to go out now.")).to_be_visible()

    settings.MAIL_LEAVES = True
    work.sweep()
    with DifficultServer(Moods(never_after_text=0.1, seed=3)).open() as server:
        way_out = WayOut(host="127.0.0.1", port=server.port)
        sender = Sender(way_out, connections=2, once=True)
        thread = threading.Thread(target=lambda: asyncio.run(sender.run()))
        thread.start()
        thread.join()
    page.reload()
    sent = len(server.record.taken)
    expect(page.get_by_text("12 of 12 dealt with (100 %)")).to_be_visible()
    expect(page.locator("dd").first).to_have_text(str(sent))
    # Whom the server refused is for its dice and the order of connections to say.
    taken = Issue.objects.get().deliveries.filter(state="sent").first()
    assert taken
    assert taken.subscriber
    page.get_by_label("Address").fill(taken.subscriber.email)
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("status")).to_contain_text("2.0.0 taken")


def test_the_size_is_that_of_the_letter_which_leaves(ready: None) -> None:
    """With links that lead through the site where they are counted, and each reader's own."""

    def size() -> int:
        words = next((one.words for one in look_at(issue) if "Gmail shows" in one.words), "")
        return int(words.split()[2]) if words else 0

    link = '<p><a href="https://a.example/">a</a></p>'
    issue = make_issue(body=link * 950)
    assert size() == 0
    Measuring.choose("person", by=None)
    said = size()
    assert said > 102
    make_readers(1)
    going = begun(body=issue.body)
    row, reader = going.deliveries.get(), Subscriber.objects.get()
    who = Reader(reader.pk, reader.email, "Anna", reader.round)
    content = Cast(going, "", None).fill(row.pk, reader.email, who)
    part = message_from_bytes(content, policy=policy.default).get_body(("html",))
    assert part
    assert abs(len(part.get_content().encode()) / 1_024 - said) < 0.15 * said


@pytest.mark.parametrize("before", range(60, 125))
def test_the_first_words_never_end_within_a_place(before: int) -> None:
    """Also not at a space in what is said instead."""
    words = "x" * (before - 1) + " [[first_name|my friend]] " + "y" * 60
    begin = beginning(words, 120)
    assert len(begin) <= 120
    assert begin.count("[[") == begin.count("]]")
    assert words.startswith(begin)


def test_a_time_is_chosen_in_the_browsers_own_calendar(staff: Client, ready: None) -> None:
    make_readers(1)
    issue = make_issue()
    page = staff.get(desk(issue)).content.decode()
    assert 'type="date"' in page
    assert 'type="time"' in page
    when = timezone.localtime() + timedelta(days=2)
    typed = {"at_0": f"{when:%Y-%m-%d}", "at_1": f"{when:%H:%M}", "_at": "1", "why": "Just so."}
    staff.post(desk(issue), typed)
    issue.refresh_from_db()
    assert issue.scheduled_for == when.replace(second=0, microsecond=0)


def test_what_somebody_is_asked_stands_on_its_page(staff: Client, ready: None) -> None:
    issue = make_issue()
    issue.schedule(at=timezone.now() - timedelta(hours=2), by=None)
    work.sweep()
    assert "Its time passed while the site was down. Send it now" in text_of(staff.get(desk(issue)))
