# SPDX-License-Identifier: EUPL-1.2
"""`allmende auth` where no Keycloak answers as one should, and where a platform says which tenants there are."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from allmende.errors import Forbidden, SettingsError, Unavailable
from allmende.settings import read_settings
from auth.keycloak.commands import realm, tenants_of
from auth.keycloak.server import wait_for

pytestmark = pytest.mark.server


@contextmanager
def answering(*answers: tuple[int, object]) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers one after the other, the last one again and again; what it was asked."""
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.path)
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_keycloak_that_starts_is_waited_for_and_people_are_told_once():
    told: list[str] = []

    with answering((503, {}), (503, {}), (200, {})) as (url, asked):
        wait_for(url, 30, told.append)

    assert asked == ["/realms/master"] * 3
    assert told == [f"Keycloak at {url} does not answer yet; waiting up to 30 s"]


def test_what_never_starts_is_told():
    with (
        answering((503, {})) as (url, _),
        pytest.raises(Unavailable, match="does not answer: it answers with status 503"),
    ):
        wait_for(url, 0, lambda words: None)


def test_what_is_no_keycloak_is_told_at_once():
    with answering((404, {})) as (url, asked), pytest.raises(Unavailable, match=r"There is no Keycloak at .*/auth"):
        wait_for(url, 30, lambda words: None)

    assert len(asked) == 1


def test_tenants_are_those_of_the_platform_unless_they_are_named(tmp_path):
    listed = [{"id": "default", "created_at": "2026-12-01T00:00:00Z"}, {"id": "City_B", "created_at": "…"}]
    with answering((200, listed)) as (url, asked):
        settings = read_settings({}, url=url)

        assert tenants_of(settings, ("a", "b", "a")) == ("a", "b")
        assert asked == []
        assert tenants_of(settings, ()) == ("default", "City_B")
        assert asked == ["/admin/tenants"]


def test_without_a_platform_there_is_the_tenant_that_each_one_has(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert tenants_of(read_settings({}), ()) == ("default",)
    assert "No platform runs here" in capsys.readouterr().err


def test_a_platform_that_was_named_must_answer(tmp_path):
    with pytest.raises(Unavailable, match="No platform runs in"):
        tenants_of(read_settings({}, data=tmp_path), ())
    with answering((403, {"title": "Not allowed"})) as (url, _), pytest.raises(Forbidden):
        tenants_of(read_settings({}, url=url), ())


@pytest.mark.parametrize("wrong", [["--tenant", "a b"], ["--realm", "master"], ["--portal-url", "city"]])
def test_a_document_of_wrong_names_is_not_written(wrong):
    result = CliRunner().invoke(realm, wrong)

    assert isinstance(result.exception, SettingsError)
    assert result.stdout == ""


def test_without_the_extra_the_command_says_what_to_install(tmp_path):
    """A realm can still be written to be imported."""
    (tmp_path / "password").write_text("x")
    program = "import sys; sys.modules['keycloak'] = None; from allmende.cli import main; main()"
    with answering((200, {})) as (url, _):
        asked = ["auth", "bootstrap", "--keycloak", url, "--tenant", "a", "--admin-password-file", "password"]
        done, written = (
            subprocess.run(
                [sys.executable, "-c", program, *arguments],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            for arguments in (asked, ["auth", "realm"])
        )

    assert done.returncode == 2
    assert done.stderr == "Error: python-keycloak is not installed; install it with pip install 'allmende[keycloak]'\n"
    assert json.loads(written.stdout)["realm"] == "allmende"
