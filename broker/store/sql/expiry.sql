-- name: put_expiry
-- When entities expire, and when the first of their parts does; null where nothing does any more.
WITH own AS (
  UPDATE {tenant}.entity e
     SET expires_at = u.own
    FROM unnest($1::bigint[], $2::timestamptz[]) AS u(seq, own)
   WHERE e.seq = u.seq AND e.expires_at IS DISTINCT FROM u.own
), over AS (
  DELETE FROM {tenant}.expiry x
        USING unnest($1::bigint[], $3::timestamptz[]) AS u(seq, first)
        WHERE x.seq = u.seq AND u.first IS NULL
)
INSERT INTO {tenant}.expiry AS x (seq, time)
     SELECT u.seq, u.first FROM unnest($1::bigint[], $3::timestamptz[]) AS u(seq, first) WHERE u.first IS NOT NULL
ON CONFLICT (seq) DO UPDATE SET time = excluded.time;

-- name: list_expired
-- Entities of which something is over, longest ago first.
  SELECT n.id
    FROM {tenant}.expiry x
    JOIN {tenant}.name n ON n.seq = x.seq
   WHERE x.time <= $1
ORDER BY x.time
   LIMIT $2;

-- name: get_next_expiry
SELECT min(x.time) FROM {tenant}.expiry x;
