"""Invitations: who was asked by mail to come to a desk, as what, and what became of it."""

import hashlib
import secrets
from datetime import timedelta

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from claims.models.desks import Desk, Role

VALID_FOR = timedelta(days=7)


class InvitationState(models.TextChoices):
    PENDING = "pending", _("pending")
    EXPIRED = "expired", _("expired")
    ACCEPTED = "accepted", _("accepted")
    REVOKED = "revoked", _("revoked")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor revoked; it may have expired, and can be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)

    def with_state(self) -> "InvitationQuerySet":
        """Each with its ``state``, by the database's clock."""
        state = Case(
            When(accepted_at__isnull=False, then=Value(InvitationState.ACCEPTED.value)),
            When(revoked_at__isnull=False, then=Value(InvitationState.REVOKED.value)),
            When(expires_at__lte=Now(), then=Value(InvitationState.EXPIRED.value)),
            default=Value(InvitationState.PENDING.value),
            output_field=models.CharField(),
        )
        return self.annotate(state=state)  # type: ignore[no-redef]  # declared in the class, for whoever reads it


class Invitation(models.Model):
    """Stored is only the SHA-256 of the secret in the link: a slow hash would guard 256 random bits no better.

    The secret is drawn when the mail is sent, and exists nowhere but in it. Until then there is no digest.
    """

    state: str
    """Set by with_state()."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role.choices)
    language = models.CharField(
        max_length=35, blank=True, default="", db_default="", help_text="Of the mail; empty: the desk's."
    )
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    digest = models.CharField(max_length=64, null=True, editable=False)
    sent_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="invitation_digest_unique"),
            # Two living links for one address would have to be revoked twice.
            models.UniqueConstraint(
                F("desk"),
                Lower("email"),
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_once_open_per_address",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(condition=~Q(email=""), name="invitation_has_an_address"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_somebody",
            ),
            models.CheckConstraint(condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_has_one_end"),
            models.CheckConstraint(
                condition=Q(digest=None, sent_at=None) | Q(digest__isnull=False, sent_at__isnull=False),
                name="invitation_sent_with_its_secret",
            ),
        ]
        indexes = [models.Index(F("desk"), F("id").desc(), name="invitations_of_desk")]
        triggers = [
            # Whom somebody asked to come as what is what they answer for.
            pgtrigger.Protect(
                name="invitation_keeps_its_words",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("desk", "email", "role", "language", "created_at"),
            ),
            # A link that was used or revoked never lives again.
            pgtrigger.Protect(
                name="invitation_ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__accepted_at__isnull=False) | pgtrigger.Q(old__revoked_at__isnull=False),
            ),
            pgtrigger.Protect(name="invitation_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.desk_id}"

    @staticmethod
    def draw() -> str:
        """A new secret, for one mail."""
        return secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
