from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "workbench.health"
    label = "health"

    def ready(self) -> None:
        from workbench.health import pulse

        pulse.listen()
