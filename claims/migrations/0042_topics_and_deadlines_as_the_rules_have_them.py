"""What was stored before the rules folded topics and bounded deadlines becomes as they have it now."""

from datetime import UTC, datetime

from django.db import migrations

from claims.rules import routing, topics

AT_ONCE = 500
NEVER = datetime(2200, 1, 1, tzinfo=UTC)


def fold_topics(apps, schema_editor):
    """Of articles, of what waits, and of what people know; and those that desks weigh."""
    for name in ("Article", "QueueEntry", "Membership"):
        model = apps.get_model("claims", name)
        changed = []
        for row in model.objects.exclude(topics=[]).only("topics").iterator(chunk_size=AT_ONCE):
            short = [topic for topic in topics.topics(row.topics) if len(topic) <= topics.TOPIC_LIMIT]
            folded = short[: topics.TOPICS_AT_MOST]
            if folded != row.topics:
                row.topics = folded
                changed.append(row)
        model.objects.bulk_update(changed, ["topics"], batch_size=AT_ONCE)
    for desk in apps.get_model("claims", "Desk").objects.exclude(routing_weights={}):
        named = desk.routing_weights.get("topics", {})
        # Two names that are one topic now: the stronger word of the desk stays.
        weights = {}
        for topic, points in named.items():
            for folded in topics.topics([topic]):
                weights[folded] = max((weights.get(folded, 0), points), key=abs)
        if weights != named:
            found = {**desk.routing_weights, "topics": weights}
            if not routing.problems(found):
                desk.routing_weights = found
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
