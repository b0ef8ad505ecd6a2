"""Choices of claims that people keep, for themselves or for their desk."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from claims.models.desks import Desk

NAME_LIMIT = 80
QUERY_LIMIT = 2000


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def visible_to(self, user: Any) -> "SavedFilterQuerySet":
        """The person's own, and those shared with them, at the desks at which they are."""
        return self.filter(Q(owner=user.pk) | Q(shared=True), desk__in=Desk.objects.of(user))


class SavedFilter(models.Model):
    """Which claims of a desk, in which order, under a name. It finds what whoever opens it may find."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="saved_filters")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="saved_filters")
    name = models.CharField(max_length=NAME_LIMIT)
    query = models.CharField(max_length=QUERY_LIMIT, blank=True, help_text="As in the address of the list.")
    shared = models.BooleanField(default=False, help_text="With everybody at the desk.")
    saved_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        constraints = [
            # Two of one name could not be told apart.
            models.UniqueConstraint(fields=["owner", "desk", "name"], name="saved_filter_named_once"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_filter_has_a_name"),
            models.CheckConstraint(condition=~Q(query__contains="\n"), name="saved_filter_is_one_line"),
        ]
        indexes = [models.Index(fields=["desk", "name"], condition=Q(shared=True), name="saved_filter_shared")]

    def __str__(self) -> str:
        return self.name
