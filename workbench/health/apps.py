from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "workbench.health"
    label = "health"
