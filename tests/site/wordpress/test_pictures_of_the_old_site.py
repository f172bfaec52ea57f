"""Pictures and players of an imported site: what is at hand comes in and is shown from here;
of the rest readers load nothing, and lose no address."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.test import Client

from articles.models import Article, Picture
from articles.normal import normalise
from articles.richtext import clean
from backsite.lib.work import perform_due
from backsite.wordpress.markup import convert
from backsite.wordpress.media_folder import MediaFolder
from tests.drawing import drawn

from .wxr import SITE, attachment, export, item, meta, run, written

pytestmark = pytest.mark.django_db

UPLOADS = f"{SITE}/wp-content/uploads"
SPINE = f"{UPLOADS}/2012/03/spine.jpg"


@pytest.fixture(autouse=True)
def _own_pictures(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "site-media")


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    """A copy of the old site's folder, with two pictures and a file that is none."""
    folder = tmp_path / "uploads"
    (folder / "2012/03").mkdir(parents=True)
    (folder / "2012/03/spine.jpg").write_bytes(drawn("JPEG", (300, 200)))
    (folder / "2012/03/hill.png").write_bytes(drawn("PNG", (120, 90)))
    (folder / "2012/03/broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    return folder


def take(folder: Path, *items: str, media: Path | None = None, flags: tuple[str, ...] = ()) -> Any:
    more = ("--media", str(media)) if media else ()
    return run(written(folder, export(*items)), *more, *flags)


def body() -> str:
    return Article.objects.get().body


def test_a_picture_whose_file_is_at_hand_is_shown_from_here(
    tmp_path: Path, uploads: Path, client: Client
) -> None:
    text = f'Before.\n\n<img src="{SPINE}" alt="A spine" />\n\nAfter.'
    found = take(tmp_path, item(1, body=text), media=uploads)
    picture = Picture.objects.get()
    figure = f'<figure><img alt="A spine" data-picture="{picture.pk}"></figure>'
    assert body() == normalise(f"<p>Before.</p>{figure}<p>After.</p>").html
    assert "Pictures taken in with their files: once." in found["mended"]
    perform_due(Picture)
    page = client.get(Article.objects.get().get_absolute_url()).content.decode()
    assert f"/media/pictures/{picture.content_hash[:16]}" in page
    assert SITE not in page.partition("<main")[2].partition("</main")[0].replace(
        f'href="{SITE}', ""
    )


@pytest.mark.parametrize(
    "stored",
    [
        f'<a href="{SPINE}"><img src="{UPLOADS}/2012/03/spine-150x100.jpg" alt="A spine"></a>',
        f'[caption id="a"]<img src="{SPINE}" alt="A spine" /> Drawn[/caption]',
        '<img src="/wp-content/uploads/2012/03/spine.jpg?w=300" alt="A spine">',
        f'<p><img src="{SPINE}" alt="A spine"> Words beside it.</p>',
    ],
)
def test_it_is_found_by_its_smaller_copies_in_captions_and_beside_words(
    tmp_path: Path, uploads: Path, stored: str
) -> None:
    take(tmp_path, item(1, body=stored), media=uploads)
    picture = Picture.objects.get()
    assert (picture.width, picture.height) == (300, 200)
    shown = body()
    assert f'<figure><img alt="A spine" data-picture="{picture.pk}">' in shown
    assert "href" not in shown
    assert ("Drawn" in shown) == ("caption" in stored)
    assert ("<p>Words beside it.</p>" in shown) == ("beside" in stored)


def test_a_link_around_a_picture_that_leads_elsewhere_stays(tmp_path: Path, uploads: Path) -> None:
    text = f'<a href="http://far.example/"><img src="{SPINE}" alt="A spine"></a>'
    take(tmp_path, item(1, body=text), media=uploads)
    assert body().startswith('<figure><a href="http://far.example/"><img alt="A spine"')


def test_a_smile_in_the_line_stays_in_the_line(tmp_path: Path, uploads: Path) -> None:
    text = f'<p>Good <img src="{SPINE}" width="16" height="16" alt=":)"> day</p>'
    take(tmp_path, item(1, body=text), media=uploads)
    assert "<figure" not in body()
    assert body().startswith("<p>Good <img")


def test_a_picture_whose_file_is_not_there_is_a_figure_that_says_where_it_is(
    tmp_path: Path, uploads: Path
) -> None:
    gone = f"{UPLOADS}/2012/03/gone.jpg"
    found = take(tmp_path, item(1, body=f'<img src="{gone}" alt="A hip">'), media=uploads)
    link = f'<a href="{gone}">Picture: A hip (blog.example)</a>'
    assert body() == f"<figure>{link}</figure>"
    assert "Pictures kept as links to their old addresses: once." in found["mended"]
    assert not Picture.objects.exists()


def test_a_file_of_the_same_name_on_another_site_is_another_picture(
    tmp_path: Path, uploads: Path
) -> None:
    other = "http://far.example/wp-content/uploads/2012/03/spine.jpg"
    take(tmp_path, item(1, body=f'<img src="{other}" alt="X">'), media=uploads)
    assert not Picture.objects.exists()


def test_a_file_that_cannot_be_used_is_named_with_its_reason(tmp_path: Path, uploads: Path) -> None:
    text = f'<img src="{UPLOADS}/2012/03/broken.jpg" alt="X">'
    for _ in range(2):
        found = take(tmp_path, item(1, body=text), media=uploads)
        (entry,) = found["skipped"]
        assert entry["what"] == "picture broken.jpg"
        assert "damaged" in entry["why"]
    assert "Picture: X" in body()


def test_featured_pictures_descriptions_and_captions_come_along(
    tmp_path: Path, uploads: Path
) -> None:
    library = attachment(
        9, SPINE, title="Spine, drawn", alt="The spine from the side", excerpt="By <b>Ada</b>"
    )
    post = item(1, meta("_thumbnail_id", 9))
    take(tmp_path, post, library, media=uploads)
    article, picture = Article.objects.get(), Picture.objects.get()
    assert (article.picture, article.picture_alt) == (picture, "The spine from the side")
    assert (picture.title, picture.alt) == ("Spine, drawn", "The spine from the side")
    assert picture.caption == "By Ada"
    assert article.revisions.get().words["picture"]["id"] == picture.pk


def test_a_featured_picture_that_is_not_there_is_reported_and_its_address_kept(
    tmp_path: Path,
) -> None:
    found = take(tmp_path, item(1, meta("_thumbnail_id", 9)), attachment(9, SPINE))
    article = Article.objects.get()
    assert article.picture is None
    assert SPINE in article.events.get().why
    assert any("Featured picture’s file is not here" in said for said in found["mended"])


@pytest.mark.parametrize(
    ("shortcode", "order"),
    [
        ("[gallery]", ["spine", "hill"]),
        ('[gallery ids="8,9"]', ["hill", "spine"]),
        ('[gallery exclude="8"]', ["spine"]),
    ],
)
def test_a_gallery_becomes_its_pictures_one_after_the_other(
    tmp_path: Path, uploads: Path, shortcode: str, order: list[str]
) -> None:
    hill = attachment(8, f"{UPLOADS}/2012/03/hill.png", alt="hill", parent=1, excerpt="Up", order=2)
    spine = attachment(9, SPINE, alt="spine", parent=1, order=1)
    take(tmp_path, item(1, body=f"See:\n\n{shortcode}"), hill, spine, media=uploads)
    shown = body()
    assert sorted(order, key=lambda alt: shown.index(f'alt="{alt}"')) == order
    assert shown.count("<figure>") == len(order)
    assert ("<figcaption>Up</figcaption>" in shown) == ("hill" in order)


def test_a_gallery_of_blocks_leaves_its_figures(tmp_path: Path, uploads: Path) -> None:
    inner = f'<li><figure><img src="{SPINE}" alt="A"/><figcaption>One</figcaption></figure></li>'
    text = (
        "<!-- wp:gallery --><figure class='wp-block-gallery'><ul>"
        f"{inner}{inner}</ul><figcaption>Both</figcaption></figure><!-- /wp:gallery -->"
    )
    take(tmp_path, item(1, body=text), media=uploads)
    assert body().count("<figcaption>One</figcaption></figure>") == 2
    assert body().endswith("<p>Both</p>")
    assert "<ul>" not in body()


def test_importing_again_brings_no_picture_back_that_staff_removed(
    tmp_path: Path, uploads: Path
) -> None:
    post = item(1, body=f'<img src="{SPINE}" alt="A">')
    first = take(tmp_path, post, media=uploads)
    Article.objects.get().revise(by=None, body="<p>Without.</p>")
    Picture.objects.get().remove(by=None)
    assert take(tmp_path, post, media=uploads) == first
    assert not Picture.objects.present().exists()
    assert body() == "<p>Without.</p>"


def test_a_dry_run_takes_nothing_in_and_says_the_same(tmp_path: Path, uploads: Path) -> None:
    text = f'<img src="{SPINE}" alt="A"> <img src="{UPLOADS}/2012/03/broken.jpg">'
    post = item(1, meta("_thumbnail_id", 9), body=text) + attachment(9, SPINE)
    dry = take(tmp_path, post, media=uploads, flags=("--dry-run",))
    assert not Picture.objects.exists()
    assert not list((tmp_path / "site-media").rglob("*.jpg"))
    assert take(tmp_path, post, media=uploads) == dry


def test_a_name_that_ends_like_a_size_is_its_own(tmp_path: Path, uploads: Path) -> None:
    (uploads / "2012/03/hill-10x10.png").write_bytes(drawn("PNG", (55, 44)))
    address = f"{UPLOADS}/2012/03/hill-10x10.png"
    post = item(1, body=f'<img src="{address}" alt="A">') + attachment(9, address)
    take(tmp_path, post, media=uploads)
    assert Picture.objects.get().width == 55


def test_one_file_under_two_addresses_is_one_picture(tmp_path: Path, uploads: Path) -> None:
    text = f'<img src="{SPINE}" alt="A"><img src="{UPLOADS}/2012/03/spine-20x20.jpg" alt="B">'
    take(tmp_path, item(1, body=text), media=uploads)
    assert Picture.objects.count() == 1
    assert body().count("data-picture") == 2


@pytest.mark.parametrize(
    "address",
    [
        f"{UPLOADS}/../secret.jpg",
        f"{UPLOADS}/2012/03/../../../secret.jpg",
        f"{UPLOADS}/%2e%2e/secret.jpg",
        f"{UPLOADS}/link.jpg",
        f"{UPLOADS}//etc/passwd",
        f"{UPLOADS}/a%00b.jpg",
        f"{UPLOADS}/{'x' * 3000}.jpg",
        "http://[broken/spine.jpg",
    ],
)
def test_no_address_leads_out_of_the_folder(tmp_path: Path, uploads: Path, address: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(drawn())
    (uploads / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    assert MediaFolder(uploads, ["blog.example"]).file(address) is None


def test_a_folder_that_is_none_is_said_before_anything_is_imported(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is not a folder"):
        take(tmp_path, item(1), media=tmp_path / "nowhere")
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    "stored",
    [
        '<iframe width="5" src="https://www.youtube.com/embed/abcdefghijk?feature=oembed"></iframe>',
        '<p><iframe src="//www.youtube-nocookie.com/embed/abcdefghijk"></iframe></p>',
        "Watch:\n\nhttps://www.youtube.com/watch?v=abcdefghijk&amp;t=5\n\nGood.",
        "https://youtu.be/abcdefghijk",
        "[youtube https://www.youtube.com/watch?v=abcdefghijk]",
        "[youtube=http://www.youtube.com/watch?v=abcdefghijk&amp;w=320]",
        "[youtube abcdefghijk]",
        "[embed]https://www.youtube.com/watch?v=abcdefghijk[/embed]",
        (
            '<!-- wp:embed --><figure class="wp-block-embed"><div class="wp-block-embed__wrapper">'
            "\nhttps://www.youtube.com/watch?v=abcdefghijk\n</div></figure><!-- /wp:embed -->"
        ),
        "<figure><p>https://youtu.be/abcdefghijk</p></figure>",
        '<object><param><embed src="http://www.youtube.com/v/abcdefghijk&hl=en"></object>',
    ],
)
def test_a_film_becomes_a_card_however_it_was_put_in(stored: str) -> None:
    text = convert(stored, base=SITE, clean=clean)
    assert '<figure data-embed="https://www.youtube.com/watch?v=abcdefghijk"></figure>' in text.html
    assert text.changes["Players became cards with a link\tYouTube"] == 1
    assert "iframe" not in text.html


@pytest.mark.parametrize(
    ("stored", "page"),
    [
        (
            '<iframe src="https://player.vimeo.com/video/12345?h=1"></iframe>',
            "https://vimeo.com/12345",
        ),
        ("[vimeo 1234567]", "https://vimeo.com/1234567"),
        (
            '<iframe src="https://embed.ted.com/talks/ada_on_backs" title="Ada"></iframe>',
            "https://www.ted.com/talks/ada_on_backs",
        ),
    ],
)
def test_other_sites_with_cards_have_them_too(stored: str, page: str) -> None:
    assert f'<figure data-embed="{page}">' in convert(stored, base=SITE, clean=clean).html


def test_a_caption_is_the_cards_title_and_words_around_it_stay() -> None:
    stored = (
        "<figure>https://youtu.be/abcdefghijk<figcaption>A walk</figcaption></figure>"
        "<p>See https://youtu.be/abcdefghijk as well.</p>"
    )
    html = convert(stored, base=SITE, clean=clean).html
    assert "<figcaption>A walk</figcaption></figure>" in html
    assert "<p>See https://youtu.be/abcdefghijk as well.</p>" in html


@pytest.mark.parametrize(
    "stored",
    [
        '<iframe src="https://video.example/1"></iframe>',
        '<h2><iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe> Head</h2>',
        "https://www.youtube.com/",
    ],
)
def test_what_gets_no_card_keeps_its_address(stored: str) -> None:
    html = convert(stored, base=SITE, clean=clean).html
    assert "data-embed" not in html
    assert "https://" in html


def test_readers_load_nothing_from_the_sites_of_films(tmp_path: Path, client: Client) -> None:
    take(tmp_path, item(1, body="https://youtu.be/abcdefghijk"))
    page = client.get(Article.objects.get().get_absolute_url()).content.decode()
    assert 'href="https://www.youtube.com/watch?v=abcdefghijk"' in page
    assert "<iframe" not in page
    assert 'src="https://www.youtube' not in page


def test_the_picture_in_the_folder_is_left_as_it_was(tmp_path: Path, uploads: Path) -> None:
    before = (uploads / "2012/03/spine.jpg").read_bytes()
    take(tmp_path, item(1, body=f'<img src="{SPINE}" alt="A">'), media=uploads)
    assert (uploads / "2012/03/spine.jpg").read_bytes() == before
    with Picture.objects.get().original.open() as kept:
        assert io.BytesIO(before).read() == kept.read()
