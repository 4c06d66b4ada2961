# SPDX-License-Identifier: EUPL-1.2
"""TLS of addresses: whom this side trusts, what it shows, and words where they do not fit."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from allmende.errors import Retry, Stop
from connectors.declarative.connector import open_connector
from tests.connectors.asking import ENTITY, asking, ids, rows
from tests.connectors.hosts import Host, host
from tests.connectors.writing import HEAD, read_all, write_file


@pytest.fixture
def plain() -> Iterator[Host]:
    with host() as opened:
        yield opened


class Authority:
    """An authority whose certificates lie in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(str(folder / "ca.pem"))

    def context(self, *names: str, clients: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*names).configure_cert(context)
        if clients:
            self.authority.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def write_client(self) -> None:
        issued = self.authority.issue_cert("client@example.org")
        issued.private_key_and_cert_chain_pem.write_to_path(str(self.folder / "client.pem"))
        issued.private_key_pem.write_to_path(str(self.folder / "key.pem"))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_an_authority_of_the_file_is_trusted(tmp_path: Path, authority: Authority) -> None:
    with host(authority.context("localhost"), "localhost") as city:
        city.serve("/a", rows(1))

        trusted = ids(read_all(asking(tmp_path, f"{city.url}/a", "ca: ca.pem")))
        with pytest.raises(Retry, match=r"certificate of localhost is not accepted .* of its authority as 'ca'"):
            read_all(asking(tmp_path, f"{city.url}/a"))

    assert trusted == [1]


def test_a_certificate_for_another_name_is_told(tmp_path: Path, authority: Authority) -> None:
    with (
        host(authority.context("elsewhere.example.org"), "localhost") as city,
        pytest.raises(Retry, match="it is for another name, check the host"),
    ):
        read_all(asking(tmp_path, f"{city.url}/a", "ca: ca.pem"))


@pytest.mark.parametrize(
    "certificate", ["certificate: client.pem", "certificate: client.pem\ncertificate_key: key.pem"]
)
def test_a_certificate_is_shown_to_its_origin_only(tmp_path: Path, authority: Authority, certificate: str) -> None:
    authority.write_client()
    with (
        host(authority.context("localhost", clients=True), "localhost") as city,
        host(authority.context("localhost", clients=True), "localhost") as other,
    ):
        city.serve("/a", rows(1))
        city.serve("/b", status=302, Location=f"{other.url}/a")
        other.serve("/a", rows(2))

        shown = ids(read_all(asking(tmp_path, f"{city.url}/a", f"ca: ca.pem\n{certificate}")))
        with pytest.raises(Retry):
            read_all(asking(tmp_path, f"{city.url}/b", f"ca: ca.pem\n{certificate}"))
        with pytest.raises(Retry):
            read_all(asking(tmp_path, f"{city.url}/a", "ca: ca.pem"))

    assert shown == [1]
    assert city.paths() == ["/a", "/b"]
    assert other.asked == []


def test_a_redirect_out_of_tls_is_refused(tmp_path: Path, authority: Authority, plain: Host) -> None:
    with host(authority.context("localhost"), "localhost") as city:
        city.serve("/a", status=302, Location=f"{plain.url}/a")

        with pytest.raises(Stop, match="leads to http without TLS"):
            read_all(asking(tmp_path, f"{city.url}/a", "ca: ca.pem"))

    assert plain.asked == []


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("ca: none.pem", "none.pem cannot be read as certificates"),
        ("ca: key.pem", "key.pem cannot be read as certificates"),
        ("certificate: none.pem", "none.pem cannot be used"),
        ("certificate: ca.pem\ncertificate_key: key.pem", "both must be PEM files that belong together"),
    ],
)
def test_files_that_cannot_be_used_are_named(
    tmp_path: Path, authority: Authority, plain: Host, block: str, words: str
) -> None:
    authority.write_client()

    with pytest.raises(Stop, match=words):
        read_all(asking(tmp_path, f"{plain.url}/a", block))

    assert plain.asked == []


def test_https_where_http_is_spoken_is_told(tmp_path: Path, plain: Host) -> None:
    with pytest.raises(Retry, match=r"cannot be spoken to by TLS .*: check https or http"):
        read_all(asking(tmp_path, f"{plain.url.replace('http:', 'https:')}/a"))


def test_a_path_of_a_certificate_from_the_environment_is_meant_from_the_working_folder(tmp_path: Path) -> None:
    text = f"{HEAD}source: {{type: http, url: 'https://localhost/', ca: '${{CA}}'}}\n{ENTITY}"
    opened = open_connector(write_file(tmp_path, text), environment={"CA": "ca.pem"})

    assert opened.file.source.ca == str(Path.cwd() / "ca.pem")
