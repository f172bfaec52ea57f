from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class BacksiteConfig(AppConfig):
    name = "backsite"
    verbose_name = "Site"

    def ready(self) -> None:
        """What one room shows in another is put together when all of them are there."""
        from comments import extras
        from newsletter import blocks

        from .answers_in_letters import Answers
        from .newsletter_too import NewsletterToo

        extras.add("newsletter", NewsletterToo())
        blocks.add("answers", Answers())


class DeskConfig(AdminConfig):
    """Django's admin with our front page: what waits for staff."""

    default_site = "backsite.admin.Desk"
