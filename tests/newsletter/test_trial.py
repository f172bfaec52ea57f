"""Two subjects tried on a part: the better one goes to the rest by itself, where it can be told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from backsite.lib import work
from backsite.lib.mail.models import Message
from newsletter.issue_checklist import look_at
from newsletter.measuring import marking
from newsletter.models import Delivery, Hit, Issue, Measuring, ledger
from newsletter.trial import better

from .issues import look_at_links, make_issue, make_readers
from .test_measuring import letter_to, links_in, visit

pytestmark = pytest.mark.django_db
LINK = '<p><a href="https://one.example/">One</a></p>'


@pytest.fixture(autouse=True)
def ready(settings: Settings) -> None:
    settings.MAIL_LEAVES = True
    User.objects.create_superuser("ann", "ann@example.org", "pw")


def trial(mode: str, **fields: Any) -> Issue:
    """Both halves of the trial have had theirs for an hour."""
    Measuring.choose(mode, by=None)
    make_readers(60)
    issue = make_issue(subject_b="Walk!", trial_percent=50, trial_hours=4, body=LINK, **fields)
    look_at_links(issue)
    issue.send_now(by=None)
    work.sweep()
    rows = issue.deliveries.waiting()
    ledger.settle([ledger.Settled(row.pk, "sent", 1, "250 ok") for row in rows])
    sent = issue.deliveries.sent()
    sent.update(settled_at=timezone.now() - timedelta(hours=1))
    assert {row.variant for row in sent} == {"a", "b"}
    issue.refresh_from_db()
    return issue


def hours_pass(issue: Issue) -> None:
    """The worker looks again when the time of the trial is over."""
    Issue.objects.filter(pk=issue.pk).update(due_at=timezone.now())
    work.sweep()


def one_of(issue: Issue, variant: str) -> Delivery:
    return issue.deliveries.sent().filter(variant=variant).earliest("pk")


def rest(issue: Issue) -> set[tuple[str, str]]:
    return set(issue.deliveries.exclude(state="sent").values_list("state", "variant"))


@pytest.mark.parametrize("mode", ["person", "anonymous"])
def test_the_subject_whose_readers_followed_more_links_goes_to_the_rest(mode: str) -> None:
    issue = trial(mode)
    assert issue.due_at
    assert issue.started_at
    assert issue.due_at - issue.started_at == timedelta(hours=4)
    visit(links_in(letter_to(issue, one_of(issue, "b")))[0])
    work.sweep()
    assert rest(issue) == {("held", "")}, "not before its time"
    hours_pass(issue)
    assert rest(issue) == {("waiting", "b")}
    event = issue.events.get(verb="choose")
    assert event.actor == ""
    assert event.why.startswith("Walk!: 0 of ")
    hours_pass(issue)
    assert issue.events.filter(verb="choose").count() == 1


def test_where_no_link_was_followed_openings_decide() -> None:
    issue = trial("person")
    row = one_of(issue, "a")
    seen = marking.sign(marking.ISSUE, issue.pk)
    visit(f"/newsletter/seen/{seen}/{marking.sign(marking.ROW, row.pk)}/")
    hours_pass(issue)
    assert rest(issue) == {("waiting", "a")}


def test_the_database_counts_them() -> None:
    """A trial may have had half a million readers."""
    issue = trial("person")
    visit(links_in(letter_to(issue, one_of(issue, "b")))[0])
    with CaptureQueriesContext(connection) as done:
        assert better(issue)[0] == "b"
    assert done.captured_queries
    assert all("GROUP BY" in query["sql"] for query in done.captured_queries)


def test_where_nothing_was_counted_staff_are_asked_and_the_rest_wait() -> None:
    issue = trial("off")
    hours_pass(issue)
    assert rest(issue) == {("held", "")}
    said = " ".join(Message.objects.get(to="ann@example.org").text.split())
    assert "Choose which of the two subjects the rest get" in said
    issue.refresh_from_db()
    assert issue.due_at is None
    issue.choose_subject("a", by=None)
    assert rest(issue) == {("waiting", "a")}


def test_what_programs_did_decides_nothing() -> None:
    issue = trial("person")
    visit(links_in(letter_to(issue, one_of(issue, "b")))[0], agent="curl/8")
    assert Hit.objects.exists()
    hours_pass(issue)
    assert rest(issue) == {("held", "")}


def test_what_a_person_has_chosen_before_stands() -> None:
    issue = trial("person")
    visit(links_in(letter_to(issue, one_of(issue, "b")))[0])
    issue.choose_subject("a", by=None)
    hours_pass(issue)
    assert rest(issue) == {("waiting", "a")}


def test_a_cancelled_one_chooses_nothing() -> None:
    issue = trial("person")
    visit(links_in(letter_to(issue, one_of(issue, "b")))[0])
    issue.cancel(by=None)
    hours_pass(issue)
    assert rest(issue) == {("held", "")}


def test_the_checklist_says_that_nothing_is_counted() -> None:
    words = "you will be asked which subject is better"
    issue = make_issue(subject_b="Walk!", trial_hours=4)
    assert any(words in finding.words for finding in look_at(issue))
    Measuring.choose("anonymous", by=None)
    assert not any(words in finding.words for finding in look_at(issue))
