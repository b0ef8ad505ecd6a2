"""Nobody is named in public by a guess; what was published before names no more than what is published from now on."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


# By the rule of the trigger, from the document alone: what was confirmed since was not known on publication. Whom the
# arrays name beside them are those that were merged into one of these. The rows are immutable for programs; the owner
# of the table lifts that for these two statements.
FORGET_GUESSES = """
    ALTER TABLE claims_aspublished DISABLE TRIGGER USER;
    UPDATE claims_aspublished SET statements = (
        SELECT jsonb_agg(said || jsonb_build_object('sources', coalesce((
                   SELECT jsonb_agg(source ORDER BY nth)
                     FROM jsonb_array_elements(said -> 'sources') WITH ORDINALITY AS sources (source, nth)
                    WHERE (source ->> 'confirmed')::boolean
                       OR (jsonb_array_length(said -> 'sources') = 1 AND (source ->> 'score')::float = 1
                           AND source ->> 'surface' = said ->> 'source_entity')
               ), '[]')) ORDER BY place)
          FROM jsonb_array_elements(statements) WITH ORDINALITY AS stated (said, place)
    ) WHERE statements <> '[]';
    WITH RECURSIVE merging (source_id, to_id) AS (
        SELECT id, id FROM sources_source
         UNION
        SELECT l.source_id, s.merged_into_id
          FROM merging l JOIN sources_source s ON s.id = l.to_id WHERE s.merged_into_id IS NOT NULL
    ), sure AS (
        SELECT DISTINCT p.publication_id, l.source_id, said ->> 'claim_stance' IN ('denies', 'questions') AS denied
          FROM claims_aspublished p, jsonb_array_elements(p.statements) AS said,
               jsonb_array_elements(said -> 'sources') AS source
          JOIN merging l ON l.to_id = (source ->> 'id')::bigint
    )
    UPDATE claims_aspublished p
       SET made_by = ARRAY(
               SELECT source_id FROM sure
                WHERE publication_id = p.publication_id AND NOT denied AND source_id = ANY (p.made_by) ORDER BY 1
           ),
           denied_by = ARRAY(
               SELECT source_id FROM sure
                WHERE publication_id = p.publication_id AND denied AND source_id = ANY (p.denied_by) ORDER BY 1
           )
     WHERE p.made_by <> '{}' OR p.denied_by <> '{}';
    ALTER TABLE claims_aspublished ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0046_membership_version'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='publication',
            name='publication_keeps_what_is_shown',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publication',
            trigger=pgtrigger.compiler.Trigger(name='publication_keeps_what_is_shown', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."action" IN (\'published\', \'corrected\'))', func="\n    WITH RECURSIVE carrying AS (\n        SELECT a.*, l.stance AS claim_stance, rank() OVER (\n                   ORDER BY CASE WHEN a.suggested THEN 2 WHEN a.decision = 'rejected' THEN 1 ELSE 0 END\n               ) AS place\n          FROM claims_claimattribution l JOIN claims_attribution a ON a.id = l.attribution_id\n         WHERE l.claim_id = NEW.claim_id\n    ), said AS (\n        SELECT * FROM carrying WHERE place = 1\n    ), linked AS (\n        SELECT r.*, said.claim_stance, said.source_entity, count(*) OVER (PARTITION BY r.attribution_id) AS links\n          FROM claims_attributionsource r JOIN said ON said.id = r.attribution_id\n    ), sure AS (\n        SELECT * FROM linked\n         WHERE confirmed_by_id IS NOT NULL OR (links = 1 AND score = 1 AND surface = source_entity)\n    ), followed AS (\n        SELECT id AS link_id, claim_stance, source_id FROM sure\n         UNION\n        SELECT f.link_id, f.claim_stance, s.merged_into_id\n          FROM followed f JOIN sources_source s ON s.id = f.source_id WHERE s.merged_into_id IS NOT NULL\n    ), named AS (\n        SELECT r.attribution_id, jsonb_agg(jsonb_build_object(\n                   'id', s.id, 'name', s.name, 'kind', s.kind, 'same_as', s.same_as, 'surface', r.surface,\n                   'score', r.score, 'reason', r.reason, 'confirmed', r.confirmed_by_id IS NOT NULL\n               ) ORDER BY r.score DESC, r.id) AS sources\n          FROM followed f\n          JOIN sure r ON r.id = f.link_id JOIN sources_source s ON s.id = f.source_id\n         WHERE s.merged_into_id IS NULL GROUP BY r.attribution_id\n    ), placed AS (\n        SELECT attribution_id, jsonb_object_agg(role, stretches) AS spans FROM (\n            SELECT s.attribution_id, s.role, jsonb_agg(jsonb_build_array(s.start, s.end) ORDER BY s.start, s.end)\n              FROM claims_span s JOIN said ON said.id = s.attribution_id GROUP BY s.attribution_id, s.role\n        ) AS by_role (attribution_id, role, stretches) GROUP BY attribution_id\n    )\n    INSERT INTO claims_aspublished (\n        publication_id, revision_id, title, outlet, url, language, article_published_at, statements, made_by, denied_by,\n        words\n    )\n    SELECT NEW.id, (SELECT max(revision_id) FROM said),\n           a.title, a.outlet, a.url, a.language, a.published_at,\n           coalesce((\n               SELECT jsonb_agg(jsonb_build_object(\n                          'id', said.label, 'attribution_id', said.id, 'decision', said.decision,\n                          'suggested', said.suggested, 'last_found', said.last_found,\n                          'source_entity', said.source_entity, 'sources', coalesce(named.sources, '[]'),\n                          'spans', coalesce(placed.spans, '{}'), 'quote_type', said.quote_type,\n                          'stance', said.stance, 'channel', said.channel, 'frequency', said.frequency,\n                          'said_on', said.said_on, 'narrator', said.narrator, 'parent', parent.label,\n                          'responds_to', answered.label, 'parent_set', said.parent_set,\n                          'confidence', said.confidence, 'rule', said.rule, 'claim_stance', said.claim_stance\n                      ) ORDER BY said.id)\n                 FROM said\n                 LEFT JOIN named ON named.attribution_id = said.id\n                 LEFT JOIN placed ON placed.attribution_id = said.id\n                 LEFT JOIN claims_attribution parent ON parent.id = said.parent_id\n                 LEFT JOIN claims_attribution answered ON answered.id = said.responds_to_id\n           ), '[]'),\n           ARRAY(SELECT DISTINCT source_id FROM followed WHERE claim_stance NOT IN ('denies', 'questions') ORDER BY 1),\n           ARRAY(SELECT DISTINCT source_id FROM followed WHERE claim_stance IN ('denies', 'questions') ORDER BY 1),\n           coalesce((SELECT w.words FROM claims_claimwords w WHERE w.claim_id = c.id), to_tsvector('simple', c.text))\n      FROM claims_claim c JOIN claims_article a ON a.id = c.article_id WHERE c.id = NEW.claim_id;\n    RETURN NULL;\n", hash='62ec5de4b9c885b3316efa9187d66db08c1aef4d', operation='INSERT', pgid='pgtrigger_publication_keeps_what_is_shown_a16d1', table='claims_publication', when='AFTER')),
        ),
        migrations.RunSQL(FORGET_GUESSES, migrations.RunSQL.noop),
    ]
