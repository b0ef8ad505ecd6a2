from django.db import migrations, models

# What was asked before rounds were noted counts for the claim's present one.
BACKFILL_SQL = """
    UPDATE claims_claimantcontact SET round = claim.round FROM claims_claim claim WHERE claim.id = claim_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0008_notes"),
    ]

    operations = [
        migrations.AddField(
            model_name="claimantcontact",
            name="round",
            field=models.PositiveIntegerField(
                default=1, db_default=1, help_text="The claim's round in which they were asked."
            ),
        ),
        migrations.RunSQL(BACKFILL_SQL, migrations.RunSQL.noop),
    ]
