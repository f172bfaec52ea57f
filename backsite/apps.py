from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class BacksiteConfig(AppConfig):
    name = "backsite"
    verbose_name = "Site"


class DeskConfig(AdminConfig):
    """Django's admin with our front page: what waits for staff."""

    default_site = "backsite.admin.Desk"
