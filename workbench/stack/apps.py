from django.apps import AppConfig


class StackConfig(AppConfig):
    name = "workbench.stack"
    label = "stack"
