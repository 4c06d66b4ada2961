-- name: list_connectors
-- Who ever said how it is, sent messages within a week or left dead letters; names by steps through the indexes.
WITH RECURSIVE sender (name) AS (
  (SELECT r.connector FROM {tenant}.received r ORDER BY r.connector LIMIT 1)
   UNION ALL
  SELECT (SELECT r.connector FROM {tenant}.received r WHERE r.connector > s.name ORDER BY r.connector LIMIT 1)
    FROM sender s WHERE s.name IS NOT NULL
), author (name) AS (
  (SELECT d.connector FROM {tenant}.dead_letter d ORDER BY d.connector LIMIT 1)
   UNION ALL
  SELECT (SELECT d.connector FROM {tenant}.dead_letter d WHERE d.connector > a.name ORDER BY d.connector LIMIT 1)
    FROM author a WHERE a.name IS NOT NULL
), known AS (
  SELECT s.name COLLATE "C" AS name FROM sender s WHERE s.name IS NOT NULL
   UNION
  SELECT a.name COLLATE "C" FROM author a WHERE a.name IS NOT NULL
   UNION
  SELECT c.name COLLATE "C" FROM {tenant}.connector c
)
   SELECT k.name, c.state, c.reported_at,
          (SELECT count(*) FROM (SELECT FROM {tenant}.dead_letter d WHERE d.connector = k.name LIMIT $1) AS counted) AS letters
     FROM known k
LEFT JOIN {tenant}.connector c ON c.name = k.name
 ORDER BY k.name
    LIMIT $2;
