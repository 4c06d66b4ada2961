-- name: insert_received
-- Claims message ids, and counts those that had not been received before.
WITH claimed AS (
  INSERT INTO {tenant}.received (connector, message, until, stored)
       SELECT u.connector, u.message, $3, u.stored
         FROM unnest($1::text[], $2::text[], $4::text::int[]) AS u(connector, message, stored)
  ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM claimed;

-- name: get_received
-- The messages that had been received before this transaction, which has claimed the others.
SELECT r.connector, r.message, r.receipt, r.stored
  FROM {tenant}.received r
  JOIN unnest($1::text[], $2::text[]) AS u(connector, message) ON r.connector = u.connector AND r.message = u.message
 WHERE r.xmin <> pg_current_xact_id()::xid;

-- name: update_received
-- The receipts of messages of which something was rejected.
UPDATE {tenant}.received r
   SET receipt = u.receipt, stored = u.stored
  FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS u(connector, message, receipt, stored)
 WHERE r.connector = u.connector AND r.message = u.message;

-- name: delete_received
-- Message ids whose time is over, so many at a time that nobody waits for it.
DELETE FROM {tenant}.received r
      USING (SELECT o.connector, o.message FROM {tenant}.received o WHERE o.until < $1 LIMIT $2) AS old
      WHERE r.connector = old.connector AND r.message = old.message
  RETURNING 1;

-- name: put_dead_letter
-- One more attempt renews the reason of a dead letter that is known.
INSERT INTO {tenant}.dead_letter AS d
            (connector, message, index, kind, entity, attribute, reason, payload, record, received_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (connector, message, index) WHERE message <> '' DO UPDATE
        SET reason = excluded.reason, attribute = excluded.attribute, attempts = d.attempts + 1
  RETURNING d.id;

-- name: renew_dead_letter
UPDATE {tenant}.dead_letter d
   SET reason = $2, attribute = $3, attempts = d.attempts + 1
 WHERE d.id = $1
RETURNING d.id;

-- name: renew_dead_letter_by_origin
UPDATE {tenant}.dead_letter d
   SET reason = $4, attribute = $5, attempts = d.attempts + 1
 WHERE d.connector = $1 AND d.message = $2 AND d.index = $3
RETURNING d.id;

-- name: delete_dead_letter_by_origin
DELETE FROM {tenant}.dead_letter d WHERE d.connector = $1 AND d.message = $2 AND d.index = $3;

-- name: delete_dead_letters
DELETE FROM {tenant}.dead_letter d WHERE d.id = ANY($1::bigint[]) RETURNING d.connector, d.message, d.index;

-- name: list_dead_letters
  SELECT d.id, d.connector, d.message, d.index, d.entity, d.attribute, d.reason, d.received_at, d.attempts
    FROM {tenant}.dead_letter d
   WHERE ($1::text IS NULL OR d.connector = $1)
ORDER BY d.id DESC
   LIMIT $2;

-- name: get_dead_letter
SELECT d.id, d.connector, d.message, d.index, d.entity, d.attribute, d.reason, d.received_at, d.attempts,
       d.payload, d.record
  FROM {tenant}.dead_letter d
 WHERE d.id = $1;

-- name: find_dead_letters
-- Those asked for, with whether their connector can map the raw record again.
   SELECT d.id, d.connector, d.message, d.index, c.name IS NOT NULL AS maps
     FROM {tenant}.dead_letter d
LEFT JOIN {tenant}.connector c ON c.name = d.connector
    WHERE ($1::bigint[] IS NULL OR d.id = ANY($1)) AND ($2::text IS NULL OR d.connector = $2)
 ORDER BY d.id;

-- name: list_idle_connectors
-- Of the connectors that are to map records of these dead letters again, those that do not run.
  SELECT DISTINCT c.name
    FROM {tenant}.connector c
    JOIN {tenant}.dead_letter d ON d.connector = c.name AND d.message <> ''
   WHERE ($1::bigint[] IS NULL OR d.id = ANY($1)) AND ($2::text IS NULL OR d.connector = $2)
     AND (c.reported_at < $3 OR c.state ->> 'state' = 'stopped')
ORDER BY c.name;

-- name: get_payloads
-- Some dead letters as they came, to be applied again in their order.
  SELECT d.id, d.connector, d.kind, d.payload
    FROM {tenant}.dead_letter d
   WHERE d.id = ANY($1::bigint[])
ORDER BY d.id;

-- name: insert_request
INSERT INTO {tenant}.request (connector, kind, body) VALUES ($1, $2, $3::jsonb);

-- name: list_requests
SELECT r.id, r.kind, r.body FROM {tenant}.request r WHERE r.connector = $1 ORDER BY r.id LIMIT 1000;

-- name: delete_requests
DELETE FROM {tenant}.request r WHERE r.id = ANY($1::bigint[]);

-- name: put_connector_state
INSERT INTO {tenant}.connector (name, state, reported_at) VALUES ($1, $2::jsonb, $3)
ON CONFLICT (name) DO UPDATE SET state = excluded.state, reported_at = excluded.reported_at;
