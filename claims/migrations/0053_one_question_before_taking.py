"""A taking asks all that it must know beforehand at once, and an event is in one index less."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# claims.models.taking.FUNCTION_SQL as it was then.
TAKE_NEXT = r"""
CREATE OR REPLACE FUNCTION claims_take_next(asker bigint, look_for_late boolean)
RETURNS SETOF claims_assignment LANGUAGE plpgsql
-- Planned once for each connection: to plan the choice anew at every call takes longer than all that it does.
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    conflicted boolean;
    seats record;
    room record;
    spoken text;
    depth integer;
    place record;
    why record;
    taken claims_assignment;
BEGIN
    -- Locked, so that two requests of one person at once do not take more than fits: what follows sees the other's.
    SELECT count(*) AS number, min(m.desk_id) AS desk_id, min(m.role) AS role, min(m.capacity) AS capacity,
           max(cardinality(m.topics)) AS topics, max(cardinality(m.languages)) AS languages, min(m.languages[1]) AS tag
      INTO seats FROM (
        SELECT * FROM claims_membership WHERE user_id = asker AND active ORDER BY id FOR NO KEY UPDATE
      ) m;
    SELECT EXISTS (SELECT 1 FROM claims_conflictofinterest WHERE user_id = asker AND ended_at IS NULL) AS conflicted,
           look_for_late AND EXISTS (
               SELECT 1 FROM claims_assignment a
                WHERE a.state IN ('active', 'offered') AND a.lease_until <= statement_timestamp() AND a.on_hold_since IS NULL
           ) AS late,
           (SELECT lease_minutes FROM claims_desk WHERE id = seats.desk_id) AS lease_minutes,
           (SELECT count(*) FROM claims_assignment a JOIN claims_claim c ON c.id = a.claim_id
             WHERE a.reviewer_id = asker AND c.desk_id = seats.desk_id AND a.state IN ('active', 'offered') AND (a.lease_until > statement_timestamp() OR a.on_hold_since IS NOT NULL)) AS held
      INTO room;
    conflicted := room.conflicted;
    IF room.late THEN
        RETURN;  -- The caller takes back what ran out, and asks again.
    END IF;
    IF seats.number = 1 AND seats.role = 'reviewer' AND seats.topics = 0 AND seats.languages <= 1
       AND NOT conflicted THEN
        -- As below, for most people; below takes twice as long, and more where many ask at once.
        IF room.held >= seats.capacity THEN
            RETURN;
        ELSIF seats.languages = 0 THEN

            DELETE FROM claims_queueentry p WHERE p.id = (
                SELECT q.id FROM claims_queueentry q
                 WHERE q.desk_id = seats.desk_id AND NOT q.reserved  AND 
    NOT EXISTS (
        SELECT 1 FROM claims_assignment a
         WHERE a.claim_id = q.claim_id AND a.round = q.round AND a.reviewer_id = asker
           AND a.state IN ('active', 'declined', 'offered', 'submitted')
        OFFSET 0  -- By itself for each place: joined, a plan that was made for a small table reads all of a large one.
    ) AND NOT (EXISTS (
        SELECT 1 FROM claims_unblinding u WHERE u.claim_id = q.claim_id AND u.round = q.round AND u.user_id = asker
    ) AND (q.role = 'second' OR EXISTS (
        SELECT 1 FROM claims_assignment a JOIN claims_review r ON r.assignment_id = a.id
         WHERE a.claim_id = q.claim_id AND a.round = q.round
    )))

                 ORDER BY q.priority DESC, q.id LIMIT 1 FOR UPDATE SKIP LOCKED
            ) RETURNING p.*, '{}'::varchar[] AS known, 0 AS knowing, room.lease_minutes, room.held, seats.capacity
              INTO place;
    
        ELSE
            spoken := lower(split_part(replace(btrim(seats.tag), '_', '-'), '-', 1));

            DELETE FROM claims_queueentry p WHERE p.id = (
                SELECT q.id FROM claims_queueentry q
                 WHERE q.desk_id = seats.desk_id AND NOT q.reserved AND q.language = spoken AND 
    NOT EXISTS (
        SELECT 1 FROM claims_assignment a
         WHERE a.claim_id = q.claim_id AND a.round = q.round AND a.reviewer_id = asker
           AND a.state IN ('active', 'declined', 'offered', 'submitted')
        OFFSET 0  -- By itself for each place: joined, a plan that was made for a small table reads all of a large one.
    ) AND NOT (EXISTS (
        SELECT 1 FROM claims_unblinding u WHERE u.claim_id = q.claim_id AND u.round = q.round AND u.user_id = asker
    ) AND (q.role = 'second' OR EXISTS (
        SELECT 1 FROM claims_assignment a JOIN claims_review r ON r.assignment_id = a.id
         WHERE a.claim_id = q.claim_id AND a.round = q.round
    )))

                 ORDER BY q.priority DESC, q.id LIMIT 1 FOR UPDATE SKIP LOCKED
            ) RETURNING p.*, '{}'::varchar[] AS known, 0 AS knowing, room.lease_minutes, room.held, seats.capacity
              INTO place;
    
        END IF;
    ELSE
        -- The second try sees what the first one found taken; the third looks further.
        depth := CASE WHEN seats.topics > 0 THEN 50 ELSE 10 END;
        FOREACH depth IN ARRAY ARRAY[depth, 50, 5000] LOOP

        WITH seat AS MATERIALIZED (
            SELECT m.desk_id, m.role IN ('senior_reviewer', 'editor', 'admin') AS senior, m.topics, m.capacity,
                   d.lease_minutes, load.held,
                   ARRAY(SELECT DISTINCT lower(split_part(replace(btrim(tag), '_', '-'), '-', 1))
                           FROM unnest(m.languages) tag) AS languages
              FROM claims_membership m JOIN claims_desk d ON d.id = m.desk_id
              CROSS JOIN LATERAL (
                SELECT count(*) AS held FROM claims_assignment a JOIN claims_claim c ON c.id = a.claim_id
                 WHERE a.reviewer_id = asker AND c.desk_id = m.desk_id AND a.state IN ('active', 'offered') AND (a.lease_until > statement_timestamp() OR a.on_hold_since IS NOT NULL)
              ) load
             WHERE m.user_id = asker AND m.active AND m.role IN ('reviewer', 'senior_reviewer', 'editor', 'admin') AND load.held < m.capacity
        ), able AS (
            SELECT q.*, s.topics AS knows, s.lease_minutes, s.held, s.capacity
              FROM seat s CROSS JOIN (VALUES (false), (true)) lane (reserved) CROSS JOIN LATERAL (
        SELECT q.id, q.priority, q.topics FROM claims_queueentry q
         WHERE q.desk_id = s.desk_id AND q.reserved = lane.reserved  AND 
    
    NOT EXISTS (
        SELECT 1 FROM claims_assignment a
         WHERE a.claim_id = q.claim_id AND a.round = q.round AND a.reviewer_id = asker
           AND a.state IN ('active', 'declined', 'offered', 'submitted')
        OFFSET 0  -- By itself for each place: joined, a plan that was made for a small table reads all of a large one.
    ) AND NOT (EXISTS (
        SELECT 1 FROM claims_unblinding u WHERE u.claim_id = q.claim_id AND u.round = q.round AND u.user_id = asker
    ) AND (q.role = 'second' OR EXISTS (
        SELECT 1 FROM claims_assignment a JOIN claims_review r ON r.assignment_id = a.id
         WHERE a.claim_id = q.claim_id AND a.round = q.round
    )))
 AND NOT (conflicted AND EXISTS (
    WITH RECURSIVE near (conflict_id, desk_id, source_id) AS (
        SELECT id, desk_id, source_id FROM claims_conflictofinterest WHERE user_id = asker AND ended_at IS NULL
        UNION
        SELECT near.conflict_id, near.desk_id, other.id FROM near JOIN LATERAL (
            SELECT s.merged_into_id AS id FROM sources_source s
             WHERE s.id = near.source_id AND s.merged_into_id IS NOT NULL
            UNION ALL
            SELECT s.id FROM sources_source s WHERE s.merged_into_id = near.source_id
        ) other ON true
    )
    SELECT near.conflict_id FROM claims_claim c JOIN near ON near.desk_id = c.desk_id
     WHERE c.id = q.claim_id AND (
        EXISTS (
            SELECT 1 FROM claims_claimattribution l JOIN claims_attribution a ON a.id = l.attribution_id
              JOIN claims_attributionsource named ON named.attribution_id = a.id
             WHERE l.claim_id = c.id AND named.source_id = near.source_id
               AND NOT a.suggested AND a.decision <> 'rejected'
            OFFSET 0
        ) OR EXISTS (
            SELECT 1 FROM claims_article t JOIN sources_alias n ON n.folded = t.outlet_folded
              JOIN sources_source o ON o.id = n.source_id
             WHERE t.id = c.article_id AND t.outlet_folded <> '' AND n.source_id = near.source_id AND o.kind = 'outlet'
            OFFSET 0
        )
     )
    OFFSET 0
))

         ORDER BY q.priority DESC, q.id LIMIT depth
    ) q
             WHERE (s.senior OR NOT lane.reserved) AND cardinality(s.languages) = 0
            UNION ALL
            SELECT q.*, s.topics, s.lease_minutes, s.held, s.capacity
              FROM seat s CROSS JOIN (VALUES (false), (true)) lane (reserved)
              CROSS JOIN LATERAL unnest(s.languages) spoken (language)
              CROSS JOIN LATERAL (
        SELECT q.id, q.priority, q.topics FROM claims_queueentry q
         WHERE q.desk_id = s.desk_id AND q.reserved = lane.reserved AND q.language = spoken.language AND 
    
    NOT EXISTS (
        SELECT 1 FROM claims_assignment a
         WHERE a.claim_id = q.claim_id AND a.round = q.round AND a.reviewer_id = asker
           AND a.state IN ('active', 'declined', 'offered', 'submitted')
        OFFSET 0  -- By itself for each place: joined, a plan that was made for a small table reads all of a large one.
    ) AND NOT (EXISTS (
        SELECT 1 FROM claims_unblinding u WHERE u.claim_id = q.claim_id AND u.round = q.round AND u.user_id = asker
    ) AND (q.role = 'second' OR EXISTS (
        SELECT 1 FROM claims_assignment a JOIN claims_review r ON r.assignment_id = a.id
         WHERE a.claim_id = q.claim_id AND a.round = q.round
    )))
 AND NOT (conflicted AND EXISTS (
    WITH RECURSIVE near (conflict_id, desk_id, source_id) AS (
        SELECT id, desk_id, source_id FROM claims_conflictofinterest WHERE user_id = asker AND ended_at IS NULL
        UNION
        SELECT near.conflict_id, near.desk_id, other.id FROM near JOIN LATERAL (
            SELECT s.merged_into_id AS id FROM sources_source s
             WHERE s.id = near.source_id AND s.merged_into_id IS NOT NULL
            UNION ALL
            SELECT s.id FROM sources_source s WHERE s.merged_into_id = near.source_id
        ) other ON true
    )
    SELECT near.conflict_id FROM claims_claim c JOIN near ON near.desk_id = c.desk_id
     WHERE c.id = q.claim_id AND (
        EXISTS (
            SELECT 1 FROM claims_claimattribution l JOIN claims_attribution a ON a.id = l.attribution_id
              JOIN claims_attributionsource named ON named.attribution_id = a.id
             WHERE l.claim_id = c.id AND named.source_id = near.source_id
               AND NOT a.suggested AND a.decision <> 'rejected'
            OFFSET 0
        ) OR EXISTS (
            SELECT 1 FROM claims_article t JOIN sources_alias n ON n.folded = t.outlet_folded
              JOIN sources_source o ON o.id = n.source_id
             WHERE t.id = c.article_id AND t.outlet_folded <> '' AND n.source_id = near.source_id AND o.kind = 'outlet'
            OFFSET 0
        )
     )
    OFFSET 0
))

         ORDER BY q.priority DESC, q.id LIMIT depth
    ) q
             WHERE s.senior OR NOT lane.reserved
        ), first_ones AS (
            SELECT * FROM able ORDER BY priority DESC, id LIMIT depth
        ), weighed AS (
            SELECT f.*, known.topics AS known,
                   CASE WHEN cardinality(f.topics) = 0 THEN 0
                        ELSE 10 * cardinality(known.topics) / cardinality(f.topics) END AS knowing
              FROM first_ones f CROSS JOIN LATERAL (
                SELECT ARRAY(SELECT topic FROM unnest(f.topics) topic WHERE topic = ANY (f.knows)
                              ORDER BY topic COLLATE "C") AS topics
              ) known
        )
        SELECT q.*, w.known, w.knowing, w.lease_minutes, w.held, w.capacity INTO place
          FROM weighed w JOIN claims_queueentry q ON q.id = w.id
         ORDER BY w.priority + w.knowing DESC, w.priority DESC, w.id LIMIT 1 FOR UPDATE OF q SKIP LOCKED;

            EXIT WHEN FOUND;
        END LOOP;
        DELETE FROM claims_queueentry WHERE id = place.id;
    END IF;
    IF place.id IS NULL THEN
        RETURN;
    END IF;
    -- The claim after its place, as every verb locks them.
    IF place.role = 'first' THEN
        UPDATE claims_claim SET state = 'assigned', state_reason = '', changed_at = statement_timestamp()
         WHERE id = place.claim_id RETURNING priority_reasons AS reasons, priority_points AS points INTO why;
    ELSE
        SELECT priority_reasons AS reasons, priority_points AS points INTO why
          FROM claims_claim WHERE id = place.claim_id FOR UPDATE;
    END IF;
    INSERT INTO claims_assignment
        (claim_id, reviewer_id, role, round, state, lease_until, queued_at, due_at, notice_at, end_reason, why, reasons)
    VALUES (
        place.claim_id, asker, place.role, place.round, 'active',
        statement_timestamp() + make_interval(mins => place.lease_minutes),
        place.queued_at, place.due_at, place.notice_at, '',
        left('Priority ' || place.priority || ': ' || array_to_string(why.reasons, ' '), 500),
        (SELECT coalesce(jsonb_agg(jsonb_build_object('of', 'priority', 'points', coalesce(points, 0), 'text', words)
                                   ORDER BY n), '[]')
           FROM unnest(why.reasons, why.points) WITH ORDINALITY reason (words, points, n) WHERE words IS NOT NULL)
        || CASE WHEN cardinality(place.known) = 0 THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object(
            'of', 'fit', 'points', place.knowing, 'text', 'Knows ' || array_to_string(place.known, ', ') || '.')) END
        || CASE WHEN place.reserved THEN jsonb_build_array(jsonb_build_object(
            'of', 'fit', 'points', 0, 'text', 'Reserved for experienced reviewers.')) ELSE '[]'::jsonb END
        || jsonb_build_array(jsonb_build_object(
            'of', 'fit', 'points', 0, 'text', 'Holds ' || place.held || ' of ' || place.capacity || ' claims.'))
    ) RETURNING * INTO taken;
    INSERT INTO claims_event
        (subject_type, subject_id, sequence, kind, actor_id, at, from_state, to_state, reason, data,
         previous_hash, hash)
    VALUES ('claim', place.claim_id, 0, 'claim.assigned', asker, statement_timestamp(),
            CASE WHEN place.role = 'first' THEN 'queued' ELSE '' END,
            CASE WHEN place.role = 'first' THEN 'assigned' ELSE '' END, '',
            jsonb_build_object('assignment', taken.id)
            || CASE WHEN place.role = 'first' THEN '{}'::jsonb ELSE jsonb_build_object('role', place.role) END,
            '', '');
    RETURN NEXT taken;
END $$
"""  # noqa: S608 - constants of the code


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0052_webhooks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='actor',
            field=models.ForeignKey(db_index=False, help_text='Empty: the machine.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunSQL(TAKE_NEXT, migrations.RunSQL.noop),
    ]
