# SPDX-License-Identifier: EUPL-1.2
"""`/datasets`: which parts of the tenant are shown to whom; an administrator makes, changes and removes them."""

from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request, Response

from allmende.errors import AlreadyExists, Conflict, LdContextNotAvailable, NotFound
from api.granting.asking import PAGE, linked_context, paged, read_document, told
from api.granting.datasets import parse_dataset, patched, to_document
from api.granting.models import DatasetDocument, DatasetPatch
from api.openapi.describing import describe
from api.platform import READS, Platform, TheAdministrator, ThePlatform, TheVisitor, Visitor, json_response
from auth.granting import changes
from auth.granting.compiling import listed_datasets
from auth.granting.values import Dataset
from auth.rights import names_of
from broker.web.negotiation import JSON, JSON_LD, MERGE_PATCH
from broker.web.openapi.parts import Parameter, Reply

routes: Final = APIRouter(prefix="/datasets")

_TAG: Final = "Datasets"
_ID: Final = {"slug": Parameter(means="The slug of the dataset", example="trees")}
_EXAMPLE: Final = {
    "slug": "trees",
    "title": {"de": "Bäume", "en": "Trees"},
    "license": "CC-BY-4.0",
    "visibility": "public",
    "selector": {"types": ["Tree"], "scopes": ["/Musterstadt/#"]},
    "attributes": {"omit": ["owner"]},
    "rounding": {"place_m": 100, "time": "PT1H"},
}


@routes.post(
    "",
    openapi_extra=describe(
        _TAG,
        {201: Reply("The dataset is made", "Made", ("Location",))},
        takes=DatasetDocument,
        body=_EXAMPLE,
        fails=(AlreadyExists, LdContextNotAvailable),
        caller="administrator",
    ),
)
async def create_dataset(request: Request, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """Make a dataset; it is in force when this is answered."""
    resources, tenant = platform.resources, administrator.tenant
    document, context = await read_document(request, resources.library, tenant)
    dataset = parse_dataset(document, context)
    await changes.create_dataset(resources.rights, tenant, dataset, resources.clock())
    return json_response({"id": dataset.slug}, 201, {"location": f"/datasets/{dataset.slug}"})


@routes.api_route(
    "",
    methods=READS,
    openapi_extra=describe(
        _TAG,
        {200: Reply("The datasets, by their slugs", "Datasets", ("Link",))},
        asks=("limit", "offset", "f"),
        told=PAGE,
        fails=(LdContextNotAvailable,),
    ),
)
async def list_datasets(request: Request, platform: ThePlatform, visitor: TheVisitor) -> Response:
    """List the datasets that the caller may know of."""
    found, links = paged(request, await _visible(platform, visitor))
    context = await linked_context(request, platform.resources.library, visitor.tenant)
    return told([to_document(each, context.compact, whole=visitor.sees_all) for each in found], context, links)


@routes.api_route(
    "/{slug}",
    methods=READS,
    openapi_extra=describe(
        _TAG, {200: Reply("The dataset", "Dataset", ("Link",))}, ids=_ID, fails=(NotFound, LdContextNotAvailable)
    ),
)
async def get_dataset(slug: str, request: Request, platform: ThePlatform, visitor: TheVisitor) -> Response:
    """Show one dataset that the caller may know of."""
    for dataset in await _visible(platform, visitor):
        if dataset.slug == slug:
            context = await linked_context(request, platform.resources.library, visitor.tenant)
            return told(to_document(dataset, context.compact, whole=visitor.sees_all), context)
    raise changes.unknown_dataset(slug)


@routes.patch(
    "/{slug}",
    openapi_extra=describe(
        _TAG,
        {204: Reply("It is changed")},
        ids=_ID,
        takes=DatasetPatch,
        body={"visibility": "registered", "rounding": None},
        fails=(NotFound, LdContextNotAvailable),
        caller="administrator",
    ),
)
async def update_dataset(
    slug: str, request: Request, platform: ThePlatform, administrator: TheAdministrator
) -> Response:
    """Change a dataset by a merge patch."""
    resources, tenant = platform.resources, administrator.tenant
    patch, context = await read_document(request, resources.library, tenant, types=(JSON, JSON_LD, MERGE_PATCH))
    await changes.update_dataset(
        resources.rights, tenant, slug, lambda dataset: patched(dataset, patch, context), resources.clock()
    )
    return Response(status_code=204)


@routes.delete(
    "/{slug}",
    openapi_extra=describe(
        _TAG, {204: Reply("It is removed")}, ids=_ID, fails=(NotFound, Conflict), caller="administrator"
    ),
)
async def delete_dataset(slug: str, platform: ThePlatform, administrator: TheAdministrator) -> Response:
    """Remove a dataset that no grant names."""
    await changes.delete_dataset(platform.resources.rights, administrator.tenant, slug)
    return Response(status_code=204)


async def _visible(platform: Platform, visitor: Visitor) -> list[Dataset]:
    policy = await platform.resources.rights.policy_of(visitor.tenant)
    if visitor.sees_all:
        return list(policy.datasets)
    now: datetime = platform.resources.clock()
    return list(listed_datasets(policy, names_of(visitor.principal, visitor.tenant), now))
