# SPDX-License-Identifier: EUPL-1.2
"""Tokens that were changed in any way are refused, with an error of ours and nothing else (A1 to A3)."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import AllmendeError, InvalidToken
from auth.issuers import read_issuers
from auth.jwks import parse_keys
from auth.tokens import check_claims, check_signature, looks_like_token, parse_token, require_issuer
from tests.auth.issuing import ec_key, packed, public, rsa_key, sign

URL = "https://id.city.example/realms/allmende"
ISSUERS = {
    issuer.issuer: issuer
    for issuer in read_issuers(
        json.dumps(
            [
                {"issuer": URL},
                {"issuer": f"{URL}/plain", "name": "p", "profile": "plain", "tenant": "t"},
                {"issuer": f"{URL}/rfc", "name": "r", "profile": "rfc9068", "tenant": "t", "clients": ["app"]},
            ]
        )
    )
}
NOW = time.time()
KEYS = {"r": rsa_key(), "e": ec_key()}
KNOWN = parse_keys(json.dumps({"keys": [public(key, kid) for kid, key in KEYS.items()]}).encode())
CLAIMS = {
    "iss": URL,
    "sub": "ada",
    "aud": "allmende-api",
    "azp": "allmende-cli",
    "typ": "Bearer",
    "iat": NOW,
    "exp": NOW + 300,
}
HEADERS = {"r": {"alg": "RS256", "kid": "r"}, "e": {"alg": "ES256", "kid": "e"}}
TOKENS = [sign(HEADERS[kid], CLAIMS, KEYS[kid]) for kid in KEYS]


def believe(text, now=NOW):
    """What `Trust` does, without the issuer."""
    token = parse_token(text)
    issuer = require_issuer(token, ISSUERS)
    if token.kid not in KNOWN:
        raise InvalidToken("unknown")
    check_signature(token, KNOWN[token.kid])
    check_claims(token, issuer, now)
    return token


@pytest.mark.parametrize("text", TOKENS)
def test_a_token_as_it_was_signed_is_believed(text):
    assert believe(text).claims["sub"] == "ada"


@given(st.data())
def test_a_token_of_which_a_part_was_changed_is_refused(data):
    text = data.draw(st.sampled_from(TOKENS))
    place = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(0, 4))
    changed = text[:place] + data.draw(st.text(max_size=4)) + text[place + length :]

    if changed != text:
        with pytest.raises(InvalidToken):
            believe(changed)


@given(st.text(max_size=200) | st.text("aA-_.=", max_size=60))
def test_any_text_is_refused(text):
    with pytest.raises(InvalidToken):
        believe(text)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=9), parts, max_size=3),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries({}, optional={"alg": ANY | st.sampled_from(["none", "RS256", "PS256", "ES256", "HS256"])}),
    st.dictionaries(st.sampled_from(["kid", "typ", "jku", "x5u", "jwk", "crit", "x", "b64"]), ANY),
    st.sampled_from(TOKENS),
)
def test_a_header_of_any_shape_before_a_right_rest_is_refused(algorithm, fields, token):
    with pytest.raises(InvalidToken):
        believe(f"{packed({**fields, **algorithm})}.{token.split('.', 1)[1]}")


@given(st.sampled_from([*CLAIMS, "nbf", "cnf", "nonce"]), ANY)
def test_a_claim_of_any_shape_that_the_issuer_signed_is_believed_or_refused(name, value):
    text = sign(HEADERS["e"], {**CLAIMS, name: value}, KEYS["e"])

    try:
        believe(text)
    except InvalidToken:
        return
    assert name in {"iat", "exp", "nbf", "sub", "nonce", "aud"} or value == CLAIMS.get(name)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["kty", "kid", "alg", "use", "n", "e", "crv", "x", "y", "d", "key_ops"]),
            ANY | st.sampled_from(["RSA", "EC", "oct", "P-256", "RS256", "AQAB", "AQ", packed(b"\xff" * 256)]),
        ),
        max_size=3,
    )
    | ANY
)
def test_a_set_of_keys_of_any_shape_is_read_or_refused(keys):
    own = public(KEYS["r"], "own")
    raw = json.dumps({"keys": [*keys, own] if isinstance(keys, list) else keys}).encode()

    try:
        known = parse_keys(raw)
    except AllmendeError:
        return
    assert isinstance(keys, list)
    assert "own" in known


def test_duplicate_names_are_refused_since_readers_differ_about_them():
    head, claims, _ = TOKENS[0].split(".")
    twice = packed(json.dumps(CLAIMS).encode().replace(b'"sub"', b'"sub": "eve", "sub"', 1))
    header = packed(b'{"alg": "RS256", "alg": "none", "kid": "r"}')

    for text in (f"{head}.{twice}.AAAA", f"{header}.{claims}.AAAA"):
        with pytest.raises(InvalidToken, match="no JSON object"):
            parse_token(text)


PLAIN = {**CLAIMS, "iss": f"{URL}/plain", "typ": None, "azp": None}
RFC = {**CLAIMS, "iss": f"{URL}/rfc", "typ": None, "client_id": "app"}


@pytest.mark.parametrize(
    ("header", "claims", "words"),
    [
        ({}, PLAIN, None),
        ({"typ": "JWT"}, {**PLAIN, "iat": None}, None),
        ({"typ": "at+jwt"}, PLAIN, None),
        ({"typ": "logout+jwt"}, PLAIN, "access token"),
        ({"typ": "JWT"}, {**PLAIN, "nonce": "x"}, "access token"),
        ({"typ": "JWT"}, {**PLAIN, "at_hash": "x"}, "access token"),
        ({"typ": "JWT"}, {**PLAIN, "typ": "Refresh"}, "access token"),
        ({"typ": "JWT"}, {**PLAIN, "typ": "ID"}, "access token"),
        ({"typ": "at+jwt"}, RFC, None),
        ({"typ": "application/AT+JWT"}, RFC, None),
        ({"typ": "JWT"}, RFC, "at.jwt"),
        ({}, RFC, "at.jwt"),
        ({"typ": "at+jwt"}, {**RFC, "client_id": "other"}, "client"),
        ({"typ": "at+jwt"}, {**RFC, "client_id": None}, "client_id"),
        ({"typ": "at+jwt"}, {**RFC, "iat": None}, "iat"),
    ],
)
def test_a_profile_tells_access_tokens_from_others(header, claims, words):
    text = sign(
        {**HEADERS["e"], **header}, {name: value for name, value in claims.items() if value is not None}, KEYS["e"]
    )

    if words is None:
        assert believe(text)
    else:
        with pytest.raises(InvalidToken, match=words):
            believe(text)


@pytest.mark.parametrize(
    ("text", "expected"), [(TOKENS[0], True), ("a.b.c", True), ("alm_a.b.c", False), ("wrong", False), ("a.b", False)]
)
def test_keys_and_tokens_are_told_apart_by_their_looks(text, expected):
    assert looks_like_token(text) is expected
