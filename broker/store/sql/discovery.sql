-- name: list_attributes
-- Which attributes entities have, and which types have them. No index knows them: this reads every document.
  SELECT k.iri, array_agg(DISTINCT t.type ORDER BY t.type)
    FROM {tenant}.entity e
   CROSS JOIN LATERAL jsonb_object_keys(e.document) AS k(iri)
   CROSS JOIN LATERAL unnest(e.types) AS t(type)
GROUP BY k.iri
ORDER BY k.iri;

-- name: count_instances
-- How many instances an attribute has of each attribute type, in entities of which types.
  SELECT i.instance ->> 'type', e.types, count(*)
    FROM {tenant}.entity e
   CROSS JOIN LATERAL jsonb_array_elements(e.document -> $1::text) AS i(instance)
   WHERE e.document ? $1::text
GROUP BY i.instance ->> 'type', e.types;

-- name: list_attributes_of_type
-- The attributes of a type's entities, and the attribute types that they have there.
  SELECT k.iri, array_agg(DISTINCT i.instance ->> 'type' ORDER BY i.instance ->> 'type')
    FROM {tenant}.entity_type t
    JOIN {tenant}.entity e ON e.seq = t.seq
   CROSS JOIN LATERAL jsonb_each(e.document) AS k(iri, instances)
   CROSS JOIN LATERAL jsonb_array_elements(k.instances) AS i(instance)
   WHERE t.type = $1
GROUP BY k.iri
ORDER BY k.iri;

-- name: count_type
SELECT count(*) FROM {tenant}.entity_type t WHERE t.type = $1;

-- name: get_identity
-- What no other database server has.
SELECT c.system_identifier::text || ' ' || current_database() FROM pg_control_system() AS c;
