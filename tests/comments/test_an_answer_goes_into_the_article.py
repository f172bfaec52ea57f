"""A good answer is put into its article, once, with a link back."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client

from comments.models import Comment, Promotion
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

WORDS = {"heading": "Does walking help?", "question": "Q <b>x</b>", "name": "Anna", "words": "Yes."}


@pytest.fixture
def answer() -> Comment:
    ada = make_staff("ada", first_name="Ada", last_name="Example")
    article = make_article("Walking", body="<p>Words.</p>")
    question = make_comment(article, name="Anna Berg", text="I am 50. Does walking help? Thanks")
    return question.answer("Yes, walk.\n\nEvery day.", by=ada)


def address(answer: Comment) -> str:
    return f"/admin/comments/promotion/from/{answer.pk}/"


def test_it_is_proposed_with_the_first_name_only_and_looking_changes_nothing(
    client: Client, answer: Comment
) -> None:
    client.force_login(make_staff("root"))
    page = unescape(client.get(address(answer)).content.decode())
    assert 'value="I am 50. Does walking help?"' in page
    assert 'value="Anna"' in page
    assert "Berg" not in page.partition("<form method")[2]
    answer.article.refresh_from_db()
    assert answer.article.body == "<p>Words.</p>"


def test_the_button_makes_one_revision_with_a_link_back(client: Client, answer: Comment) -> None:
    client.force_login(make_staff("root"))
    for _ in range(2):
        client.post(address(answer), WORDS)
    article = answer.article
    article.refresh_from_db()
    assert article.body.count("Questions from readers") == 1
    assert article.body.count("Does walking help?") == 1
    assert "Q &lt;b&gt;x&lt;/b&gt;" in article.body
    assert f'href="/comments/{answer.pk}/"' in article.body
    assert Promotion.objects.get().revision == article.revision
    assert article.current_revision is not None
    assert article.current_revision.actor == "root"
    page = client.get(article.get_absolute_url()).content.decode()
    assert f'id="reader-question-{answer.pk}"' in page
    assert answer.events.filter(verb="promote").count() == 1


def test_a_second_one_stands_in_the_same_section_before_what_follows(answer: Comment) -> None:
    root = make_staff("root")
    Promotion.make(answer, by=root, **WORDS)
    article = answer.article
    article.refresh_from_db()
    article.revise(by=root, body=f"{article.body}\n<h2>More</h2>\n<p>Last.</p>")
    second = make_comment(article).answer("No.", by=root)
    Promotion.make(second, by=root, **{**WORDS, "heading": "And running?"})
    article.refresh_from_db()
    body = article.body
    assert body.count("Questions from readers") == 1
    assert body.index("walking help") < body.index("And running?") < body.index("<h2>More</h2>")


def test_only_a_published_answer_of_staff_goes_in(client: Client, answer: Comment) -> None:
    root = make_staff("root")
    client.force_login(root)
    answer.hold(by=None)
    assert "Only a published answer" in client.post(address(answer), WORDS).content.decode()
    question = answer.parent
    assert question is not None
    assert client.get(address(question)).status_code == 404
    with pytest.raises(ValueError, match="Only a published answer"):
        Promotion.make(question, by=root, **WORDS)


def test_who_may_not_edit_articles_cannot_put_it_in(client: Client, answer: Comment) -> None:
    from django.contrib.auth.models import Permission, User

    user = User.objects.create_user("mod", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_comment"))
    client.force_login(user)
    assert client.post(address(answer), WORDS).status_code == 403
    assert not Promotion.objects.exists()


def test_staff_are_warned_when_its_discussion_is_gone_until_the_article_is_put_right(
    client: Client, answer: Comment
) -> None:
    root = make_staff("root")
    client.force_login(root)
    Promotion.make(answer, by=root, **WORDS)
    warning = "answer in an article whose discussion is gone"
    assert warning not in client.get("/admin/").content.decode()
    assert answer.parent is not None
    answer.parent.hold(by=root)
    assert warning in client.get("/admin/").content.decode()
    answer.article.refresh_from_db()
    answer.article.revise(by=root, body="<p>Words.</p>")
    assert warning not in client.get("/admin/").content.decode()
