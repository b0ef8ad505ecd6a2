"""What a message says. Of what is public as much as the feed of verdicts; of everything else ids alone.

Nobody reviews blindly against what is public. That a claim is decided tells what its page shows to everybody at the
desk; a message about it names no verdict, no person and no count.
"""

import json
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from claims.models.publication import Publication
from claims.models.webhooks import PUBLIC, Delivery, Webhook
from claims.rules.webhooks import Kind
from claims.services import publication


def body(delivery: Delivery, webhook: Webhook) -> bytes:
    """The message as JSON: `type`, `timestamp` (when it happened) and `data`. The same for every attempt."""
    at, data = _told(delivery)
    message = {"type": delivery.kind, "timestamp": at, "data": {"desk": webhook.desk.slug, **data}}
    return json.dumps(message, ensure_ascii=False, default=_plain).encode()


def _told(delivery: Delivery) -> tuple[datetime, dict[str, Any]]:
    if delivery.kind in PUBLIC:
        row = Publication.objects.values(*publication.ROW).get(pk=delivery.publication_id)
        return row["published_at"], publication.entry(row)
    if delivery.event is None:
        return delivery.created_at, {"webhook": delivery.webhook_id}
    name = "claim" if delivery.kind == Kind.DECIDED else "article"
    subject = delivery.event.subject_id
    return delivery.event.at, {name: subject, "url": settings.PUBLIC_URL + reverse(f"api:{name}", args=[subject])}


def _plain(value: date | datetime) -> str:
    """Times as the API has them."""
    return value.isoformat().replace("+00:00", "Z")
