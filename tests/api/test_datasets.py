# SPDX-License-Identifier: EUPL-1.2
"""`/datasets`: made, changed, removed, and shown to whom they are open."""

import pytest

from api.granting.datasets import to_duration
from broker.ngsi.core_terms import DEFAULT_VOCABULARY

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "/datasets"
CITY = {"Tree": "https://city.example/Tree", "owner": "https://city.example/owner"}
TREES = {
    "slug": "trees",
    "title": {"de": "Bäume", "en": "Trees"},
    "license": "CC-BY-4.0",
    "visibility": "public",
    "selector": {"types": ["Tree"], "scopes": ["/City/#", "/Park/+"], "ids": ["urn:ngsi-ld:Tree:1"]},
    "attributes": {"omit": ["owner"]},
    "rounding": {"place_m": 100, "time": "PT1H"},
}


@pytest.fixture(scope="module")
def database(module_database):
    return module_database


@pytest.fixture(autouse=True)
async def nothing(client, admin):
    """Tests leave no rights behind."""
    yield
    for grant in (await client.get("/admin/grants", headers=admin)).json():
        await client.delete(f"/admin/grants/{grant['id']}", headers=admin)
    for dataset in (await client.get(PATH, headers=admin)).json():
        await client.delete(f"{PATH}/{dataset['slug']}", headers=admin)


@pytest.fixture
async def user(keyring):
    """A user's key."""
    return await keyring.create_key("Anna", kind="user")


@pytest.fixture
def make(client, admin):
    """Make a dataset."""

    async def send(slug="trees", **more):
        answer = await client.post(PATH, json={"slug": slug, "selector": {}, **more}, headers=admin)
        assert answer.status_code == 201, answer.text

    return send


@pytest.fixture
def slugs(client):
    """The datasets that a caller is shown."""

    async def ask(headers):
        return [each["slug"] for each in (await client.get(PATH, headers=headers)).json()]

    return ask


async def test_a_dataset_is_told_back_as_it_was_made(client, admin):
    made = await client.post(PATH, json=TREES, headers=admin)
    shown = await client.get(made.headers["location"], headers=admin)

    assert (made.status_code, made.json(), made.headers["location"]) == (201, {"id": "trees"}, "/datasets/trees")
    assert shown.json() == TREES
    assert (await client.get(PATH, headers=admin)).json() == [TREES]


async def test_names_are_those_of_the_documents_context_and_told_in_the_requests(client, admin):
    answer = await client.post(PATH, json={**TREES, "@context": CITY}, headers=admin)

    (listed,) = (await client.get(PATH, headers=admin)).json()
    assert answer.status_code == 201
    assert (listed["selector"]["types"], listed["attributes"]["omit"]) == ([CITY["Tree"]], [CITY["owner"]])
    link = '<https://city.example/context.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    missing = await client.get(PATH, headers={**admin, "link": link})
    assert missing.status_code == 504
    assert "@context" in missing.json()["detail"]


async def test_only_what_a_patch_names_changes(client, admin, make):
    await make(**{name: value for name, value in TREES.items() if name not in {"slug", "selector"}})

    patch = {"title": {"de": None}, "rounding": {"time": None}, "attributes": {"omit": None, "pick": ["height"]}}
    answer = await client.patch(f"{PATH}/trees", json=patch, headers=admin)
    wrong = await client.patch(f"{PATH}/trees", json={"attributes": {"omit": ["a"]}}, headers=admin)

    shown = (await client.get(f"{PATH}/trees", headers=admin)).json()
    assert answer.status_code == 204
    assert (shown["title"], shown["rounding"]) == ({"en": "Trees"}, {"place_m": 100})
    assert shown["attributes"] == {"pick": ["height"]}
    assert (shown["license"], shown["visibility"]) == ("CC-BY-4.0", "public")
    assert wrong.status_code == 400
    assert "either 'pick' or 'omit'" in wrong.json()["detail"]


async def test_what_is_not_there_is_not_found_and_what_is_there_is_not_made_again(client, admin, make):
    await make()

    again = await client.post(PATH, json={"slug": "trees", "selector": {}}, headers=admin)
    renamed = await client.patch(f"{PATH}/trees", json={"slug": "bushes"}, headers=admin)
    gone = await client.delete(f"{PATH}/trees", headers=admin)
    missing = [
        await client.request(method, f"{PATH}/{slug}", json={}, headers=admin)
        for slug in ("trees", "Trees", "%00", "a%2Fb")
        for method in ("GET", "PATCH", "DELETE")
    ]

    assert (again.status_code, renamed.status_code, gone.status_code) == (409, 400, 204)
    assert "PATCH /datasets/trees" in again.json()["detail"]
    assert {answer.status_code for answer in missing} == {404}


async def test_a_dataset_that_a_grant_names_stays_until_that_is_taken_back(client, admin, make):
    await make()
    grant = {"subject": {"kind": "authenticated"}, "action": "read", "target": {"kind": "dataset", "id": "trees"}}
    made = (await client.post("/admin/grants", json=grant, headers=admin)).json()

    refused = await client.delete(f"{PATH}/trees", headers=admin)
    await client.delete(f"/admin/grants/{made['id']}", headers=admin)
    removed = await client.delete(f"{PATH}/trees", headers=admin)

    assert refused.status_code == 409
    assert made["id"] in refused.json()["detail"]
    assert removed.status_code == 204


async def test_a_caller_is_shown_what_is_open_or_granted_and_not_what_else_there_is(
    client, admin, user, keyring, make, slugs
):
    for visibility in ("public", "registered", "private"):
        await make(visibility, visibility=visibility, attributes={"omit": ["owner"]})
    await make("granted")
    grant = {
        "subject": {"kind": "key", "id": user.id},
        "action": "read",
        "target": {"kind": "dataset", "id": "granted"},
    }
    await client.post("/admin/grants", json=grant, headers=admin)
    headers = {"x-api-key": user.key}
    connector = (await keyring.create_key("parking", kind="connector", connector="parking")).key

    assert await slugs(admin) == ["granted", "private", "public", "registered"]
    assert await slugs(headers) == ["granted", "public", "registered"]
    assert await slugs({}) == await slugs({"x-api-key": connector}) == ["public"]
    public = (await client.get(f"{PATH}/public", headers=headers)).json()
    assert public == {"slug": "public", "title": {}, "visibility": "public", "selector": {}}
    hidden, missing = [await client.get(f"{PATH}/{slug}", headers=headers) for slug in ("private", "privatx")]
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.text.replace("private", "privatx") == missing.text


async def test_of_another_tenant_nobody_is_shown_anything(client, keyring, resources, make):
    await resources.tenants.create("town")
    await make("open", visibility="registered")
    foreign = (await keyring.create_key("Berta", kind="user", tenant="town")).key

    here = await client.get(PATH, headers={"x-api-key": foreign})
    there = await client.get(PATH, headers={"x-api-key": foreign, "ngsild-tenant": "town"})
    nowhere = await client.get(PATH, headers={"x-api-key": foreign, "ngsild-tenant": "gone"})

    assert (here.status_code, there.status_code, nowhere.status_code) == (404, 200, 404)
    assert there.json() == []
    assert here.text.replace("default", "gone") == nowhere.text


async def test_pages_are_linked(client, admin, make, slugs):
    for number in range(5):
        await make(f"d{number}", visibility="public")

    first = await client.get(PATH, params={"limit": 2}, headers=admin)
    second = await client.get(first.links["next"]["url"])

    assert [each["slug"] for each in first.json()] == ["d0", "d1"]
    assert "prev" not in first.links
    assert [each["slug"] for each in second.json()] == ["d2", "d3"]
    assert second.links["prev"]["url"] == "/datasets?limit=2&offset=0"
    assert "next" not in (await client.get(second.links["next"]["url"])).links
    for wrong in ("limit=0", "limit=1001", "offset=-1", "limit=x", "page=1", "f=html"):
        assert (await client.get(f"{PATH}?{wrong}")).status_code == 400


@pytest.mark.parametrize("headers", ["none", "user"])
async def test_only_administrators_change_datasets_and_grants(client, user, make, headers):
    await make()
    sent = {"none": {}, "user": {"x-api-key": user.key}}[headers]
    calls = [("POST", PATH), ("PATCH", f"{PATH}/trees"), ("DELETE", f"{PATH}/trees")]
    calls += [
        ("POST", "/admin/grants"),
        ("GET", "/admin/grants"),
        ("DELETE", "/admin/grants/x"),
        ("GET", "/admin/keys"),
    ]

    answers = [await client.request(method, path, json={}, headers=sent) for method, path in calls]

    assert {answer.status_code for answer in answers} == {401 if headers == "none" else 403}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"slug": "Trees"}, "'slug'"),
        ({"slug": "-trees"}, "'slug'"),
        ({"slug": None}, "'slug' is required"),
        ({"selector": None}, "'selector' is required"),
        ({"selector": {"types": []}}, "'selector.types'"),
        ({"selector": {"typs": ["Tree"]}}, "'selector.typs' is not known; did you mean 'types'?"),
        ({"selector": {"types": ["no type"]}}, "'selector.types': An entity type must be"),
        ({"selector": {"types": [1]}}, "'selector.types.0'"),
        ({"selector": {"scopes": ["/A;/B"]}}, "single scopes such as /A/B"),
        ({"selector": {"scopes": ["/A/"]}}, "'selector.scopes' must hold single scopes"),
        ({"selector": {"ids": ["7"]}}, "'selector.ids': an id must be a URI"),
        ({"attributes": {}}, "either 'pick' or 'omit'"),
        ({"attributes": {"pick": ["a"], "omit": ["b"]}}, "either 'pick' or 'omit'"),
        ({"attributes": {"pick": ["scope"]}}, "'attributes.pick': 'scope' is a member"),
        ({"rounding": {"place_m": 0}}, "'rounding.place_m'"),
        ({"rounding": {"place_m": "100"}}, "'rounding.place_m'"),
        ({"rounding": {"time": "P1M"}}, "of a fixed length"),
        ({"rounding": {"time": "PT0.5S"}}, "of a fixed length"),
        ({"rounding": {"time": "hourly"}}, "'rounding.time' must be a duration"),
        ({"visibility": "secret"}, "'visibility'"),
        ({"licence": "x"}, "'licence' is not known; did you mean 'license'?"),
        ({"title": {"fr": "Arbres"}}, "'title.fr' is not known; known are: de, en"),
        ({"@context": {"Tree": None}}, "'selector.types': The @context says"),
        ({"@context": 7}, "context"),
    ],
)
async def test_what_is_wrong_with_a_document_is_told(client, admin, change, words):
    answer = await client.post(PATH, json={**TREES, **change}, headers=admin)

    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert (await client.get(PATH, headers=admin)).json() == []


async def test_a_body_that_is_no_document_is_refused(client, admin):
    for body in (b"", b"[]", b"7", b"{"):
        answer = await client.post(PATH, content=body, headers={**admin, "content-type": "application/json"})
        assert answer.status_code == 400
    text = await client.post(PATH, content=b"{}", headers={**admin, "content-type": "text/plain"})
    patch = await client.post(PATH, content=b"{}", headers={**admin, "content-type": "application/merge-patch+json"})
    assert (text.status_code, patch.status_code) == (415, 415)


async def test_scopes_and_durations_are_told_in_one_form(client, admin, make):
    await make(selector={"scopes": ["A/B", "/#", "/A/+"]}, rounding={"time": "PT120M"})

    shown = (await client.get(f"{PATH}/trees", headers=admin)).json()

    assert shown["selector"] == {"scopes": ["/#", "/A/+", "/A/B"]}
    assert shown["rounding"] == {"time": "PT2H"}
    assert [to_duration(seconds) for seconds in (1, 60, 86_400, 90_061)] == ["PT1S", "PT1M", "P1D", "P1DT1H1M1S"]


async def test_names_without_a_context_are_of_the_default_vocabulary(client, admin, make, resources):
    await make(selector={"types": ["Tree", "https://city.example/Bush"]})

    (dataset,) = (await resources.rights.policy_of("default")).datasets

    assert dataset.share.types == {DEFAULT_VOCABULARY + "Tree", "https://city.example/Bush"}
