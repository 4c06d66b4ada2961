# SPDX-License-Identifier: EUPL-1.2
"""How administrative commands speak to a platform: over HTTP, with a key from a file."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from allmende import errors
from allmende.errors import AllmendeError, RequestError, SettingsError, Unavailable
from allmende.keyfile import read_key
from allmende.settings import Settings, read_settings

TIMEOUT_S = 60.0
PATIENCE_S = 900.0
"""The same where something large is written or read as a whole."""


class Remote:
    """A platform as an administrator reaches it; each call returns parsed JSON or raises the platform's error."""

    def __init__(
        self,
        url: str,
        key: str | None,
        tenant: str,
        *,
        knows_certificate: bool = True,
        is_of_tenant: bool = False,
        data: Path | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._knows_certificate = knows_certificate
        self.tenant = tenant
        self.is_of_tenant = is_of_tenant
        """Whether the tenant was named, by option or variable, and is not merely the default one."""
        self.data = data
        """The data folder of a platform on this machine; None where it was named by its URL."""
        self._headers = {"NGSILD-Tenant": tenant, "Accept": "application/json"}
        if key is not None:
            self._headers |= {"Authorization": f"Bearer {key}"} if "." in key else {"X-API-Key": key}

    def get(self, path: str, **params: Any) -> Any:
        """Read; parameters that are None are left out."""
        return self._ask("GET", path, params={name: value for name, value in params.items() if value is not None})

    def post(self, path: str, json: Any = None) -> Any:
        """Write; the body is JSON."""
        return self._ask("POST", path, json=json)

    def patch(self, path: str, json: Any) -> Any:
        """Change; the body is a merge patch."""
        return self._ask("PATCH", path, json=json)

    def delete(self, path: str) -> Any:
        """Remove."""
        return self._ask("DELETE", path)

    def upload(self, path: str, content: Iterator[bytes], media_type: str, **params: Any) -> Any:
        """Write what is too large for the memory, piece by piece."""
        headers = {"Content-Type": media_type}
        return self._ask("POST", path, content=content, headers=headers, params=params, timeout=PATIENCE_S)

    def download(self, path: str) -> Iterator[bytes]:
        """Read what is too large for the memory, piece by piece."""
        # It is compressed already.
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        with self._asking(headers, PATIENCE_S) as client, client.stream("GET", self.url + path) as answer:
            if not answer.is_success:
                raise error_of(answer.status_code, answer.read())
            yield from answer.iter_bytes()

    def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        timeout: float = TIMEOUT_S,
        **request: Any,
    ) -> Any:
        with self._asking(headers or {}, timeout) as client:
            answer = client.request(method, self.url + path, **request)
        if answer.is_success:
            return json.loads(answer.content) if answer.content else None
        raise error_of(answer.status_code, answer.content)

    @contextmanager
    def _asking(self, headers: dict[str, str], timeout: float) -> Iterator[Any]:
        """A client with the key; what goes wrong on the way is an error of ours."""
        import httpx

        told, verify = {**self._headers, **headers}, self._knows_certificate
        try:
            with httpx.Client(headers=told, timeout=timeout, trust_env=False, verify=verify) as client:
                yield client
        except httpx.InvalidURL as error:
            raise SettingsError(f"--url {self.url} is not a URL: {error}") from error
        except httpx.HTTPError as error:
            raise Unavailable(f"The platform at {self.url} does not answer: {error}") from error


def error_of(status: int, body: bytes) -> AllmendeError:
    """Make the platform's error of an answer: its class by the status, its words from the problem document."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = {}
    problem = problem if isinstance(problem, dict) else {}
    words = problem.get("detail") or problem.get("title") or f"The platform answers with status {status}"
    name = str(problem.get("type", "")).rpartition("/")[2]
    if status in (500, 502):
        return Unavailable(f"The platform fails: {words}")
    kinds = [kind for kind in RequestError.__subclasses__() if kind.status == status]
    return next((kind(words) for kind in kinds if kind.type == name), (kinds or [errors.InvalidRequest])[0](words))


def platform_at(settings: Settings) -> Remote:
    """The platform that the settings name: by its URL, else the one that runs in the data folder."""
    key_file = settings.key_file
    url = settings.url
    is_here = url is None
    if url is None:
        url = running_in(settings.data)
        key_file = key_file or settings.data / "admin.key"
    # On this machine the address comes from a file of the platform's own, and its certificate names another host.
    key = read_key(key_file) if key_file else None
    is_of_tenant = "tenant" in settings.model_fields_set
    data = settings.data if is_here else None
    return Remote(url, key, settings.tenant, knows_certificate=not is_here, is_of_tenant=is_of_tenant, data=data)


def running_in(data: Path) -> str:
    """The address of the platform that runs in a data folder."""
    try:
        return str(json.loads((data / "platform.json").read_text())["http"])
    except (OSError, ValueError, KeyError) as error:
        raise Unavailable(f"No platform runs in {data}; start one with allmende up, or name one with --url") from error


def admin_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options --url, --key-file, --tenant and --data; it gets one argument `remote` for them."""

    @click.option("--url", help="Address of the platform (ALLMENDE_URL); default: the one that runs in --data.")
    @click.option(
        "--key-file", type=click.Path(path_type=Path), help="File with an administrator's key or access token."
    )
    @click.option("--tenant", help="Tenant to act on; default: default.")
    @click.option("--data", type=click.Path(path_type=Path), help="Data folder of a platform on this machine.")
    @wraps(command)
    def with_remote(
        *arguments: Any, url: str | None, key_file: Path | None, tenant: str | None, data: Path | None, **options: Any
    ) -> Any:
        settings = read_settings(url=url, key_file=key_file, tenant=tenant, data=data)
        return command(*arguments, remote=platform_at(settings), **options)

    return with_remote
