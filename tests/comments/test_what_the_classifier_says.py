"""Its vote: quiet at first, then a weight that grows with the odds, and reasons in words."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from backsite.management.commands.worker import look_and_sweep
from comments.filter.classifier import lessons
from comments.filter.classifier.features import features_of, plain
from comments.filter.classifier.limits import ENOUGH, weight_of
from comments.filter.classifier.line import Line
from comments.filter.classifier.opinion import Opinion
from comments.filter.classifier.sentences import sentences_of
from comments.filter.classifier.vote import vote_on
from comments.filter.judging import judge
from comments.filter.lines import DOUBT_LINE, SPAM_LINE
from comments.models import Comment, Training
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db

# In each language: what readers write, and what sells.
WELCOME = {
    "English": ["my back hurts when I sit", "thank you, walking helped me", "is swimming safe"],
    "German": ["mein Rücken schmerzt beim Sitzen", "danke, Gehen hat geholfen", "darf ich heben"],
    "French": ["j'ai mal au dos depuis un mois", "merci, la marche m'aide", "puis-je nager"],
    "Japanese": [
        "腰が痛いので歩いています",
        "ありがとうございます、助かりました",
        "泳いでもいいですか",
    ],
    "Arabic": ["ظهري يؤلمني عند الجلوس", "شكرا لقد ساعدني المشي", "هل السباحة آمنة"],
    "Hindi": ["मेरी पीठ में दर्द है", "धन्यवाद चलने से मदद मिली", "क्या तैरना ठीक है"],
    "Thai": ["ปวดหลังเวลานั่งนาน", "ขอบคุณ การเดินช่วยได้", "ว่ายน้ำได้ไหม"],
}
SELLING = {
    "English": ["buy cheap watches now", "visit my casino and win", "cheap pills, order now"],
    "German": ["jetzt billige Uhren kaufen", "besuche mein Casino und gewinne", "Pillen bestellen"],
    "French": ["achetez des montres pas chères", "visitez mon casino et gagnez", "commandez ici"],
    "Japanese": ["格安時計を今すぐ購入", "カジノで大儲けしよう", "薬を安く注文できます"],
    "Arabic": ["اشتر ساعات رخيصة الآن", "زوروا الكازينو واربحوا المال", "اطلب الحبوب بسعر رخيص"],
    "Hindi": ["सस्ती घड़ियाँ अभी खरीदें", "कैसीनो में पैसे जीतें", "गोलियाँ ऑर्डर करें"],
    "Thai": ["ซื้อนาฬิการาคาถูก", "คาสิโนออนไลน์ เล่นแล้วรวย", "สั่งยาราคาถูก"],
}


@pytest.fixture
def article() -> Article:
    return make_article()


def teach(
    article: Article,
    welcome: list[str],
    selling: list[str],
    times: int = ENOUGH,
    website: Callable[[bool, int], str] = lambda spam, number: "",
) -> None:
    """Each text as often as said, with its number behind it."""
    kinds = [
        (f"{text} {number}", spam, number)
        for number in range(times)
        for texts, spam in ((welcome, False), (selling, True))
        for text in texts
    ]
    rows = [
        Comment(article=article, name="Anna", text=text, website=website(spam, number))
        for text, spam, number in kinds
    ]
    comments = Comment.objects.bulk_create(rows)
    lessons.learn_all(zip(comments, (spam for _, spam, _ in kinds), strict=True))


def weight(text: str) -> float:
    vote = vote_on(text, "Anna", "")
    assert vote is not None
    return vote.weight


def test_it_says_nothing_before_it_has_seen_enough_of_both_kinds(article: Article) -> None:
    assert vote_on("buy cheap watches", "Anna", "") is None
    teach(article, [], SELLING["English"])
    assert vote_on("buy cheap watches", "Anna", "") is None
    teach(article, ["my back hurts"], [])
    assert vote_on("buy cheap watches", "Anna", "") is not None


@pytest.mark.parametrize("language", WELCOME)
def test_it_works_in_any_language(language: str, article: Article) -> None:
    teach(article, WELCOME[language], SELLING[language])
    assert weight(SELLING[language][0]) >= DOUBT_LINE
    assert weight(WELCOME[language][0]) < 0


def test_it_reads_only_what_was_learned_of_words_never_seen(article: Article) -> None:
    teach(article, WELCOME["English"], SELLING["English"])
    assert abs(weight("ξένες λέξεις παντού") - DOUBT_LINE) < 1.5


def test_it_names_the_words_that_spoke_for_spam(article: Article) -> None:
    teach(article, WELCOME["English"], SELLING["English"])
    vote = vote_on("visit my casino http://win.example/ now", "Anna", "")
    assert vote is not None
    assert vote.reason.startswith("Spam by 9")
    assert "casino" in vote.reason
    assert len(vote.reason) <= 300
    strongest = [adds for _, adds in vote.evidence["spam"]]
    assert strongest == sorted(strongest, reverse=True)


def test_it_names_the_words_that_spoke_for_a_comment(article: Article) -> None:
    teach(article, WELCOME["English"], SELLING["English"])
    vote = vote_on("walking helped me", "Anna", "")
    assert vote is not None
    assert vote.reason.startswith("Welcome by 9")
    assert "helped" in vote.reason


def test_a_site_that_only_spam_led_to_is_enough(article: Article) -> None:
    def website(spam: bool, number: int) -> str:
        return "http://win.example/" if spam else f"http://reader{number}.example/"

    teach(article, WELCOME["English"], WELCOME["English"], website=website)
    honest, selling = (
        vote_on("is swimming safe", "Anna", website)
        for website in ("http://somebody.example/", "http://win.example/x")
    )
    assert honest is not None
    assert selling is not None
    assert honest.weight < DOUBT_LINE < selling.weight
    assert "win.example as the writer's website" in selling.reason


def test_the_weight_grows_with_the_odds_and_stays_within_the_lines() -> None:
    weights = [weight_of(Opinion(odds / 10)) for odds in range(-100, 101)]
    assert weights == sorted(weights)
    assert weight_of(Opinion(0.0)) < DOUBT_LINE <= weight_of(Opinion(0.02))
    assert (weights[0], weights[-1]) == (-1.0, SPAM_LINE)


def test_its_vote_is_one_of_those_that_make_the_verdict(article: Article) -> None:
    teach(article, WELCOME["English"], SELLING["English"])
    comment = make_comment(article, approved=False, text="visit my casino and win")
    _, votes = judge(comment)
    assert any(vote.check == "learned from decisions" and vote.weight > 1 for vote in votes)


def test_the_line_is_drawn_by_the_worker_and_read_by_every_process(article: Article) -> None:
    teach(article, WELCOME["English"], SELLING["English"], times=20)
    before = weight("swimming pills")
    training = Training.objects.get()
    training.perform()
    kept = Training.objects.get()
    assert kept.lessons == 120
    lines, drawn_from = lessons.draw_lines()
    assert lines is not None
    assert kept.line is not None
    assert kept.line_with_site is not None
    assert lines.without_site.to_bytes() == bytes(kept.line)
    assert lines.with_site.to_bytes() == bytes(kept.line_with_site)
    assert drawn_from == kept.lessons
    assert weight("swimming pills") != before
    assert weight("order cheap pills") >= DOUBT_LINE
    assert weight("thank you, walking helped") < 0


def test_praise_from_writers_with_a_website_does_not_condemn_it_from_others(
    article: Article,
) -> None:
    """The same words, and each writer's website another: only that there is one tells them
    apart, and how the words are to be taken."""
    praise = ["what a wonderful post", "great article, I will come back", "you write so well"]
    teach(article, praise, SELLING["English"], times=20)
    teach(article, [], praise, times=20, website=lambda spam, number: f"http://s{number}.example/")
    teach(article, WELCOME["English"], [], times=20, website=lambda *_: "http://reader.example/")
    Training.objects.get().perform()
    lines, _ = lessons.draw_lines()
    assert lines is not None
    text = "what a wonderful article"
    with_site = features_of(text, "Anna", "http://new.example/")
    without = features_of(text, "Anna", "")
    assert lines.of(with_site) is lines.with_site
    assert lines.of(without) is lines.without_site
    word = "word:wonderful"
    assert lines.with_site.weights(with_site)[word] > 0 > lines.without_site.weights(without)[word]
    own, other = (vote_on(text, "Anna", site) for site in ("http://new.example/", ""))
    assert own is not None
    assert other is not None
    assert other.weight < DOUBT_LINE <= own.weight


def test_what_one_line_learns_counts_in_part_for_the_other(article: Article) -> None:
    teach(article, WELCOME["English"], SELLING["English"], times=20)
    lines, _ = lessons.draw_lines()
    assert lines is not None
    asked = features_of("visit my casino", "Anna", "http://new.example/")
    seldom, often = lines.with_site.score(asked), lines.without_site.score(asked)
    assert 0 < seldom < often


def test_a_line_from_before_there_were_two_serves_both(article: Article) -> None:
    teach(article, WELCOME["English"], SELLING["English"], times=20)
    Training.objects.get().perform()
    Training.objects.update(line_with_site=None, drawn_at=timezone.now())
    for website in ("", "http://new.example/"):
        vote = vote_on("visit my casino and win", "Anna", website)
        assert vote is not None
        assert vote.weight >= DOUBT_LINE


def test_a_worker_draws_the_line_that_an_older_one_beside_it_has_left_out(
    article: Article,
) -> None:
    """The older one settled the work: nothing is due."""
    teach(article, WELCOME["English"], SELLING["English"], times=20)
    Training.objects.get().perform()
    Training.objects.update(line_with_site=None, due_at=None)
    look_and_sweep()
    drawn = Training.objects.get()
    assert drawn.line_with_site is not None
    look_and_sweep()
    assert Training.objects.get().drawn_at == drawn.drawn_at


def test_an_advertisement_among_other_words_is_found_by_its_sentence(article: Article) -> None:
    teach(article, WELCOME["English"], SELLING["English"], times=20)
    Training.objects.get().perform()
    hidden = "Thank you, walking helped. What a lovely morning it was."
    vote = vote_on(f"{hidden} Visit my casino and win.", "Anna", "")
    assert vote is not None
    told = dict(vote.evidence["spam"])
    assert told["the sentence “Visit my casino and win.”"] > 0.5
    for welcome in (hidden, "My back hurts when I sit. Is swimming safe?"):
        vote = vote_on(welcome, "Anna", "")
        assert vote is not None
        assert vote.weight < DOUBT_LINE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One only.", []),
        ("Nice. See me!  And this\nand that", ["Nice.", "See me!", "And this", "and that"]),
        ("泳いでもいい。ありがとう。", ["泳いでもいい。", "ありがとう。"]),
        ("هل السباحة آمنة؟ شكرا لكم", ["هل السباحة آمنة؟", "شكرا لكم"]),
        (
            "<p>Thanks</p><p>see http://win.example/A.B</p>",
            ["Thanks", "see http://win.example/A.B"],
        ),
    ],
)
def test_sentences_are_found_in_any_language(text: str, found: list[str]) -> None:
    assert [sentence.text for sentence in sentences_of(text)] == found


def test_of_a_long_text_only_so_much_is_looked_at() -> None:
    text = " ".join(f"word{number}. And" for number in range(2_000))
    seen = features_of(f"casino {text} pills")
    assert {"word:casino", "word:pills"} <= seen.told
    assert len(seen.told) < 350
    assert len(sentences_of(text)) == 12


def test_no_line_is_drawn_from_too_few(article: Article) -> None:
    teach(article, WELCOME["English"], SELLING["English"])
    Training.objects.get().perform()
    assert Training.objects.get().line is None


def test_a_line_of_another_size_is_refused() -> None:
    from zlib import compress

    with pytest.raises(ValueError, match="places"):
        Line.from_bytes(compress(b"\0" * 400))


def test_judging_asks_the_database_twice(article: Article) -> None:
    teach(article, WELCOME["English"], SELLING["English"])
    weight("warm up")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        weight("visit my casino and win")
    assert len(asked) <= 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\x00\x00buy\x00",
        "a\u0301" * 3_000,
        "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
        "\ud800 lone",
        "﷽" * 4_000,
        "<" * 50_000,
        "<a href=" * 20_000,
        "a-" * 50_000,
        "aa." * 50_000,
        "&" * 50_000,
        "http://" * 20_000,
        "#@" * 20_000,
        "x" * 10_000_000,
        "😀" * 100_000,
        "https://" + "a." * 10_000 + "com/" + "b/" * 10_000,
    ],
    ids=lambda text: f"{text[:8]!r} x {len(text)}",
)
def test_nothing_that_is_sent_stops_it_or_takes_long(text: str, article: Article) -> None:
    teach(article, WELCOME["English"], SELLING["English"])
    begin = time.process_time()
    assert vote_on(text, text[:80], text[:300]) is not None
    assert time.process_time() - begin < 1.0


def test_hidden_characters_hide_no_word() -> None:
    smeared = "cas\u200bino\u202e c\u0301a\u0335s\u0336ino"
    assert plain(smeared).split() == ["casino", "ćasino"] or "casino" in plain(smeared)
    assert "word:casino" in features_of(smeared).told


def test_links_are_seen_however_they_are_written() -> None:
    for text in (
        "see http://win.example/now",
        'see <a href="http://win.example/now">this</a>',
        "see www.win.example/now",
        "see ｈｔｔｐ://win.example/now",
    ):
        assert "host:win.example" in features_of(text).hosts, text
    assert features_of("see win.com").hosts == {"host:win.com"}
    assert features_of("see win . com").hosts == {"host:win.com"}
    assert not features_of("It hurts.So I rest.Then I walk.").hosts


def test_a_name_not_given_and_a_name_not_known_differ() -> None:
    assert "words in the name:0" in features_of("text", "", "").told
    assert not any("name" in feature for feature in features_of("text").told)


def test_a_comment_that_was_imported_as_html_is_read_without_its_tags(article: Article) -> None:
    comment = Comment(article=article, name="A", text="<p>walking <em>helped</em></p>")
    assert "word:helped" in lessons.features_in(comment).told
    assert "word:em" not in lessons.features_in(comment).told
