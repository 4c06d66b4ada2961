# SPDX-License-Identifier: EUPL-1.2
"""The representation that a request asks for."""

from typing import Any, Final, Literal, cast

from broker.ngsi.contexts import Context
from broker.ngsi.entities import State
from broker.ngsi.parsing import expand_name
from broker.ngsi.representation import Representation, render
from broker.ngsi.selections import Selection, parse_selection
from broker.ngsi.storage import thaw
from broker.web.calls import Call
from broker.web.parameters import parse_form, parse_names, parse_options

FORMS: Final = frozenset({"normalized", "concise", "simplified", "keyValues"})
_NORMALIZED: Final = Representation("normalized")


def wanted_representation(call: Call, context: Context) -> Representation:
    """The form, the system attributes and the attributes that `options`, `format` and `attrs` ask for."""
    if not call.parameters:
        return _NORMALIZED
    options = parse_options(call.parameters, call.operation.options)
    form = parse_form(call.parameters, options, call.operation.options)
    return Representation(
        cast("Literal['normalized', 'concise', 'simplified']", form),
        sys_attrs="sysAttrs" in options,
        attrs=wanted_attributes(call, context),
    )


def show(state: State, context: Context, wanted: Representation) -> dict[str, Any]:
    """An entity in the representation that is asked for; stored ones leave out times that equal the entity's."""
    return render(thaw(state) if wanted.sys_attrs else state, context, wanted)


def wanted_types(call: Call, context: Context) -> Selection | None:
    """The types that an entity named by its id must have, where `type` is given."""
    text = call.parameters.get("type")
    return None if text is None else parse_selection(text, context)


def wanted_attributes(call: Call, context: Context) -> frozenset[str] | None:
    """The attributes that `attrs` names, as IRIs; None: all."""
    names = parse_names(call.parameters, "attrs")
    return None if names is None else frozenset(expand_name(name, context) for name in names)
