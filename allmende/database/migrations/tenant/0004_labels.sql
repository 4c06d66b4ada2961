-- What people call an entity, and the words to find it by. Without words: an entity from before this step, which a serving
-- process labels when it starts.
CREATE TABLE {tenant}.label (
  seq   bigint PRIMARY KEY,
  label jsonb,
  words tsvector
);
-- A search reads what is pending one by one, so little is; the writer sorts it in for 256 KiB at a time.
CREATE INDEX label_words ON {tenant}.label USING gin (words) WITH (gin_pending_list_limit = 256);
CREATE INDEX label_waiting ON {tenant}.label (seq) WHERE words IS NULL;

INSERT INTO {tenant}.label (seq) SELECT e.seq FROM {tenant}.entity e;

-- Places that are more than a point are few, and are looked for apart: all of them, and those in a box.
CREATE INDEX place_shape ON {tenant}.place (seq) WHERE width(box) > 0 OR height(box) > 0;
CREATE INDEX place_shape_box ON {tenant}.place USING gist (box) WHERE width(box) > 0 OR height(box) > 0;
