# SPDX-License-Identifier: EUPL-1.2
"""@contexts that requests name: looked for once, kept, and not asked for again at once where they cannot be had."""

import asyncio
import json
import tracemalloc
from datetime import UTC, datetime

import pytest

from allmende.errors import BadRequestData, LdContextNotAvailable, Unavailable
from broker.engine.contexts import ContextStore
from broker.engine.contextsources import to_row
from broker.engine.library import FAILURE_S, ContextsMissing, Library
from broker.ngsi.contextaddresses import cached_id
from broker.store.contexts import PLATFORM

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLACE = "https://example.org"
OWN = "/ngsi-ld/v1/jsonldContexts/00000000-0000-0000-0000-000000000001"


class Noted:
    """Counts uses."""

    def __init__(self):
        self.ids = []

    def note(self, tally):
        self.ids += [each.id for each in tally.used]

    def forget(self, context_id):
        self.ids = [each for each in self.ids if each != context_id]


class World:
    """Documents by URL, those of tenants by tenant and URL; `asked` is who was asked for."""

    def __init__(self, **documents):
        self.documents = {f"{PLACE}/{name}": document for name, document in documents.items()}
        self.asked = []
        self.now = 0.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.uses = Noted()
        self.library = Library(folder=ContextStore(), uses=self.uses, find=self.find, clock=lambda: self.now)

    async def find(self, url, tenant):
        self.asked.append(url)
        await self.gate.wait()
        document = self.documents.get((tenant, url), self.documents.get(url))
        if isinstance(document, Exception):
            raise document
        if document is None:
            raise LdContextNotAvailable(f"@context {url} answers 404")
        schema = f"t_{tenant}" if (tenant, url) in self.documents else PLATFORM
        return schema, to_row(url, url, json.dumps({"@context": document}), NOW)

    async def resolve(self, source, tenant="default"):
        """As the binding does it."""
        until = asyncio.get_running_loop().time() + 5
        for _ in range(10):
            try:
                return self.library.resolve(source, tenant)
            except ContextsMissing as missing:
                await self.library.obtain(missing.urls, tenant, until=until)
        return self.library.resolve(source, tenant, waits=False)


async def test_a_document_is_looked_for_once_and_every_use_is_counted():
    world = World(a={"alpha": "http://a.org/alpha"})

    contexts = [await world.resolve(f"{PLACE}/a") for _ in range(3)]

    assert contexts[0].expand("alpha") == "http://a.org/alpha"
    assert contexts[0] is contexts[2]
    assert world.asked == [f"{PLACE}/a"]
    assert world.uses.ids == [cached_id(f"{PLACE}/a")] * 3


async def test_requests_at_the_same_time_look_for_a_document_once():
    world = World(a={"alpha": "http://a.org/alpha"}, b={})
    world.gate.clear()

    waiting = [asyncio.create_task(world.resolve([f"{PLACE}/a", f"{PLACE}/b"])) for _ in range(20)]
    await asyncio.sleep(0)
    world.gate.set()
    await asyncio.gather(*waiting)

    assert sorted(world.asked) == [f"{PLACE}/a", f"{PLACE}/b"]


async def test_what_a_document_names_is_looked_for_and_counted_too():
    world = World(
        whole=["part", {"alpha": "http://a.org/alpha"}], part=[f"{PLACE}/deep"], deep={"beta": "http://b.org/"}
    )

    context = await world.resolve(f"{PLACE}/whole")

    assert context.expand("beta") == "http://b.org/"
    assert world.asked == [f"{PLACE}/whole", f"{PLACE}/part", f"{PLACE}/deep"]
    assert sorted(world.uses.ids) == sorted(cached_id(f"{PLACE}/{name}") for name in ("whole", "part", "deep"))


async def test_one_that_cannot_be_had_is_not_asked_for_again_for_some_seconds():
    world = World()

    for _ in range(3):
        with pytest.raises(LdContextNotAvailable, match="answers 404"):
            await world.resolve(f"{PLACE}/a")
    world.now = FAILURE_S + 0.1
    world.documents[f"{PLACE}/a"] = {"alpha": "http://a.org/alpha"}

    assert (await world.resolve(f"{PLACE}/a")).expand("alpha") == "http://a.org/alpha"
    assert world.asked == [f"{PLACE}/a"] * 2


async def test_a_document_that_is_no_context_says_so_to_each_who_names_it():
    world = World(a=BadRequestData("The document is text/html"))

    for source in (f"{PLACE}/a", [f"{PLACE}/a"]):
        with pytest.raises(BadRequestData, match="text/html"):
            await world.resolve(source)


async def test_one_that_is_refused_as_a_whole_is_not_compiled_again_for_some_seconds():
    world = World(a={"alpha": 5})
    words = []
    for _ in range(2):
        with pytest.raises(BadRequestData) as caught:
            await world.resolve(f"{PLACE}/a")
        words.append(str(caught.value))
        world.library._documents.clear()  # without which it cannot be compiled
    world.documents[f"{PLACE}/a"] = {"alpha": "http://a.org/"}
    world.now = FAILURE_S + 0.1

    assert words[0] == words[1]
    assert world.asked == [f"{PLACE}/a"]
    assert (await world.resolve(f"{PLACE}/a")).expand("alpha") == "http://a.org/"


async def test_a_database_that_is_away_says_nothing_of_the_document():
    world = World(a=Unavailable("The database is away"))

    with pytest.raises(Unavailable):
        await world.resolve(f"{PLACE}/a")
    world.documents[f"{PLACE}/a"] = {}
    await world.resolve(f"{PLACE}/a")

    assert len(world.asked) == 2


async def test_who_waits_too_long_goes_on_without_and_the_document_is_kept_for_the_next():
    world = World(a={"alpha": "http://a.org/alpha"})
    world.gate.clear()

    await world.library.obtain([f"{PLACE}/a"], "default", until=asyncio.get_running_loop().time() + 0.01)
    with pytest.raises(LdContextNotAvailable, match="does not answer"):
        world.library.resolve(f"{PLACE}/a", "default")
    world.gate.set()
    while not world.library.is_at_hand(f"{PLACE}/a", "default") or world.library._running:
        await asyncio.sleep(0)

    assert world.library.resolve(f"{PLACE}/a", "default").expand("alpha") == "http://a.org/alpha"
    assert world.asked == [f"{PLACE}/a"]


async def test_documents_that_name_each_other_end_in_a_refusal():
    world = World(a=[f"{PLACE}/b"], b=[f"{PLACE}/a"])

    with pytest.raises(BadRequestData, match="not valid JSON-LD"):
        await world.resolve(f"{PLACE}/a")

    assert world.asked == [f"{PLACE}/a", f"{PLACE}/b"]


async def test_one_request_makes_the_platform_look_for_so_many_documents_at_most():
    world = World(**{f"n{number}": [f"{PLACE}/n{number + 1}"] for number in range(1_000)})

    with pytest.raises(BadRequestData, match="context overflow"):
        await world.resolve(f"{PLACE}/n0")

    assert len(world.asked) <= 40


async def test_all_documents_together_have_so_many_terms_at_most():
    parts = {f"n{part}": {f"t{part}x{number}": "http://a.org/" for number in range(4_000)} for part in range(3)}
    world = World(**parts)

    with pytest.raises(BadRequestData, match="at most 10000 terms"):
        await world.resolve([f"{PLACE}/{name}" for name in parts])


async def test_a_hosted_context_means_something_to_its_tenant_only():
    world = World()
    world.documents["here", OWN] = {"alpha": "http://here.org/"}
    world.documents["there", OWN] = {"alpha": "http://there.org/"}

    for _ in range(2):
        assert (await world.resolve(OWN, "here")).expand("alpha") == "http://here.org/"
        assert (await world.resolve([OWN, {}], "there")).expand("alpha") == "http://there.org/"
        with pytest.raises(LdContextNotAvailable):
            await world.resolve(OWN, "elsewhere")


async def test_what_is_forgotten_is_looked_for_again_with_all_that_was_made_of_it():
    world = World(whole=["part"], part={"alpha": "http://old.org/"})
    await world.resolve(f"{PLACE}/whole")
    world.documents[f"{PLACE}/part"] = {"alpha": "http://new.org/"}

    world.library.forget(cached_id(f"{PLACE}/part"))

    assert (await world.resolve(f"{PLACE}/whole")).expand("alpha") == "http://new.org/"
    assert world.asked == [f"{PLACE}/whole", f"{PLACE}/part", f"{PLACE}/part"]


async def test_documents_at_hand_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("broker.engine.library._MOST_BYTES", 1_000)
    world = World(**{f"n{number}": {"alpha": f"http://a.org/{'x' * 300}"} for number in range(9)})

    for number in range(9):
        await world.resolve(f"{PLACE}/n{number}")

    assert len(world.library._documents) == 2


@pytest.mark.parametrize("context", [f"{PLACE}/{'x' * 3_000}", [f"{PLACE}/{'x' * 3_000}"], f"{PLACE}/a"])
async def test_an_address_that_nobody_could_be_asked_for_is_refused_and_not_kept(context):
    world = World(a=[f"{PLACE}/{'y' * 3_000}"])

    with pytest.raises(BadRequestData, match="at most 2000 bytes"):
        await world.resolve(context)

    assert world.asked in ([], [f"{PLACE}/a"])


def test_contexts_with_long_texts_do_not_fill_the_memory():
    library = World().library
    tracemalloc.start()
    try:
        for number in range(60):
            library.resolve({"alpha": f"http://a.org/{number}{'x' * 1_000_000}"}, "default")

        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 90_000_000
