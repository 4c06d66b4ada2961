# SPDX-License-Identifier: EUPL-1.2
"""Labels are written with their entities, and only when they change."""

import pytest

from broker.engine.entities import create_entity, delete_entity
from broker.engine.labelling import label_all
from broker.ngsi.contexts import CORE
from broker.ngsi.parsing import parse_entity

pytestmark = [pytest.mark.server, pytest.mark.storage]

LABELS = "SELECT n.id, l.label ->> '@none', tsvector_to_array(l.words) FROM t_default.label l JOIN t_default.name n USING (seq) ORDER BY n.id"
VERSIONS = "SELECT xmin::text, ctid::text FROM t_default.label"


def mill(number: int = 1, **attributes: object):
    return {"id": f"urn:ngsi-ld:Mill:{number}", "type": "Mill", **attributes}


async def test_labels_follow_their_entities(sender, rows):
    await sender.send([mill(1, name="Obere Mühle"), mill(2), mill(3, name="Weg")])
    await sender.send(
        [mill(2, title="Untere Mühle"), {"id": "urn:ngsi-ld:Mill:3", "type": "Mill", "name": "urn:ngsi-ld:null"}]
    )

    told = [(entity, label, [word for word in words if word[0] != "="]) for entity, label, words in rows(LABELS)]

    assert told == [
        ("urn:ngsi-ld:Mill:1", "Obere Mühle", ["muehle", "muhle", "obere"]),
        ("urn:ngsi-ld:Mill:2", "Untere Mühle", ["muehle", "muhle", "untere"]),
        ("urn:ngsi-ld:Mill:3", None, ["3"]),
    ]


async def test_the_types_of_an_entity_stand_among_its_words(sender, rows):
    await sender.send(mill(name="Weg"))
    await sender.send({**mill(), "type": ["Mill", "Monument"]})

    ((_, _, words),) = rows(LABELS)

    assert [word.rpartition("/")[2] for word in words if word[0] == "="] == ["Mill", "Monument"]


async def test_an_unchanged_name_is_not_written_again(sender, rows):
    await sender.send(mill(name="Weg", count=1))
    before = rows(VERSIONS)

    await sender.send(mill(name={"value": "Weg", "observedAt": "2026-06-01T12:00:00Z"}, count=2))

    assert rows(VERSIONS) == before
    assert rows("SELECT count(*) FROM t_default.history") == [(4,)]


async def test_a_deleted_entity_has_no_label_and_a_new_one_of_its_id_has_its_own(resources, rows):
    await create_entity(resources, "default", parse_entity(mill(name="Alt"), CORE))
    await delete_entity(resources, "default", "urn:ngsi-ld:Mill:1")
    gone = rows(LABELS)
    await create_entity(resources, "default", parse_entity(mill(name="Neu"), CORE))

    assert gone == []
    assert [label for _, label, _ in rows(LABELS)] == ["Neu"]


async def test_entities_from_before_there_were_labels_get_theirs(resources, sender, rows):
    await sender.send([mill(number, name=f"Mühle {number}") for number in range(700)])
    expected = rows(LABELS)
    rows("UPDATE t_default.label SET label = NULL, words = NULL WHERE seq > 7 RETURNING 1")

    await label_all(resources.database, "t_default")

    assert rows(LABELS) == expected
