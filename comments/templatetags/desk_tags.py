"""Words for the staff's pages."""

from django import template

from backsite.lib import ages

from .. import dossier, reader_page, verdict_words

register = template.Library()
register.filter("ago", ages.ago)
register.filter("told", dossier.told)
for words in (
    verdict_words.weighed,
    verdict_words.weight,
    verdict_words.evidence,
    verdict_words.verdict_words,
    verdict_words.verdict_badge,
):
    register.filter(words.__name__, words)
register.filter("because", dossier.because)
register.filter("told_of_reader", reader_page.told)
