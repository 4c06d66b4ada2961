# SPDX-License-Identifier: EUPL-1.2
"""What the weather does in Musterstadt: to the air, to those who ride, and in words."""

import math
from datetime import datetime
from statistics import mean

import pytest

from allmende.launch.musterstadt import air, bicycles, weather
from tests.musterstadt.times import YEAR, sensor

STATION = sensor("AirQualityObserved", "am-ring")
BRIDGE = sensor("TrafficFlowObserved", "steinerne-bruecke")
RIVERSIDE = sensor("TrafficFlowObserved", "uferweg")
MORNINGS = [at for at in YEAR if air.traffic(at) > 0.6 and 6 <= at.hour <= 8]
SUMMER_AFTERNOONS = [at for at in YEAR[24 * 120 : 24 * 270] if 12 <= at.hour <= 15]


FEATURES = {
    at: {
        "wind": 3 * weather.wind(at),
        "temperature": weather.temperature(at) / 4,
        "traffic": 6 * air.traffic(at),
        "inversion": 6 * air.inversion(at),
    }
    for at in YEAR
}
"""What moves the air but for the rain, in like measure."""


def twins(times: list[datetime], others: list[datetime], *, but_for: str = "") -> list[datetime]:
    """For each moment the one of the others that is most like it, so that only what is looked at differs."""
    points = {at: [value for name, value in FEATURES[at].items() if name != but_for] for at in {*times, *others}}
    return [min(others, key=lambda other, at=at: math.dist(points[at], points[other])) for at in times]


def concentration(name: str, at: datetime) -> float:
    return air.concentrations(STATION, at)[name]


def ranked(times: list, by: object) -> tuple[list, list]:
    """The lowest and the highest sixth."""
    order = sorted(times, key=by)
    return order[: len(order) // 6], order[-(len(order) // 6) :]


@pytest.mark.parametrize(("name", "times"), [("no2", 1.5), ("pm10", 1.4), ("pm25", 1.5)])
def test_wind_cleans_the_air(name: str, times: float) -> None:
    still, windy = ranked(MORNINGS, weather.wind)

    foul, clean = (mean(air.concentrations(STATION, at)[name] for at in part) for part in (still, windy))

    assert foul > times * clean


@pytest.mark.parametrize(("name", "left"), [("no2", 0.95), ("pm10", 0.8), ("pm25", 0.8)])
def test_rain_washes_the_air(name: str, left: float) -> None:
    wet = [at for at in YEAR if weather.rain(at) > 1][::4]
    dry = twins(wet, [at for at in YEAR if weather.rain(at) == 0])

    washed = mean(concentration(name, at) / concentration(name, twin) for at, twin in zip(wet, dry, strict=True))

    assert len(wet) > 100
    assert washed < left


@pytest.mark.parametrize("name", ["no2", "pm10", "pm25"])
def test_cold_still_nights_hold_the_foul_air_down(name: str) -> None:
    nights = [at for at in YEAR if weather.sun(at) < 0 and weather.rain(at) == 0]
    held = [at for at in nights if air.inversion(at) > 0.4]
    open_ = twins(held, [at for at in nights if air.inversion(at) < 0.15], but_for="inversion")

    fouler = mean(concentration(name, at) / concentration(name, twin) for at, twin in zip(held, open_, strict=True))

    assert len(held) > 100
    assert fouler > 1.4


def test_nothing_holds_it_down_by_day_or_in_warmth() -> None:
    assert all(air.inversion(at) == 0 for at in YEAR if weather.sun(at) > 0.1 or weather.temperature(at) > 9)


def test_the_worst_substance_decides_the_index() -> None:
    clean = {"no2": 5.0, "pm10": 5.0, "pm25": 5.0, "o3": 5.0}

    indices = [air.index({**clean, **one}) for one in ({}, {"no2": 20.1}, {"pm25": 21.0}, {"o3": 241.0})]

    assert indices == [0, 1, 2, 4]


@pytest.mark.parametrize("counter", [BRIDGE, RIVERSIDE])
def test_rain_keeps_bicycles_at_home(counter: object) -> None:
    rainy = [at for at in SUMMER_AFTERNOONS if weather.rain(at) > 0.8]
    dry = [at for at in SUMMER_AFTERNOONS if weather.rain(at) == 0]

    wet_riders, dry_riders = (mean(bicycles.riders(counter, at) for at in times) for times in (rainy, dry))

    assert len(rainy) > 10
    assert wet_riders < 0.7 * dry_riders


def test_who_rides_for_pleasure_minds_the_rain_most() -> None:
    rainy, dry = ([at for at in SUMMER_AFTERNOONS if (weather.rain(at) > 0.8) is wet] for wet in (True, False))

    left = [
        mean(bicycles.riders(counter, at) for at in rainy) / mean(bicycles.riders(counter, at) for at in dry)
        for counter in (RIVERSIDE, BRIDGE)
    ]

    assert left[0] < left[1]


def test_cold_keeps_bicycles_at_home() -> None:
    coldest, warmest = ranked(MORNINGS, weather.temperature)

    few, many = (mean(bicycles.riders(BRIDGE, at) for at in times) for times in (coldest, warmest))

    assert few < 0.6 * many


def test_nights_are_stiller_than_days() -> None:
    day, night = (
        mean(weather.wind(at) for at in YEAR if (weather.sun(at) > 0.3) is by_day) for by_day in (True, False)
    )

    assert day > 1.1 * night


def test_the_weather_in_a_word_agrees_with_the_numbers() -> None:
    words = {at: weather.weather_type(at) for at in YEAR}

    assert set(words.values()) >= {"sunnyDay", "clearNight", "partlyCloudy", "overcast", "lightRain", "heavyRain"}
    assert all(weather.rain(at) > 0 for at, word in words.items() if "Rain" in word or "Snow" in word)
    assert all(weather.sun(at) > 0 for at, word in words.items() if word == "sunnyDay")
