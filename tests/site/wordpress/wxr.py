"""Small exports, written by hand, for the tests of this folder."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

SITE = "http://blog.example"


def attachment(number: int, address: str, *, alt: str = "", **fields: Any) -> str:
    """A picture of the old site's library."""
    note = meta("_wp_attachment_image_alt", alt) if alt else ""
    file = f"<wp:attachment_url>{address}</wp:attachment_url>"
    given: dict[str, Any] = {"kind": "attachment", "status": "inherit", "body": "", **fields}
    return item(number, file, note, **given)


def meta(key: str, value: object) -> str:
    return (
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key>"
        f"<wp:meta_value>{cdata(str(value))}</wp:meta_value></wp:postmeta>"
    )


def cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>"


def comment(
    number: int,
    text: str = "Thank you.",
    *,
    parent: int = 0,
    approved: str = "1",
    kind: str = "",
    user: int = 0,
    author: str = "Mary",
    email: str = "mary@example.org",
    url: str = "",
    date: str = "2012-03-05 09:00:00",
) -> str:
    return f"""<wp:comment>
      <wp:comment_id>{number}</wp:comment_id>
      <wp:comment_author>{cdata(author)}</wp:comment_author>
      <wp:comment_author_email>{email}</wp:comment_author_email>
      <wp:comment_author_url>{url}</wp:comment_author_url>
      <wp:comment_date>{date}</wp:comment_date>
      <wp:comment_date_gmt>{date}</wp:comment_date_gmt>
      <wp:comment_content>{cdata(text)}</wp:comment_content>
      <wp:comment_approved>{approved}</wp:comment_approved>
      <wp:comment_type>{kind}</wp:comment_type>
      <wp:comment_parent>{parent}</wp:comment_parent>
      <wp:comment_user_id>{user}</wp:comment_user_id>
    </wp:comment>"""


def item(
    number: int,
    *inside: str,
    kind: str = "post",
    title: str = "Lifting with care",
    status: str = "publish",
    slug: str = "",
    body: str = "Bend your knees.",
    excerpt: str = "",
    date: str = "2012-03-04 08:00:00",
    creator: str = "anna",
    password: str = "",
    parent: int = 0,
    link: str | None = None,
    order: int = 0,
) -> str:
    return f"""<item>
    <title>{title}</title>
    <link>{SITE + f"/?p={number}" if link is None else link}</link>
    <dc:creator>{creator}</dc:creator>
    <content:encoded>{cdata(body)}</content:encoded>
    <excerpt:encoded>{cdata(excerpt)}</excerpt:encoded>
    <wp:post_id>{number}</wp:post_id>
    <wp:post_date>{date}</wp:post_date>
    <wp:post_date_gmt>{date}</wp:post_date_gmt>
    <wp:comment_status>open</wp:comment_status>
    <wp:post_name>{slug}</wp:post_name>
    <wp:status>{status}</wp:status>
    <wp:post_parent>{parent}</wp:post_parent>
    <wp:menu_order>{order}</wp:menu_order>
    <wp:post_type>{kind}</wp:post_type>
    <wp:post_password>{password}</wp:post_password>
    <wp:is_sticky>0</wp:is_sticky>
    {"".join(inside)}
    </item>"""


ANNA = """<wp:author><wp:author_id>7</wp:author_id><wp:author_login>anna</wp:author_login>
<wp:author_email>anna@blog.example</wp:author_email>
<wp:author_display_name><![CDATA[Anna Berg]]></wp:author_display_name></wp:author>"""


def export(*inside: str, version: str = "1.2", people: str = ANNA) -> str:
    space = f"http://wordpress.org/export/{version}/"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- generator="WordPress/3.4" -->
<rss version="2.0" xmlns:excerpt="{space}excerpt/" xmlns:wp="{space}"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
  <title>A blog</title><link>{SITE}</link>
  <wp:wxr_version>{version}</wp:wxr_version>
  <wp:base_blog_url>{SITE}</wp:base_blog_url>
  {people}
  {"".join(inside)}
</channel>
</rss>
"""


def written(folder: Path, text: str | bytes, name: str = "export.xml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def run(path: Path, *flags: str) -> dict[str, Any]:
    """What `import_wordpress --json` prints."""
    out = StringIO()
    call_command("import_wordpress", str(path), "--json", *flags, stdout=out)
    found = json.loads(out.getvalue())
    assert isinstance(found, dict)
    return found
