"""The rules of discussion are set in the desk, and nobody rewrites what was decided."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles.models import Article
from backsite.lib.records import Event
from comments.models import (
    ArticleDiscussion,
    BlockRule,
    BlockRuleEvent,
    CommentEvent,
    Discussion,
    Reader,
    SettingChange,
)
from comments.models.log_guard import install
from comments.opening import is_open
from tests.articles.form import opened, send
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

SETTINGS = "/admin/comments/discussion/1/change/"
LOG = "/admin/comments/settingchange/"


@pytest.fixture
def root(client: Client) -> User:
    user = make_staff("root")
    client.force_login(user)
    return user


def fields(**changed: str) -> dict[str, str]:
    return {
        "open": "on",
        "moderation": "hold_first",
        "closed_after_days": "",
        "answer_hours": "24",
        "owner": "",
        "safety_text": "",
        "rules": "",
        "order": "oldest",
        "deepest": "4",
        "threads_a_page": "50",
        "kept_days": "30",
        **changed,
    }


def read_log(client: Client, query: str = "") -> str:
    return unescape(client.get(f"{LOG}{query}").content.decode())


def test_the_site_s_rules_are_set_on_one_page_and_each_change_is_written_down(
    client: Client, root: User
) -> None:
    client.post(SETTINGS, fields(answer_hours="12", moderation="publish"))
    kept = Discussion.current()
    assert (kept.answer_hours, kept.moderation) == (12, "publish")
    said = SettingChange.objects.values_list("field", "before", "after", "actor")
    assert ("promised answer time in hours", "24", "12", "root") in said
    assert (
        "new comments",
        "hold until a first comment from a confirmed address was published",
        "publish all that pass the checks",
        "root",
    ) in said
    assert len(said) == 2
    assert "24 → 12" in read_log(client)


def test_saving_without_a_change_writes_nothing(client: Client, root: User) -> None:
    client.post(SETTINGS, fields())
    client.post(SETTINGS, fields())
    assert not SettingChange.objects.exists()


def test_a_wrong_value_is_told_and_nothing_is_kept(client: Client, root: User) -> None:
    page = client.post(SETTINGS, fields(answer_hours="0", kept_days="1")).content.decode()
    assert "greater than or equal to 1" in page
    assert not Discussion.objects.exists()


def test_comments_of_the_whole_site_can_be_closed(client: Client, root: User) -> None:
    article = make_article()
    assert is_open(article)
    sent = fields()
    del sent["open"]
    client.post(SETTINGS, sent)
    assert not is_open(article)
    assert (
        "Comments on this article are closed"
        in client.get(article.get_absolute_url()).content.decode()
    )


def test_one_article_has_its_own_rules_beside_it(client: Client, root: User) -> None:
    article: Article = make_article("Walking")
    sent = opened(client, article)
    assert not ArticleDiscussion.objects.exists()
    sent["discussion-0-moderation"] = "hold_all"
    sent["discussion-0-closed_after_days"] = "90"
    send(client, sent, "_save", article)
    kept = ArticleDiscussion.objects.get(article=article)
    assert (kept.moderation, kept.closed_after_days) == ("hold_all", 90)
    log = read_log(client)
    assert "Discussion of “Walking”" in log
    assert "empty → hold every comment" in log
    again = opened(client, article)
    again["discussion-0-moderation"] = ""
    send(client, again, "_save", article)
    assert "hold every comment → empty" in read_log(client)


def test_an_article_saved_without_rules_gets_no_row(client: Client, root: User) -> None:
    article = make_article()
    send(client, opened(client, article), "_save", article)
    assert not ArticleDiscussion.objects.exists()


def test_the_log_tells_of_comments_readers_and_settings_and_is_sifted(
    client: Client, root: User
) -> None:
    ada = make_staff("ada")
    comment = make_comment(make_article("Walking"), name="Hanna")
    comment.trash(by=ada, why="an advertisement")
    Reader.of("rude@example.org").block(by=root, why="insults")
    log = read_log(client)
    assert "Hanna on “Walking”" in log
    assert "an advertisement" in log
    assert "rude@example.org" in log
    assert "insults" not in read_log(client, "?who=ada")
    assert "an advertisement" not in read_log(client, "?kind=readers")
    assert "published it" in read_log(client, "?who=-")
    assert "published it" not in read_log(client, "?who=ada")


def test_the_log_tells_of_rules(client: Client, root: User) -> None:
    rule = BlockRule(kind="words", value="casino*", effect="spam")
    rule.keep(by=root)
    rule.switch_off(by=root)
    log = read_log(client, "?kind=rules")
    assert "added the rule" in log
    assert "casino*" in log
    assert "switched the rule off" in log
    assert "casino*" not in read_log(client, "?kind=settings")


def test_the_log_tells_who_closed_the_comments_of_an_article(client: Client, root: User) -> None:
    article = make_article("Walking")
    sent = opened(client, article)
    send(client, sent, "_save", article)
    assert "its comments" not in read_log(client, "?kind=articles")
    closing = opened(client, article)
    closing.pop("comments_open")
    send(client, closing, "_save", article)
    article.refresh_from_db()
    assert not article.comments_open
    said = read_log(client, "?kind=articles&who=root")
    assert "closed its comments" in said
    assert "“Walking”" in said
    article.restore(article.revisions.get(number=1), by=root)
    assert "opened its comments" in read_log(client, "?kind=articles")


def test_the_log_tells_who_wants_no_alerts_any_more(client: Client, root: User) -> None:
    client.post("/admin/comments/alertchoice/mine/", {"how": "none", "digest_hour": "8"})
    client.post("/admin/comments/alertchoice/mine/", {"how": "none", "digest_hour": "8"})
    change = SettingChange.objects.get()
    assert (change.what, change.actor) == ("Alerts for root", "root")
    assert "a mail for each new comment → no mail" in read_log(client)


def test_the_log_goes_on_page_by_page(client: Client, root: User) -> None:
    comment = make_comment(make_article())
    for number in range(130):
        comment.events.create(verb="hold", why=f"line {number};")
    first = read_log(client)
    assert "line 129;" in first
    assert "line 3;" not in first
    link = next(part for part in first.split('"') if "before=" in part)
    second = client.get(unescape(link)).content.decode()
    assert "line 3;" in second
    assert "line 129;" not in second


@pytest.mark.parametrize("query", ["?before=nonsense", "?kind=zzz", "?who=%00", "?before=2026"])
def test_odd_addresses_of_the_log_are_answered(client: Client, root: User, query: str) -> None:
    assert "Moderation log" in read_log(client, query)


def test_the_log_costs_the_same_however_long_it_is(client: Client, root: User) -> None:
    comment = make_comment(make_article())
    with CaptureQueriesContext(connection) as few:
        read_log(client)
    CommentEvent.objects.bulk_create(CommentEvent(comment=comment, verb="hold") for _ in range(300))
    with CaptureQueriesContext(connection) as many:
        read_log(client)
    assert len(many) == len(few)


def test_whoever_may_not_moderate_does_not_read_it(client: Client) -> None:
    writer = User.objects.create_user("writer", is_staff=True)
    client.force_login(writer)
    assert client.get(LOG).status_code == 403


@pytest.fixture
def guarded(db: None) -> None:
    """Tests make the tables without migrations, so the guard is put in force here."""
    with connection.cursor() as cursor:
        cursor.execute(install())


def delete_alone(event: Event) -> None:
    event.delete()
    commit()


def commit() -> None:
    """What the end of a transaction looks at is looked at now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_the_database_itself_refuses_to_change_or_delete_a_line(guarded: None) -> None:
    comment = make_comment(make_article())
    event = comment.events.get()
    with pytest.raises(DatabaseError, match="not changed"), transaction.atomic():
        CommentEvent.objects.filter(pk=event.pk).update(verb="spam")
    with pytest.raises(DatabaseError, match="Nothing is deleted"), transaction.atomic():
        delete_alone(event)
    assert comment.events.get().verb == "approve"


def test_the_lines_about_rules_and_articles_are_guarded_as_well(guarded: None) -> None:
    root, article = make_staff("root"), make_article()
    rule = BlockRule(kind="words", value="casino")
    rule.keep(by=root)
    article.revise(by=root)
    article.revise(by=root, comments_open=False)
    with pytest.raises(DatabaseError, match="not changed"), transaction.atomic():
        BlockRuleEvent.objects.update(verb="switch off")
    with pytest.raises(DatabaseError, match="not changed"), transaction.atomic():
        article.events.filter(verb="close comments").update(actor="somebody else")
    with pytest.raises(DatabaseError, match="Nothing is deleted"), transaction.atomic():
        delete_alone(article.events.get(verb="close comments"))
    assert article.events.filter(verb="close comments", actor="root").exists()


def test_an_account_that_goes_leaves_its_name_and_a_comment_takes_its_events_with_it(
    guarded: None,
) -> None:
    ada = User.objects.create_user("ada", is_staff=True)
    comment = make_comment(make_article())
    comment.hold(by=ada)
    ada.delete()
    event = comment.events.get(verb="hold")
    assert (event.by, event.actor) == (None, "ada")
    comment.delete()
    commit()
    assert not CommentEvent.objects.exists()
