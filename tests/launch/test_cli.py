# SPDX-License-Identifier: EUPL-1.2
"""The command line: assembled from entry points; errors are one line and an exit status."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import allmende.cli
from allmende.cli import main, status_of
from allmende.cli.remote import Remote, admin_options, error_of
from allmende.errors import BadRequestData, Conflict, Forbidden, KeyRequired, NotFound, SettingsError, Unavailable
from allmende.keyfile import read_key


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.answer(201, {"path": self.path, "key": self.headers["X-API-Key"], "body": json.loads(body)})

    def do_GET(self) -> None:
        known = not self.path.startswith("/unknown")
        self.answer(200 if known else 404, {"path": self.path, "detail": "it does not exist"})

    def do_DELETE(self) -> None:
        self.send_response(204)
        self.end_headers()

    def answer(self, status: int, content: Any) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def echo() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_command_whose_package_is_not_there_does_not_trouble_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {
        name: EntryPoint(name=name, value=value, group="allmende.commands")
        for name, value in (("gone", "allmende.no_such_module:gone"), ("here", "tests.launch.test_cli:ask"))
    }
    monkeypatch.setattr(allmende.cli, "contributed", lambda: points)

    page = CliRunner().invoke(allmende.cli.allmende, ["--help"])

    assert page.exit_code == 0
    assert "here" in page.output
    assert "gone" not in page.output


@click.command
@admin_options
def ask(remote: Remote) -> None:
    """Ask something."""
    click.echo(json.dumps(remote.post("/admin/keys", {"name": "x"})))


def test_an_administrative_command_speaks_to_the_platform_of_the_data_folder(tmp_path: Path, echo: str) -> None:
    (tmp_path / "platform.json").write_text(json.dumps({"http": echo}))
    (tmp_path / "admin.key").write_text("alm_secret\n")

    run = CliRunner().invoke(ask, ["--data", str(tmp_path)], catch_exceptions=False)

    assert json.loads(run.output) == {"path": "/admin/keys", "key": "alm_secret", "body": {"name": "x"}}


def test_answers_without_a_body_give_nothing_and_parameters_that_are_none_are_left_out(echo: str) -> None:
    remote = Remote(echo, None, "default")

    gone, read = remote.delete("/x"), remote.get("/list", limit=3, connector=None)

    assert gone is None
    assert read["path"] == "/list?limit=3"


def test_an_error_of_the_platform_is_raised_as_what_it_is(echo: str) -> None:
    with pytest.raises(NotFound, match="it does not exist"):
        Remote(echo, None, "default").get("/unknown")


def test_a_platform_that_is_away_is_unavailable() -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1 does not answer"):
        Remote("http://127.0.0.1:1", None, "default").get("/")


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "https://uri.etsi.org/ngsi-ld/errors/BadRequestData", BadRequestData),
        (401, "", KeyRequired),
        (403, "", Forbidden),
        (409, "Conflict", Conflict),
        (500, "", Unavailable),
        (503, "", Unavailable),
    ],
)
def test_each_status_is_its_error(status: int, kind: str, expected: type[Exception]) -> None:
    error = error_of(status, json.dumps({"type": kind, "title": "words"}).encode())

    assert type(error) is expected


@pytest.mark.parametrize(
    ("error", "status"), [(SettingsError("x"), 2), (Unavailable("x"), 4), (KeyRequired("x"), 4), (NotFound("x"), 1)]
)
def test_each_error_has_its_exit_status(error: Any, status: int) -> None:
    assert status_of(error) == status


def test_an_error_is_one_line_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        allmende.cli, "contributed", lambda: {"ask": EntryPoint("ask", "tests.launch.test_cli:ask", "x")}
    )

    with pytest.raises(SystemExit) as end:
        main(["ask", "--url", "http://127.0.0.1:1"])

    assert end.value.code == 4
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "No such command 'nonsense' (see allmende --help)"),
        (["ask", "--nonsense"], "No such option"),
        (["ask", "--url"], "requires an argument"),
    ],
)
def test_a_wrong_use_is_one_line_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.setattr(
        allmende.cli, "contributed", lambda: {"ask": EntryPoint("ask", "tests.launch.test_cli:ask", "x")}
    )

    with pytest.raises(SystemExit) as end:
        main(arguments)

    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: ")
    assert words in line


@pytest.mark.parametrize("content", ["schlüssel".encode(), b"\xff\xfe\x00", b"two\nlines", b""])
def test_a_file_that_holds_no_key_is_said_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "some.key").write_bytes(content)

    with pytest.raises(SettingsError, match="--key-file"):
        read_key(tmp_path / "some.key")


LOGS_A_FAILURE = """
import structlog
from allmende.logs import set_up_logs
set_up_logs("test")
key = "alm_" + "very-secret"
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("it_failed", entity="urn:x")
"""


def test_logs_are_json_lines_with_the_stack_and_without_local_variables() -> None:
    run = subprocess.run([sys.executable, "-c", LOGS_A_FAILURE], capture_output=True, text=True, check=True)

    line = json.loads(run.stderr)
    assert (line["event"], line["entity"], line["part"], line["level"]) == ("it_failed", "urn:x", "test", "error")
    assert "ZeroDivisionError" in line["exception"]
    assert "very-secret" not in run.stderr
