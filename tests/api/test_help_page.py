# SPDX-License-Identifier: EUPL-1.2
"""The page of help: what it names exists, and what it offers to paste works."""

import re
import shlex
from html import unescape

import click
import httpx
import pytest

from allmende.cli import allmende
from allmende.database.pool import Database
from api.app import build_app
from api.gate import HttpGate
from api.pages.guide import ADMINISTERING, CONNECTING
from auth.keys import Keyring
from broker.engine.resources import open_resources

HTML = {"accept": "text/html"}
storage = [pytest.mark.server, pytest.mark.storage]


@pytest.mark.parametrize("typed", [typed for typed, _ in (*CONNECTING, *ADMINISTERING)])
def test_each_command_is_there_with_its_options(typed):
    first, *words = typed.split()
    context = click.Context(allmende, info_name=first)

    command = allmende
    while words and isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found is not None
        assert not found.hidden
        command = found

    options = {option for parameter in command.params for option in parameter.opts}
    assert not isinstance(command, click.Group)
    assert {word for word in words if word.startswith("--")} <= options
    values = {words[position + 1] for position, word in enumerate(words[:-1]) if word.startswith("--")}
    arguments = [word for word in words if not word.startswith("--") and word not in values]
    assert len(arguments) <= len([each for each in command.params if isinstance(each, click.Argument)])


class TestPage:
    pytestmark = storage

    async def test_each_line_that_is_offered_works_when_it_is_pasted(self, client, admin):
        reading = {"type": "Property", "value": 7, "observedAt": "2026-06-01T12:00:00Z"}
        entity = {"id": "urn:ngsi-ld:Well:a&b'c", "type": "https://example.org/types#Well", "level": reading}
        await client.post("/ngsi-ld/v1/entities", json=entity, headers=admin)

        page = (await client.get("/help?lang=en", headers=HTML)).text

        lines = [shlex.split(unescape(line)) for line in re.findall(r"<pre[^>]*>(curl .*?)</pre>", page)]
        asked = [words[-1] for words in lines if "/events" not in words[-1]]
        assert len(asked) == 5
        for url in asked:
            answer = await client.get(url)
            assert answer.status_code == 200, url
            assert "Well" in answer.text or "level" in answer.text, url

    async def test_the_address_is_that_of_this_platform(self, client):
        page = (await client.get("http://127.0.0.1:8123/help", headers=HTML)).text

        assert "http://127.0.0.1:8123/ngsi-ld/v1/types" in unescape(page)

    async def test_developers_find_their_section_by_its_id(self, client):
        german = (await client.get("/help?lang=de", headers=HTML)).text

        assert 'id="api"' in german
        assert "Für Entwicklerinnen und Entwickler" in german
        assert 'id="sources"' in german

    @pytest.mark.parametrize(("open_reads", "words"), [(True, "Everybody may read"), (False, "need a key here")])
    async def test_whether_reads_need_a_key_is_told_as_it_is(self, resources, keyring, admin, open_reads, words):
        app = build_app(resources, keyring, HttpGate(open_reads=open_reads))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            page = await client.get("/help?lang=en", headers=HTML | admin)

        assert words in page.text

    async def test_help_is_there_while_the_database_is_away(self):
        url = "postgresql://nobody@127.0.0.1:1/nowhere"
        async with open_resources(url) as resources:
            app = build_app(resources, Keyring(Database(url)), HttpGate(), mqtt="mqtt://127.0.0.1:1883")
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
                page = await client.get("/help?lang=en", headers=HTML)

        assert page.status_code == 200
        assert "allmende connectors new" in page.text
        assert "mqtt://127.0.0.1:1883" in page.text
