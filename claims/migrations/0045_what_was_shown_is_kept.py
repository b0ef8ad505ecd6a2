"""Who said it, with which words, and where, as each step in public shows it; of those before this, as of today."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


# What the trigger does for each step from now on.
KEPT = """
    WITH RECURSIVE carrying AS (
        SELECT a.*, l.stance AS claim_stance, rank() OVER (
                   ORDER BY CASE WHEN a.suggested THEN 2 WHEN a.decision = 'rejected' THEN 1 ELSE 0 END
               ) AS place
          FROM claims_claimattribution l JOIN claims_attribution a ON a.id = l.attribution_id
         WHERE l.claim_id = NEW.claim_id
    ), said AS (
        SELECT * FROM carrying WHERE place = 1
    ), followed AS (
        SELECT r.id AS link_id, said.claim_stance, r.source_id
          FROM claims_attributionsource r JOIN said ON said.id = r.attribution_id
         UNION
        SELECT f.link_id, f.claim_stance, s.merged_into_id
          FROM followed f JOIN sources_source s ON s.id = f.source_id WHERE s.merged_into_id IS NOT NULL
    ), named AS (
        SELECT r.attribution_id, jsonb_agg(jsonb_build_object(
                   'id', s.id, 'name', s.name, 'kind', s.kind, 'same_as', s.same_as, 'surface', r.surface,
                   'score', r.score, 'reason', r.reason, 'confirmed', r.confirmed_by_id IS NOT NULL
               ) ORDER BY r.score DESC, r.id) AS sources
          FROM followed f
          JOIN claims_attributionsource r ON r.id = f.link_id JOIN sources_source s ON s.id = f.source_id
         WHERE s.merged_into_id IS NULL GROUP BY r.attribution_id
    ), placed AS (
        SELECT attribution_id, jsonb_object_agg(role, stretches) AS spans FROM (
            SELECT s.attribution_id, s.role, jsonb_agg(jsonb_build_array(s.start, s.end) ORDER BY s.start, s.end)
              FROM claims_span s JOIN said ON said.id = s.attribution_id GROUP BY s.attribution_id, s.role
        ) AS by_role (attribution_id, role, stretches) GROUP BY attribution_id
    )
    INSERT INTO claims_aspublished (
        publication_id, revision_id, title, outlet, url, language, article_published_at, statements, made_by, denied_by,
        words
    )
    SELECT NEW.id, (SELECT max(revision_id) FROM said),
           a.title, a.outlet, a.url, a.language, a.published_at,
           coalesce((
               SELECT jsonb_agg(jsonb_build_object(
                          'id', said.label, 'attribution_id', said.id, 'decision', said.decision,
                          'suggested', said.suggested, 'last_found', said.last_found,
                          'source_entity', said.source_entity, 'sources', coalesce(named.sources, '[]'),
                          'spans', coalesce(placed.spans, '{}'), 'quote_type', said.quote_type,
                          'stance', said.stance, 'channel', said.channel, 'frequency', said.frequency,
                          'said_on', said.said_on, 'narrator', said.narrator, 'parent', parent.label,
                          'responds_to', answered.label, 'parent_set', said.parent_set,
                          'confidence', said.confidence, 'rule', said.rule, 'claim_stance', said.claim_stance
                      ) ORDER BY said.id)
                 FROM said
                 LEFT JOIN named ON named.attribution_id = said.id
                 LEFT JOIN placed ON placed.attribution_id = said.id
                 LEFT JOIN claims_attribution parent ON parent.id = said.parent_id
                 LEFT JOIN claims_attribution answered ON answered.id = said.responds_to_id
           ), '[]'),
           ARRAY(SELECT DISTINCT source_id FROM followed WHERE claim_stance NOT IN ('denies', 'questions') ORDER BY 1),
           ARRAY(SELECT DISTINCT source_id FROM followed WHERE claim_stance IN ('denies', 'questions') ORDER BY 1),
           coalesce((SELECT w.words FROM claims_claimwords w WHERE w.claim_id = c.id), to_tsvector('simple', c.text))
      FROM claims_claim c JOIN claims_article a ON a.id = c.article_id WHERE c.id = NEW.claim_id;
    RETURN NULL;
"""

# What is public already is kept as it is shown today.
KEEP_WHAT_IS_PUBLIC = f"""
DO $$
DECLARE step claims_publication%ROWTYPE;
BEGIN
    FOR step IN SELECT * FROM claims_publication WHERE action <> 'retracted' LOOP
{KEPT.replace("NEW.", "step.").replace("RETURN NULL;", "").rstrip()}
    END LOOP;
END $$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0044_several_articles_at_once'),
    ]

    operations = [
        migrations.CreateModel(
            name='AsPublished',
            fields=[
                ('publication', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='shown', serialize=False, to='claims.publication')),
                ('title', models.CharField(blank=True, max_length=500)),
                ('outlet', models.CharField(blank=True, max_length=200)),
                ('url', models.URLField(blank=True, max_length=2000)),
                ('language', models.CharField(max_length=35)),
                ('article_published_at', models.DateTimeField(null=True)),
                ('statements', models.JSONField(help_text='By attribution: {"id": label, "spans": {role: [[start, end], …]}, "sources": […], …}.')),
                ('made_by', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text='Ids of who made the claim, and what they were merged into.', size=None)),
                ('denied_by', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text='The same of who denied or questioned it.', size=None)),
                ('words', django.contrib.postgres.search.SearchVectorField(help_text='What the claim was found by.')),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publication',
            trigger=pgtrigger.compiler.Trigger(name='publication_keeps_what_is_shown', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."action" IN (\'published\', \'corrected\'))', func=KEPT, hash='cacb232de61fee36ac107fd4bf1a4834b06e0234', operation='INSERT', pgid='pgtrigger_publication_keeps_what_is_shown_a16d1', table='claims_publication', when='AFTER')),
        ),
        migrations.AddField(
            model_name='aspublished',
            name='revision',
            field=models.ForeignKey(help_text='None where the outlet itself says it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='claims.revision'),
        ),
        migrations.AddIndex(
            model_name='aspublished',
            index=django.contrib.postgres.indexes.GinIndex(fields=['made_by'], name='as_published_made_by'),
        ),
        migrations.AddIndex(
            model_name='aspublished',
            index=django.contrib.postgres.indexes.GinIndex(fields=['denied_by'], name='as_published_denied_by'),
        ),
        migrations.AddIndex(
            model_name='aspublished',
            index=django.contrib.postgres.indexes.GinIndex(fields=['words'], name='as_published_found_by'),
        ),
        migrations.AddConstraint(
            model_name='aspublished',
            constraint=models.CheckConstraint(condition=models.Q(('statements', []), ('revision__isnull', False), _connector='OR'), name='as_published_statements_stand_in_a_text'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='aspublished',
            trigger=pgtrigger.compiler.Trigger(name='as_published_is_immutable', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6e6d06e80809ae86990d75f1894299b0ac978d16', operation='UPDATE OR DELETE', pgid='pgtrigger_as_published_is_immutable_4e7fc', table='claims_aspublished', when='BEFORE')),
        ),
        migrations.RunSQL(KEEP_WHAT_IS_PUBLIC, migrations.RunSQL.noop),
    ]
