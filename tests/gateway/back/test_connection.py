"""The connection is checked twice a day and logged; a check that was missed is made up for."""
from __future__ import annotations

import datetime as dt

from gateway.connection import CheckTools, check_if_due, health
from gateway.settings import Settings
from gateway.settings_incoming import times
from tests.gateway.back.incoming import Back


def tools(house: Back) -> CheckTools:
    return CheckTools(house.exchange, house.store, times(Settings().incoming), house.now)


def test_each_set_time_has_its_check_and_no_more(house: Back) -> None:
    made = []
    start = house.at[0].replace(hour=6, minute=0)
    for minutes in range(0, 48 * 60, 7):
        house.at[0] = start + dt.timedelta(minutes=minutes)
        if check_if_due(tools(house)):
            made.append(house.at[0])
    assert [(at.day, at.hour) for at in made] == [(20, 6), (20, 7), (20, 13), (21, 7), (21, 13)]
    assert len(house.store.checks.between(start, house.at[0])) == 5


def test_a_check_that_fails_is_logged_shown_and_made_again_soon(house: Back) -> None:
    house.sandbox.faults["down"] = 1
    failed = check_if_due(tools(house))
    assert failed is not None
    assert not failed.ok
    assert not health(house.store, house.now())[0].ok
    house.at[0] += dt.timedelta(minutes=5)
    assert check_if_due(tools(house)) is None
    house.sandbox.faults["down"] = 0
    house.at[0] += dt.timedelta(minutes=6)
    assert check_if_due(tools(house)) is not None
    assert health(house.store, house.now())[0].ok


def test_what_passed_while_the_gateway_was_down_is_made_up_for(house: Back) -> None:
    check_if_due(tools(house))
    house.at[0] = house.at[0].replace(hour=20)
    assert check_if_due(tools(house)) is not None
    assert check_if_due(tools(house)) is None


def test_senders_that_were_not_told_within_an_hour_are_shown(house: Back) -> None:
    house.write()
    house.poll()
    assert health(house.store, house.now()) == []
    house.at[0] += dt.timedelta(minutes=61)
    assert [line.ok for line in health(house.store, house.now())] == [False]
    house.tell()
    assert health(house.store, house.now()) == []
