# SPDX-License-Identifier: EUPL-1.2
"""The alarm before the disk is full."""

from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

from allmende.launch.disk import Alarm, register_disk


def test_the_alarm_speaks_when_something_changes_and_only_then():
    alarm = Alarm()

    with capture_logs() as lines:
        for ratio in (0.5, 0.11, 0.09, 0.01, 0.1, 0.4, 0.05):
            alarm.look(ratio)

    assert [line["event"] for line in lines] == ["disk_nearly_full", "disk_has_room", "disk_nearly_full"]


def test_a_volume_that_went_away_does_not_take_the_metrics_with_it(tmp_path):
    registry = CollectorRegistry()
    register_disk(registry, tmp_path / "gone")

    assert b"allmende_disk_free_ratio NaN" in generate_latest(registry)
