"""Openings and links that are followed: counted only where staff have chosen so, only as far as
they have, and told to readers.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from articles.models import Article
from articles.models.topic import Topic
from newsletter import readership
from newsletter.kept import kept_of
from newsletter.measuring import marking, robots
from newsletter.measuring.robots import Visit
from newsletter.models import (
    ConsentEvent,
    Delivery,
    ForgettingRound,
    Hit,
    Issue,
    Measuring,
    Segment,
    Subscriber,
    hit,
    ledger,
)
from newsletter.sending.casting import Cast, Reader
from tests.factories import make_article

from .issues import begun, make_issue, make_readers
from .readers import text_of

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
BODY = (
    '<p><a href="https://one.example/">One</a> <a href="https://two.example/?a=1&amp;b=2">Two</a> '
    '<a href="[[preferences_link]]">yours</a> <a href="mailto:a@b.test">Write</a> '
    '<a href="/newsletter/leave/abc/">leave</a></p>'
)


def sent(mode: str, readers: int = 2, body: str = BODY, **fields: Any) -> Issue:
    """Handed over an hour ago, while that was counted."""
    Measuring.choose(mode, by=None)
    make_readers(readers)
    issue = begun(body=body, **fields)
    rows = issue.deliveries.all()
    ledger.settle([ledger.Settled(row.pk, "sent", 1, "250 ok") for row in rows])
    an_hour_ago = timezone.now() - timedelta(hours=1)
    issue.deliveries.update(settled_at=an_hour_ago)
    return issue


def letter_to(issue: Issue, row: Delivery) -> str:
    """The HTML that this reader has."""
    assert row.subscriber
    person = row.subscriber
    who = Reader(person.pk, person.email, "", person.round)
    content = Cast(issue, issue.subject, None, row.variant).fill(row.pk, person.email, who)
    part = message_from_bytes(content, policy=policy.default).get_body(("html",))
    assert part
    return str(part.get_content())


def links_in(html: str) -> list[str]:
    return re.findall(r'href="[^"]*(/newsletter/to/[^"]+)"', html)


def picture_in(html: str) -> str:
    return str(re.findall(r'src="[^"]*(/newsletter/seen/[^"]+)"', html)[0])


def visit(
    address: str, *, agent: str = FIREFOX, ip: str = "203.0.113.5", head: bool = False
) -> Any:
    ask = Client().head if head else Client().get
    return ask(address, headers={"user-agent": agent}, REMOTE_ADDR=ip)


def test_unless_staff_choose_otherwise_letters_hold_nothing_that_counts() -> None:
    make_readers(1)
    issue = begun(body=BODY)
    html = letter_to(issue, issue.deliveries.get())
    assert 'href="https://one.example/"' in html
    assert not links_in(html)
    assert "/newsletter/seen/" not in html
    assert readership.of(issue) is None


def test_links_lead_where_they_say_and_are_counted_once_a_reader() -> None:
    issue = sent("person")
    first, second = issue.deliveries.order_by("pk")
    for row, times in ((first, 3), (second, 1)):
        link = links_in(letter_to(issue, row))[1]
        for _ in range(times):
            answer = visit(link)
            assert answer.status_code == 302
            assert answer.headers["Location"] == "https://two.example/?a=1&b=2"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert not answer.cookies
    found = readership.of(issue)
    assert found
    assert found.followed == 2
    assert found.links[0] == ("https://two.example/?a=1&b=2", "Two", 2, 4)


def test_an_opening_is_the_picture_that_a_mail_program_shows() -> None:
    issue = sent("person")
    row = issue.deliveries.earliest("pk")
    answer = visit(picture_in(letter_to(issue, row)))
    assert answer.headers["Content-Type"] == "image/gif"
    visit(picture_in(letter_to(issue, row)))
    found = readership.of(issue)
    assert found
    assert (found.opened, found.openings, found.followed) == (1, 2, 0)
    assert {one.delivery for one in Hit.objects.all()} == {row}


def test_what_is_anybodys_own_is_never_led_through_the_counting() -> None:
    issue = sent("person")
    html = letter_to(issue, issue.deliveries.earliest("pk"))
    assert len(links_in(html)) == 2
    assert {str(link) for link in issue.links.all()} == {
        "https://one.example/",
        "https://two.example/?a=1&b=2",
    }
    assert "mailto:a@b.test" in html
    assert "/newsletter/to/" not in issue.text, "the plain part stays as it was written"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("http://localhost:8000/articles/a/", True),
        ("http://localhost:8000/newsletter/letters/3/", True),
        ("http://localhost:8000/newsletter/books/guide/", True),
        ("http://localhost:8000/comments/12/", True),
        ("http://localhost:8000/newsletter/letters/3/token/", False),
        ("http://localhost:8000/newsletter/preferences/token/", False),
        ("http://localhost:8000/newsletter/book/token/guide/", False),
        ("http://localhost:8000/comments/confirm/token/", False),
        ("http://localhost:8000/your-data/token/", False),
        ("http://localhost:8000/admin/", False),
        ("[[leave_link]]", False),
        ("javascript:alert(1)", False),
        ("//evil.example/", False),
        ("https://[", False),
        ("tel:1", False),
    ],
)
def test_which_addresses_are_led_through_it(address: str, counted: bool) -> None:
    assert marking.is_counted(address) is counted


@pytest.mark.parametrize("token", ["1", "1:forged", "https://evil.example/", "%00", "9" * 40])
def test_nobody_is_led_anywhere_that_no_letter_of_ours_leads_to(token: str) -> None:
    sent("person")
    for address in (f"/newsletter/to/{token}/-/", f"/newsletter/to/{token}/-/?to=//evil.example"):
        assert visit(address).status_code == 404
    assert visit(f"/newsletter/seen/{token}/-/").status_code == 404
    assert not Hit.objects.exists()


def test_one_kind_of_signature_is_worth_nothing_for_another() -> None:
    issue = sent("person")
    link = issue.links.earliest("pk")
    for salt in (marking.ISSUE, marking.ROW):
        assert visit(f"/newsletter/to/{marking.sign(salt, link.pk)}/-/").status_code == 404


def test_a_mark_that_is_not_ours_leads_on_and_counts_for_nobody() -> None:
    issue = sent("person")
    other = sent("person", subject="Another")
    link = links_in(letter_to(issue, issue.deliveries.earliest("pk")))[0].rsplit("/", 2)[0]
    stranger = marking.sign(marking.ROW, other.deliveries.earliest("pk").pk)
    for mark in ("1", "forged:x", stranger, marking.NOBODY):
        assert visit(f"{link}/{mark}/").status_code == 302
    assert not Hit.objects.exists()


def test_anonymous_is_anonymous() -> None:
    issue = sent("anonymous")
    letters = [letter_to(issue, row) for row in issue.deliveries.all()]
    assert links_in(letters[0]) == links_in(letters[1])
    assert picture_in(letters[0]) == picture_in(letters[1])
    for ip in ("203.0.113.5", "203.0.113.5", "203.0.113.6"):
        visit(links_in(letters[0])[0], ip=ip)
    first = Hit.objects.earliest("pk")
    assert first.delivery is None
    assert "203" not in first.visitor
    found = readership.of(issue)
    assert found
    assert found.links[0][2:] == (2, 3), "two visitors, three times"


def test_after_a_day_no_visitor_is_known_again() -> None:
    issue = sent("anonymous")
    visit(picture_in(letter_to(issue, issue.deliveries.earliest("pk"))))
    ForgettingRound.begin().perform()
    assert Hit.objects.get().visitor
    Hit.objects.update(at=timezone.now() - timedelta(hours=25))
    ForgettingRound.begin().perform()
    assert Hit.objects.get().visitor == ""
    found = readership.of(issue)
    assert found
    assert found.opened == 1


def test_to_count_no_longer_by_whom_makes_what_was_kept_anonymous() -> None:
    ann = User.objects.create_user("ann")
    issue = sent("person")
    link = links_in(letter_to(issue, issue.deliveries.earliest("pk")))[0]
    visit(link)
    Measuring.choose("anonymous", by=ann)
    assert Hit.objects.get().delivery is None
    visit(link)
    assert not Hit.objects.filter(delivery__isnull=False).exists(), "also by letters of before"
    Measuring.choose("off", by=ann)
    assert visit(link).status_code == 302, "it leads on all the same"
    assert Hit.objects.count() == 2
    said = [(event.verb, event.actor) for event in Measuring.objects.get().events.all()]
    assert said == [("count: person", ""), ("count: anonymous", "ann"), ("count: off", "ann")]


@pytest.mark.parametrize(
    ("agent", "ip", "why"),
    [
        ("Mozilla/5.0", "203.0.113.5", "Apple's privacy proxy"),
        (FIREFOX, "17.58.1.2", "Apple's privacy proxy"),
        (f"{FIREFOX} (via ggpht.com GoogleImageProxy)", "66.249.84.1", "picture proxy"),
        ("YahooMailProxy; https://help.yahoo.com/kb/x", "203.0.113.5", "picture proxy"),
        ("python-requests/2.32", "203.0.113.5", "by its own name"),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", "203.0.113.5", "by its own name"),
        ("Barracuda Sentinel (EE)", "203.0.113.5", "by its own name"),
        ("", "203.0.113.5", "by its own name"),
        (FIREFOX, "40.107.3.4", "a mail filter"),
        (FIREFOX, "67.231.150.1", "a mail filter"),
    ],
)
def test_programs_are_told_apart_and_left_out(agent: str, ip: str, why: str) -> None:
    issue = sent("person")
    html = letter_to(issue, issue.deliveries.earliest("pk"))
    visit(picture_in(html), agent=agent, ip=ip)
    visit(links_in(html)[0], agent=agent, ip=ip)
    found = readership.of(issue)
    assert found
    assert (found.opened, found.openings, found.followed) == (0, 0, 0)
    [(said, count)] = found.left_out
    assert why in said
    assert count == 2


@pytest.mark.parametrize(
    "agent",
    [
        FIREFOX,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML)",
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Trident/7.0; ms-office; MSOffice 16)",
        "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
        "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 Chrome/130.0 Mobile Safari",
    ],
)
def test_readers_programs_are_readers(agent: str) -> None:
    assert Visit("GET", agent, "203.0.113.5").program(None, letter=False) == ""


def test_who_only_looks_whether_it_is_there_follows_nothing() -> None:
    issue = sent("person")
    link = links_in(letter_to(issue, issue.deliveries.earliest("pk")))[0]
    assert visit(link, head=True).status_code == 302
    assert not Hit.objects.by_people().exists()


def test_seconds_after_it_was_handed_over_nobody_has_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(robots, "TOO_SOON", timedelta(hours=1))
    issue = sent("person")
    row = issue.deliveries.earliest("pk")
    link = links_in(letter_to(issue, row))[0]
    issue.deliveries.update(settled_at=timezone.now())
    visit(link)
    issue.deliveries.update(settled_at=None)
    visit(link)
    assert not Hit.objects.by_people().exists()


def test_who_follows_all_links_at_once_is_a_scanner_from_the_first_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hit, "AT_ONCE", timedelta(hours=1))  # however slow this machine is
    many = "".join(f'<a href="https://{number}.example/">x</a>' for number in range(5))
    issue = sent("person", body=f"<p>{many}</p>")
    first, second = issue.deliveries.order_by("pk")
    html = letter_to(issue, first)
    visit(picture_in(html))
    for link in links_in(html):
        visit(link)
    for link in links_in(letter_to(issue, second))[:2]:
        visit(link)
    found = readership.of(issue)
    assert found
    assert (found.opened, found.followed) == (0, 2)
    assert ("all links at once", 6) in found.left_out


def test_whoever_asks_for_ever_does_not_fill_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hit, "MOST_A_READER", 3)
    issue = sent("anonymous")
    link = links_in(letter_to(issue, issue.deliveries.earliest("pk")))[0]
    assert {visit(link, head=bool(number % 2)).status_code for number in range(8)} == {302}
    assert Hit.objects.count() == 3


def test_nor_does_one_who_takes_a_new_name_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hit, "MOST_A_NETWORK", 5)
    issue = sent("anonymous")
    first, second = links_in(letter_to(issue, issue.deliveries.earliest("pk")))
    for number in range(12):
        answer = visit(first, agent=f"{FIREFOX} {number}", ip=f"93.184.215.{number}")
        assert answer.status_code == 302
    assert Hit.objects.count() == 5
    visit(first, ip="91.198.174.7")
    assert Hit.objects.count() == 6, "others are counted"
    visit(second, agent=f"{FIREFOX} 2", ip="93.184.215.2")
    assert Hit.objects.count() == 7, "who was there before goes on being counted"


@pytest.mark.parametrize("name", ["{}", "always the same"])
@pytest.mark.parametrize("network", ["93.184.215.{}", "2a00:1450::{}"])
def test_one_program_silences_no_neighbour(
    monkeypatch: pytest.MonkeyPatch, network: str, name: str
) -> None:
    monkeypatch.setattr(hit, "MOST_A_NETWORK", 6)
    monkeypatch.setattr(hit, "MOST_AN_ADDRESS", 3)
    issue = sent("anonymous")
    link = links_in(letter_to(issue, issue.deliveries.earliest("pk")))[0]
    for number in range(12):
        visit(link, agent=f"{FIREFOX} {name.format(number)}", ip=network.format(1))
    before = Hit.objects.count()
    assert before == (3 if name == "{}" else 12)
    for number in (2, 3):
        visit(link, ip=network.format(number))
    assert Hit.objects.count() == before + 2


@pytest.mark.parametrize("ip", ["", "10.0.0.1", "127.0.0.1", "100.64.1.1", "fd00::1"])
def test_readers_behind_a_proxy_are_told_apart_by_their_programs(
    monkeypatch: pytest.MonkeyPatch, ip: str
) -> None:
    """One that TRUSTED_PROXIES does not know: all seem to be at its address."""
    monkeypatch.setattr(hit, "MOST_A_NETWORK", 2)
    monkeypatch.setattr(hit, "MOST_AN_ADDRESS", 2)
    monkeypatch.setattr(hit, "MOST_HIDDEN", 6)
    issue = sent("anonymous")
    link = links_in(letter_to(issue, issue.deliveries.earliest("pk")))[0]
    for number in range(5):
        visit(link, agent=f"{FIREFOX} {number}", ip=ip)
    assert Hit.objects.count() == 5
    for number in range(9):
        visit(link, agent=f"{FIREFOX} {number}", ip=ip)
    found = readership.of(issue)
    assert found
    assert found.followed == 6, "and a program under ever new names still ends"


def test_what_is_asked_again_and_again_leaves_room_for_first_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hit, "MOST_AGAIN", 4)
    issue = sent("anonymous")
    first, second = links_in(letter_to(issue, issue.deliveries.earliest("pk")))
    for number in range(9):
        visit(first, ip=f"93.184.215.{number % 2}")
    assert Hit.objects.count() == 4
    visit(second, ip="93.184.215.0")
    visit(first, ip="93.184.215.7")
    assert Hit.objects.count() == 6


def test_hours_that_the_clock_has_twice_or_never_are_counted_as_they_pass() -> None:
    issue = sent("anonymous")
    link = links_in(letter_to(issue, issue.deliveries.earliest("pk")))[0]
    Hit.objects.all().delete()
    with timezone.override("Europe/Berlin"):
        for day, last in (("2026-10-24T22", "26 Oct, 22:00"), ("2026-03-28T23", "31 Mar, 00:00")):
            issue.started_at = datetime.fromisoformat(f"{day}:10:00+00:00")
            for hours in (2, 3):  # in October both are half past two in Berlin
                visit(link)
                at = issue.started_at + timedelta(hours=hours, minutes=20)
                Hit.objects.filter(pk=Hit.objects.latest("pk").pk).update(at=at)
            found = readership.of(issue)
            assert found
            assert found.chart
            assert (found.chart.top, found.chart.last) == ("1 in an hour", last)


def test_following_a_link_changes_nothing_of_the_readers() -> None:
    issue = sent("person")
    row = issue.deliveries.earliest("pk")
    people = Subscriber.objects.filter(deliveries=row)
    before = (people.values().get(), ConsentEvent.objects.count())
    ledger_before = list(issue.deliveries.order_by("pk").values())
    html = letter_to(issue, row)
    for address in (picture_in(html), *links_in(html)):
        visit(address)
    after = (people.values().get(), ConsentEvent.objects.count())
    assert before == after
    assert ledger_before == list(issue.deliveries.order_by("pk").values())


def test_the_privacy_page_says_what_is_counted_now(client: Client) -> None:
    make_article("Privacy", kind=Article.Kind.PAGE, slug="privacy")
    make_article("About", kind=Article.Kind.PAGE, slug="about")
    for mode, words in (
        ("off", "do not count who opens"),
        ("anonymous", "and not by whom"),
        ("person", "when you opened a letter and which of its links you followed"),
    ):
        Measuring.choose(mode, by=None)
        assert words in text_of(client.get("/privacy/"))
    assert "Opening our letters" not in text_of(client.get("/about/"))


def test_what_is_kept_of_a_person_is_told_to_them_and_erased_with_them() -> None:
    issue = sent("person")
    row = issue.deliveries.earliest("pk")
    html = letter_to(issue, row)
    visit(picture_in(html))
    visit(links_in(html)[0])
    assert row.subscriber
    [letter] = [one for one in kept_of(row.subscriber.email) if one["what"] == "letter"]
    assert len(letter["opened"]) == 1
    assert "https://one.example/" in letter["links followed"][0]
    row.subscriber.erase()
    assert not Hit.objects.filter(delivery__isnull=False).exists()
    assert Hit.objects.count() == 2, "the numbers stay true"


def test_after_they_left_or_were_erased_their_letters_count_for_nobody_in_particular() -> None:
    issue = sent("person")
    first, second = issue.deliveries.order_by("pk")
    asked = [links_in(letter_to(issue, row))[0] for row in (first, second)]
    assert first.subscriber
    assert second.subscriber
    first.subscriber.leave()
    second.subscriber.erase()
    for link in asked:
        assert visit(link).status_code == 302
    assert [one.delivery for one in Hit.objects.all()] == [None, None]


def test_what_was_written_at_the_moment_of_an_erasure_is_anonymous_soon() -> None:
    issue = sent("person")
    first, second = issue.deliveries.order_by("pk")
    for row in (first, second):
        visit(links_in(letter_to(issue, row))[0])
    assert first.subscriber
    first.subscriber.erase()
    Hit.objects.filter(delivery=None).update(delivery=first)
    ForgettingRound.begin().perform()
    assert {one.delivery for one in Hit.objects.all()} == {None, second}
    Measuring.choose("anonymous", by=None)
    Hit.objects.update(delivery=second)
    ForgettingRound.begin().perform()
    assert {one.delivery for one in Hit.objects.all()} == {None}
    assert Hit.objects.count() == 2


def test_segments_by_what_people_did_and_care_for() -> None:
    issue = sent("person", readers=3)
    first, second, _ = issue.deliveries.order_by("pk")
    visit(picture_in(letter_to(issue, first)))
    visit(links_in(letter_to(issue, second))[0])
    visit(picture_in(letter_to(issue, second)), agent="Mozilla/5.0")
    sleep = Topic.objects.create(name="Sleep", slug="sleep")
    make_article("On sleep", topic=sleep, slug="on-sleep")
    assert first.subscriber
    first.subscriber.record("ask", evidence={"source_page": "/articles/on-sleep/"})
    today, tomorrow = timezone.localdate(), timezone.localdate() + timedelta(days=1)

    def those(**rules: Any) -> set[int | None]:
        segment = Segment.objects.create(name=str(rules), **rules)
        return {person.pk for person in make_issue(segment=segment).audience()}

    assert those(opened_since=today) == {first.subscriber_id}
    assert those(clicked_since=today) == {second.subscriber_id}
    assert those(opened_since=tomorrow) == set()
    assert those(topic=sleep) == {first.subscriber_id}


def test_staff_who_look_at_the_letter_count_for_nobody(admin_client: Client) -> None:
    issue = sent("anonymous")
    html = admin_client.get(f"/admin/newsletter/issue/{issue.pk}/html/").content.decode()
    assert "/newsletter/seen/" not in html
    for link in links_in(html):
        visit(link)
    assert not Hit.objects.exists()


def test_the_page_of_the_issue_shows_what_was_counted(admin_client: Client) -> None:
    issue = sent("person")
    visit(links_in(letter_to(issue, issue.deliveries.earliest("pk")))[0])
    visit(links_in(letter_to(issue, issue.deliveries.earliest("pk")))[0], agent="curl/8")
    answer = admin_client.get(f"/admin/newsletter/issue/{issue.pk}/desk/")
    page = text_of(answer)
    assert "Links followed 1" in page
    assert "https://one.example/ 1 1" in page
    assert "a program by its own name: 1" in page
    assert "<polyline" in answer.content.decode()


def test_staff_choose_it_on_one_page_and_who_may_not_cannot(client: Client) -> None:
    ann = User.objects.create_superuser("ann", "ann@example.org", "pw")
    typed = {"mode": "person", "events-TOTAL_FORMS": "0", "events-INITIAL_FORMS": "0"}
    bob = User.objects.create_user("bob", is_staff=True)
    client.force_login(bob)
    client.post("/admin/newsletter/measuring/add/", typed)
    assert Measuring.now() == "off"
    client.force_login(ann)
    client.post("/admin/newsletter/measuring/add/", typed)
    assert Measuring.now() == "person"
    client.post("/admin/newsletter/measuring/1/change/", {**typed, "mode": "off"})
    assert Measuring.now() == "off"
    assert [event.actor for event in Measuring.objects.get().events.all()] == ["ann", "ann"]
