from django.apps import AppConfig


class ServicesConfig(AppConfig):
    name = "backsite.lib.services"
    label = "services"
    verbose_name = "Services"
