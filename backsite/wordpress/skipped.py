"""Why an item of an export is neither an article nor a page here."""

from __future__ import annotations

from typing import Final

REASONS: Final = {
    "": "The file does not say what it is, and it holds neither text nor comments.",
    "nav_menu_item": "An entry of a menu; the navigation here is made of topics and pages.",
    "revision": "An earlier version of a text; only the last one is taken in.",
    "feedback": "A message sent to the owner through a contact form; it stays in the export.",
    "custom_css": "Belongs to the look of the old site.",
    "customize_changeset": "Belongs to the look of the old site.",
    "wp_block": "A reusable block of WordPress's editor.",
    "wp_global_styles": "Belongs to the look of the old site.",
    "wp_navigation": "Belongs to the look of the old site.",
    "wp_template": "Belongs to the look of the old site.",
    "wp_template_part": "Belongs to the look of the old site.",
}
WHY_UNKNOWN: Final = "A kind of content that only a WordPress plugin knows."


def why_skipped(kind: str) -> str:
    """A sentence for the report on items of this `wp:post_type`."""
    return REASONS.get(kind, WHY_UNKNOWN)
