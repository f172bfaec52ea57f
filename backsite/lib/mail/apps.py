from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "backsite.lib.mail"
    label = "mail"
    verbose_name = "Mail"
