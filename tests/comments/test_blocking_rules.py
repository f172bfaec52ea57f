"""Rules that staff make: tried before they are saved, seen when they act, taken back at will."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from backsite.lib.bots import Submission, Vote
from backsite.lib.work import perform_due
from comments.filter.matching import PATIENCE_SECONDS, Mistake, Subject, matcher_of
from comments.filter.replay import dry_run, replay
from comments.models import BlockRule, Comment, Discussion, Judgement, Moderation
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

ADD = "/admin/comments/blockrule/add/"
Kind, Effect = BlockRule.Kind, BlockRule.Effect
CATASTROPHE = r"^x((((a+)+)+)+)+$"
LONG_LINE = f"x{'a' * 4_000}!"


def rule(value: str, kind: str = Kind.WORDS, effect: str = Effect.SPAM, **fields: Any) -> BlockRule:
    made = BlockRule(value=value, kind=kind, effect=effect, **fields)
    made.keep(by=fields.pop("by", None))
    return made


def new(text: str = "My back hurts.", **fields: Any) -> Comment:
    sent = Submission(form="comment", address=fields.pop("address", None), user_agent="Firefox")
    words = {"name": "Anna", "email": "anna@example.org", "website": "", "parent": None}
    return Comment.submit(sent, article=make_article(), text=text, **{**words, **fields})


def judged(comment: Comment) -> Comment:
    perform_due(Judgement)
    comment.refresh_from_db()
    return comment


def finds(kind: str, value: str, **fields: Any) -> str | None:
    about = {"name": "Anna", "email": "anna@example.org", "website": "", "text": ""}
    subject = Subject.of(**{**about, "address": None, **fields})
    return matcher_of(BlockRule(kind=kind, value=value)).find(subject)


def page_of(response: Any) -> str:
    return unescape(response.content.decode())


def fill(client: Client, do: str, address: str = ADD, **values: str) -> str:
    """Opens nothing: what the form was filled with, and the seal of the page before."""
    filled = {"kind": "words", "value": "casino", "effect": "spam", "weight": "2", "note": ""}
    return page_of(client.post(address, {**filled, **values, "do": do}, follow=True))


def seal_in(page: str) -> str:
    found = re.search(r'name="tried" value="([^"]*)"', page)
    assert found is not None
    return found[1]


# What rules find


@pytest.mark.parametrize(
    ("value", "text", "found"),
    [
        ("casino", "The CASINO is open", "casino"),
        ("casino", "ca\u200bsino", "casino"),
        ("casino", "\uff43asino", "casino"),
        ("casino", "casinos", None),
        ("casino*", "casinos", "casinos"),
        ("buy now", "buy\n  now", "buy now"),
        ("caf\u00e9", "cafe\u0301", "caf\u00e9"),
        ("first\nsecond", "the second", "second"),
        ("back", "backpain", None),
    ],
)
def test_words_are_found_whole_in_any_case(value: str, text: str, found: str | None) -> None:
    assert finds(Kind.WORDS, value, text=text) == found


@pytest.mark.parametrize(
    ("value", "email", "found"),
    [
        ("anna@example.org", "Anna@Example.org", True),
        ("@example.org", "x@mail.example.org", True),
        ("@example.org", "x@notexample.org", False),
        ("anna@example.org", "hanna@example.org", False),
    ],
)
def test_addresses_are_found_whole_or_by_their_domain(value: str, email: str, found: bool) -> None:
    assert (finds(Kind.ADDRESS, value, email=email) is not None) == found


@pytest.mark.parametrize(
    ("value", "address", "found"),
    [
        ("203.0.113.0/24", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.0/24", "203.0.114.9", False),
        ("2001:db8::/32", "2001:db8:1::1", True),
        ("2001:db8::/32", "203.0.113.9", False),
        ("203.0.113.0/24", "::ffff:203.0.113.9", True),
        ("203.0.113.0/24", None, False),
    ],
)
def test_networks_hold_their_addresses(value: str, address: str | None, found: bool) -> None:
    assert (finds(Kind.NETWORK, value, address=address) is not None) == found


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.WORDS, "a"),
        (Kind.WORDS, "*casino"),
        (Kind.WORDS, "*"),
        (Kind.PATTERN, "(unclosed"),
        (Kind.PATTERN, "x*"),
        (Kind.PATTERN, "(a{40}){40}"),
        (Kind.PATTERN, "a{1,99999999999999999999}"),
        (Kind.ADDRESS, "example.org"),
        (Kind.NETWORK, "203.0.113"),
        (Kind.NETWORK, "somewhere"),
    ],
)
def test_a_rule_that_means_nothing_or_everything_is_refused(kind: str, value: str) -> None:
    with pytest.raises(Mistake):
        matcher_of(BlockRule(kind=kind, value=value))


# What they do


def test_a_rule_condemns_whatever_else_speaks_for_the_comment() -> None:
    rule("casino")
    comment = new("Best casino here")
    comment.hear([Vote("Akismet", -20.0, "Not spam")])
    assert judged(comment).state == Comment.State.SPAM
    assert "“casino” (words)" in comment.votes.get(check_name="blocklist").reason


def test_a_rule_that_holds_lets_no_machine_publish() -> None:
    Discussion(moderation=Moderation.PUBLISH).save()
    rule("surgery", effect=Effect.HOLD)
    comment = new("Do I need surgery?")
    comment.hear([Vote("Akismet", -20.0, "Not spam")])
    assert judged(comment).is_held
    assert judged(new("Do I need a scan?")).is_public


def test_a_rule_that_weighs_is_one_vote_among_others() -> None:
    Discussion(moderation=Moderation.PUBLISH).save()
    rule("chairs", effect=Effect.WEIGH, weight=1.0)
    comment = new("The best chairs")
    assert judged(comment).is_public
    assert comment.votes.get(check_name="blocklist").weight == 1.0


def test_a_rule_switched_off_blocks_nothing_and_a_changed_one_at_once() -> None:
    Discussion(moderation=Moderation.PUBLISH).save()
    blocked = rule("casino")
    assert judged(new("casino one")).state == Comment.State.SPAM
    blocked.switch_off(by=None)
    assert judged(new("casino two")).is_public
    blocked.switch_on(by=None)
    blocked.value = "roulette"
    blocked.keep(by=None)
    assert judged(new("casino three")).is_public
    assert judged(new("roulette")).state == Comment.State.SPAM


def test_a_change_that_was_committed_late_is_seen_as_well() -> None:
    early, late = rule("casino"), rule("lottery")
    assert judged(new("A nice casino.")).state == Comment.State.SPAM
    # Another transaction began before `late` was kept, and ended only now.
    BlockRule.objects.filter(pk=early.pk).update(
        value="roulette", changed_at=late.changed_at - timedelta(milliseconds=1)
    )
    assert judged(new("A nice roulette.")).state == Comment.State.SPAM


def test_a_rule_switched_off_is_not_said_to_be_in_force(client: Client, ada: User) -> None:
    made = rule("casino")
    made.switch_off(by=ada)
    where = f"/admin/comments/blockrule/{made.pk}/change/"
    seal = seal_in(fill(client, "try", where, value="lottery"))
    page = fill(client, "save", where, value="lottery", tried=seal)
    assert "still switched off" in page
    assert "in force from now on" not in page


def test_what_a_rule_caught_is_counted_once_and_its_mistakes_too() -> None:
    staff = make_staff()
    rule("casino")
    right, wrong = judged(new("casino right")), judged(new("casino wrong"))
    Judgement.ask(right)
    judged(right)
    wrong.approve(by=staff)
    counted = vars(BlockRule.objects.with_catches().get())
    assert (counted["caught"], counted["mistaken"]) == (2, 1)


def test_a_pattern_that_takes_too_long_is_stopped_and_the_comment_held() -> None:
    Discussion(moderation=Moderation.PUBLISH).save()
    slow = rule(CATASTROPHE, Kind.PATTERN)
    begun = time.process_time()
    comment = judged(new(LONG_LINE))
    assert time.process_time() - begun < 20 * PATIENCE_SECONDS
    assert comment.is_held
    slow.refresh_from_db()
    assert f"Stopped on comment {comment.pk}" in slow.problem


# Before a rule is saved


def test_it_is_tried_on_what_is_there_before_it_is_saved(client: Client, ada: User) -> None:
    make_comment(make_article(), text="I lost my job at the casino and sit all day", name="Hanna")
    new("casino bonus", email="b@example.org").spam(by=ada)
    tried = fill(client, "try")
    assert (
        "it would catch <strong>2</strong>: 1 of 1 in spam, <strong>1 published</strong>" in tried
    )
    assert "Hanna" in tried
    assert not BlockRule.objects.exists()
    saved = fill(client, "save", tried=seal_in(tried))
    assert "Saved, and in force from now on: words: casino" in saved
    kept = BlockRule.objects.get()
    assert [(event.verb, event.actor) for event in kept.events.all()] == [("add", "ada")]


def test_nothing_is_saved_whose_effect_was_not_seen(client: Client, ada: User) -> None:
    tried = fill(client, "try")
    other = fill(client, "save", value="back*", tried=seal_in(tried))
    assert "Not saved yet: look at what it would catch" in other
    assert "back*" in other
    assert not BlockRule.objects.exists()
    fill(client, "save", value="back*", tried=seal_in(other))
    assert BlockRule.objects.get().value == "back*"


def test_a_mistake_is_told_and_what_was_typed_stays(client: Client, ada: User) -> None:
    page = fill(client, "save", kind="pattern", value="(unclosed")
    assert "This pattern cannot be read" in page
    assert "(unclosed</textarea>" in page
    assert not BlockRule.objects.exists()


@pytest.mark.parametrize("junk", ["\x00", "", "  ", "x" * 3_000, "1\n" * 300])
def test_nothing_typed_there_breaks_it(client: Client, ada: User, junk: str) -> None:
    for kind in Kind.values:
        fill(client, "save", kind=kind, value=junk, weight="many", effect="destroy")
    assert client.get("/admin/comments/blockrule/99999999999999999999/change/").status_code == 302
    assert not BlockRule.objects.exists()


def test_the_dry_run_of_a_catastrophe_ends_and_says_so(client: Client, ada: User) -> None:
    for number in range(3):
        new(f"{LONG_LINE}{number}", email=f"a{number}@example.org")
    page = fill(client, "try", kind="pattern", value=CATASTROPHE)
    assert "It was stopped after 1 comments because it takes too long" in page


def test_the_dry_run_looks_at_the_newest_thousand_in_few_queries(
    django_assert_max_num_queries: Any,
) -> None:
    comment = make_comment(make_article(), text="casino")
    copies = [
        Comment(article=comment.article, name="A", text="Words casino", html="", state="spam")
        for _ in range(1_100)
    ]
    Comment.objects.bulk_create(copies)
    with django_assert_max_num_queries(2):
        run = dry_run(BlockRule(kind=Kind.WORDS, value="casino"))
    assert (run.looked_at, len(run.spam), len(run.published)) == (1_000, 1_000, 0)


def test_switching_off_from_its_page_is_told_in_its_history(client: Client, ada: User) -> None:
    blocked = rule("casino")
    page = f"/admin/comments/blockrule/{blocked.pk}/change/"
    assert "In force." in page_of(client.get(page))
    fill(client, "off", page)
    assert "Switched off:" in page_of(client.get(page))
    assert [event.verb for event in blocked.events.all()] == ["add", "switch off"]


def test_who_may_not_make_rules_cannot(client: Client) -> None:
    user = User.objects.create_user("eve", password="x", is_staff=True)
    client.force_login(user)
    client.post(ADD, {"kind": "words", "value": "back", "effect": "spam", "do": "save"})
    blocked = rule("casino")
    assert client.get(f"/admin/comments/blockrule/{blocked.pk}/replay/").status_code == 403
    assert BlockRule.objects.count() == 1


# Held against what people decided


def test_a_rule_is_replayed_against_what_people_decided_since_yesterday() -> None:
    staff = make_staff()
    reader, spammer, other = new("The casino chairs hurt"), new("casino bonus"), new("Hello there")
    reader.approve(by=staff)
    spammer.spam(by=staff)
    other.approve(by=staff)
    long_ago = new("casino of old", email="c@example.org")
    long_ago.approve(by=staff)
    week = timezone.now() - timedelta(days=7)
    Comment.objects.filter(pk=long_ago.pk).update(person_decided_at=week)
    yesterday = timezone.now() - timedelta(days=1)
    found = replay(BlockRule(kind=Kind.WORDS, value="casino", effect=Effect.SPAM), yesterday)
    assert found.decisions == 3
    assert [one.comment for one in found.of_kind("hurt")] == [reader]
    assert [one.comment for one in found.of_kind("caught")] == [spammer]
    assert len(found.differences) == 2


def test_what_machines_decided_is_no_measure_for_a_rule() -> None:
    new("casino bonus").spam(by=None)
    assert replay(BlockRule(kind=Kind.WORDS, value="casino"), timezone.now() - timedelta(1)) == (
        replay(BlockRule(kind=Kind.WORDS, value="nothing"), timezone.now() - timedelta(1))
    )


def test_the_page_of_a_saved_rule_lists_the_differences(client: Client, ada: User) -> None:
    blocked = rule("casino")
    comment = judged(new("My casino story", name="Hanna"))
    comment.approve(by=ada)
    page = page_of(client.get(f"/admin/comments/blockrule/{blocked.pk}/replay/?days=7"))
    assert "People published these; with the rule they would be in spam" in page
    assert "hold → spam: “My casino story”" in page
    assert client.get(f"/admin/comments/blockrule/{blocked.pk}/replay/?days=x").status_code == 200
