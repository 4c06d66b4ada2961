# SPDX-License-Identifier: EUPL-1.2
"""A tenant with a row in every table, on a platform that moves tenants as archives."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import psycopg

from allmende.database.tending import tend
from api.app import build_app
from api.gate import HttpGate
from auth.archives.manifest import DERIVED
from auth.keys import Keyring
from broker.engine.messages import Message
from broker.engine.resources import open_resources
from tests.conftest import CONTEXTS

PATH = "/admin/tenants"
LD = "/ngsi-ld/v1"
NAME = "Alt-Stadt"
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
SQUARE = {"type": "Polygon", "coordinates": [[[7.0, 51.0], [7.1, 51.0], [7.1, 51.1], [7.0, 51.0]]]}
ENTITIES = [
    {
        "id": "urn:x:Lamp:1",
        "type": ["Lamp", "Thing"],
        "scope": ["/A/B", "/C"],
        "name": {"type": "LanguageProperty", "languageMap": {"de": 'Straße, "Süd"\n', "en": "South; street"}},
        "level": [
            {"type": "Property", "value": 0.1 + 0.2, "unitCode": "P1", "observedAt": "2025-06-01T00:00:00.123456Z"},
            {"type": "Property", "value": -1e-300, "datasetId": "urn:d:1"},
        ],
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7.6, 51.9]}},
        "area": {"type": "GeoProperty", "value": SQUARE},
        "empty": {"type": "Property", "value": ""},
        "odd": {"type": "Property", "value": {"a": [None, "\\N", "\\.", "é\u2028", "'"], "b": 1e22}},
    },
    {"id": "urn:x:Lamp:2", "type": "Lamp", "level": 3, "expiresAt": "2999-01-01T00:00:00Z"},
    {"id": "urn:x:Lamp:3", "type": "Lamp", "level": 4, "near": {"type": "Relationship", "object": "urn:x:Lamp:1"}},
    {"id": "urn:x:Gone:1", "type": "Gone", "level": 5},
]
ODD = [
    "",
    "\\.",
    "\\N",
    "a\n\\.\nb",
    "\\.\n",
    "\r",
    "\r\n",
    '"',
    '""',
    "a,b",
    "\t",
    " ",
    "NULL",
    "\u2028",
    "\x01\x7f",
    "\U0001f600",
]
ANSWERS = [
    f"{LD}/entities/urn:x:Lamp:1?options=sysAttrs",
    f"{LD}/entities?type=Lamp&options=sysAttrs&limit=2&count=true",
    f"{LD}/entities?type=Lamp&q=level>2",
    f"{LD}/entities?type=Lamp&georel=near;maxDistance==2000&geometry=Point&coordinates=[7.6,51.9]",
    f"{LD}/entities?type=Lamp&scopeQ=/A/%23",
    f"{LD}/entities?local=true&orderBy=level;desc&options=simplified",
    f"{LD}/temporal/entities/urn:x:Lamp:1?options=sysAttrs",
    f"{LD}/temporal/entities/urn:x:Gone:1?options=sysAttrs",
    f"{LD}/temporal/entities?type=Series&timerel=after&timeAt=2025-03-01T00:00:00Z&attrs=level&lastN=50",
    f"{LD}/temporal/entities/urn:x:Series:1?attrs=level&options=aggregatedValues&aggrMethods=avg,max&aggrPeriodDuration=P7D",
    f"{LD}/types?details=true",
    f"{LD}/attributes?details=true",
    f"{LD}/jsonldContexts?details=true&kind=Hosted",
    "/series?entity=urn:x:Series:1&attribute=level&from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
    "/markers?type=Lamp",
    "/admin/deadletters",
    "/admin/deadletters/1",
    "/admin/attributes",
    "/admin/grants",
    "/datasets",
    "/connectors?f=json",
]


@dataclass(frozen=True)
class Place:
    """A platform: its database as superuser, a client, and the header of its administrator."""

    url: str
    client: httpx.AsyncClient
    admin: dict
    resources: object

    def of(self, name):
        return {**self.admin, "ngsild-tenant": name}

    def rows(self, name):
        """All rows of each table of a tenant, and the last number of each that is numbered."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            (schema,) = connection.execute("SELECT schema FROM platform.tenant WHERE slug = %s", (name,)).fetchone()
            tables = connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'", (schema,)
            ).fetchall()
            found = {
                table: connection.execute(f'SELECT t::text FROM {schema}."{table}" t ORDER BY 1').fetchall()
                for (table,) in tables
                if table not in DERIVED
            }
            numbers = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = %s ORDER BY 1"
            return {**found, "numbers": connection.execute(numbers, (schema,)).fetchall()}

    async def answers(self, name):
        found = {}
        for path in ANSWERS:
            response = await self.client.get(path, headers=self.of(name))
            assert response.status_code == 200, (path, response.text)
            found[path] = response.content
        return found

    async def export(self, name):
        response = await self.client.get(f"{PATH}/{name}/export", headers=self.admin)
        assert response.status_code == 200, response.text
        return response.content

    async def take(self, archive, name=None):
        params = {} if name is None else {"name": name}
        headers = {**self.admin, "content-type": "application/gzip"}
        return await self.client.post(f"{PATH}/import", content=archive, params=params, headers=headers)

    def tenants(self):
        """Whatever there is of tenants: their rows, schemas and roles."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return [
                connection.execute(query).fetchall()
                for query in (
                    "SELECT slug, schema FROM platform.tenant ORDER BY 1",
                    "SELECT nspname FROM pg_namespace WHERE nspname LIKE 't\\_%' ORDER BY 1",
                    "SELECT rolname FROM pg_roles WHERE rolname LIKE 't\\_%' ORDER BY 1",
                )
            ]


@asynccontextmanager
async def platform(url, serving):
    async with open_resources(serving, contexts_folder=CONTEXTS) as resources:
        keyring = Keyring(resources.database)
        key = (await keyring.create_key("all rights", kind="admin")).key
        app = build_app(resources, keyring, HttpGate())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            yield Place(url, client, {"x-api-key": key}, resources)


async def populate(place, name):
    """A tenant with a row in every table."""
    headers, client = place.of(name), place.client
    assert (await client.post(PATH, json={"name": name}, headers=place.admin)).status_code == 201
    answer = await client.post("/admin/attributes", json={"attribute": "level", "type": None}, headers=headers)
    assert answer.status_code == 201, answer.text
    context = {"@context": {"level": "https://example.org/level"}}
    assert (await client.post(f"{LD}/jsonldContexts", json=context, headers=headers)).status_code == 201
    dataset = {
        "slug": "lamps",
        "title": {"de": "Lämpchen"},
        "selector": {"types": ["Lamp"]},
        "rounding": {"time": "PT1H"},
    }
    assert (await client.post("/datasets", json=dataset, headers=headers)).status_code == 201
    grant = {"subject": {"kind": "group", "id": "/a"}, "action": "read", "target": {"kind": "dataset", "id": "lamps"}}
    assert (await client.post("/admin/grants", json=grant, headers=headers)).status_code == 201
    answer = await client.post(f"{LD}/entityOperations/create", json=ENTITIES, headers=headers)
    assert answer.status_code == 201, answer.text
    await client.delete(f"{LD}/entities/urn:x:Gone:1", headers=headers)
    instances = [
        {"type": "Property", "value": n / 3, "observedAt": f"{BEGIN + timedelta(hours=7 * n):%Y-%m-%dT%H:%M:%SZ}"}
        for n in range(1000)
    ]
    series = {"id": "urn:x:Series:1", "type": "Series", "level": instances}
    answer = await client.post(f"{LD}/temporal/entities", json=series, headers=headers)
    assert answer.status_code == 201, answer.text
    accept = place.resources.ingest.accept
    await accept(
        Message(name, "lamps", "entities", "m1", orjson.dumps({"id": "urn:x:Lamp:2", "type": "Lamp", "level": 7}))
    )
    await accept(Message(name, "lamps", "deadletters", "m2", b'[{"reason": "no number", "record": {"x": "?\\u0000"}}]'))
    await accept(Message(name, "lamps", "state", None, b'{"state": "running"}'))
    assert (await client.post("/admin/deadletters/replay", json={"all": True}, headers=headers)).status_code == 200
    answer = await client.get(f"{LD}/entities?type=Lamp&entityMap=true", headers=headers)
    assert answer.is_success, answer.text
    async with asyncio.timeout(30):
        while not all(one.complete for one in await place.resources.declarations.listed(name)):
            await asyncio.sleep(0.02)
    # Where there is a columnstore, all chunks of history go to it.
    await asyncio.to_thread(tend, place.url, datetime.now(UTC))
