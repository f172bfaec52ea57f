"""Words for the staff's pages."""

from django import template

from backsite.lib import ages

from .. import dossier

register = template.Library()
register.filter("ago", ages.ago)
register.filter("told", dossier.told)
register.filter("weighed", dossier.weighed)
