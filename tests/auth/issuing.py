# SPDX-License-Identifier: EUPL-1.2
"""An issuer of tokens on loopback: its keys can be rotated, and it can be away, slow, or answer nonsense."""

import base64
import json
import threading
import time
from collections import Counter
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from allmende.errors import InvalidToken
from allmende.launch.issuing import asking, outbound_to
from allmende.settings import read_settings
from auth.issuers import read_issuers
from auth.trust import Trust

ALGORITHMS = ["RS256", "PS256", "ES256", "HS256", "RS384"]


@cache
def rsa_key(number=0):
    return RSAKey.generate_key(2048, auto_kid=False)


@cache
def ec_key(number=0, curve="P-256"):
    return ECKey.generate_key(curve, auto_kid=False)


def public(key, kid, **more):
    """A key as a JWK set tells it."""
    return {**key.as_dict(private=False), "kid": kid, **more}


def packed(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(header, claims, key):
    """A signed token; `key` None: its signature is empty."""
    signed = f"{packed(header)}.{packed(claims)}"
    if key is None:
        return f"{signed}."
    algorithm = header["alg"] if header["alg"] in ALGORITHMS else "RS256"
    return f"{signed}.{packed(JWSRegistry(algorithms=ALGORITHMS).get_alg(algorithm).sign(signed.encode(), key))}"


class MiniIssuer:
    """A realm of Keycloak, as far as those see it who verify its tokens."""

    def __init__(self, path="/realms/allmende"):
        self.path = path
        self.asked = Counter()
        self.port = 0
        self.server = None
        self.reset()

    def reset(self):
        """Be as at first, but for the port."""
        self.keys = {"a": rsa_key(0)}
        self.listed = None
        """The JWK set, where it is to be another one than that of the keys."""
        self.configuration = {}
        self.delay_s = 0.0
        self.status = 200
        self.asked.clear()
        if self.server is None:
            self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.path}"

    @property
    def fetches(self):
        """How often it was asked for its keys."""
        return self.asked[f"{self.path}/certs"]

    def start(self):
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked[self.path] += 1
                time.sleep(issuer.delay_s)
                found = issuer.answer(self.path)
                body = json.dumps(found).encode() if not isinstance(found, bytes) else found
                self.send_response(404 if found is None else issuer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                pass  # whoever asked did not wait for the answer

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        """Be away, at an address where nobody listens."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def answer(self, path):
        if path == f"{self.path}/.well-known/openid-configuration":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/certs", **self.configuration}
        if path == f"{self.path}/certs":
            return (
                {"keys": [public(key, kid) for kid, key in self.keys.items()]} if self.listed is None else self.listed
            )
        return None

    def rotate(self, kid="b"):
        """Sign with a new key from now on; the old ones are still told."""
        self.keys = {kid: rsa_key(len(self.keys)), **self.keys}

    def claims(self, now=None, **changed):
        """Those of an access token of Keycloak; None takes one away."""
        now = time.time() if now is None else now
        claims = {
            "iss": self.url,
            "sub": "7d1f3c52-0c80-4b1e-9d4f-0d2f3f0d5c11",
            "aud": ["allmende-api", "account"],
            "azp": "allmende-portal",
            "typ": "Bearer",
            "iat": int(now),
            "exp": int(now) + 300,
            "scope": "openid entities:read entities:write history:read grants:manage connectors:manage",
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, now=None, *, header=None, key=None, **changed):
        """A token of its newest key, or of another one."""
        kid, newest = next(iter(self.keys.items()))
        fields = {"alg": "RS256" if isinstance(key or newest, RSAKey) else "ES256", "typ": "JWT", "kid": kid}
        fields = {**fields, **(header or {})}
        fields = {name: value for name, value in fields.items() if value is not None}
        return sign(fields, self.claims(now, **changed), key or newest)


def administrator(tenant="default"):
    """Claims of an administrator of a tenant."""
    return {"organization": {tenant: {"id": "1", "groups": ["/tenant-admin"]}}}


def trust_in(said, **clocks):
    """Believe the issuers of a configuration; a keyword of `Trust.of` may set the clocks."""
    issuers = read_issuers(json.dumps(said))
    return Trust.of(issuers, asking(outbound_to(issuers, read_settings({}))), **clocks)


async def refusal(trust, token, tenant="default"):
    """What a token is refused with."""
    with pytest.raises(InvalidToken) as refused:
        await trust.verify(token, tenant)
    return str(refused.value)
