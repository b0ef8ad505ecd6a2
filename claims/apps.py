from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "claims"

    def ready(self) -> None:
        # Columns tell one another what happens by what they register when they are loaded.
        from claims.services import notes, notifications, review, rights  # noqa: F401
