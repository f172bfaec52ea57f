"""Words for the mails that staff get."""

from django import template

from ..staff_emails import first_words

register = template.Library()
register.filter("first_words", first_words)
