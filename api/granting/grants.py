# SPDX-License-Identifier: EUPL-1.2
"""Documents of grants."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from allmende.errors import BadRequestData
from api.granting.datasets import parse_scope, to_attributes
from api.granting.models import GrantDocument, SubjectDocument, TargetDocument, Validity
from api.granting.names import Rename, merged, read_as, with_iris
from auth.granting.values import Grant
from auth.principals import AUTHENTICATED, Subject
from broker.ngsi.contexts import Context
from broker.ngsi.datatypes import require_uri, shown


def parse_grant(document: Mapping[str, Any], context: Context, *, tenant: str, now: datetime) -> Grant:
    """The grant of a tenant that a document describes, its names by an @context."""
    read = read_as(GrantDocument, merged({}, with_iris(document, context)))
    valid = read.valid or Validity()
    if valid.until is not None and valid.until <= now:
        raise BadRequestData("Member 'valid.until' must be in the future")
    attributes = read.attributes
    return Grant(
        subject=_subject(read.subject),
        action=read.action,
        target_kind=read.target.kind,
        target_id=_target(read.target, tenant),
        pick=None if attributes is None or attributes.pick is None else frozenset(attributes.pick),
        omit=frozenset((attributes and attributes.omit) or ()),
        valid_from=valid.begin,
        valid_until=valid.until,
    )


def to_document(grant: Grant, rename: Rename) -> dict[str, Any]:
    """A grant told; `rename` makes names of IRIs."""
    target = rename(grant.target_id) if grant.target_kind == "type" else grant.target_id
    valid = {"from": grant.valid_from, "until": grant.valid_until}
    valid = {name: time for name, time in valid.items() if time is not None}
    told: dict[str, Any] = {
        "id": str(grant.id),
        "subject": {"kind": grant.subject.kind, **({"id": grant.subject.id} if grant.subject.id else {})},
        "action": grant.action,
        "target": {"kind": grant.target_kind, **({"id": target} if target else {})},
        "attributes": to_attributes(grant.pick, grant.omit, rename),
        "valid": valid or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _subject(read: SubjectDocument) -> Subject:
    if read.kind == "authenticated":
        if read.id:
            raise BadRequestData(
                "Member 'subject.id' must be left out: 'authenticated' is whoever is known in the tenant"
            )
        return AUTHENTICATED
    if not (read.id and read.id.isprintable()):
        raise BadRequestData(f"Member 'subject.id' must be the id of a {read.kind}, of printable characters")
    return Subject(read.kind, _key_id(read.id) if read.kind == "key" else read.id)


def _key_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise BadRequestData(
            f"Member 'subject.id' must be the id of a key, as `allmende keys list` shows it, not {shown(text)}"
        ) from error


def _target(read: TargetDocument, tenant: str) -> str:
    if read.kind == "tenant":
        if read.id not in {"", tenant}:
            raise BadRequestData(f"Member 'target.id' must be left out, or be {tenant!r}: a grant is of its own tenant")
        return ""
    if not read.id:
        raise BadRequestData(f"Member 'target.id' is required: it names the {read.kind}")
    match read.kind:
        case "scope":
            return parse_scope(read.id, "target.id")
        case "entity":
            return require_uri(read.id, "Member 'target.id'")
        case _:
            return read.id
