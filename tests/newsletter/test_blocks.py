"""What an issue puts in from the site: articles, answers to readers, calls to action."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from articles.models import Article, Call
from articles.models.topic import Topic
from backsite.lib.mail.models import Message
from newsletter import blocks, emails, layout
from newsletter.issue_checklist import look_at
from newsletter.models import Issue
from newsletter.sending.casting import Cast, Reader
from tests.factories import make_article, make_comment, make_staff

from .issues import begun, make_issue, make_letter, make_readers

pytestmark = pytest.mark.django_db
NEW = '<aside data-block="articles:new"></aside>'
NEW_ANSWERS = '<aside data-block="answers:new"></aside>'


@pytest.fixture(autouse=True)
def ready(settings: Settings) -> None:
    settings.MAIL_LEAVES = True


def one(article: Article) -> str:
    return f'<aside data-block="articles:{article.slug}"></aside>'


def parts(body: str) -> layout.Parts:
    return layout.render(make_issue(body=body))


def said(issue: Issue) -> str:
    return " ".join(finding.words for finding in look_at(issue))


def test_a_picked_article_stands_in_both_parts_with_its_full_address() -> None:
    article = make_article("Walking & rest", standfirst="Twenty minutes <daily>.")
    found = parts(f"<p>Read:</p>{one(article)}<p>And walk.</p>")
    link = f"http://localhost:8000/articles/{article.slug}/"
    assert f'href="{link}"' in found.html
    assert "Walking &amp; rest" in found.html
    assert "Twenty minutes &lt;daily&gt;." in found.html
    assert f"Walking & rest <{link}>" in " ".join(found.text.split())
    assert "Twenty minutes <daily>." in found.text
    assert found.text.index("Read:") < found.text.index("Walking") < found.text.index("And walk.")
    assert " | " not in found.text, "a table for looks is no table in the text"
    assert found.text.count(link) == 1, "a picture and “read on” lead there as well"
    assert "data-block" not in found.html


def test_new_are_those_that_came_since_the_letters_last_issue_the_newest_first() -> None:
    make_readers(1)
    old = make_article("Old", published_at=timezone.now() - timedelta(days=5))
    before = begun(subject="Before")
    Issue.objects.filter(pk=before.pk).update(started_at=timezone.now() - timedelta(days=3))
    other = make_letter("other", name="Other")
    make_readers(1, letter=other)
    assert begun(subject="Another letter's is none of ours", letter=other).started_at
    first = make_article("First new", published_at=timezone.now() - timedelta(days=2))
    second = make_article("Second new", published_at=timezone.now() - timedelta(days=1))
    make_article("A draft", published=False)

    text = parts(NEW).text
    assert text.index(second.title) < text.index(first.title)
    assert old.title not in text
    assert "A draft" not in text


def test_one_that_is_picked_is_not_among_the_new_ones_again() -> None:
    article, other = make_article("Picked"), make_article("Other")
    found = parts(one(article) + NEW)
    assert found.filled.html.count("<h3>") == 2
    assert found.filled.html.index(article.title) < found.filled.html.index(other.title)


def test_a_letter_of_a_topic_has_the_new_articles_of_that_topic_only() -> None:
    sleep = Topic.objects.create(name="Sleep", slug="sleep")
    below = Topic.objects.create(name="Pillows", slug="pillows", parent=sleep)
    make_article("On sleep", topic=sleep)
    make_article("On pillows", topic=below)
    make_article("On walking", topic=Topic.objects.create(name="Walking", slug="walking"))
    letter = make_letter("sleep", name="Sleep", kind="topic", topic=sleep)
    text = layout.render(make_issue(body=NEW, letter=letter)).text
    assert "On sleep" in text
    assert "On pillows" in text
    assert "On walking" not in text


def test_answers_show_the_question_and_what_staff_said() -> None:
    ada = make_staff("ada")
    question = make_comment(make_article("Walking"), name="Maria", text="Does *it* help?")
    answer = question.answer("Yes, **it** does.", by=ada)
    for found in (parts(NEW_ANSWERS), parts(f'<aside data-block="answers:{answer.pk}"></aside>')):
        text = " ".join(found.text.split())
        assert "Maria asked under Walking" in text
        assert "> Does it help?" in text
        assert "ada answered:" in text
        assert "Yes, it does." in text
        assert f"/comments/{answer.pk}/" in text


def test_of_answers_only_what_is_public_gets_into_a_letter() -> None:
    ada = make_staff("ada")
    question = make_comment(make_article(), text="A secret question?")
    answer = question.answer("A secret answer.", by=ada)
    make_comment(make_article(), text="Not approved.", approved=False)
    question.spam(by=ada)
    found = parts(f'{NEW_ANSWERS}<aside data-block="answers:{answer.pk}"></aside>')
    assert "secret" not in found.html + found.text
    assert len(found.filled.left_out) == 2


def test_what_others_wrote_is_never_a_place_for_a_readers_own_words() -> None:
    """A reader could else have every subscriber's personal link shown in a quotation."""
    ada = make_staff("ada")
    question = make_comment(make_article("[[[first_name]]"), text="[[[leave_link]] [*[row]]*?")
    question.answer("See [[preferences_link]].", by=ada)
    name = "Quetzalcoatl"  # too long to stand in a signature by chance
    make_readers(1, first_name=name)
    issue = begun(body=NEW + NEW_ANSWERS)
    letter = Cast(issue, issue.subject, None).fill(7, "a@b.test", Reader(3, "a@b.test", name, 1))
    assert letter.count(name.encode()) == 0
    assert letter.count(b"/newsletter/leave/") == 3, "a header, and the foot of both parts"


def test_a_call_to_action_becomes_a_button() -> None:
    Call.objects.create(key="guide", title="Our guide", text="For you.", button="Get it",
                        address="/about/")  # fmt: skip
    found = parts('<aside data-cta="guide"></aside>')
    assert 'href="http://localhost:8000/about/"' in found.html
    assert "Get it <http://localhost:8000/about/>" in found.text
    assert 'style="' in found.html.split('class="call"')[1][:200], "its rules stand in the element"


def test_what_was_withdrawn_or_is_out_of_use_is_left_out_and_stops_it_at_the_desk() -> None:
    article = make_article("Gone")
    Call.objects.create(key="old", title="x", button="x", address="/about/", active=False)
    issue = make_issue(body=f'<p>Hello.</p>{one(article)}<aside data-cta="old"></aside>')
    assert "withdrawn" not in said(issue)
    article.withdraw(by=None)
    stops = [finding.words for finding in look_at(issue) if finding.blocks]
    assert any(f"articles: {article.slug}" in words for words in stops)
    assert any("“old” is not in use" in words for words in stops)

    make_readers(1)
    issue.send_now(by=None)
    issue.perform()
    issue.refresh_from_db()
    assert "Gone" not in issue.html + issue.text
    assert "withdrawn" in issue.events.get(verb="begin").why


def test_an_article_that_changed_since_the_issue_was_saved_is_told() -> None:
    article = make_article("Walking")
    issue = make_issue(body=one(article))
    assert "has changed" not in said(issue)
    Article.objects.filter(pk=article.pk).update(updated_at=timezone.now() + timedelta(hours=1))
    assert "“Walking” has changed since this issue was last saved" in said(issue)


def test_where_nothing_is_new_the_desk_says_so() -> None:
    issue = make_issue(body=f"<p>x</p>{NEW}{NEW_ANSWERS}")
    assert "There are no new articles since" in said(issue)
    assert "There are no new answers since" in said(issue)


def test_it_is_filled_once_however_many_readers_there_are(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    article = make_article("Walking")
    make_readers(1)
    issue = begun(body=one(article) + NEW)
    article.withdraw(by=None)
    cast = Cast(issue, issue.subject, None)
    with django_assert_num_queries(0):
        for number in range(3):
            letter = cast.fill(number, "a@b.test", Reader(number, "a@b.test", "", 1))
            assert article.slug.encode() in letter


def test_the_number_of_questions_does_not_grow_with_the_blocks(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    articles = [make_article(f"Number {number}") for number in range(12)]
    issue = make_issue(body="".join(map(one, articles)))
    with django_assert_max_num_queries(8):
        assert layout.render(issue).filled.html.count("<h3>") == 12


def test_the_site_shows_it_as_it_went_out(client: Client) -> None:
    article = make_article("Walking")
    make_readers(1)
    issue = begun(body=one(article), archive="open")
    Article.objects.filter(pk=article.pk).update(title="Renamed")
    page = client.get(f"/newsletter/letters/{issue.pk}/").content.decode()
    assert "Walking" in page
    assert "Renamed" not in page
    assert "style=" not in page, "the site's policy allows none"


def test_a_block_copied_into_an_article_becomes_nothing(client: Client) -> None:
    article = make_article(body=f"<p>Words.</p>{NEW}<p>More.</p>")
    assert "data-block" not in client.get(article.get_absolute_url()).content.decode()


def test_the_editor_offers_what_can_be_put_in(admin_client: Client) -> None:
    article = make_article("Walking")
    offered = {choice["key"] for choice in blocks.choices()}
    assert {"articles:new", "answers:new", f"articles:{article.slug}"} <= offered
    page = admin_client.get("/admin/newsletter/issue/add/").content.decode()
    assert f"articles:{article.slug}" in page


def test_saving_keeps_the_blocks(admin_client: Client) -> None:
    article = make_article("Walking")
    typed = {
        "letter": make_letter().pk, "subject": "Hello", "body": f"<p>x</p>\n{one(article)}",
        "trial_percent": "20", "archive": "hidden",
        "events-TOTAL_FORMS": "0", "events-INITIAL_FORMS": "0",
    }  # fmt: skip
    admin_client.post("/admin/newsletter/issue/add/", typed)
    assert Issue.objects.get().body == f"<p>x</p>\n{one(article)}"


def test_a_test_for_staff_has_the_blocks_too() -> None:
    article = make_article("Walking")
    emails.try_issue(make_issue(body=one(article)), to="ann@example.org")
    assert article.slug in Message.objects.get().html
