# SPDX-License-Identifier: EUPL-1.2
"""A Keycloak as its administrator reaches it: one call at a time, what goes wrong told in one line."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from allmende.errors import AllmendeError, Conflict, Forbidden, KeyRequired, SettingsError, Unavailable

if TYPE_CHECKING:
    from keycloak import KeycloakOpenIDConnection
    from requests import Response

TIMEOUT_S: Final = 60
OLDEST: Final = 26
_PAGE: Final = 100
_PAUSE_S: Final = 0.5
_STARTING: Final = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who administers a Keycloak, as its realm `master` knows them."""

    url: str
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Server:
    """A Keycloak whose administrator is logged in."""

    url: str
    _connection: "KeycloakOpenIDConnection"

    @classmethod
    def log_in(cls, account: Account) -> "Server":
        """Log in; KeyRequired where user or password are wrong."""
        try:
            from keycloak import KeycloakOpenIDConnection
        except ModuleNotFoundError as error:
            raise SettingsError(
                "python-keycloak is not installed; install it with pip install 'allmende[keycloak]'"
            ) from error
        from keycloak.exceptions import KeycloakError

        connection = KeycloakOpenIDConnection(
            server_url=account.url,
            username=account.user,
            password=account.password,
            realm_name="master",
            user_realm_name="master",
            client_id="admin-cli",
            timeout=TIMEOUT_S,
        )
        try:
            connection.get_token()
        except KeycloakError as error:
            if error.response_code in {400, 401, 403}:
                raise KeyRequired(
                    f"Keycloak at {account.url} does not accept user {account.user!r} with this password in its realm master"
                ) from error
            raise _away(account.url, error) from error
        return cls(account.url, connection)

    def issuer_of(self, realm: str) -> str:
        """What `iss` of its tokens says: Keycloak may know itself by another address than that which it is asked at."""
        place = f"/realms/{realm}"
        answer = self._ask("GET", place, lambda: self._connection.raw_get(f"{place}/.well-known/openid-configuration"))
        return str(answer.json()["issuer"]) if answer.status_code == 200 else f"{self.url}{place}"

    def get(self, path: str, **params: Any) -> Any:
        """What is at a path below /admin; None where nothing is."""
        answer = self._ask("GET", path, lambda: self._connection.raw_get(f"/admin{path}", **params))
        return None if answer.status_code == 404 else answer.json()

    def pages(self, path: str, **params: Any) -> Iterator[Mapping[str, Any]]:
        """All of a list, page after page."""
        first = 0
        while found := self.get(path, first=first, max=_PAGE, **params):
            yield from found
            if len(found) < _PAGE:
                break
            first += _PAGE

    def post(self, path: str, body: Any) -> str:
        """Create; the id of what was created, as far as the server tells it."""
        answer = self._ask("POST", path, lambda: self._connection.raw_post(f"/admin{path}", data=json.dumps(body)))
        if answer.status_code == 404:
            _refuse("POST", path, answer)
        return str(answer.headers.get("Location", "")).rpartition("/")[2]

    def put(self, path: str, body: Any) -> None:
        """Write what is there."""
        answer = self._ask("PUT", path, lambda: self._connection.raw_put(f"/admin{path}", data=json.dumps(body)))
        if answer.status_code == 404:
            _refuse("PUT", path, answer)

    def _ask(self, method: str, path: str, call: Callable[[], "Response"]) -> "Response":
        from keycloak.exceptions import KeycloakError

        try:
            answer = call()
        except KeycloakError as error:
            raise _away(self.url, error) from error
        if answer.status_code >= 400 and answer.status_code != 404:
            _refuse(method, path, answer)
        return answer


def wait_for(url: str, wait_s: float, say: Callable[[str], None]) -> None:
    """Wait until a Keycloak that starts answers; Unavailable where it does not, or is none."""
    import httpx

    deadline, told = time.monotonic() + wait_s, False
    with httpx.Client(timeout=10, trust_env=False) as client:
        while True:
            try:
                status = client.get(f"{url}/realms/master").status_code
                reason = f"it answers with status {status}"
            except httpx.InvalidURL as error:
                raise SettingsError(f"--keycloak {url} is not an address: {error}") from error
            except httpx.HTTPError as error:
                status, reason = 503, str(error)
            if status not in _STARTING:
                break
            if time.monotonic() >= deadline:
                raise Unavailable(f"Keycloak at {url} does not answer: {reason}")
            if not told:
                say(f"Keycloak at {url} does not answer yet; waiting up to {wait_s:g} s")
                told = True
            time.sleep(_PAUSE_S)
    if status != 200:
        raise Unavailable(
            f"There is no Keycloak at {url} ({reason}); perhaps its address has a path, such as {url}/auth"
        )


def require_version(info: Mapping[str, Any] | None, url: str) -> bool:
    """Whether the server has groups within organizations; Unavailable where it has no organizations."""
    version = str(((info or {}).get("systemInfo") or {}).get("version", ""))
    if not version:
        raise Forbidden(f"The user may not administer Keycloak at {url}: it needs the role admin of the realm master")
    number = version.partition(".")[0]
    if not number.isdigit() or int(number) < OLDEST:
        raise Unavailable(f"Keycloak {version} at {url} is too old: {OLDEST} or newer is needed")
    types = (info or {}).get("protocolMapperTypes", {}).get("openid-connect", [])
    mappers = {each.get("id") for each in types}
    if "oidc-organization-membership-mapper" not in mappers:
        raise Unavailable(f"Keycloak {version} at {url} has its feature 'organization' switched off; start it with it")
    return "oidc-organization-group-membership-mapper" in mappers


def _refuse(method: str, path: str, answer: "Response") -> NoReturn:
    """Say what Keycloak says."""
    try:
        said = answer.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    words = said.get("errorMessage") or said.get("error_description") or said.get("error") or answer.text[:200]
    where = f"{method} {path}: {words or 'no reason given'} (status {answer.status_code})"
    kinds: dict[int, type[AllmendeError]] = {401: KeyRequired, 403: Forbidden, 409: Conflict}
    if answer.status_code == 403:
        raise Forbidden(f"The user may not administer this realm of Keycloak: {where}")
    raise kinds.get(answer.status_code, Unavailable)(f"Keycloak refuses {where}")


def _away(url: str, error: Exception) -> Unavailable:
    return Unavailable(f"Keycloak at {url} does not answer: {error}")
