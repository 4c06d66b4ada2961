# SPDX-License-Identifier: EUPL-1.2
"""Settings are read from options and variables; mistakes are one line that says where."""

from datetime import timedelta
from pathlib import Path

import pytest

from allmende.errors import SettingsError
from allmende.launch.folder import claim
from allmende.launch.reference import settings_reference
from allmende.launch.safety import refuse_settings
from allmende.launch.serving import outbound_of
from allmende.settings import masked, read_settings, to_environment
from connectors.states import read_states
from tests.launch.running import REPOSITORY


def test_an_option_wins_over_a_variable_and_a_variable_over_the_default() -> None:
    settings = read_settings({"ALLMENDE_PORT": "8081", "ALLMENDE_HOST": "::1"}, port=8082, host=None)

    assert (settings.port, settings.host, settings.mqtt_port) == (8082, "::1", None)


def test_durations_and_lists_are_read_as_people_write_them() -> None:
    settings = read_settings({"ALLMENDE_STATEMENT_TIMEOUT": "500ms", "ALLMENDE_HOSTS": "a.example, b.example"})

    assert settings.statement_timeout == timedelta(milliseconds=500)
    assert settings.hosts == ("a.example", "b.example")


def test_retention_is_read_by_type_and_passed_on_to_other_processes() -> None:
    settings = read_settings({"ALLMENDE_RETENTION": "Room=24h, https://example.org/a?b=c=2d ,*=90d"})

    day = timedelta(days=1)
    assert settings.kept_for == {"Room": day, "https://example.org/a?b=c": 2 * day, "*": 90 * day}
    assert read_settings(to_environment(settings)).kept_for == settings.kept_for
    assert read_settings({}).kept_for == {}


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ALLMENDE_PRT", "1", "ALLMENDE_PRT is not a setting; did you mean ALLMENDE_PORT?"),
        ("ALLMENDE_PORT", "70000", "ALLMENDE_PORT: Input should be less than or equal to 65535, not '70000'"),
        ("ALLMENDE_STATEMENT_TIMEOUT", "5 parsecs", "ALLMENDE_STATEMENT_TIMEOUT: must be a number with a unit"),
        ("ALLMENDE_RETENTION", "Room", "ALLMENDE_RETENTION: must be a number with a unit"),
        (
            "ALLMENDE_RETENTION",
            "=5d",
            "ALLMENDE_RETENTION: must be types with durations of at least a day and at most 36500d, such as",
        ),
        ("ALLMENDE_RETENTION", "Room=999999d", "ALLMENDE_RETENTION: must be types with durations"),
        ("ALLMENDE_RETENTION", "Room=90", "ALLMENDE_RETENTION: must be types with durations"),
        ("ALLMENDE_RETENTION", "Room=5d,Room=6d", "ALLMENDE_RETENTION: must name each type once"),
        ("ALLMENDE_TENANT", "../x", "ALLMENDE_TENANT: String should match pattern"),
        ("ALLMENDE_DATABASE_FILE", "/nowhere", "ALLMENDE_DATABASE_FILE: /nowhere cannot be read"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_variable(variable: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        read_settings({variable: value})

    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_mistaken_option_is_named_as_an_option() -> None:
    with pytest.raises(SettingsError, match="--mqtt-port"):
        read_settings({}, mqtt_port=-1)


def test_variables_of_tests_of_other_commands_and_of_other_programs_are_no_mistake() -> None:
    settings = read_settings(
        {
            "ALLMENDE_TEST_REQUIRE": "mosquitto",
            "ALLMENDE_ETSI_SUITE": "x",
            "ALLMENDE_PLATFORM": "mqtt://city.example",
            "PATH": "/bin",
        }
    )

    assert settings.port == 8080


def test_a_secret_comes_from_a_file_and_is_masked(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://someone:very-secret@db/city\n")

    settings = read_settings({"ALLMENDE_DATABASE_FILE": str(tmp_path / "url")})

    assert settings.database is not None
    assert settings.database.get_secret_value() == "postgresql://someone:very-secret@db/city"
    assert "very-secret" not in str(masked(settings))


def test_the_reference_page_says_what_the_class_says() -> None:
    page = (REPOSITORY / "docs" / "reference" / "settings.md").read_text()

    assert page == settings_reference()


def test_another_process_gets_the_same_settings_by_its_variables() -> None:
    settings = read_settings(
        {},
        port=0,
        open=True,
        database="postgresql://u:p@h/d",
        hosts=("a", "b"),
        contexts=Path("/c"),
        statement_timeout="2m",
    )

    again = read_settings(to_environment(settings))

    assert again == settings


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"host": "192.0.2.1"}, "--host 192.0.2.1 is reached from other machines"),
        ({"host": "192.0.2.1", "open": True, "behind_proxy": True}, "--open is refused unless"),
        ({"open": True, "behind_proxy": True}, "--open and --behind-proxy exclude each other"),
        ({"tls_key": "k.pem"}, "--tls-cert and --tls-key need each other"),
    ],
)
def test_a_platform_that_others_could_abuse_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        refuse_settings(read_settings({}, **options))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_loopback_needs_neither_certificate_nor_proxy(host: str) -> None:
    settings = read_settings({}, host=host, open=True)

    refuse_settings(settings)

    assert settings.is_loopback


def test_exceptions_of_the_guard_are_read_when_the_platform_starts() -> None:
    settings = read_settings({"ALLMENDE_EGRESS": "contexts.city.example:8080, 10.1.0.0/16"})

    egress = outbound_of(settings).egress

    assert read_settings(to_environment(settings)).egress == ("contexts.city.example:8080", "10.1.0.0/16")
    assert [(rule.host, str(rule.network), rule.port) for rule in egress.rules] == [
        ("contexts.city.example", "None", 8080),
        (None, "10.1.0.0/16", None),
    ]
    assert not egress.open
    assert outbound_of(read_settings({}, open=True)).egress.open
    with pytest.raises(SettingsError, match=r"ALLMENDE_EGRESS: .* must be a host or a network"):
        read_settings({"ALLMENDE_EGRESS": "http://contexts.city.example"})


def test_a_folder_of_contexts_is_looked_at_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"index\.json cannot be read: No such file"):
        refuse_settings(read_settings({}, contexts=tmp_path))

    (tmp_path / "index.json").write_text('["a list"]')
    with pytest.raises(SettingsError, match=r"index\.json must be a JSON object"):
        refuse_settings(read_settings({}, contexts=tmp_path))

    (tmp_path / "index.json").write_text("{}")
    refuse_settings(read_settings({}, contexts=tmp_path))


def test_what_a_killed_platform_said_of_its_connectors_is_not_believed_any_longer(tmp_path: Path) -> None:
    told = tmp_path / "connectors.json"
    told.write_text('[{"file": "x.yaml", "name": "x", "rejection": null, "ended": {"at": "", "text": "ended"}}]\n')
    before = read_states(tmp_path)

    with claim(tmp_path):
        after = read_states(tmp_path)

    assert [state.last_error for state in before] == [{"at": "", "text": "ended"}]
    assert after == []


def test_a_file_in_the_place_of_the_data_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    with pytest.raises(SettingsError, match="cannot be used: Not a directory"), claim(tmp_path / "data"):
        pass
