# SPDX-License-Identifier: EUPL-1.2
"""The curves of Musterstadt: the same for the same time, within bounds, and as a town lives."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean

import pytest

from allmende.launch.musterstadt import charging, lamps, parking, waste, weather
from allmende.launch.musterstadt.city import SENSORS
from allmende.launch.musterstadt.hours import to_local
from allmende.launch.musterstadt.kinds import KINDS
from allmende.launch.musterstadt.sensors import Sensor
from tests.musterstadt.times import local

MONDAY = datetime(2026, 6, 15, tzinfo=UTC)
BOUNDS = {
    "availableSpotNumber": (0, 520),
    "occupancy": (0, 1),
    "intensity": (0, 250),
    "averageVehicleSpeed": (8, 25),
    "no2": (0, 200),
    "pm10": (0, 150),
    "pm25": (0, 100),
    "o3": (0, 240),
    "airQualityIndex": (0, 4),
    "temperature": (-25, 45),
    "relativeHumidity": (0, 1),
    "atmosphericPressure": (960, 1050),
    "windSpeed": (0, 30),
    "windDirection": (0, 359),
    "precipitation": (0, 30),
    "solarRadiation": (0, 1100),
    "waterLevel": (0, 6),
    "flow": (0, 200),
    "fillingLevel": (0, 1),
    "availableCapacity": (0, 6),
    "powerConsumption": (0, 500),
    "illuminanceLevel": (0, 1),
}


def sensor(type_name: str, slug: str) -> Sensor:
    return next(each for each in SENSORS if (each.type, each.slug) == (type_name, slug))


def hours(start: datetime, count: int) -> list[datetime]:
    return [start + timedelta(hours=hour) for hour in range(count)]


@pytest.mark.parametrize("each", SENSORS, ids=lambda each: each.id)
def test_every_number_stays_within_plausible_bounds_for_a_year(each: Sensor) -> None:
    instants = [MONDAY + timedelta(hours=37 * step) for step in range(240)]

    measured = [(name, value) for at in instants for name, value in KINDS[each.type].measure(each, at).items()]

    numbers = [(name, value.value) for name, value in measured if not isinstance(value.value, str)]
    assert [(n, v) for n, v in numbers if not BOUNDS[n][0] <= v <= BOUNDS[n][1]] == []


@pytest.mark.parametrize("each", SENSORS, ids=lambda each: each.id)
def test_the_same_time_gives_the_same_values(each: Sensor) -> None:
    at = MONDAY + timedelta(hours=9, seconds=17)

    first, second = KINDS[each.type].measure(each, at), KINDS[each.type].measure(each, at)

    assert first == second


def test_the_sun_shines_by_day_only() -> None:
    noon, night = MONDAY + timedelta(hours=11), MONDAY + timedelta(hours=23)

    assert weather.radiation(noon) > 100
    assert weather.radiation(night) == 0


def test_summer_is_warmer_than_winter() -> None:
    july = mean(weather.temperature(at) for at in hours(datetime(2026, 7, 1, tzinfo=UTC), 480))
    january = mean(weather.temperature(at) for at in hours(datetime(2026, 1, 1, tzinfo=UTC), 480))

    assert july > january + 12


def test_it_rains_sometimes_and_not_always() -> None:
    wet = [at for at in hours(datetime(2026, 1, 1, tzinfo=UTC), 24 * 365) if weather.rain(at) > 0.1]

    assert 0.05 < len(wet) / (24 * 365) < 0.4


def test_lamps_burn_by_night_and_are_dimmed_where_people_sleep() -> None:
    market, homes = sensor("Streetlight", "am-markt-1"), sensor("Streetlight", "ulmenweg-3")
    noon, midnight = MONDAY + timedelta(hours=11), MONDAY + timedelta(hours=22)

    assert lamps.power_state(market, noon) == lamps.power_state(homes, noon) == "off"
    assert (lamps.power_state(market, midnight), lamps.power_state(homes, midnight)) == ("on", "low")


def test_the_broken_lamp_never_burns() -> None:
    broken = sensor("Streetlight", "wallstrasse-9")

    states = {lamps.measure(broken, at)["powerState"].value for at in hours(MONDAY, 48)}

    assert states == {"off"}


def test_bins_fill_by_day_and_are_emptied() -> None:
    bin_ = sensor("WasteContainer", "marktplatz-1")
    levels = [waste.filling(bin_, at) for at in hours(MONDAY, 24 * 7)]

    drops = [before - after for before, after in pairwise(levels) if after < before]

    assert len(drops) in (2, 3)
    assert min(drops) > 0.4
    assert max(levels) <= 1


def test_bins_do_not_fill_at_night() -> None:
    bin_ = sensor("WasteContainer", "stadtpark")

    levels = {waste.filling(bin_, MONDAY + timedelta(hours=hour)) for hour in (22, 23, 24, 26)}

    assert len(levels) == 1


def test_there_is_no_market_on_a_holiday() -> None:
    bin_ = sensor("WasteContainer", "wochenmarkt")

    def filled(month: int, day: int) -> float:
        return waste.filling(bin_, local(month, day, 21)) - waste.filling(bin_, local(month, day, 8))

    before, holiday, market = filled(10, 2), filled(10, 3), filled(10, 10)

    assert 0 < holiday < 2 * before < market


@pytest.mark.parametrize(
    ("slug", "full", "empty"),
    [("marktgarage", 14, 3), ("behoerdenzentrum", 9, 22), ("bahnhof-sued", 10, 2), ("gartenstadt", 1, 11)],
)
def test_car_parks_follow_what_is_around_them(slug: str, full: int, empty: int) -> None:
    park = sensor("OffStreetParking", slug)

    taken = [parking.occupancy(park, MONDAY + timedelta(hours=hour)) for hour in (full, empty)]

    assert taken[0] > taken[1] + 0.2


def test_offices_are_empty_on_sunday() -> None:
    offices = sensor("OffStreetParking", "behoerdenzentrum")

    sunday = parking.occupancy(offices, MONDAY + timedelta(days=6, hours=9))

    assert sunday < 0.3


def test_charging_points_are_taken_more_often_by_day() -> None:
    stations = [each for each in SENSORS if each.type == "EVChargingStation"]

    def taken(hour: int) -> float:
        days = [MONDAY + timedelta(days=day, hours=hour) for day in range(5)]
        return sum(load > 0 for each in stations for at in days for load in charging.loads(each, at))

    assert taken(16) > 1.5 * taken(2)


def test_the_town_lives_by_its_own_clock_when_clocks_change() -> None:
    before, after = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    assert (to_local(before).hour, to_local(after).hour) == (2.5, 2.5)
