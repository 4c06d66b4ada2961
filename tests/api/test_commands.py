# SPDX-License-Identifier: EUPL-1.2
"""`allmende keys`, `allmende deadletters` and `allmende connectors list --url` against a platform that listens."""

import asyncio
import json

import orjson
import pytest
from click.testing import CliRunner

from allmende.errors import Forbidden, KeyRequired, NotFound
from auth.commands import keys
from auth.grantcommands import datasets, grants, to_dataset_line, to_grant_line
from broker.commands import deadletters
from broker.engine.messages import Message
from connectors.commands import connectors

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.fixture
def run(url, admin, tmp_path):
    """Run a command as a user with an administrator's key would; its JSON, or its error raised."""
    key_file = tmp_path / "admin.key"
    key_file.write_text(admin["x-api-key"] + "\n")

    async def run_command(command, *arguments, key=None, expected=0):
        if key is not None:
            key_file.write_text(key)
        options = ["--url", url, "--key-file", str(key_file), "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, command, [*arguments, *options])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == expected, result.output
        return json.loads(result.stdout.splitlines()[-1]) if result.stdout.strip() else None

    return run_command


async def test_a_key_is_made_listed_and_revoked(run, keyring):
    created = await run(keys, "create", "--name", "parking", "--connector", "parking", "--expires", "90d")
    listed = await run(keys, "list")
    await run(keys, "revoke", created["id"])

    assert set(created) == {"id", "name", "key", "expires_at"}
    assert {key["name"] for key in listed} == {"parking", "all rights"}
    assert await keyring.verify(created["key"]) is None


async def test_an_administrators_key_is_of_the_platform_or_of_a_tenant(run, keyring, monkeypatch):
    everywhere = await run(keys, "create", "--name", "a", "--admin")
    somewhere = await run(keys, "create", "--name", "b", "--admin", "--tenant", "default")
    monkeypatch.setenv("ALLMENDE_TENANT", "default")
    there = await run(keys, "create", "--name", "c", "--admin")

    assert (await keyring.verify(everywhere["key"])).tenant is None
    assert (await keyring.verify(somewhere["key"])).tenant == "default"
    assert (await keyring.verify(there["key"])).tenant == "default"


async def test_times_are_written_as_everywhere_else(run):
    created = await run(keys, "create", "--name", "a", "--connector", "parking", "--expires", "90d")
    (listed,) = [key for key in await run(keys, "list") if key["name"] == "a"]

    assert created["expires_at"].endswith("Z")
    assert listed["created_at"].endswith("Z")


async def test_a_command_that_makes_no_sense_is_a_usage_error(run):
    await run(keys, "create", "--name", "a", "--admin", "--connector", "parking", expected=2)
    await run(keys, "create", "--name", "a", "--admin", "--expires", "soon", expected=2)
    await run(keys, "create", "--name", "a", "--admin", "--expires", "9999999d", expected=2)
    await run(keys, "create", "--name", "a", "--admin", "--expires", "99999999999999d", expected=2)
    await run(deadletters, "drop", expected=2)
    await run(deadletters, "replay", "1", "--all", expected=2)


async def test_the_platforms_refusals_reach_the_command(run, keyring):
    connector = await keyring.create_key("parking", kind="connector", connector="parking")

    with pytest.raises(NotFound, match="does not exist"):
        await run(keys, "revoke", "nonsense")
    with pytest.raises(Forbidden):
        await run(keys, "list", key=connector.key)
    with pytest.raises(KeyRequired):
        await run(keys, "list", key="wrong")


async def test_a_replay_says_which_connector_does_not_run(run, resources, url, admin, tmp_path):
    for kind, content in (("state", {"state": "stopped"}), ("deadletters", [{"reason": "no number", "record": 1}])):
        await resources.ingest.accept(Message("default", "parking", kind, "m1", orjson.dumps(content)))
    (tmp_path / "admin.key").write_text(admin["x-api-key"])
    options = ["replay", "--all", "--url", url, "--key-file", str(tmp_path / "admin.key"), "--json"]

    result = await asyncio.to_thread(CliRunner().invoke, deadletters, options)

    assert json.loads(result.stdout) == {"asked": 1, "stored": 0, "rejected": 0, "waiting": 1}
    assert result.stderr == "Connector parking does not run; what waits for it is mapped again once it does\n"


async def test_dead_letters_are_listed_shown_replayed_and_dropped(run, resources):
    wrong = {"id": "urn:a:2", "type": "Car", "speed": {"type": "Property"}}
    message = Message("default", "parking", "entities", "m1", orjson.dumps(wrong))
    await resources.ingest.accept(message)

    (letter,) = await run(deadletters, "list", "--connector", "parking")
    shown = await run(deadletters, "show", letter["id"])
    replayed = await run(deadletters, "replay", letter["id"], expected=3)
    dropped = await run(deadletters, "drop", "--all")

    assert shown["payload"] == wrong
    assert replayed == {"asked": 1, "stored": 0, "rejected": 1, "waiting": 0}
    assert dropped == {"dropped": 1}
    assert await run(deadletters, "list") == []


async def test_the_connectors_of_a_platform_are_listed(run, resources):
    error = {"at": "2026-06-01T12:00:00Z", "text": "refused"}
    said = orjson.dumps({"state": "failing", "backlog": 7, "last_error": error})
    await resources.ingest.accept(Message("default", "parking", "state", None, said))

    (told,) = await run(connectors, "list")

    assert (told["tenant"], told["name"], told["state"], told["backlog"]) == ("default", "parking", "failing", 7)
    assert told["last_error"]["text"] == "refused"


async def test_people_read_the_connectors_of_a_platform_as_those_of_a_folder(url, resources):
    assert "knows no connector" in await _listed(url)
    await resources.ingest.accept(Message("default", "parking", "state", None, b'{"state": "waiting"}'))
    await resources.ingest.accept(Message("default", "lamps", "entities", None, b'{"id": "urn:a:1", "type": "Lamp"}'))

    told = await _listed(url)

    assert "parking" in told
    assert "waiting" in told
    assert "lamps" in told


async def _listed(url):
    result = await asyncio.to_thread(CliRunner().invoke, connectors, ["list", "--url", url])
    assert result.exit_code == 0
    return result.output


async def test_datasets_and_grants_are_made_listed_changed_and_removed(run, keyring, tmp_path):
    def document(**members):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        path.write_text(json.dumps(members))
        return "--file", str(path)

    user = await run(keys, "create", "--name", "Anna")
    trees = document(slug="trees", selector={"types": ["Tree"]}, title={"de": "Bäume"})
    made = await run(datasets, "create", *trees)
    changed = await run(datasets, "update", *document(slug="trees", visibility="public"))
    target = {"kind": "dataset", "id": "trees"}
    granted = await run(
        grants, "create", *document(subject={"kind": "key", "id": user["id"]}, action="read", target=target)
    )
    listed = await run(datasets, "list"), await run(grants, "list")
    taken = await run(grants, "delete", *document(**granted))
    removed = await run(datasets, "delete", "trees")

    assert (await keyring.verify(user["key"])).kind == "user"
    assert made == {"slug": "trees", "title": {"de": "Bäume"}, "visibility": "private", "selector": {"types": ["Tree"]}}
    assert changed == {**made, "visibility": "public"}
    assert (granted["subject"], granted["target"]) == ({"kind": "key", "id": user["id"]}, target)
    assert listed == ([changed], [granted])
    assert (taken, removed) == ({"deleted": granted["id"]}, {"deleted": "trees"})
    assert await run(datasets, "list") == await run(grants, "list") == []


async def test_a_file_that_is_no_document_is_a_usage_error(run, tmp_path):
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "text.json").write_bytes(b"\xff")

    await run(datasets, "create", expected=2)
    await run(datasets, "update", "--file", str(tmp_path / "list.json"), expected=2)
    await run(grants, "create", "--file", str(tmp_path / "text.json"), expected=2)
    await run(grants, "create", "--file", str(tmp_path / "gone.json"), expected=2)
    await run(grants, "delete", expected=2)


async def test_people_read_one_line_for_each_dataset_and_grant():
    dataset = {
        "slug": "trees",
        "title": {"de": "Bäume"},
        "visibility": "public",
        "selector": {"types": ["Tree", "Bush"]},
    }
    grant = {"id": "7", "subject": {"kind": "role", "id": "mayor"}, "action": "read", "target": {"kind": "tenant"}}

    assert to_dataset_line(dataset) == "trees  public  types=Tree,Bush  Bäume"
    assert to_dataset_line({**dataset, "selector": {}}) == "trees  public  the whole tenant  Bäume"
    assert to_grant_line(grant) == "7  role mayor  read  tenant"
    assert to_grant_line({**grant, "attributes": {"omit": ["a"]}}) == "7  role mayor  read  tenant  attributes omit=a"
