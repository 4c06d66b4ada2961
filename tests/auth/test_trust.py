# SPDX-License-Identifier: EUPL-1.2
"""Attacks A1 to A4 on access tokens."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from allmende.errors import InvalidToken, NonexistentTenant, Unavailable
from tests.auth.issuing import administrator, ec_key, packed, public, refusal, rsa_key, sign


async def test_a_token_of_the_issuer_is_believed(trust, issuer):
    principal = await trust.verify(issuer.token(**administrator()), "default")

    assert principal.kind == "token"
    assert principal.may_administer("default")
    assert not principal.may_administer("other")
    assert issuer.fetches == 1


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
async def test_rsa_keys_verify_both_paddings(trust, issuer, algorithm):
    assert await trust.verify(issuer.token(header={"alg": algorithm}), "default")


async def test_elliptic_keys_verify(trust, issuer):
    issuer.keys = {"e": ec_key()}

    assert await trust.verify(issuer.token(), "default")


def public_key(issuer):
    """The key of the issuer as everybody knows it."""
    return issuer.keys["a"].as_pem(private=False)


class Secret:
    """A text as the key of HS256."""

    def __init__(self, value):
        self.value = value

    def get_op_key(self, _):
        return self.value


ALGORITHMS = [
    ("none", None),
    ("None", None),
    ("nOnE", None),
    ("NONE", None),
    ("", None),
    ("HS256", "public"),
    ("hs256", "public"),
    ("rs256", "own"),
    ("Rs256", "own"),
    ("RS384", "own"),
    ("RS512", "own"),
    ("ES256", "elliptic"),
    ("ES256", "own"),
    ("EdDSA", "own"),
    (None, "own"),
    (["RS256"], "own"),
    ({"RS256": 1}, "own"),
    (256, "own"),
]


@pytest.mark.parametrize(("algorithm", "by"), ALGORITHMS, ids=str)
async def test_a1_no_algorithm_but_that_of_the_key_is_believed(trust, issuer, algorithm, by):
    await trust.verify(issuer.token(), "default")
    header = {"alg": algorithm, "kid": "a", "typ": "JWT"}
    if by == "public":
        forged = sign({**header, "alg": "HS256"}, issuer.claims(**administrator()), Secret(public_key(issuer)))
    elif by == "elliptic":
        forged = sign(header, issuer.claims(**administrator()), ec_key())
    else:
        forged = sign({**header, "alg": "RS256"}, issuer.claims(**administrator()), by and issuer.keys["a"])
    body = forged.partition(".")[2]

    for token in (forged, f"{packed(header)}.{body}"):
        if by == "own" and token is forged:
            continue  # nothing is wrong with that
        assert "alg" in (said := await refusal(trust, token)) or "signed" in said or "signature" in said
    assert issuer.fetches == 1


async def test_a1_a_signature_that_is_missing_short_long_or_of_something_else_is_refused(trust, issuer):
    token, other = issuer.token(), issuer.token(sub="somebody else")
    head, claims, signature = token.split(".")

    for forged in (
        f"{head}.{claims}.",
        f"{head}.{claims}",
        f"{head}.{claims}.{signature[:-4]}",
        f"{head}.{claims}.{signature}AAAA",
        f"{head}.{other.split('.')[1]}.{signature}",
        f"{head}.{claims}.{other.split('.')[2]}",
        f"{head}.{claims}.{signature}.",
        f"{head}.{claims}.{signature}.{signature}",
        f"{head}..{signature}",
        f".{claims}.{signature}",
        "..",
        "a.b.c",
        f"{head}.{claims}.{packed(bytes(256))}",
        f"{head}.{claims}.{packed(bytes(1))}",
        f"{head}.{claims} .{signature}",
        f"{head}.{claims}.{signature}=",
        f"{head}.{claims}.{signature}\n",
        f"{head}.{claims}.ä{signature}",
    ):
        await refusal(trust, forged)
    assert await trust.verify(token, "default")


async def test_a1_a_zero_signature_of_an_elliptic_key_is_refused(trust, issuer):
    issuer.keys = {"e": ec_key()}
    head, claims, _ = issuer.token().split(".")

    for signature in (bytes(64), bytes(63), bytes(65), b"\xff" * 64, b"\0" * 32 + b"\1" * 32):
        await refusal(trust, f"{head}.{claims}.{packed(signature)}")


async def test_a1_a_key_is_for_its_own_algorithm_and_for_signatures_only(trust, issuer):
    own = issuer.keys["a"]
    issuer.listed = {
        "keys": [
            public(own, "pss", alg="PS256"),
            public(own, "enc", use="enc"),
            public(own, "oaep", alg="RSA-OAEP"),
            {"kty": "RSA", "kid": "short", "n": packed(b"\xff" * 128), "e": "AQAB"},
            public(ec_key(0, "P-384"), "p384"),
            {"kty": "oct", "kid": "oct", "k": packed(b"x" * 32)},
            {"kty": "RSA", "kid": "odd", "n": "!", "e": "AQAB"},
            {"kty": "RSA", "kid": "none"},
            {"kty": ["RSA"], "kid": "list"},
            {"kid": 1},
            "x",
        ]
    }

    assert await trust.verify(issuer.token(header={"kid": "pss", "alg": "PS256"}), "default")
    assert "another algorithm" in await refusal(trust, issuer.token(header={"kid": "pss"}))
    for kid in ("enc", "oaep", "short", "oct", "odd", "none", "list"):
        with pytest.raises((InvalidToken, Unavailable)):
            await trust.verify(issuer.token(header={"kid": kid}), "default")


WRONG = {
    "expired": (lambda now: {"exp": now - 31}, "expired"),
    "not yet": (lambda now: {"nbf": now + 40}, "nbf"),
    "of the future": (lambda now: {"iat": now + 120, "exp": now + 500}, "iat"),
    "without an end": (lambda now: {"exp": None}, "exp"),
    "without a beginning": (lambda now: {"iat": None}, "iat"),
    "an end that is a text": (lambda now: {"exp": str(now + 300)}, "number"),
    "an end that is true": (lambda now: {"exp": True}, "number"),
    "another issuer": (lambda now: {"iss": "http://evil.example/realms/allmende"}, "no issuer"),
    "another issuer, nearly": (lambda now: {"iss": "http://127.0.0.1/realms/allmende/"}, "no issuer"),
    "no issuer": (lambda now: {"iss": None}, "no issuer"),
    "a list of issuers": (lambda now: {"iss": ["x"]}, "no issuer"),
    "another audience": (lambda now: {"aud": "account"}, "audience"),
    "other audiences": (lambda now: {"aud": ["account", "Allmende-API", "allmende-api/"]}, "audience"),
    "no audience": (lambda now: {"aud": None}, "audience"),
    "an odd audience": (lambda now: {"aud": {"allmende-api": 1}}, "audience"),
    "an ID token": (lambda now: {"typ": "ID", "nonce": "x"}, "access token"),
    "a refresh token": (lambda now: {"typ": "Refresh"}, "access token"),
    "an offline token": (lambda now: {"typ": "Offline"}, "access token"),
    "a logout token": (lambda now: {"typ": "Logout"}, "access token"),
    "no type": (lambda now: {"typ": None}, "access token"),
    "a foreign client": (lambda now: {"azp": "evil-app"}, "client"),
    "a client that is called nearly so": (lambda now: {"azp": "allmende"}, "client"),
    "no client": (lambda now: {"azp": None}, "client"),
    "nobody": (lambda now: {"sub": None}, "sub"),
    "nobody by name": (lambda now: {"sub": ""}, "sub"),
    "a number": (lambda now: {"sub": 7}, "sub"),
    "bound to a key": (lambda now: {"cnf": {"jkt": "x"}}, "cnf"),
    "9 KiB": (lambda now: {"filling": "x" * 7000}, "KiB"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a2_a_token_that_is_not_an_access_token_for_this_platform_now_is_refused(trust, issuer, name):
    change, words = WRONG[name]

    said = await refusal(trust, issuer.token(**change(int(time.time())), **administrator()))

    assert words in said


async def test_a2_a_token_that_is_bound_to_a_tenant_is_for_no_other(believe, issuer):
    trust = believe([{"issuer": issuer.url, "tenant": "waterworks"}])
    token = issuer.token(groups=["/tenant-admin"])

    assert (await trust.verify(token, "waterworks")).may_administer("waterworks")
    for tenant in ("default", "nowhere"):
        with pytest.raises(NonexistentTenant, match=f"^Tenant '{tenant}' does not exist$"):
            await trust.verify(token, tenant)


@contextmanager
def listening():
    """A port, and how many connections it got."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections = []

    def take():
        while True:
            try:
                connections.append(listener.accept())
            except OSError:
                return

    threading.Thread(target=take, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", connections
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c", "crit"])
async def test_a3_a_header_that_brings_its_key_is_refused_and_nobody_is_asked(trust, issuer, name):
    await trust.verify(issuer.token(), "default")
    with listening() as (address, connections):
        foreign = rsa_key(7)
        values = {
            "jku": f"{address}/keys",
            "x5u": f"{address}/x",
            "jwk": public(foreign, "z"),
            "x5c": ["MIIB"],
            "crit": ["exp"],
        }
        header = {name: values[name], "kid": "z"}

        for value in ({**header}, {**header, "kid": "a"}, {name: "", "kid": "a"}):
            said = await refusal(trust, issuer.token(header=value, key=foreign, **administrator()))
            assert name in said

    assert connections == []
    assert issuer.fetches == 1


KIDS = [
    "../../etc/passwd",
    "..\\..\\x",
    "a' OR '1'='1",
    "a'; DROP TABLE platform.tenant; --",
    "a\0",
    "ä",
    "",
    " a",
    "a ",
    "a\r\nHost: evil.example",
    "x" * 201,
    "/../../../dev/null",
    7,
    ["a"],
    None,
    True,
]


@pytest.mark.parametrize("kid", KIDS, ids=repr)
async def test_a3_a_key_that_no_issuer_names_so_is_refused_and_nobody_is_asked(trust, issuer, kid):
    await trust.verify(issuer.token(), "default")

    await refusal(trust, issuer.token(header={"kid": kid}))

    assert issuer.fetches == 1


async def test_a4_a_thousand_random_keys_ask_the_issuer_twice_a_minute_at_most(trust, issuer, clock):
    own = issuer.token()
    await trust.verify(own, "default")
    begun = issuer.fetches

    for minute in range(3):
        for number in range(1000):
            clock.time += 0.06
            with pytest.raises((InvalidToken, Unavailable)) as refused:
                await trust.verify(
                    f"{packed({'alg': 'RS256', 'kid': f'k{minute}-{number}'})}.{own.split('.', 1)[1]}", "t"
                )
            if isinstance(refused.value, Unavailable):
                assert 1 <= refused.value.retry_after <= 60
        assert issuer.fetches - begun <= 2 * (minute + 1)
    assert issuer.fetches > begun
    assert len(trust.keys[issuer.url]._absent) <= 1000
    assert await trust.verify(issuer.token(sub="another"), "default")


async def test_a4_a_key_that_the_issuer_does_not_have_is_refused_again_without_asking(trust, issuer, clock):
    await trust.verify(issuer.token(), "default")
    stranger = issuer.token(header={"kid": "gone"})

    for _ in range(3):
        assert "does not have" in await refusal(trust, stranger)

    assert issuer.fetches == 2
