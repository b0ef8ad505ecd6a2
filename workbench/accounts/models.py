"""People, and the tokens with which their programs sign in."""

import hashlib
import secrets
import unicodedata
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from rules import permissions

from sources.names import fold, has_hidden_characters


class User(AbstractUser):
    """A person. What they may do at a desk is their membership there, never a field here."""

    display_name = models.CharField(
        max_length=150, blank=True, help_text="Shown to colleagues and on published verdicts."
    )

    language = models.CharField(
        max_length=35,
        blank=True,
        default="",
        db_default="",
        help_text="Of the pages; empty: what the browser asks for.",
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            # Without it two accounts could share an address, and a sign-in by address would have to choose.
            models.UniqueConstraint(
                models.functions.Lower("email"), condition=~Q(email=""), name="user_email_unique_ignoring_case"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.get_full_name() or self.username

    def clean(self) -> None:
        """Raises ValidationError for a name that others here take for somebody else's: it stands on public verdicts."""
        super().clean()
        before = User.objects.filter(pk=self.pk).first()
        name = self.display_name
        # With letters that are not seen it could pass for another, and so could with those of a private font.
        unseen = has_hidden_characters(name) or any(unicodedata.category(letter) == "Co" for letter in name)
        if unseen and not (before and before.display_name == name):
            raise ValidationError({"display_name": _("Leave out characters that are not seen.")})
        own = fold(str(self))
        if not own or (before and fold(str(before)) == own):
            return
        people = User.objects.exclude(pk=self.pk).only("username", "display_name", "first_name", "last_name")
        if any(own in (fold(str(each)), fold(each.username)) for each in people.iterator()):
            message = _("Somebody here already uses this name. Add what tells you apart, such as an initial.")
            raise ValidationError({"display_name": message})

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """What is a right at a desk comes from memberships alone: Django would let superusers do it at every desk."""
        if permissions.perm_exists(perm):
            return bool(permissions.has_perm(perm, self, obj))
        return super().has_perm(perm, obj)


class Scope(models.TextChoices):
    READ = "read", _("read claims, verdicts and sources")
    REVIEW = "review", _("take, release and submit reviews")
    EDIT = "edit", _("publish, correct and retract")
    INTAKE = "intake", _("submit articles")


class TokenQuerySet(models.QuerySet["ApiToken"]):
    def alive(self) -> "TokenQuerySet":
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=Now()))


class ApiToken(models.Model):
    """A program's sign-in. Stored is only its SHA-256: a slow hash would guard 256 random bits no better."""

    PREFIX = "wb_"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100, help_text="What uses this token.")
    digest = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope.choices))
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="token_digest_unique"),
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="token_has_a_scope"),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=[scope.value for scope in Scope]), name="token_scopes_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("created_at")), name="token_expires_after_creation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.user})"

    @staticmethod
    def draw() -> str:
        """A new secret; shown once, never stored."""
        return ApiToken.PREFIX + secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()


class IdempotencyKey(models.Model):
    """An answer to an unsafe request, kept so that the same request again has the same answer and no new effect."""

    owner = models.CharField(max_length=64, help_text="Digest of who asked; two callers never share a key.")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty while the first request is under way.")
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once_per_owner")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_by_age")]

    def __str__(self) -> str:
        return self.key
