-- name: list_attributes
-- Which attributes entities have, and which types have them. No index knows them: this reads every document, and keeps what
-- is the same only once before it is sorted.
  SELECT g.iri, array_agg(DISTINCT t.type ORDER BY t.type)
    FROM (SELECT k.iri, e.types
            FROM {tenant}.entity e
           CROSS JOIN LATERAL jsonb_object_keys(e.document) AS k(iri)
        GROUP BY k.iri, e.types) AS g
   CROSS JOIN LATERAL unnest(g.types) AS t(type)
GROUP BY g.iri
ORDER BY g.iri;

-- name: count_instances
-- How many instances an attribute has of each attribute type, in entities of which types.
  SELECT i.instance ->> 'type', e.types, count(*)
    FROM {tenant}.entity e
   CROSS JOIN LATERAL jsonb_array_elements(e.document -> $1::text) AS i(instance)
   WHERE e.document ? $1::text
GROUP BY i.instance ->> 'type', e.types;

-- name: list_attributes_of_type
-- The attributes of a type's entities, and the attribute types that they have there.
  SELECT g.iri, array_agg(g.kind ORDER BY g.kind)
    FROM (SELECT k.iri, i.instance ->> 'type' AS kind
            FROM {tenant}.entity_type t
            JOIN {tenant}.entity e ON e.seq = t.seq
           CROSS JOIN LATERAL jsonb_each(e.document) AS k(iri, instances)
           CROSS JOIN LATERAL jsonb_array_elements(k.instances) AS i(instance)
           WHERE t.type = $1
        GROUP BY k.iri, i.instance ->> 'type') AS g
GROUP BY g.iri
ORDER BY g.iri;

-- name: count_type
SELECT count(*) FROM {tenant}.entity_type t WHERE t.type = $1;

-- name: get_identity
-- What no other database server has.
SELECT c.system_identifier::text || ' ' || current_database() FROM pg_control_system() AS c;
