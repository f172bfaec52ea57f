"""“Reviewed by” stands on a page only while it is true."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from articles.evidence import Due, due_reviews, report, review_findings
from articles.models import Article, Credential, Reference, Review, ReviewRefused
from tests.factories import make_article, make_author, make_staff

pytestmark = pytest.mark.django_db

LINE = "Medically reviewed by"


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def today(days: int = 0) -> date:
    return timezone.localdate() + timedelta(days=days)


def make_credential(*, checked: bool = True, **fields: Any) -> Credential:
    given = {
        "what": "General practitioner",
        "issued_by": "GMC",
        "number": "7012345",
        "valid_from": today(-900),
        "valid_until": today(300),
    }
    author = fields.pop("author", None) or make_author("Dr Eva Reader")
    credential = Credential.objects.create(author=author, **{**given, **fields})
    if checked:
        credential.check_off(by=None)
    return credential


def review(article: Article, credential: Credential | None = None, **fields: Any) -> Review:
    held = credential or make_credential()
    given = {"next_due": today(365), "by": None}
    return article.review(reviewer=held.author, credential=held, **{**given, **fields})


def public(client: Client, article: Article) -> str:
    page = client.get(article.get_absolute_url()).content.decode()
    return " ".join(unescape(page).partition("<main")[2].partition("<footer")[0].split())


def test_readers_see_who_reviewed_it_when_and_until_when(client: Client) -> None:
    article = make_article()
    review(article, on=today(-2), next_due=today(200))
    page = public(client, article)
    assert f"{LINE} <a href=" in page
    assert "Dr Eva Reader</a>, General practitioner, GMC 7012345, on <time" in page
    assert f'Next review by <time datetime="{today(200):%Y-%m-%d}">' in page


def test_an_article_without_a_review_says_nothing_of_one(client: Client) -> None:
    assert "reviewed" not in public(client, make_article())


def test_it_says_edited_since_without_the_name(client: Client) -> None:
    article = make_article(standfirst="Old")
    review(article, on=today(-2))
    Article.objects.filter(pk=article.pk).update(standfirst="New")
    page = public(client, article)
    assert LINE not in page
    assert "Dr Eva Reader" not in page
    assert f'Medically reviewed on <time datetime="{today(-2):%Y-%m-%d}">' in page
    assert "edited since." in page


@pytest.mark.parametrize("name", ["title", "standfirst", "key_points", "body"])
def test_every_part_that_a_reviewer_reads_counts(name: str) -> None:
    article = make_article()
    made = review(article)
    setattr(article, name, "<p>Other words.</p>")
    assert made.troubles(article.content_hash()) == [Review.Trouble.EDITED]


def test_another_source_behind_a_mark_is_an_edit_and_a_completed_one_is_none() -> None:
    article = make_article()
    row = Reference.objects.create(article=article, key="a", doi="10.1000/a")
    made = review(article)
    row.title = "The title, filled in later"
    row.save()
    assert made.troubles(article.content_hash()) == []
    row.doi = "10.1000/other"
    row.save()
    assert made.troubles(article.content_hash()) == [Review.Trouble.EDITED]


def test_the_review_stands_on_its_last_day_and_is_gone_the_day_after(client: Client) -> None:
    article = make_article()
    made = review(article, on=today(-10), next_due=today())
    assert LINE in public(client, article)
    Review.objects.filter(pk=made.pk).update(next_due=today(-1))
    assert "reviewed" not in public(client, article)


@pytest.mark.parametrize(
    "fields", [{"valid_until": today(-1)}, {"valid_from": today(1)}, {"checked_at": None}]
)
def test_it_is_gone_when_the_credential_is(client: Client, fields: dict[str, Any]) -> None:
    article = make_article()
    made = review(article)
    Credential.objects.filter(pk=made.credential_id).update(**fields)
    assert "Medically" not in public(client, article)


def test_an_edit_does_not_hide_that_a_review_is_overdue(client: Client) -> None:
    article = make_article()
    made = review(article, on=today(-10))
    Review.objects.filter(pk=made.pk).update(next_due=today(-1))
    Article.objects.filter(pk=article.pk).update(title="Other")
    assert "edited since" not in public(client, article)


def test_a_review_that_was_taken_back_is_gone_and_stays_on_record(client: Client) -> None:
    article = make_article()
    made = review(article)
    made.withdraw(by=None, why="wrong article")
    made.withdraw(by=None, why="again")
    assert "Medically" not in public(client, article)
    assert [(event.verb, event.why) for event in made.events.all()] == [
        ("review", ""),
        ("withdraw", "wrong article"),
    ]


def test_the_newest_review_counts(client: Client) -> None:
    article = make_article()
    review(article, on=today(-50))
    review(article, make_credential(author=make_author("Dr Second")), on=today(-3))
    assert "Dr Second" in public(client, article)
    assert "Dr Eva Reader" not in public(client, article)


def refused(article: Article, **fields: Any) -> str:
    with pytest.raises(ReviewRefused) as caught:
        review(article, **fields)
    assert not Review.objects.exists()
    return f"{caught.value.field}: {caught.value}"


def test_what_could_not_be_true_is_not_recorded() -> None:
    article, held = make_article(), make_credential()
    assert "not checked" in refused(article, credential=make_credential(checked=False))
    assert "not valid on that day" in refused(article, credential=held, on=today(-901))
    assert refused(article, on=today(1)).startswith("date")
    assert refused(article, next_due=today()).startswith("next_due")
    assert refused(article, seen="0" * 64) == (
        ": The article was changed while it was being reviewed."
    )
    written = make_article(authors=[held.author])
    assert "somebody else must review it" in refused(written, credential=held)
    with pytest.raises(ReviewRefused, match="no credential of Dr Other"):
        article.review(
            reviewer=make_author("Dr Other"), credential=held, next_due=today(9), by=None
        )


def test_staff_are_told_what_is_due_and_why() -> None:
    fine, soon, over, edited = (make_article(title) for title in ("A", "B", "C", "D"))
    make_article("Never")
    for article in (fine, edited):
        review(article)
    review(soon, next_due=today(20))
    late = review(over, on=today(-9))
    Review.objects.filter(pk=late.pk).update(next_due=today(-1))
    Article.objects.filter(pk=edited.pk).update(body="<p>Other.</p>")
    ending = make_credential(valid_until=today(10))
    unchecked = make_credential(checked=False)
    made = report()
    assert [row.article.title for row in made.reviews] == ["C", "D", "B"]
    assert [row.urgent for row in made.reviews] == [True, True, False]
    assert "edited since its review" in made.reviews[1].matters[0]
    assert (made.ending, made.unchecked) == ([ending], [unchecked])
    assert (made.reviewed, made.unreviewed) == (4, 1)
    assert review_findings(fine) == []
    assert review_findings(soon) == [f"The next review is due by {today(20):%-d %B %Y}."]


def test_the_report_does_not_cost_more_queries_with_more_in_it(
    django_assert_num_queries: Any,
) -> None:
    for number in (2, 8):
        for _ in range(number):
            review(make_article())
        with django_assert_num_queries(6):
            report()


def test_a_credential_stands_beside_the_name_only_while_it_is_valid(client: Client) -> None:
    author = make_author("Ben Writer", credentials="Physiotherapist, he says")
    article = make_article(authors=[author])
    assert "Physiotherapist, he says" in public(client, article)
    held = make_credential(author=author, what="Physiotherapist", issued_by="HCPC", number="PH1")
    for address in (article.get_absolute_url(), author.get_absolute_url()):
        page = client.get(address).content.decode().partition("<main")[2]
        assert "Physiotherapist, HCPC PH1" in page
        assert "he says" not in page
    Credential.objects.filter(pk=held.pk).update(valid_until=today(-1))
    page = public(client, article)
    assert "HCPC" not in page
    assert "he says" not in page


def test_what_was_changed_after_its_check_must_be_checked_again(
    client: Client, staff: User
) -> None:
    held = make_credential()
    sent = {
        "author": held.author_id,
        "what": "Surgeon",
        "issued_by": "GMC",
        "valid_from": "2020-01-01",
    }
    address = f"/admin/articles/credential/{held.pk}/change/"
    page = client.post(address, sent, follow=True).content.decode()
    assert "It was changed after it had been checked" in page
    held.refresh_from_db()
    assert held.checked_at is None
    client.post(address, {**sent, "looked_up": "on"})
    held.refresh_from_db()
    assert held.checked_at is not None
    assert [event.verb for event in held.events.all()] == ["check", "doubt", "check"]


ADD = "/admin/articles/review/add/"


def form_of(article: Article, credential: Credential, **fields: Any) -> dict[str, Any]:
    given = {
        "article": article.pk,
        "credential": credential.pk,
        "date": f"{today():%Y-%m-%d}",
        "next_due": f"{today(300):%Y-%m-%d}",
        "note": "The dose is right.",
        "seen": article.content_hash(),
    }
    return {**given, **fields}


def test_staff_record_a_review_in_the_desk(client: Client, staff: User) -> None:
    article, held = make_article(), make_credential()
    page = client.get(f"{ADD}?article={article.pk}").content.decode()
    assert article.content_hash() in page
    client.post(ADD, form_of(article, held))
    made = Review.objects.get()
    assert (made.article, made.reviewer, made.note) == (article, held.author, "The dose is right.")
    assert made.content_hash == article.content_hash()
    assert [(event.verb, event.actor) for event in made.events.all()] == [("review", "ada")]
    assert ("review", "ada") in article.events.values_list("verb", "actor")
    listed = client.get("/admin/articles/review/").content.decode()
    assert "1 published article has been reviewed, 0 never." in listed
    client.post("/admin/articles/review/", {"action": "take_back", "_selected_action": [made.pk]})
    made.refresh_from_db()
    assert made.withdrawn_at is not None


def test_an_article_that_was_changed_meanwhile_must_be_looked_at_again(
    client: Client, staff: User
) -> None:
    article, held = make_article(), make_credential()
    sent = form_of(article, held)
    Article.objects.filter(pk=article.pk).update(body="<p>Changed meanwhile.</p>")
    page = client.post(ADD, sent).content.decode()
    assert "changed while you were reviewing it" in page
    assert "The dose is right." in page
    assert not Review.objects.exists()
    article.refresh_from_db()
    assert article.content_hash() in page
    client.post(ADD, {**sent, "seen": article.content_hash()})
    assert Review.objects.get().content_hash == article.content_hash()


def test_a_review_that_cannot_be_true_is_explained_in_the_form(client: Client, staff: User) -> None:
    held = make_credential()
    article = make_article(authors=[held.author])
    page = client.post(ADD, form_of(article, held)).content.decode()
    assert "somebody else must review it" in page
    late = form_of(make_article(), held, next_due=f"{today(-1):%Y-%m-%d}")
    page = client.post(ADD, late).content.decode()
    assert "The next review must come after this one." in page


def test_the_article_form_says_how_its_review_stands(client: Client, staff: User) -> None:
    article = make_article()
    address = f"/admin/articles/article/{article.pk}/change/"
    assert "Nobody has reviewed it." in client.get(address).content.decode()
    review(article)
    assert "Readers see it: all of it is true today." in client.get(address).content.decode()
    Article.objects.filter(pk=article.pk).update(body="<p>Other.</p>")
    assert "It was edited since its review" in client.get(address).content.decode()


def test_the_front_page_counts_what_the_report_lists() -> None:
    day, held = today(), make_credential()
    for days in (365, 3, 200):
        review(make_article(), held, next_due=today(days))
    lapsed = make_credential(author=make_author("Dr Old"))
    review(make_article(), lapsed)
    edited, touched = make_article(), make_article(standfirst="Walk.")
    review(edited, held)
    review(touched, held)
    edited.revise(by=None, body="<p>Other words.</p>")
    touched.revise(by=None, seo_title="Not what a reviewer reads")
    assert due_reviews(day) == Due(now=1, since=None, soon=1)
    Credential.objects.filter(pk=lapsed.pk).update(valid_until=today(-1))
    assert due_reviews(day) == Due(now=2, since=None, soon=1)
    assert due_reviews(day).now == report(day).urgent
    later = today(4)
    assert due_reviews(later) == Due(now=3, since=today(3), soon=0)
    assert due_reviews(later).now == report(later).urgent


def test_only_texts_saved_since_their_review_are_read(django_assert_num_queries: Any) -> None:
    held = make_credential()
    for _ in range(3):
        review(make_article(), held)
    with django_assert_num_queries(1):
        assert due_reviews() == Due(0, None, 0)
    for article in Article.objects.all():
        article.revise(by=None, body="<p>New.</p>")
    with django_assert_num_queries(3):
        assert due_reviews().now == 3


def test_a_review_that_was_followed_by_a_better_one_waits_for_nobody() -> None:
    article, held = make_article(), make_credential()
    review(article, held, on=today(-90), next_due=today(-2))
    review(article, held)
    review(make_article(published=False), held, on=today(-90), next_due=today(-2))
    assert due_reviews() == Due(0, None, 0)


def test_due_reviews_are_a_pile_on_the_front_page(client: Client, staff: User) -> None:
    review(make_article(), on=today(-90), next_due=today(-3))
    page = unescape(client.get("/admin/").content.decode())
    assert "<strong>1</strong> medical review to renew" in page
    assert 'href="/admin/articles/review/"' in page
    assert "Readers do not see them" in page
    client.force_login(User.objects.create_user("wim", password="x", is_staff=True))
    assert "medical review" not in client.get("/admin/").content.decode()
