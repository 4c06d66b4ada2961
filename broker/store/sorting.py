# SPDX-License-Identifier: EUPL-1.2
"""SQL text for lists that are sorted or narrowed: as in `where`, out of literal fragments and parameters.

No index knows what documents say, so the candidates are bounded: where there are more, none is looked at.
"""

from typing import Final

import orjson

from auth.policy import Visible
from broker.ngsi.listings import ID, LABEL, MODIFIED, Filter, ListQuery, Operator, Sort
from broker.ngsi.words import to_query
from broker.store.parameters import Parameters
from broker.store.seen import guard

_PATHS: Final[dict[Operator, str]] = {
    ">=": "$[*] ? (@.value >= $v)",
    "<=": "$[*] ? (@.value <= $v)",
    "=": "$[*] ? (@.value == $v || @.value == $n || @.object == $v || @.vocab == $v || @.languageMap.* == $v)",
}


def keys_statement(schema: str, query: ListQuery, visible: Visible, *, most: int) -> tuple[str, list[object]]:
    """One row: how many candidates there are, counted as far as one more than `most`, and columns of sort keys.

    The keys stand in the order of ids; there are none where there are more candidates than `most`.
    """
    parameters = Parameters()
    source = _source(schema, query, visible, parameters, most)
    number, text, joins = _key(schema, query.sort, visible, parameters)
    conditions = [condition(each, visible, parameters) for each in query.filters]
    conditions.append(f"(SELECT count(*) FROM candidate) <= {parameters.add(most)}")
    statement = (
        f"WITH candidate AS MATERIALIZED ({source})"
        " SELECT (SELECT count(*) FROM candidate), array_agg(k.seq), array_agg(k.number), array_agg(k.text)"
        f" FROM (SELECT c.seq, {number} AS number, {text} AS text"
        f" FROM candidate c JOIN {schema}.entity e ON e.seq = c.seq{joins}"
        f" WHERE {' AND '.join(conditions)} ORDER BY c.id) AS k"
    )
    return statement, parameters.values


def _source(schema: str, query: ListQuery, visible: Visible, parameters: Parameters, most: int) -> str:
    """The candidates: those of a type by the index of types, with words by that of words, which knows types, too."""
    if query.words.strip():
        # A bound that is no parameter: the planner would take one for a tenth of all, and read the table.
        asked = parameters.add(to_query(query.words, [query.type]))
        return (
            f"SELECT n.seq, n.id FROM (SELECT l.seq FROM {schema}.label l"
            f" WHERE {guard(visible)} AND l.words @@ {asked}::text::tsquery LIMIT {most + 1:d}) AS l"
            f" JOIN {schema}.name n ON n.seq = l.seq"
        )
    return (
        f"SELECT t.seq, t.id FROM {schema}.entity_type t"
        f" WHERE {guard(visible)} AND t.type = {parameters.add(query.type)} ORDER BY t.id LIMIT {parameters.add(most + 1)}"
    )


def _key(schema: str, sort: Sort, visible: Visible, parameters: Parameters) -> tuple[str, str, str]:
    """The expressions of number and text, and the joins that they need."""
    no_number, no_text = "NULL::float8", "NULL::text"
    if sort.by == ID:
        return no_number, "c.id", ""
    if sort.by == MODIFIED:
        return "extract(epoch FROM e.modified_at)::float8", no_text, ""
    if sort.by == LABEL:
        # A name that is missing is the last part of the id.
        named = _in_language("k.label", parameters.add(sort.language))
        join = f" CROSS JOIN LATERAL (SELECT (SELECT l.label FROM {schema}.label l WHERE l.seq = c.seq) AS label) AS k"
        return no_number, f"coalesce({named} #>> '{{}}', substring(c.id FROM '[^:/#]+[:/#]*$'))", join
    if not visible.sees_attribute(sort.by):
        return no_number, no_text, ""
    join = f" CROSS JOIN LATERAL (SELECT e.document -> {parameters.add(sort.by)}::text -> 0) AS i(instance)"
    named = _in_language("i.instance -> 'languageMap'", parameters.add(sort.language))
    value = f"coalesce(i.instance -> 'value', {named}, i.instance -> 'object', i.instance -> 'vocab')"
    join += f" CROSS JOIN LATERAL (SELECT {value}) AS k(value)"
    number = "CASE WHEN jsonb_typeof(k.value) = 'number' THEN k.value::float8 END"
    return number, "CASE WHEN jsonb_typeof(k.value) <> 'number' THEN left(k.value #>> '{}', 100) END", join


def _in_language(texts: str, language: str) -> str:
    """Of texts by language that of the language, else that in none, else the English one, else any; as pages show them."""
    known = f"{texts} -> {language}::text, {texts} -> '@none', {texts} -> 'en'"
    return f"coalesce({known}, jsonb_path_query_first({texts}, '$.*'))"


def condition(chosen: Filter, visible: Visible, parameters: Parameters) -> str:
    """Whether an entity `e` is what a filter chooses; what may not be seen is not there."""
    if not visible.sees_attribute(chosen.attribute):
        return "false"
    attribute = parameters.add(chosen.attribute)
    if chosen.operator == "has":
        return f"e.document ? {attribute}::text"
    number = chosen.number
    is_range = chosen.operator != "="
    values = {
        "v": chosen.value if number is None or not is_range else number,
        "n": chosen.value if number is None else number,
    }
    path, given = _PATHS[chosen.operator], parameters.add(orjson.dumps(values).decode())
    return f"jsonb_path_exists(e.document -> {attribute}::text, '{path}', {given}::jsonb)"
