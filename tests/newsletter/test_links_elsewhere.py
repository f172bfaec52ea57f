"""Links to other sites are looked at by the worker before an issue leaves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from backsite.lib import https, work
from backsite.lib.mail.models import Message
from newsletter import elsewhere
from newsletter.issue_checklist import Finding, look_at
from newsletter.models import Issue, IssueEvent, LinkLook
from newsletter.models.link_look import ASKED
from tests.lib.waiting import PATIENCE, wait_until

from .issues import make_issue, make_letter, make_readers

pytestmark = pytest.mark.django_db


class Pages(BaseHTTPRequestHandler):
    """Another site, with all the ways in which a page can be there or not."""

    asked: list[str]
    hosts: list[str]
    # Paths that lead nowhere any more.
    dead: set[str]

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        type(self).asked.append(f"{self.command} {self.path}")
        type(self).hosts.append(self.headers["Host"])
        name = self.path.partition("?")[0].strip("/")
        if name == "hangs":
            type(self).may_end.wait(60)
            return
        status = int(name) if name.isdecimal() else 404 if name in self.dead else 200
        if name == "get-only":
            status = 405 if self.command == "HEAD" else 200
        self.send_response(302 if name in ("moved", "circle", "inside") else status)
        for source, target in (("moved", "/404"), ("circle", "/circle"), ("inside", INSIDE)):
            if name == source:
                self.send_header("Location", target)
        self.end_headers()

    may_end: threading.Event

    def log_message(self, *args: object) -> None:
        """Says nothing of what it answers."""


INSIDE = "http://10.0.0.1/admin/"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Pages.asked, Pages.hosts, Pages.dead, Pages.may_end = [], [], set(), threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    known = elsewhere.may_be_asked
    monkeypatch.setattr(elsewhere, "may_be_asked", lambda ip: ip == "127.0.0.1" or known(ip))
    yield f"http://127.0.0.1:{server.server_port}"
    Pages.may_end.set()
    server.shutdown()
    server.server_close()


def found(issue: Issue) -> list[Finding]:
    return [one for one in look_at(issue) if "link" in one.words]


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/", "there", "200"),
        ("/with%20space?q=ä", "there", "200"),
        ("/get-only", "there", "200"),
        ("/403", "there", "403"),
        ("/404", "gone", "(404)"),
        ("/410", "gone", "(410)"),
        ("/moved", "gone", "(404)"),
        ("/503", "unsure", "answered 503"),
        ("/circle", "unsure", "does not end"),
        ("/inside", "unsure", "inside our own network"),
    ],
)
def test_what_an_answer_means(site: str, path: str, kind: str, words: str) -> None:
    seen = elsewhere.look(site + path)
    assert seen.found == kind
    assert words in seen.words


def test_the_head_is_asked_first_and_the_page_only_where_that_is_refused(site: str) -> None:
    elsewhere.look(f"{site}/")
    elsewhere.look(f"{site}/get-only")
    assert Pages.asked == ["HEAD /", "HEAD /get-only", "GET /get-only"]


def test_a_site_that_hangs_holds_nobody_up(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "PATIENCE", 0.3)
    assert elsewhere.look(f"{site}/hangs").found == "unsure"


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("http://no-such-host.invalid/", "gone"),
        ("http://127.0.0.1:1/", "unsure"),
        ("http://[::1]/", "unsure"),
        ("http://169.254.169.254/latest/", "unsure"),
        ("https://other.example:port/", "gone"),
    ],
)
def test_what_is_no_page_is_no_error(
    monkeypatch: pytest.MonkeyPatch, address: str, kind: str
) -> None:
    ask = socket.getaddrinfo

    def names_nobody(host: str, *rest: Any, **others: Any) -> Any:
        if host[0].isdigit() or ":" in host:
            return ask(host, *rest, **others)
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", names_nobody)
    assert elsewhere.look(address).found == kind


def test_where_nothing_can_be_looked_up_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*rest: Any, **others: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    assert elsewhere.look("https://example.org/").found == "unsure"


def stands_for(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Every name stands for these."""
    ask = socket.getaddrinfo

    def answer(host: str, *rest: Any, **others: Any) -> Any:
        meant = [host] if host[0].isdigit() else addresses
        return [row for one in meant for row in ask(one, *rest, **others)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def test_where_the_first_server_of_a_name_is_down_the_next_one_is_asked(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = elsewhere.may_be_asked
    monkeypatch.setattr(elsewhere, "may_be_asked", lambda ip: ip == "127.0.0.2" or known(ip))
    stands_for(monkeypatch, "127.0.0.2", "127.0.0.1")
    assert elsewhere.look(site.replace("127.0.0.1", "two.example")).found == "there"


def test_a_server_that_takes_no_call_leaves_the_next_one_its_time(site: str) -> None:
    port = int(site.rpartition(":")[2])
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        # Linux answers no further call once those in the queue are more than its length.
        full.bind(("127.0.0.3", port))
        full.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(("127.0.0.3", port))
        answer = https.status_of(
            f"{site}/", method="HEAD", patience=4, at=["127.0.0.3", "127.0.0.1"]
        )
    assert answer == (200, "")


def test_one_inside_the_house_among_the_servers_of_a_name_and_nobody_is_asked(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands_for(monkeypatch, "127.0.0.1", "10.0.0.1")
    assert "our own network" in elsewhere.look(site.replace("127.0.0.1", "two.example")).words
    assert Pages.asked == []


def test_the_whole_of_a_look_ends_before_another_worker_may_begin_it(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LinkLook.LEASE.total_seconds() > elsewhere.WHOLE_PATIENCE + elsewhere.PATIENCE
    monkeypatch.setattr(elsewhere, "PATIENCE", 600)
    monkeypatch.setattr(elsewhere, "WHOLE_PATIENCE", 0.5)
    seen = elsewhere.look(f"{site}/hangs")
    assert "TimeoutError" in seen.words, "and not that it was hung up on at last"
    assert (seen.found, len(Pages.asked)) == ("unsure", 1)
    monkeypatch.setattr(elsewhere, "WHOLE_PATIENCE", 0.0)
    assert elsewhere.look(f"{site}/") == ("unsure", "It took too long until it was known.")
    assert len(Pages.asked) == 1


def test_a_name_that_is_never_looked_up_holds_nobody_up(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = socket.getaddrinfo

    def slow(host: str, *rest: Any, **others: Any) -> Any:
        Pages.may_end.wait(60)
        return ask("127.0.0.1", *rest, **others)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    monkeypatch.setattr(elsewhere, "PATIENCE", 0.3)
    seen = elsewhere.look(site.replace("127.0.0.1", "slow.example"))
    assert seen == ("unsure", elsewhere.NOT_JUST_NOW)


def test_no_proper_answer_does_not_bring_back_to_life_what_is_gone(site: str) -> None:
    def seen(kind: str) -> datetime | None:
        row = LinkLook.objects.get()
        row.prepared = elsewhere.Seen(kind, "")
        row.perform()
        return LinkLook.objects.get().gone_since

    LinkLook.ask([f"{site}/x"])
    since = seen("gone")
    assert since
    assert (seen("unsure"), seen("gone")) == (since, since)
    assert (seen("there"), seen("unsure")) == (None, None)


def test_the_page_of_the_issue_says_what_the_worker_has_seen(site: str) -> None:
    links = "".join(f'<a href="{site}/{name}">{name}</a> ' for name in ("ok", "404", "503"))
    issue = make_issue(body=f"<p>{links}</p>")
    [waiting] = found(issue)
    assert waiting == (
        False,
        "3 links to other sites are not looked at yet; look again in a moment.",
    )
    assert Pages.asked == [], "nothing is asked while somebody waits for the page"
    LinkLook.ask_for(issue)
    work.perform_due(LinkLook)
    gone, unsure = found(issue)
    assert gone.blocks
    assert f"The link “404” leads nowhere: {site}/404" in gone.words
    assert not unsure.blocks
    assert "The link “503” gave no proper answer" in unsure.words


def test_saving_has_them_looked_at_and_what_was_seen_lately_is_not_asked_again(
    site: str, admin_client: Client
) -> None:
    typed = {
        "letter": make_letter().pk, "subject": "Hello", "trial_percent": "20",
        "body": f'<p><a href="{site}/ok">ok</a></p>', "archive": "hidden",
        "events-TOTAL_FORMS": "0", "events-INITIAL_FORMS": "0",
    }  # fmt: skip
    admin_client.post("/admin/newsletter/issue/add/", typed)
    issue = Issue.objects.get()
    work.perform_due(LinkLook)
    LinkLook.ask_for(issue)
    work.perform_due(LinkLook)
    assert Pages.asked == ["HEAD /ok"]
    admin_client.post(f"/admin/newsletter/issue/{issue.pk}/do/look/")
    work.perform_due(LinkLook)
    assert len(Pages.asked) == 2
    LinkLook.objects.update(looked_at=timezone.now() - timedelta(days=2))
    LinkLook.ask_for(issue)
    work.perform_due(LinkLook)
    assert len(Pages.asked) == 3


def test_own_and_personal_links_and_other_schemes_are_none_of_these() -> None:
    html = (
        '<a href="/articles/a/">a</a><a href="http://localhost:8000/x/">b</a>'
        '<a href="[[leave_link]]">c</a><a href="mailto:a@b.test">d</a><a href="https://[">e</a>'
        '<a href="https://other.example/?x=1">f <b>g</b></a>'
    )
    assert elsewhere.addresses_in(html) == {"https://other.example/?x=1": "f g"}


@pytest.mark.parametrize(
    "inside",
    "127.0.0.1 10.1.2.3 169.254.169.254 ::1 fe80::1%eth0 fd00::1 fec0::1 ff02::1 224.0.0.1 "
    "::ffff:127.0.0.1 64:ff9b::a9fe:a9fe 2002:7f00:1:: ::127.0.0.1 0.0.0.0".split(),
)
def test_nothing_inside_the_house_is_asked(inside: str) -> None:
    assert not elsewhere.may_be_asked(inside)


@pytest.mark.parametrize("outside", ["93.184.215.14", "2606:4700:4700::1111"])
def test_what_is_outside_may_be_asked(outside: str) -> None:
    assert elsewhere.may_be_asked(outside)


def test_what_was_looked_up_is_what_is_asked_whatever_the_name_stands_for_later(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, answers = socket.getaddrinfo, iter(["127.0.0.1"])

    def moves_inside(host: str, *rest: Any, **others: Any) -> Any:
        return ask(next(answers, "10.0.0.1") if host == "moves.example" else host, *rest, **others)

    monkeypatch.setattr(socket, "getaddrinfo", moves_inside)
    seen = elsewhere.look(site.replace("127.0.0.1", "moves.example"))
    assert (seen.found, Pages.hosts[-1].partition(":")[0]) == ("there", "moves.example")


@pytest.mark.django_db(transaction=True)
def test_who_saves_an_issue_does_not_wait_for_another_site(site: str) -> None:
    LinkLook.ask([f"{site}/hangs"])

    def look() -> None:
        work.perform_due(LinkLook)
        connection.close()

    worker = threading.Thread(target=look)
    worker.start()
    try:
        wait_until(lambda: bool(Pages.asked))
        with transaction.atomic():
            assert LinkLook.objects.select_for_update(nowait=True).get().looked_at is None
    finally:
        Pages.may_end.set()
        worker.join(PATIENCE)
    assert LinkLook.objects.get().looked_at


def scheduled_days_ago(link: str, **fields: Any) -> Issue:
    """Its links were looked at then, and its time has come."""
    make_readers(1)
    issue = make_issue(body=f'<p><a href="{link}">It</a></p>')
    LinkLook.ask_for(issue)
    work.perform_due(LinkLook)
    issue.schedule(at=timezone.now(), by=None)
    days = timedelta(days=3)
    issue.events.update(at=timezone.now() - days)
    LinkLook.objects.update(looked_at=timezone.now() - days, **fields)
    return issue


def leaves(issue: Issue) -> bool:
    """After the worker has done what there is to do, also what waits some seconds."""
    for _ in range(3):
        Issue.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        work.sweep()
    issue.refresh_from_db()
    return issue.is_sending


@override_settings(MAIL_LEAVES=True)
def test_a_link_that_died_since_it_was_scheduled_asks_before_it_leaves(site: str) -> None:
    User.objects.create_superuser("ann", "ann@example.org", "pw")
    issue = scheduled_days_ago(f"{site}/dies")
    Pages.dead.add("dies")
    assert not leaves(issue)
    assert list(Issue.objects.late()) == [issue]
    assert f"Since it was scheduled, this leads nowhere: {site}/dies" in issue.question
    assert issue.question in Message.objects.get(to="ann@example.org").text
    issue.send_now(by=None, why="It will be back.")
    assert leaves(issue), "a person has decided"


@override_settings(MAIL_LEAVES=True)
def test_a_link_that_was_dead_when_somebody_let_it_go_does_not_ask_again(site: str) -> None:
    Pages.dead.add("dies")
    dead_since = timezone.now() - timedelta(days=4)
    assert leaves(scheduled_days_ago(f"{site}/dies", gone_since=dead_since))


@override_settings(MAIL_LEAVES=True)
def test_links_are_looked_at_once_more_and_those_that_live_hold_nothing_up(site: str) -> None:
    issue = scheduled_days_ago(f"{site}/ok")
    asked = len(Pages.asked)
    work.perform_due(Issue)
    issue.refresh_from_db()
    assert not issue.is_sending, "it waits for the look"
    assert leaves(issue)
    assert len(Pages.asked) == asked + 1


@override_settings(MAIL_LEAVES=True)
def test_a_look_that_never_comes_holds_it_up_for_minutes_and_no_longer(site: str) -> None:
    """Counted from when it was asked for: while the site was down nobody could look."""
    issue = scheduled_days_ago(f"{site}/ok")
    Issue.objects.update(scheduled_for=timezone.now() - timedelta(minutes=11))
    work.perform_due(Issue)
    issue.refresh_from_db()
    assert not issue.is_sending
    for minutes, is_sending in ((9, False), (2, True)):
        for event in issue.events.filter(verb=ASKED):
            IssueEvent.objects.filter(pk=event.pk).update(at=event.at - timedelta(minutes=minutes))
        Issue.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        work.perform_due(Issue)
        issue.refresh_from_db()
        assert issue.is_sending is is_sending


@override_settings(MAIL_LEAVES=True)
def test_what_died_since_it_was_looked_at_asks_however_lately_somebody_decided(site: str) -> None:
    """Saved on Monday, dead on Tuesday, sent on Wednesday with what was seen on Monday."""
    make_readers(1)
    issue = make_issue(body=f'<p><a href="{site}/dies">It</a></p>')
    LinkLook.ask_for(issue)
    work.perform_due(LinkLook)
    LinkLook.objects.update(looked_at=timezone.now() - timedelta(days=2))
    Pages.dead.add("dies")
    issue.send_now(by=None, why="")
    assert not leaves(issue)
    assert f"leads nowhere: {site}/dies" in issue.question


@override_settings(MAIL_LEAVES=True)
def test_an_address_that_nobody_has_asked_yet_is_looked_at(site: str) -> None:
    issue = scheduled_days_ago(f"{site}/dies")
    LinkLook.objects.all().delete()
    Pages.dead.add("dies")
    assert not leaves(issue)
    assert f"leads nowhere: {site}/dies" in issue.question


@override_settings(MAIL_LEAVES=True)
def test_what_was_seen_a_moment_ago_is_not_asked_again(site: str) -> None:
    make_readers(1)
    issue = make_issue(body=f'<p><a href="{site}/ok">It</a></p>')
    LinkLook.ask_for(issue)
    work.perform_due(LinkLook)
    issue.send_now(by=None, why="")
    work.perform_due(Issue)
    issue.refresh_from_db()
    assert issue.is_sending
    assert len(Pages.asked) == 1


@override_settings(MAIL_LEAVES=True)
def test_one_found_gone_before_that_was_written_down_is_not_taken_for_newly_dead(
    site: str,
) -> None:
    Pages.dead.add("dies")
    issue = scheduled_days_ago(f"{site}/dies", gone_since=None)
    LinkLook.objects.update(looked_at=timezone.now() - timedelta(days=4))
    assert leaves(issue), "a person let it go as it was"
