"""Before an article goes out, the desk points at what an editor would look for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from articles.checklist import Finding, check, obstacles
from articles.models import Article, Credential, Reference
from articles.models.address import OldAddress
from tests.factories import make_article, make_author, make_staff, make_topic
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db


def whole(body: str = "<p>Words.</p>", **fields: Any) -> Article:
    """An article with nothing to find in it but what its body brings."""
    given: dict[str, Any] = {
        "standfirst": "In short.",
        "topic": make_topic(),
        "authors": [make_author()],
    }
    return make_article(body=body, **{**given, **fields})


def found(article: Article) -> list[tuple[str, str]]:
    return [(finding.words, finding.where) for finding in check(article)]


def words_of(body: str) -> str:
    return " ".join(f"{words} [{where}]" for words, where in found(whole(body)))


def test_a_whole_article_is_left_in_peace() -> None:
    assert found(whole()) == []


def test_what_is_missing_around_the_text_is_named() -> None:
    places = [where for _, where in found(make_article(body="<p>Words.</p>"))]
    assert places == ["Standfirst", "Topic", "Authors"]


def test_a_page_needs_no_topic_and_no_author() -> None:
    page = make_article(kind="page", standfirst="In short.")
    assert found(page) == []


@pytest.mark.parametrize("said", ["click here", "Here", "more …", "Read more »", "this link"])
def test_a_link_that_says_nothing_is_pointed_at(said: str) -> None:
    words = words_of(f'<p>See <a href="https://example.org/">{said}</a> now.</p>')
    assert f"A link says only “{said}”" in words
    assert "[See" in words


def test_a_link_that_says_where_it_leads_is_none() -> None:
    assert words_of('<p><a href="https://example.org/">More on walking</a></p>') == ""


def test_a_picture_without_a_description_is_pointed_at() -> None:
    words = words_of('<figure><img src="/media/spine.png" alt=""></figure>')
    assert "is not described" in words
    assert "spine.png" in words
    assert words_of('<figure><img src="/media/spine.png" alt="A spine"></figure>') == ""


def test_a_picture_of_this_site_without_a_description_is_pointed_at() -> None:
    picture = make_picture()
    body = f'<figure><img data-picture="{picture.pk}" alt=""></figure>'
    assert f"Picture {picture.pk}" in words_of(body)


def test_a_lead_picture_that_nobody_described_is_pointed_at() -> None:
    picture = make_picture()
    article = whole(picture=picture)
    assert [where for _, where in found(article)] == ["Lead picture"]
    article.picture_alt = "A path"
    assert found(article) == []
    assert found(whole(picture=make_picture(alt="A hill"))) == []


def test_a_picture_without_an_address_is_an_obstacle() -> None:
    article = whole('<figure><img alt="A spine"></figure>')
    assert [finding.level for finding in obstacles(article)] == ["block"]


def test_an_empty_text_is_an_obstacle_and_comes_first() -> None:
    article = make_article(body="")
    assert check(article)[0] == Finding("block", "There is nothing to read yet.", "Text")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("<h3>Third</h3>", "Third"),
        ("<h2>Second</h2><h4>Fourth</h4>", "Fourth"),
    ],
)
def test_a_skipped_level_of_headings_is_pointed_at(body: str, where: str) -> None:
    words = words_of(body)
    assert "a level is skipped" in words
    assert f"[{where}]" in words


def test_levels_one_after_the_other_and_up_again_are_right() -> None:
    assert words_of("<h2>a</h2><h3>b</h3><h4>c</h4><h2>d</h2>") == ""


def test_headings_in_a_box_beside_the_text_count_on_their_own() -> None:
    assert words_of('<aside data-note="doctor"><h4>a</h4><p>b</p></aside><h2>c</h2>') == ""


@pytest.mark.parametrize(
    "claim",
    [
        "About 69 per cent had another episode within a year.",
        "It helped 12% of them.",
        "A large trial found that walking helps.",
        "The risk ratio was 0.55.",
    ],
)
def test_a_claim_without_a_reference_is_asked_about(claim: str) -> None:
    words = words_of(f"<p>Good to know. {claim}</p>")
    assert f"This may be a claim that wants a reference. [{claim}]" in words


@pytest.mark.parametrize(
    "body",
    [
        '<p>A trial found it.<cite data-ref="k"></cite></p>',
        '<p>A trial found it. It is new.<cite data-ref="k"></cite></p>',
        '<p>A <a href="https://doi.org/10.1/x">trial</a> found it.</p>',
        "<p>What would a trial find?</p>",
        "<p>Walk for 10 minutes.</p>",
        '<aside data-note="doctor"><p>Half of all studies.</p></aside>',
    ],
)
def test_a_claim_with_its_source_and_what_is_no_claim_are_left_in_peace(body: str) -> None:
    article = whole(body)
    Reference.objects.create(article=article, key="k", authors="A", title="T", doi="10.1/x")
    assert found(article) == []


def test_a_mark_without_its_reference_is_pointed_at() -> None:
    words = words_of('<p>So.<cite data-ref="nowhere"></cite></p>')
    assert "The text cites nowhere, and no reference has that key" in words


def test_a_call_to_action_that_is_none_is_pointed_at() -> None:
    words = words_of('<aside data-cta="gone"></aside><p>Words.</p>')
    assert "There is no call to action “gone” in use" in words


def test_links_within_the_site_that_lead_nowhere_are_pointed_at() -> None:
    there = make_article(title="There")
    draft = make_article(title="Draft", published=False)
    links = [
        there.get_absolute_url(),
        draft.get_absolute_url(),
        "/articles/nothing/",
        "/no/such/place/",
        "#nothing",
        "#head",
        "https://example.org/nothing",
        "mailto:a@example.org",
        "/media/a.png",
    ]
    body = "".join(f'<p><a href="{address}">Words on it</a></p>' for address in links)
    article = whole(f"<h2>Head</h2>{body}")
    dead = [words.split()[3] for words, _ in found(article) if "leads nowhere" in words]
    assert dead == [draft.get_absolute_url(), "/articles/nothing/", "/no/such/place/", "#nothing"]


def test_an_old_address_that_leads_on_is_no_dead_link() -> None:
    OldAddress.objects.keep("/2014/05/walking/", make_article())
    assert words_of('<p><a href="/2014/05/walking/">Words on it</a></p>') == ""


def test_links_are_looked_up_in_few_queries(django_assert_max_num_queries: object) -> None:
    body = "".join(f'<p><a href="/articles/no-{n}/">Number {n}</a></p>' for n in range(40))
    article = whole(body)
    with django_assert_max_num_queries(8):  # type: ignore[operator]  # pytest-django's fixture
        check(article)


def test_of_one_kind_only_some_are_listed_and_the_rest_counted() -> None:
    body = "".join(f"<p>Trial {n} found it.</p>" for n in range(9))
    findings = found(whole(body))
    assert len(findings) == 6
    assert findings[-1][0] == "And 4 more of this kind."


def test_a_review_that_readers_do_not_see_any_more_is_named() -> None:
    article, reviewer = whole(), make_author("Dr Jo")
    today = timezone.localdate()
    credential = Credential.objects.create(
        author=reviewer,
        what="Physiotherapist",
        issued_by="HCPC",
        valid_from=date(2020, 1, 1),
        checked_at=timezone.now(),
    )
    article.review(
        reviewer=reviewer, credential=credential, next_due=today + timedelta(days=9), by=None
    )
    assert found(article) == []
    article.body += "<p>New.</p>"
    assert "edited since the review" in found(article)[0][0]


def test_a_review_that_is_overdue_is_named() -> None:
    article, reviewer = whole(), make_author("Dr Jo")
    today = timezone.localdate()
    credential = Credential.objects.create(
        author=reviewer,
        what="Physiotherapist",
        issued_by="HCPC",
        valid_from=date(2020, 1, 1),
        checked_at=timezone.now(),
    )
    article.review(
        reviewer=reviewer,
        credential=credential,
        on=today - timedelta(days=9),
        next_due=today - timedelta(days=1),
        by=None,
    )
    assert "the next review is overdue" in found(article)[0][0]


def test_it_stands_beside_the_buttons(client: Client) -> None:
    client.force_login(make_staff())
    article = make_article(published=False)
    page = client.get(f"/admin/articles/article/{article.pk}/change/").content.decode()
    assert "Before publishing" in page
    assert "Nobody stands behind it" in page
