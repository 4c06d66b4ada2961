# SPDX-License-Identifier: EUPL-1.2
"""What documents of datasets and grants look like: members and their types; what else they must be is said elsewhere."""

from typing import Annotated, Any, Final, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from auth.granting.values import SLUG, Action, TargetKind, Visibility
from auth.principals import SubjectKind

Line: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Slug: TypeAlias = Annotated[str, StringConstraints(pattern=rf"^{SLUG.pattern}$")]
Names: TypeAlias = Annotated[list[str], Field(min_length=1, max_length=1000)]
Moment: TypeAlias = Annotated[AwareDatetime, Field(strict=False)]

_STRICT: Final = ConfigDict(extra="forbid", frozen=True, strict=True)


class Title(BaseModel):
    """A text in German and in English."""

    model_config = _STRICT

    de: Line | None = None
    en: Line | None = None


class Selector(BaseModel):
    """Which entities: within a list any, between lists all. A list that is missing is no condition, `{}` is the whole tenant."""

    model_config = _STRICT

    types: Names | None = None
    scopes: Annotated[list[str], Field(min_length=1, max_length=100)] | None = None
    ids: Names | None = None


class Attributes(BaseModel):
    """Which attributes of them: either only these or all but these."""

    model_config = _STRICT

    pick: Names | None = None
    omit: Names | None = None

    @model_validator(mode="after")
    def _one(self) -> "Attributes":
        if (self.pick is None) == (self.omit is None):
            raise ValueError("must hold either 'pick' or 'omit'")
        return self


class Coarseness(BaseModel):
    """How exactly places and times are told: on a grid in metres, and by steps of a fixed length."""

    model_config = _STRICT

    place_m: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    time: str | None = Field(default=None, description="A duration of ISO 8601, such as PT1H or P1D")


class DatasetDocument(BaseModel):
    """A dataset."""

    model_config = _STRICT

    slug: Slug
    title: Title = Title()
    license: Line | None = None
    visibility: Visibility = "private"
    selector: Selector
    attributes: Attributes | None = None
    rounding: Coarseness | None = None
    context: Any = Field(default=None, alias="@context")


class DatasetPatch(BaseModel):
    """What of a dataset is to change (RFC 7396): null takes a member away."""

    model_config = _STRICT

    slug: Slug | None = None
    title: Title | None = None
    license: Line | None = None
    visibility: Visibility | None = None
    selector: Selector | None = None
    attributes: Attributes | None = None
    rounding: Coarseness | None = None
    context: Any = Field(default=None, alias="@context")


class SubjectDocument(BaseModel):
    """To whom something is granted: `authenticated` is whoever is known in the tenant and has no id."""

    model_config = _STRICT

    kind: SubjectKind
    id: Annotated[str, StringConstraints(max_length=1000)] = ""


class TargetDocument(BaseModel):
    """What is granted: of a dataset the slug, of a type its name, a scope as in `scopeQ`, or the id of an entity."""

    model_config = _STRICT

    kind: TargetKind
    id: Annotated[str, StringConstraints(max_length=2048)] = ""


class Validity(BaseModel):
    """From when until before when."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    begin: Moment | None = Field(default=None, alias="from")
    until: Moment | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Validity":
        if self.begin is not None and self.until is not None and self.begin >= self.until:
            raise ValueError("'from' must be before 'until'")
        return self


class GrantDocument(BaseModel):
    """A grant: each action includes those before it (read, write, admin)."""

    model_config = _STRICT

    subject: SubjectDocument
    action: Action
    target: TargetDocument
    attributes: Attributes | None = None
    valid: Validity | None = None
    context: Any = Field(default=None, alias="@context")
