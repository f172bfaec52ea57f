"""Texts that were rendered before get what rendering.py writes now: a note is part of its text
(role="note"), a table's frame a section of its own name."""

from django.db import migrations

FORWARDS = r"""
UPDATE articles_article SET html = regexp_replace(replace(replace(html,
    '<div class="table-frame" tabindex="0" role="region"', '<section class="table-frame" tabindex="0"'),
    '</table></div>', '</table></section>'),
    '<aside data-note="([^"]*)">', '<aside data-note="\1" role="note">', 'g')
WHERE html LIKE '%<div class="table-frame"%' OR html LIKE '%<aside data-note="%'
"""
BACKWARDS = r"""
UPDATE articles_article SET html = replace(replace(replace(html,
    '<section class="table-frame" tabindex="0"', '<div class="table-frame" tabindex="0" role="region"'),
    '</table></section>', '</table></div>'),
    '" role="note">', '">')
WHERE html LIKE '%<section class="table-frame"%' OR html LIKE '%role="note">%'
"""


class Migration(migrations.Migration):
    dependencies = [("articles", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
