# SPDX-License-Identifier: EUPL-1.2
"""Musterstadt lives by day and by week: work, shops, Sundays and holidays, the market, a ride in the evening."""

from datetime import date, datetime, timedelta
from statistics import mean

import pytest

from allmende.launch.musterstadt import air, bicycles, parking, waste
from allmende.launch.musterstadt.holidays import easter, is_holiday
from tests.musterstadt.times import YEAR, local, of_type, sensor

WORKDAYS = [local(6, day) for day in (15, 16, 17, 18, 19, 22, 23, 24, 25, 26)]
SUNDAYS = [local(6, day) for day in (7, 14, 21, 28)]


def at(days: list[datetime], hour: float) -> list[datetime]:
    return [day + timedelta(hours=hour) for day in days]


def riders(slug: str, times: list[datetime]) -> float:
    counter = sensor("TrafficFlowObserved", slug)
    return mean(bicycles.measure(counter, time)["intensity"].value for time in times)


@pytest.mark.parametrize("slug", ["steinerne-bruecke", "bahnhofstrasse", "hochschule"])
def test_the_morning_of_a_workday_is_the_busiest_on_the_way_to_work(slug: str) -> None:
    morning, midday, night = (riders(slug, at(WORKDAYS, hour)) for hour in (7.7, 10.5, 2.5))

    assert morning > 2 * midday
    assert morning > 20 * night


def test_on_sundays_they_ride_late_and_by_the_river() -> None:
    bridge_morning, bridge_sunday = (
        riders("steinerne-bruecke", at(WORKDAYS, 7.7)),
        riders("steinerne-bruecke", at(SUNDAYS, 7.7)),
    )
    river_workday, river_sunday = riders("uferweg", at(WORKDAYS, 14.5)), riders("uferweg", at(SUNDAYS, 14.5))

    assert bridge_morning > 8 * bridge_sunday
    assert river_sunday > 2 * river_workday


def test_a_holiday_is_lived_as_a_sunday() -> None:
    corpus_christi, thursday_after = local(6, 4), local(6, 11)
    offices = sensor("OffStreetParking", "behoerdenzentrum")

    taken = [parking.occupancy(offices, day + timedelta(hours=10)) for day in (corpus_christi, thursday_after)]
    cars = [air.traffic(day + timedelta(hours=7.8)) for day in (corpus_christi, thursday_after)]

    assert taken[0] < 0.3 < 0.7 < taken[1]
    assert cars[0] < 0.5 * cars[1]


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        *((1954, date(1954, 4, 18)), (1981, date(1981, 4, 19)), (2024, date(2024, 3, 31)), (2025, date(2025, 4, 20))),
        *((2026, date(2026, 4, 5)), (2027, date(2027, 3, 28)), (2038, date(2038, 4, 25))),
    ],
)
def test_easter_is_known(year: int, sunday: date) -> None:
    assert easter(year) == sunday


def test_hesse_has_ten_holidays() -> None:
    days = [date(2026, 1, 1) + timedelta(days=day) for day in range(365)]

    holidays = [day for day in days if is_holiday(day)]

    assert [(day.month, day.day) for day in holidays] == [
        *((1, 1), (4, 3), (4, 6), (5, 1), (5, 14), (5, 25), (6, 4), (10, 3), (12, 25), (12, 26)),
    ]


def test_the_market_fills_the_garage_and_the_bin() -> None:
    garage, bin_ = sensor("OffStreetParking", "marktgarage"), sensor("WasteContainer", "wochenmarkt")
    market = [local(month, day) for month, day in [(6, 10), (6, 17), (6, 24), (7, 1), (7, 8)]]
    other = [day - timedelta(days=1) for day in market]

    taken = [mean(parking.occupancy(garage, time) for time in at(days, 9.5)) for days in (market, other)]
    thrown = [
        sum(
            max(0.0, waste.filling(bin_, noon) - waste.filling(bin_, noon - timedelta(hours=3)))
            for noon in at(days, 14)
        )
        for days in (market, other)
    ]

    assert taken[0] > taken[1] + 0.1
    assert thrown[0] > 2 * thrown[1]


def test_saturdays_fill_the_shops_garages_and_sundays_empty_them() -> None:
    garages = [each for each in of_type("OffStreetParking") if each.character == "shops"]

    saturday, sunday = (
        mean(parking.occupancy(each, local(6, day, 15)) for each in garages for day in days)
        for days in ((13, 20, 27), (14, 21, 28))
    )

    assert saturday > 2 * sunday


def test_what_a_car_park_says_fits_together() -> None:
    for each in of_type("OffStreetParking"):
        said = parking.measure(each, local(6, 15, 11))

        free, total = said["availableSpotNumber"].value, parking.describe(each)["totalSpotNumber"].value
        assert said["occupancy"].value == pytest.approx(1 - free / total, abs=0.001)


def test_no_bin_runs_over_all_year() -> None:
    fillings = [waste.filling(each, time) for each in of_type("WasteContainer") for time in YEAR[::29]]

    assert max(fillings) <= 1
    assert mean(filling > 0.97 for filling in fillings) < 0.05
