"""What was stored before the rules folded topics and bounded deadlines becomes as they had it that day.

The rules are written out here: they go on, and a migration makes of the same rows the same whenever it is run.
"""

import unicodedata
from datetime import UTC, datetime

from django.db import migrations

AT_ONCE = 500
NEVER = datetime(2200, 1, 1, tzinfo=UTC)
TOPIC_LIMIT = 64
TOPICS_AT_MOST = 20
WEIGHED_TOPICS = 100


def folded(names):
    """Without case, twins, empty ones and what nobody can see; a comma parts two topics."""
    parts = [part for name in names for part in name.split(",")]
    found = dict.fromkeys(_folded(part) for part in parts)
    found.pop("", None)
    return list(found)


def _folded(name):
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    seen = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in text)
    return " ".join(seen.split())


def fold_topics(apps, schema_editor):
    """Of articles, of what waits, and of what people know; and those that desks weigh."""
    for name in ("Article", "QueueEntry", "Membership"):
        model = apps.get_model("claims", name)
        changed = []
        for row in model.objects.exclude(topics=[]).only("topics").iterator(chunk_size=AT_ONCE):
            short = [topic for topic in folded(row.topics) if len(topic) <= TOPIC_LIMIT][:TOPICS_AT_MOST]
            if short != row.topics:
                row.topics = short
                changed.append(row)
            if len(changed) == AT_ONCE:
                model.objects.bulk_update(changed, ["topics"])
                changed = []
        model.objects.bulk_update(changed, ["topics"])
    for desk in apps.get_model("claims", "Desk").objects.exclude(routing_weights={}):
        named = desk.routing_weights.get("topics", {})
        # Two names that are one topic now: the stronger word of the desk stays.
        weights = {}
        for topic, points in named.items():
            for name in folded([topic]):
                weights[name] = max((weights.get(name, 0), points), key=abs)
        fits = len(weights) <= WEIGHED_TOPICS and all(len(name) <= TOPIC_LIMIT for name in weights)
        if weights != named and fits:
            desk.routing_weights = {**desk.routing_weights, "topics": weights}
            desk.save(update_fields=["routing_weights"])


def forget_mistyped_deadlines(apps, schema_editor):
    """A deadline in a mistyped year was none; what was due by it alone is due at no time."""
    apps.get_model("claims", "Claim").objects.filter(deadline__gte=NEVER).update(deadline=None)
    for name in ("QueueEntry", "Assignment"):
        apps.get_model("claims", name).objects.filter(due_at__gte=NEVER).update(due_at=None, notice_at=None)


class Migration(migrations.Migration):

    dependencies = [
        ("claims", "0041_when_attributions_were_decided"),
    ]

    operations = [
        migrations.RunPython(fold_topics, migrations.RunPython.noop),
        migrations.RunPython(forget_mistyped_deadlines, migrations.RunPython.noop),
    ]
