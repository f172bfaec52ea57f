"""Posts and pages of an export become articles and pages here, in the state they had there;
what was for few eyes there never becomes public here."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from articles.models import Article, Author, Tag, Topic

from .wxr import export, item, run, written

pytestmark = pytest.mark.django_db

YOGA = """<wp:category><wp:category_nicename>moving</wp:category_nicename>
<wp:cat_name>Moving</wp:cat_name><wp:category_description>How to.</wp:category_description>
</wp:category><wp:category><wp:category_nicename>yoga</wp:category_nicename>
<wp:category_parent>moving</wp:category_parent><wp:cat_name>Yoga &amp;amp; more</wp:cat_name>
</wp:category>"""


def filed(kind: str, slug: str, name: str) -> str:
    return f'<category domain="{kind}" nicename="{slug}">{name}</category>'


def test_it_brings_an_article_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    post = item(
        3,
        filed("category", "yoga", "Yoga"),
        filed("post_tag", "knees", "Knees"),
        title="Knees &amp;amp; hips",
        slug="knees-hips",
        body="One.\n\nTwo.",
        excerpt="In <b>short</b>.",
    )
    found = run(written(tmp_path, export(YOGA, post)))
    article = Article.objects.get()
    assert (article.title, article.slug) == ("Knees & hips", "knees-hips")
    assert article.standfirst == "In short."
    assert "<p>One.</p>" in article.html
    assert article.published_at == datetime(2012, 3, 4, 8, tzinfo=UTC)
    assert article.original_address == "http://blog.example/?p=3"
    assert [author.name for author in article.authors.all()] == ["Anna Berg"]
    assert [tag.name for tag in article.tags.all()] == ["Knees"]
    assert article.topic == Topic.objects.get(slug="yoga", name="Yoga & more")
    assert article.topic.parent == Topic.objects.get(slug="moving", introduction="How to.")
    assert (found["authors"], found["topics"], found["tags"]) == (1, 2, 1)
    assert [event.verb for event in article.events.all()] == ["import"]


@pytest.mark.parametrize(
    ("status", "date", "state"),
    [
        ("publish", "2012-03-04 08:00:00", "published"),
        ("future", "2099-03-04 08:00:00", "scheduled"),
        ("future", "2012-03-04 08:00:00", "published"),
        ("draft", "0000-00-00 00:00:00", "draft"),
        ("pending", "2012-03-04 08:00:00", "draft"),
        ("auto-draft", "2012-03-04 08:00:00", "draft"),
        ("private", "2012-03-04 08:00:00", "draft"),
        ("trash", "2012-03-04 08:00:00", "withdrawn"),
        ("of-a-plugin", "2012-03-04 08:00:00", "draft"),
    ],
)
def test_each_state_becomes_one_of_ours(tmp_path: Path, status: str, date: str, state: str) -> None:
    found = run(written(tmp_path, export(item(1, status=status, date=date))))
    article = Article.objects.get()
    assert article.state == state
    assert found["posts"] == {state: 1}
    assert (article.due_at is not None) == (state == "scheduled")


@pytest.mark.parametrize(
    ("hidden", "said"),
    [({"password": "knees"}, "Behind a password"), ({"status": "private"}, "Private in WordPress")],
)
def test_what_was_for_few_eyes_stays_a_draft_and_is_named(
    tmp_path: Path, hidden: dict[str, Any], said: str
) -> None:
    found = run(written(tmp_path, export(item(1, title="For Mary", **hidden))))
    assert Article.objects.get().state == "draft"
    (sentence,) = found["mended"]
    assert said in sentence
    assert "For Mary" in sentence


def test_pages_are_pages_and_keep_off_the_addresses_of_the_site(tmp_path: Path) -> None:
    pages = [item(n, kind="page", slug=s) for n, s in enumerate(["about", "newsletter", "feed"], 1)]
    found = run(written(tmp_path, export(*pages)))
    assert found["pages"] == {"published": 3}
    assert found["posts"] == {}
    assert set(Article.objects.pages().values_list("slug", flat=True)) == {
        "about",
        "newsletter-2",
        "feed-2",
    }


def test_two_items_of_one_address_get_two_and_are_named(tmp_path: Path) -> None:
    found = run(
        written(tmp_path, export(item(1, slug="knees"), item(2, slug="knees", title="Other")))
    )
    assert set(Article.objects.values_list("slug", flat=True)) == {"knees", "knees-2"}
    assert any("Other" in said and "address" in said for said in found["mended"])


def test_an_address_in_another_script_is_replaced_by_one_that_works(tmp_path: Path) -> None:
    run(written(tmp_path, export(item(4, slug="%d7%a9%d7%9c", title="שלום"))))
    article = Article.objects.get()
    assert (article.title, article.slug) == ("שלום", "article-4")


def test_an_empty_title_is_made_readable(tmp_path: Path) -> None:
    words = "One two three four five six seven eight nine"
    run(written(tmp_path, export(item(1, title="", body=words), item(2, title="", body=""))))
    assert set(Article.objects.values_list("title", flat=True)) == {
        "One two three four five six seven eight…",
        "Untitled, 04 March 2012",
    }


def test_a_title_too_long_is_cut_and_kept_in_full_in_the_record(tmp_path: Path) -> None:
    title = "knees " * 50
    run(written(tmp_path, export(item(1, title=title))))
    article = Article.objects.get()
    assert len(article.title) == 200
    assert title.strip() in article.events.get().why


@pytest.mark.parametrize("date", ["9999-99-99 00:00:00", "0001-01-01 00:00:00", "yesterday"])
def test_a_date_that_is_none_is_named(tmp_path: Path, date: str) -> None:
    found = run(written(tmp_path, export(item(1, date=date))))
    assert Article.objects.get().published_at is not None
    assert any(date in said for said in found["mended"])


def test_more_than_one_category_gives_a_topic_and_tags(tmp_path: Path) -> None:
    post = item(
        1,
        filed("category", "moving", "Moving"),
        filed("category", "uncategorized", "Uncategorized"),
        filed("category", "yoga", "Yoga"),
        filed("category", "sleep", "Sleep"),
    )
    run(written(tmp_path, export(YOGA, post)))
    article = Article.objects.select_related("topic").get()
    assert article.topic is not None
    assert article.topic.slug == "yoga"
    assert [tag.slug for tag in article.tags.all()] == ["sleep"]


def test_a_topic_that_staff_made_before_is_used(tmp_path: Path) -> None:
    ours = Topic.objects.create(name="Moving", slug="exercise", introduction="Ours.")
    run(written(tmp_path, export(YOGA, item(1, filed("category", "moving", "Moving")))))
    ours.refresh_from_db()
    assert Article.objects.get().topic == ours
    assert (ours.slug, ours.introduction) == ("exercise", "Ours.")


def test_circles_and_gaps_among_categories_do_no_harm(tmp_path: Path) -> None:
    terms = "".join(
        f"<wp:category><wp:category_nicename>{slug}</wp:category_nicename>"
        f"<wp:category_parent>{parent}</wp:category_parent>"
        f"<wp:cat_name>{slug}</wp:cat_name></wp:category>"
        for slug, parent in [("a", "b"), ("b", "a"), ("c", "c"), ("d", "gone")]
    )
    found = run(written(tmp_path, export(terms)))
    assert Topic.objects.count() == found["topics"] == 4


def test_an_author_without_a_name_is_called_by_login_and_no_address_is_shown(
    tmp_path: Path,
) -> None:
    people = "<wp:author><wp:author_login>ben@mail.example</wp:author_login></wp:author>"
    run(written(tmp_path, export(item(1, creator="cleo"), people=people)))
    assert set(Author.objects.values_list("name", flat=True)) == {"ben", "cleo"}


def test_what_is_no_article_is_counted_and_named(tmp_path: Path) -> None:
    found = run(
        written(
            tmp_path,
            export(
                item(1, kind="attachment", status="inherit"),
                item(2, kind="nav_menu_item"),
                item(3, kind="nav_menu_item"),
                item(4, kind="revision", status="inherit"),
                item(5, kind="event_of_a_plugin"),
            ),
        )
    )
    assert Article.objects.count() == 0
    assert found["attachments"] == 1
    assert [entry["what"] for entry in found["skipped"]] == [
        "nav_menu_item (2)",
        "revision",
        "event_of_a_plugin",
    ]
    assert all(entry["why"] for entry in found["skipped"])


def test_two_texts_under_one_number_are_both_taken(tmp_path: Path) -> None:
    found = run(written(tmp_path, export(item(1), item(1), item(1, title="Other"))))
    assert found["posts"] == {"published": 2}
    assert Article.objects.count() == 2
    assert "twice" not in found["skipped"][0]["what"]
    assert "word for word" in found["skipped"][0]["why"]


def test_tags_are_shared_among_articles(tmp_path: Path) -> None:
    tag = filed("post_tag", "knees", "Knees")
    run(written(tmp_path, export(item(1, tag), item(2, tag))))
    assert Tag.objects.get().articles.count() == 2
