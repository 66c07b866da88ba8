"""The brake on guessing passwords."""

import pytest

from app.routes import throttle
from app.routes.throttle import PAIR_LIMIT, WINDOW, Throttle


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fail(brake: Throttle, times: int, address: str = "10.0.0.1", name: str = "ada") -> None:
    for _ in range(times):
        brake.begin(address, name)


def test_after_some_failures_one_waits_until_the_first_is_old(clock: Clock) -> None:
    brake = Throttle(clock)
    fail(brake, PAIR_LIMIT - 1)
    assert brake.wait("10.0.0.1", "ada") == 0
    clock.now += 100
    fail(brake, 1)
    assert brake.wait("10.0.0.1", "ada") == WINDOW - 100
    clock.now += WINDOW - 100
    assert brake.wait("10.0.0.1", "ada") == 0


def test_nobody_is_locked_out_by_failures_elsewhere(clock: Clock) -> None:
    brake = Throttle(clock)
    fail(brake, PAIR_LIMIT)
    assert brake.wait("10.0.0.2", "ada") == 0
    assert brake.wait("10.0.0.1", "bob") == 0


def test_many_names_from_one_address_are_braked(clock: Clock) -> None:
    brake = Throttle(clock)
    for number in range(throttle.ADDRESS_LIMIT):
        brake.begin("10.0.0.1", f"name{number}")
    assert brake.wait("10.0.0.1", "another") > 0
    assert brake.wait("10.0.0.2", "another") == 0


def test_one_name_from_many_addresses_is_braked(clock: Clock) -> None:
    brake = Throttle(clock)
    for number in range(throttle.NAME_LIMIT):
        brake.begin(f"10.0.{number}.1", "ada")
    assert brake.wait("10.9.9.9", "ada") > 0


def test_a_success_forgets_the_failures_of_the_person(clock: Clock) -> None:
    brake = Throttle(clock)
    fail(brake, PAIR_LIMIT)
    brake.succeed("10.0.0.1", "ada")
    assert brake.wait("10.0.0.1", "ada") == 0


def test_the_owner_of_a_network_has_one_address(clock: Clock) -> None:
    brake = Throttle(clock)
    for number in range(PAIR_LIMIT):
        brake.begin(f"2001:db8::{number}", "ada")
    assert brake.wait("2001:db8::ffff", "ada") > 0
    assert brake.wait("2001:db8:1::1", "ada") == 0


def test_what_is_remembered_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MOST_KEYS", 50)
    brake = Throttle(clock)
    for number in range(500):
        brake.begin(f"10.0.{number // 250}.{number % 250}", f"name{number}")
    assert len(brake._failures) <= 53
