# SPDX-License-Identifier: EUPL-1.2
"""Every setting of the platform: from options of the command line, else from ALLMENDE_… variables."""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator

from allmende.errors import SettingsError
from allmende.outbound.egress import Rule

PREFIX = "ALLMENDE_"
NOT_SETTINGS = re.compile(r"ALLMENDE_(TEST_\w+|ETSI_SUITE|PLATFORM)")
"""Variables of the tests, and of the one command that takes --platform."""
SHORTEST_KEPT, LONGEST_KEPT = timedelta(days=1), timedelta(days=36_500)
"""How long history may be kept by a rule: what is far longer ends before any calendar begins."""
UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def parse_duration(given: object) -> object:
    """Read `5s`, `500ms`, `2m`, `1h` or `90d`; a bare number means seconds."""
    if not isinstance(given, str):
        return given
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)?", given.strip())
    if match is None:
        raise ValueError("must be a number with a unit, such as 5s, 500ms, 2m, 1h or 90d")
    try:
        return timedelta(seconds=float(match[1]) * UNITS_S[match[2] or "s"])
    except OverflowError as error:
        raise ValueError("must be shorter") from error


def parse_list(given: object) -> object:
    """Read a comma-separated list."""
    return tuple(part.strip() for part in given.split(",") if part.strip()) if isinstance(given, str) else given


def parse_retention(rules: Iterable[str]) -> dict[str, timedelta]:
    """Read durations by the names of types, such as `AirQualityObserved=365d`."""
    kept = {}
    for rule in rules:
        name, _, text = rule.rpartition("=")
        duration = parse_duration(text)
        if not name.strip() or not isinstance(duration, timedelta) or not SHORTEST_KEPT <= duration <= LONGEST_KEPT:
            raise ValueError(
                "must be types with durations of at least a day and at most 36500d, such as AirQualityObserved=365d,*=90d"
            )
        kept[name.strip()] = duration
    return kept


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Names = Annotated[tuple[str, ...], BeforeValidator(parse_list)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseModel):
    """What can be chosen; `read_settings` makes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Field(Path("allmende-data"), description="Folder of the platform's own data")
    host: str = Field("127.0.0.1", description="Address that HTTP and MQTT listen on")
    port: Port = Field(8080, description="Port of HTTP; 0 means any free one")
    mqtt_port: Port | None = Field(
        None, description="Port of the own MQTT endpoint: 1883, or a free one where that is taken; 0 means any free one"
    )
    database: SecretStr | None = Field(
        None, description="URL of a PostgreSQL server to use instead of the embedded one"
    )
    mqtt: SecretStr | None = Field(None, description="URL of an MQTT broker to use instead of the own endpoint")
    demo: bool = Field(False, description="Run the simulated city Musterstadt")
    connectors: Path | None = Field(None, description="Folder of connector files that are all run")
    connector_memory: int = Field(4096, ge=256, description="Most memory of the process of a connector, in MiB")
    contexts: Path | None = Field(None, description="Folder of @contexts by URL, with an index.json")
    open: bool = Field(False, description="No authentication; only on loopback, for conformance suites and benchmarks")
    keycloak: str | None = Field(
        None, description="Address of a Keycloak whose tokens are believed: those of its realm allmende"
    )
    issuers: str = Field(
        "", description="Issuers whose access tokens are believed: a JSON file, or its text (docs/reference/issuers.md)"
    )
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM) that HTTP and MQTT are served with")
    tls_key: Path | None = Field(None, description="Private key (PEM) of --tls-cert")
    behind_proxy: bool = Field(False, description="A proxy in front of the platform terminates TLS")
    hosts: Names = Field(
        (), description="Host names that requests may be addressed to, beside IP addresses and localhost"
    )
    egress: Names = Field(
        (),
        description="Hosts, each perhaps with a port, and networks that may be asked for @contexts though they are "
        "private, have another port than 443 or 8443, or no TLS: contexts.example.org:8080, 10.1.0.0/16",
    )
    origins: Names = Field(
        (), description="Web origins that may read by CORS; default none on loopback, any without credentials elsewhere"
    )
    city: str = Field("", max_length=60, description="Name of the town on its pages")
    zone: str = Field("Europe/Berlin", description="Time zone in which pages tell times")
    map_tiles: str = Field(
        "",
        pattern=r"^(https?://|/)\S+$|^$",
        description="Background of maps: address of tiles with {z}/{x}/{y}, or of a PMTiles file; default: a blank one",
    )
    map_attribution: str = Field("", description="Whom the background of maps is owed to")
    statement_timeout: Duration = Field(timedelta(seconds=5), description="Longest time of a database statement")
    expiry_sweep: Duration = Field(
        timedelta(seconds=2),
        description="Longest time until what has expired is swept away; answers leave it out at once",
    )
    temporal_instance_cap: int = Field(
        10_000, ge=1, description="Most instances in one answer of a temporal query; more are answered with 206"
    )
    retention: Names = Field(
        (),
        description="How long history is kept, by type: `AirQualityObserved=365d,*=90d`, `*` for all others; default: for ever",
    )
    serving_password: SecretStr | None = Field(
        None,
        description="Password that `allmende migrate` gives the serving role; default: its own, kept in the data folder",
    )
    url: str | None = Field(None, description="Address of the platform that administrative commands speak to")
    key_file: Path | None = Field(None, description="File with the key that commands send")
    tenant: str = Field(
        "default", pattern=r"^[A-Za-z0-9_-]{1,40}$", description="Tenant that administrative commands act on"
    )

    keycloak_user: str = Field(
        "admin",
        min_length=1,
        description="Administrator of Keycloak, in its realm master, for `allmende auth bootstrap`",
    )
    keycloak_password: SecretStr | None = Field(None, description="Password of that administrator")

    @field_validator("zone")
    @classmethod
    def _knows_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be a time zone, such as Europe/Berlin") from error
        return name

    @field_validator("keycloak")
    @classmethod
    def _knows_address(cls, text: str | None) -> str | None:
        if text is not None and re.fullmatch(r"https?://[^\s/@?#]+(/[^\s@?#]*)?", text) is None:
            raise ValueError("must be an address without a user or password, such as https://id.city.example")
        return text

    @field_validator("egress")
    @classmethod
    def _knows_places(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            Rule.parse(name)
        return names

    @field_validator("retention")
    @classmethod
    def _tells_types_and_durations(cls, rules: tuple[str, ...]) -> tuple[str, ...]:
        kept = parse_retention(rules)
        if len(kept) < len(rules):
            raise ValueError("must name each type once")
        return rules

    @property
    def kept_for(self) -> dict[str, timedelta]:
        """How long history is kept by type, `*` for those that are not named."""
        return parse_retention(self.retention)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the platform."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


SECRETS = tuple(name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation))
FROM_FILES = {f"{PREFIX}{name.upper()}_FILE": name for name in SECRETS}
VARIABLES = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields}


def read_settings(environment: Mapping[str, str] | None = None, **options: Any) -> Settings:
    """Make the settings; an option that is None was not given. What is wrong is one line that names where it was said."""
    environment = os.environ if environment is None else environment
    refuse_unknown(environment)
    given = {name: value for name, value in options.items() if value is not None}
    from_files = {
        name: read_secret(variable, environment[variable])
        for variable, name in FROM_FILES.items()
        if variable in environment and name not in given
    }
    variables = {
        VARIABLES[name]: environment[name] for name in environment if VARIABLES.get(name) and environment[name]
    }
    try:
        return Settings.model_validate({**variables, **from_files, **given})
    except ValidationError as error:
        raise SettingsError(first_problem(error, options=given)) from None


def refuse_unknown(names: Iterable[str]) -> None:
    """An ALLMENDE_… variable that is no setting is a mistake: name the nearest right one."""
    known = [*VARIABLES, *FROM_FILES]
    for name in sorted(names):
        if name.startswith(PREFIX) and name not in known and not NOT_SETTINGS.fullmatch(name):
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            raise SettingsError(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else ""))


def read_secret(variable: str, path: str) -> str:
    """Read a secret from the file that a variable names."""
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise SettingsError(f"{variable}: {path} cannot be read: {error.strerror}") from error


def first_problem(error: ValidationError, *, options: Mapping[str, Any]) -> str:
    """Say what is wrong in one line."""
    problem = error.errors(include_url=False)[0]
    name = str(problem["loc"][0])
    where = f"--{name.replace('_', '-')}" if name in options else f"{PREFIX}{name.upper()}"
    said = "" if name in SECRETS or "@" in str(problem["input"]) else f", not {problem['input']!r}"
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}{said}"


def masked(settings: Settings) -> dict[str, Any]:
    """Every setting in force as JSON, secrets masked."""
    return settings.model_dump(mode="json")


def to_environment(settings: Settings) -> dict[str, str]:
    """The variables that give another process the same settings."""
    said = ((variable, getattr(settings, name)) for variable, name in VARIABLES.items())
    return {variable: to_text(value) for variable, value in said if value not in {None, ()}}


def to_text(value: Any) -> str:
    """Write a value as `read_settings` reads it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, timedelta):
        return f"{value.total_seconds()}s"
    return ",".join(value) if isinstance(value, tuple) else str(value)
