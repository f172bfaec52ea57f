"""Comments come with their threads, states and dates; every word that a reader typed is
somewhere staff can find it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import timezone

from articles.models import Article
from backsite.lib.mail.models import Message
from comments.models import Comment, FeatureCount, Lesson

from .wxr import comment, export, item, run, written

pytestmark = pytest.mark.django_db


def test_a_thread_keeps_its_shape(tmp_path: Path) -> None:
    thread = [
        comment(12, "third", parent=11),
        comment(10, "first"),
        comment(11, "second", parent=10),
        comment(13, "alone"),
    ]
    found = run(written(tmp_path, export(item(1, *thread))))
    parents = {c.text: c.parent.text if c.parent else None for c in Comment.objects.all()}
    assert parents == {"first": None, "second": "first", "third": "second", "alone": None}
    assert (found["replies"], found["deepest"]) == (2, 2)


@pytest.mark.parametrize(
    ("approved", "state"),
    [
        ("1", "approved"),
        ("0", "held"),
        ("spam", "spam"),
        ("trash", "trash"),
        ("post-trashed", "trash"),
        ("of-a-plugin", "held"),
    ],
)
def test_each_state_becomes_one_of_ours(tmp_path: Path, approved: str, state: str) -> None:
    found = run(written(tmp_path, export(item(1, comment(1, approved=approved)))))
    one = Comment.objects.get()
    assert one.state == state
    assert found["comments"] == {
        "approved": 0, "held": 0, "spam": 0, "trash": 0, "pingbacks": 0, state: 1,
    }  # fmt: skip
    assert one.created_at == datetime(2012, 3, 5, 9, tzinfo=UTC)


def test_pingbacks_and_trackbacks_are_counted_apart(tmp_path: Path) -> None:
    found = run(
        written(
            tmp_path,
            export(item(1, comment(1, kind="pingback"), comment(2, kind="trackback"), comment(3))),
        )
    )
    assert found["comments"]["pingbacks"] == 2
    assert found["comments"]["approved"] == 1
    assert Comment.objects.filter(pingback=True).count() == 2


def test_words_of_an_author_of_the_site_are_marked(tmp_path: Path) -> None:
    thread = [comment(1), comment(2, user=7, parent=1), comment(3, user=99)]
    run(written(tmp_path, export(item(1, *thread))))
    assert list(Comment.objects.order_by("pk").values_list("by_site_author", flat=True)) == [
        False,
        False,
        True,
    ]


def test_old_comments_do_not_queue_for_answers_but_last_weeks_question_does(
    tmp_path: Path,
) -> None:
    now = f"{timezone.now():%Y-%m-%d %H:%M:%S}"
    thread = [
        comment(1, "old question"),
        comment(2, "new question", date=now),
        comment(3, "new and answered", date=now),
        comment(4, "the answer", parent=3, user=7, date=now),
    ]
    run(written(tmp_path, export(item(1, *thread))))
    assert [c.text for c in Comment.objects.awaiting_answer()] == ["new question"]


def test_plain_words_and_simple_html_are_shown_as_they_were(tmp_path: Path) -> None:
    thread = [
        comment(1, "See http://a.example/\nand rest"),
        comment(2, 'A <a href="http://b.example/">link</a> &amp; <script>x()</script>'),
    ]
    run(written(tmp_path, export(item(1, *thread))))
    first, second = Comment.objects.order_by("pk")
    assert 'href="http://a.example/"' in first.html
    assert "<br>" in first.html
    assert 'href="http://b.example/"' in second.html
    assert "<script" not in second.html
    assert "x()</script>" in second.text


def test_what_fits_no_column_is_kept_in_the_record(tmp_path: Path) -> None:
    name = "A very long name of a weblog " * 5
    odd = comment(1, author=name.strip(), email="none of yours", url="javascript:alert(1)")
    found = run(written(tmp_path, export(item(1, odd))))
    one = Comment.objects.get()
    assert len(one.name) == 80
    assert (one.email, one.website) == ("", "")
    why = one.events.get().why
    assert name.strip() in why
    assert "none of yours" in why
    assert "javascript:alert(1)" in why
    assert any("e-mail address" in said for said in found["mended"])


def test_a_comment_without_a_name_is_anonymous(tmp_path: Path) -> None:
    run(written(tmp_path, export(item(1, comment(1, author="", url="www.a.example/x")))))
    one = Comment.objects.get()
    assert (one.name, one.website) == ("Anonymous", "http://www.a.example/x")


def test_answers_to_what_is_not_there_and_circles_are_kept_and_named(tmp_path: Path) -> None:
    thread = [
        comment(1, "lost parent", parent=77),
        comment(2, "own parent", parent=2),
        comment(3, "circle a", parent=4),
        comment(4, "circle b", parent=3),
    ]
    found = run(written(tmp_path, export(item(1, *thread))))
    assert Comment.objects.count() == 4
    assert Comment.objects.filter(parent=None).count() == 3
    assert any("comment 1 " in said for said in found["mended"])
    assert any("Circle" in said for said in found["mended"])


def test_comments_on_an_attachment_move_to_its_article(tmp_path: Path) -> None:
    picture = item(5, comment(1, "Nice picture."), kind="attachment", status="inherit", parent=9)
    found = run(written(tmp_path, export(picture, item(9, title="Host"))))
    assert Comment.objects.get().article == Article.objects.get(title="Host")
    assert found["comments"]["approved"] == 1
    assert any("Comments moved" in said for said in found["mended"])


@pytest.mark.parametrize("kind", ["attachment", "product", ""])
def test_comments_without_an_article_are_kept_under_a_draft(tmp_path: Path, kind: str) -> None:
    found = run(written(tmp_path, export(item(5, comment(1), kind=kind, title="Orphaned"))))
    host = Article.objects.get()
    assert (host.title, host.state) == ("Orphaned", "draft")
    assert Comment.objects.get().article == host
    assert found["posts"] == {}
    assert found["comments"]["approved"] == 1
    assert any("kept as a draft" in said for said in found["mended"])


def test_one_number_on_two_posts_is_two_comments(tmp_path: Path) -> None:
    run(written(tmp_path, export(item(1, comment(11, "here")), item(2, comment(11, "there")))))
    assert set(Comment.objects.values_list("text", flat=True)) == {"here", "there"}


def test_one_number_twice_on_a_post_keeps_both_words(tmp_path: Path) -> None:
    found = run(
        written(tmp_path, export(item(1, comment(1, "a"), comment(1, "b"), comment(1, "a"))))
    )
    assert sorted(Comment.objects.values_list("text", flat=True)) == ["a", "b"]
    assert found["comments"]["approved"] == 2
    assert len(found["skipped"]) == 1


def test_it_writes_no_mail(tmp_path: Path) -> None:
    run(written(tmp_path, export(item(1, comment(1), comment(2, parent=1, user=7)))))
    assert Message.objects.count() == 0


def test_the_spam_filter_learns_from_the_sites_own_history(tmp_path: Path) -> None:
    thread = [
        comment(1, "Walking helped me."),
        comment(2, "Buy watches", approved="spam"),
        comment(3, "Nobody decided about this", approved="0"),
        comment(4, "Thrown away", approved="trash"),
        comment(5, "An author's answer", user=7, parent=1),
        comment(6, "A mention", kind="pingback"),
    ]
    path = written(tmp_path, export(item(1, *thread)))
    run(path)
    learned = set(Lesson.objects.values_list("comment__text", "spam"))
    assert learned == {("Walking helped me.", False), ("Buy watches", True)}
    total = FeatureCount.objects.get(feature=FeatureCount.TOTAL)
    run(path)
    assert Lesson.objects.count() == 2
    again = FeatureCount.objects.get(feature=FeatureCount.TOTAL)
    assert (again.spam, again.ham) == (total.spam, total.ham) == (1, 1)
