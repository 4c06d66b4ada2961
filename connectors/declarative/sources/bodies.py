# SPDX-License-Identifier: EUPL-1.2
"""The body of a request as records: by the format that the connector file names, else by its media type. Pure."""

from dataclasses import replace
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from allmende.errors import InvalidRequest, Stop, UnsupportedMediaType
from connectors.declarative.engines import ExpressionError
from connectors.declarative.kinds.reading import MEDIA_TYPES, Reading, format_of_type
from connectors.declarative.sources.layouts import Layout, Unusable
from connectors.declarative.sources.readers import Select, read_rows

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 1000


def body_rows(body: bytes, content_type: str, settings: Reading, select: Select | None) -> list[Any]:
    """Give the records of a body: values, or Unusable.

    InvalidRequest where nothing of it can be read, UnsupportedMediaType where nobody says what it is.
    """
    media_type, charset = _media_type(content_type)
    if settings.format is None and media_type == FORM:
        return _selected(_form(body), select)
    form = settings.format or format_of_type(media_type)
    if form is None:
        known = ", ".join([*MEDIA_TYPES, FORM])
        raise UnsupportedMediaType(
            f"Content-Type {media_type} is none of {known}; or the connector file names a format"
        )
    layout = Layout.of(settings, form, called="body")
    if layout.encoding is None and charset is not None and form in {"csv", "xml"}:
        layout = replace(layout, encoding=charset)
    is_document = layout.format not in {"csv", "xlsx"}
    try:
        rows = list(read_rows(body, layout, _whole if is_document and select is not None else None))
    except Stop as error:
        raise InvalidRequest(str(error)) from error
    for row in rows:
        if type(row) is Unusable and row.is_whole and not row.is_sound:
            raise InvalidRequest(row.problem)
    return _selected(rows[0], select) if is_document and select is not None else rows


def _whole(content: Any) -> list[Any]:
    return [content]


def _selected(content: Any, select: Select | None) -> list[Any]:
    """Choose the records; where that fails the connector file is at fault, and the sender's body is kept."""
    if select is None:
        return [content]
    try:
        return select(content)
    except ExpressionError as error:
        return [Unusable(content, f"records: {error}")]


def _media_type(content_type: str) -> tuple[str, str | None]:
    message = Message()
    message["content-type"] = content_type.replace("\r", "").replace("\n", "") or "application/json"
    return message.get_content_type(), message.get_content_charset()


def _form(body: bytes) -> dict[str, Any]:
    """The fields of a form by name; one that comes again is a list."""
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise InvalidRequest(f"The body cannot be read as a form: {error}") from error
    content: dict[str, Any] = {}
    for name, value in fields:
        known = content.get(name)
        content[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    return content
