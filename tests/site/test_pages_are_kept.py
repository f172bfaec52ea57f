"""Public pages are kept whole, served fast, and dropped when what they show has changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from articles.models import Article, Site, Topic
from backsite.lib.pagecache import cacheable
from backsite.lib.pagecache.day import seconds_left
from backsite.lib.pagecache.flights import VariesByPerson
from backsite.lib.pagecache.triggers import watched_tables
from tests.factories import make_article, make_author, make_comment, make_staff, make_topic
from tests.newsletter.issues import begun, make_readers
from tests.site.watching import PATIENCE, Front, front, watches

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site() -> Iterator[Front]:
    cache.clear()
    with front() as made:
        yield made


def test_a_page_is_made_once_and_then_served_from_memory(site: Front) -> None:
    article = make_article("Walking helps")
    site.until_told()
    first, second = (site.get(article.get_absolute_url()) for _ in range(2))
    assert "Walking helps" in first.text
    assert (second.body, second.headers) == (first.body, first.headers)
    assert site.django.asked == [article.get_absolute_url()]


def test_no_page_outlives_the_day_that_it_was_made_on(
    site: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """“Reviewed by” is true until a day ends, and no table changes then."""
    path = make_article().get_absolute_url()
    site.until_told()
    monkeypatch.setattr("backsite.lib.pagecache.flights.seconds_left", lambda: -1.0)
    site.get(path)
    monkeypatch.undo()
    site.get(path)
    site.get(path)
    assert site.django.asked == [path, path]


@pytest.mark.parametrize(("left", "given"), [(40_000.0, 3_600), (2_000.0, 1_700), (200.0, 0)])
def test_shared_caches_are_told_so_too(
    monkeypatch: pytest.MonkeyPatch, left: float, given: int
) -> None:
    monkeypatch.setattr("backsite.lib.pagecache.flights.seconds_left", lambda: left)
    path = make_article().get_absolute_url()
    with front(shared_seconds=3_600) as site:
        said = site.get(path).headers["cache-control"].partition(", s-maxage=")[2]
    # What the page took to be made is gone from its day.
    assert given - 60 <= int(said) <= given


def test_a_day_ends_where_the_site_is_at_home(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    evening = datetime(2026, 5, 3, 21, 0, tzinfo=UTC)
    assert seconds_left(evening) == 3_600
    assert seconds_left(datetime(2026, 10, 24, 22, 0, tzinfo=UTC)) == 25 * 3_600


def test_browsers_ask_each_time_and_hear_that_nothing_changed(site: Front) -> None:
    path = make_article().get_absolute_url()
    site.until_told()
    page = site.get(path)
    assert page.headers["cache-control"] == "public, max-age=0, must-revalidate"
    again = site.get(path, HTTP_IF_NONE_MATCH=page.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == page.headers["etag"]
    assert site.get(path, HTTP_IF_NONE_MATCH=f'"other", W/{page.headers["etag"]}').status == 304
    Article.objects.update(title="Something else")
    site.until_told()
    assert site.get(path, HTTP_IF_NONE_MATCH=page.headers["etag"]).status == 200


def test_each_reader_gets_the_encoding_they_take(site: Front) -> None:
    path = make_article().get_absolute_url()
    site.until_told()
    plain = site.get(path)
    small = site.get(path, HTTP_ACCEPT_ENCODING="gzip, deflate, br, zstd")
    packed = site.get(path, HTTP_ACCEPT_ENCODING="gzip;q=1.0, br;q=0")
    assert (small.headers["content-encoding"], packed.headers["content-encoding"]) == ("br", "gzip")
    assert "content-encoding" not in plain.headers
    assert len(small.body) < len(packed.body) < len(plain.body)
    assert len({one.headers["etag"] for one in (plain, small, packed)}) == 3
    assert all(one.headers["vary"] == "Accept-Encoding" for one in (plain, small, packed))


def test_head_tells_the_same_without_the_page(site: Front) -> None:
    path = make_article().get_absolute_url()
    site.until_told()
    whole, head = site.get(path), site.get(path, "HEAD")
    assert head.body == b""
    assert head.headers == whole.headers


def test_where_a_reader_came_from_makes_no_other_page(site: Front) -> None:
    path = make_article().get_absolute_url()
    site.until_told()
    plain = site.get(path)
    assert site.get(f"{path}?utm_source=letter&fbclid=x1").body == plain.body
    assert (
        site.get(path, HTTP_COOKIE="a=b; session=c", HTTP_ACCEPT_LANGUAGE="de").body == plain.body
    )
    assert len(site.django.asked) == 1


def test_a_query_that_may_mean_anything_is_never_kept(site: Front) -> None:
    make_article()
    site.until_told()
    for _ in range(2):
        site.get("/search/?q=walking")
        site.get("/?anything=1")
    assert site.django.asked == ["/search/", "/"] * 2
    assert len(site.cache.store) == 0


def test_nothing_personal_is_kept(site: Front) -> None:
    article = make_article()
    comment = make_comment(article)
    site.until_told()
    for path in (
        "/admin/login/",
        f"/comments/{comment.pk}/reply/",
        "/newsletter/check-your-inbox/",
    ):
        site.get(path)
        site.get(path)
        assert site.django.asked == [path, path], path
        site.django.asked.clear()


def test_a_page_that_varies_by_person_fails_loudly() -> None:
    @cacheable()
    def view(request: HttpRequest) -> HttpResponse:
        response = HttpResponse("Hello Ann")
        response.set_cookie("name", "ann")
        return response

    def application(environ: object, start_response: object) -> list[bytes]:
        request = HttpRequest()
        request.method = "GET"
        response = view(request)
        headers = [*response.items(), ("Set-Cookie", "name=ann")]
        start_response("200 OK", headers)  # type: ignore[operator]  # any WSGI server's
        return [response.content]

    with front() as made:
        made.django.handler = application  # type: ignore[assignment]
        make_article()
        with pytest.raises(VariesByPerson):
            made.get("/")


def test_an_edit_drops_its_own_page_and_no_other(site: Front) -> None:
    one, other = make_article("One"), make_article("Other")
    site.until_told()
    for article in (one, other):
        site.get(article.get_absolute_url())
    one.body = "<p>New words.</p>"
    one.render()
    one.save(update_fields=["body", "html", "search_text"])
    site.until_told()
    site.django.asked.clear()
    assert "New words." in site.get(one.get_absolute_url()).text
    site.get(other.get_absolute_url())
    assert site.django.asked == [one.get_absolute_url()]


def test_whatever_a_page_shows_it_is_new_after_the_commit(site: Front) -> None:
    topic, author = make_topic("Moving"), make_author("Dr Ada Example")
    article = make_article("Walking", topic=topic, authors=[author])
    path = article.get_absolute_url()
    staff = make_staff()
    site.until_told()
    assert "Does it help?" not in site.get(path).text

    comment = make_comment(article, approved=False, text="Does it help?")
    site.until_told()
    site.django.asked.clear()
    assert "Does it help?" not in site.get(path).text
    assert site.django.asked == []  # a held comment changes nothing that others see

    comment.approve(by=staff)
    site.until_told()
    assert "Does it help?" in site.get(path).text

    comment.hold(by=staff)
    site.until_told()
    assert "Does it help?" not in site.get(path).text

    Topic.objects.filter(pk=topic.pk).update(name="Staying in motion")
    site.until_told()
    assert "Staying in motion" in site.get(path).text

    author.name = "Dr Grace Example"
    author.save()
    site.until_told()
    assert "Dr Grace Example" in site.get(path).text

    Site(name="The Back Letter").save()
    site.until_told()
    assert "The Back Letter" in site.get(path).text

    article.withdraw(by=staff)
    site.until_told()
    assert site.get(path).status in (404, 410)


def test_a_letter_that_quotes_a_reader_is_made_anew_when_that_is_withdrawn(site: Front) -> None:
    question = make_comment(make_article(), text="Does it help?")
    question.answer("Yes.", by=make_staff())
    make_readers(1)
    issue = begun(body='<aside data-block="answers:new"></aside>', archive="open")
    issue.deliveries.update(state="sent")
    issue.finish()
    site.until_told()
    paths = [issue.get_absolute_url(), "/newsletter/letters/feed/"]
    for path in paths:
        assert "Does it help?" in site.get(path).text
    question.withdraw()
    site.until_told()
    for path in paths:
        assert "Does it help?" not in site.get(path).text


def test_a_new_article_is_on_the_lists_and_at_its_address_at_once(site: Front) -> None:
    article = make_article("Swimming", published=False)
    path = article.get_absolute_url()
    site.until_told()
    assert site.get(path).status == 404
    assert "Swimming" not in site.get("/").text
    article.publish(by=None)
    site.until_told()
    assert site.get(path).status == 200
    assert "Swimming" in site.get("/").text
    assert "Swimming" in site.get("/feed/").text


def test_what_is_rolled_back_drops_nothing(site: Front) -> None:
    article = make_article("One")
    site.until_told()
    site.get(article.get_absolute_url())

    class ChangedTheirMind(Exception):
        pass

    def change() -> None:
        with transaction.atomic():
            Article.objects.update(title="Two")
            raise ChangedTheirMind

    with pytest.raises(ChangedTheirMind):
        change()
    site.until_told()
    assert "One" in site.get(article.get_absolute_url()).text
    assert len(site.django.asked) == 1


def test_a_change_during_the_render_is_not_lost(site: Front) -> None:
    """The page is begun, then the change is committed and heard, then the page is done."""
    article = make_article("Before")
    path = article.get_absolute_url()
    site.until_told()
    handler = site.django.handler

    def slow(environ: object, start_response: object) -> object:
        answer = handler(environ, start_response)  # type: ignore[arg-type]
        if not slow_ones:
            slow_ones.append(1)
            Article.objects.update(title="After")
            site.until_told()
        return answer

    slow_ones: list[int] = []
    site.django.handler = slow  # type: ignore[assignment]
    site.get(path)
    assert "After" in site.get(path).text


def test_many_who_ask_at_once_cost_one_render(site: Front) -> None:
    path = make_article().get_absolute_url()
    site.until_told()
    handler, all_here = site.django.handler, threading.Event()

    def slow(environ: object, start_response: object) -> object:
        all_here.wait(PATIENCE)
        return handler(environ, start_response)  # type: ignore[arg-type]

    site.django.handler = slow  # type: ignore[assignment]
    got: list[bytes] = []
    threads = [threading.Thread(target=lambda: got.append(site.get(path).body)) for _ in range(8)]
    for thread in threads:
        thread.start()
    all_here.set()
    for thread in threads:
        thread.join()
    assert site.django.asked == [path]
    assert len(got) == 8
    assert len(set(got)) == 1


def test_what_is_hot_is_made_again_before_anybody_asks(site: Front) -> None:
    article = make_article("Before")
    path = article.get_absolute_url()
    site.until_told()
    for _ in range(12):
        site.get(path)
    made_again = threading.Event()
    handler = site.django.handler

    def told(environ: object, start_response: object) -> object:
        answer = handler(environ, start_response)  # type: ignore[arg-type]
        made_again.set()
        return answer

    site.django.handler = told  # type: ignore[assignment]
    Article.objects.update(title="After")
    assert made_again.wait(PATIENCE)
    assert "After" in site.get(path).text
    assert len(site.django.asked) <= 3


def test_a_new_process_begins_with_what_is_read_most() -> None:
    path = make_article().get_absolute_url()
    made = threading.Event()

    def warm() -> list[str]:
        return [f"http://localhost{path}"]

    with front(warm=warm) as site:
        handler = site.django.handler

        def told(environ: object, start_response: object) -> object:
            answer = handler(environ, start_response)  # type: ignore[arg-type]
            made.set()
            return answer

        site.django.handler = told  # type: ignore[assignment]
        made.wait(1)
        assert site.get(path).status == 200
        assert site.django.asked == [path]


def test_without_ears_every_page_is_made_anew_until_it_listens_again(site: Front) -> None:
    article = make_article("Before")
    path = article.get_absolute_url()
    site.until_told()
    site.get(path)
    told = threading.Event()
    lost, ready = site.cache._lost, site.cache._ready
    assert site.cache._listener
    site.cache._listener._lost = lambda: (lost(), told.set())[0]  # type: ignore[func-returns-value]
    back = threading.Event()
    site.cache._listener._ready = lambda: (ready(), back.set())[0]  # type: ignore[func-returns-value]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'backsite page cache' AND datname = current_database()"
        )
    assert told.wait(PATIENCE)
    Article.objects.update(title="After")
    assert "After" in site.get(path).text
    assert back.wait(PATIENCE)
    assert "After" in site.get(path).text
    Article.objects.update(title="Later")
    site.until_told()
    assert "Later" in site.get(path).text


def test_every_table_either_tells_of_its_changes_or_is_shown_on_no_public_page() -> None:
    from django.apps import apps

    shown = {watch.table for watch in watches()}
    ours = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in NOT_ON_A_PUBLIC_PAGE
    }
    kept_back = {
        f"{app}_{name}" for app, names in NOT_ON_A_PUBLIC_PAGE.items() for name in names.split()
    }
    undecided = {table for table in ours - shown - kept_back if not table.endswith("event")}
    assert not undecided
    with front():
        assert watched_tables(connection) == shown


# Whoever adds a table decides: a page that is kept shows it, or it belongs here (results of
# the search are not kept). What events record is never shown.
NOT_ON_A_PUBLIC_PAGE = {
    "articles": "callcount feedback opened previewlink promotedresult readcount revision unsaved "
    "vocabulary word",
    "comments": "akismetcheck akismetcorrection alert alertchoice alertround answerdraft batch "
    "batchentry blockrule captchacheck claim commentvote dangerfound dangerword deletedcomment "
    "featurecount following judgement lesson linkrequest listed origin promotion reader "
    "readernote replynotice report rulehit savedreply settingchange spamletter "
    "spamletter_messages spamround textprint training watch watchresult weeklyletter "
    "weeklyletter_messages weeklyround",
    "newsletter": "choice course delivery edition enrolment handover hit importfile importrefusal "
    "erasinground forgettinground liftedround "
    "issuelink lesson linklook listimport mailboxround move rate recentanswers returnedmail "
    "segment sender sentlesson signup subscriber suppression",
}
