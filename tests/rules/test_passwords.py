"""Passwords: which may be had, and how they are kept."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters

from core import passwords
from core.errors import Refusal, Unavailable
from core.passwords import THREADS, WAITING_MAX, Passwords, check_password


@pytest.fixture
def keeper() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


def is_weak(password: str, *personal: str) -> bool:
    try:
        check_password(password, *personal)
    except Refusal as refusal:
        return refusal.code == "weak_password"
    return False


@pytest.mark.parametrize(
    "password", ["xq7!pfam", "🔥🧨🪔🕯️🔦💡🪩🌞", "k" * 64 + "o" * 64, "a b c d e f", "correct horse battery"]
)
def test_a_password_of_8_to_128_code_points_is_taken(password: str) -> None:
    assert not is_weak(password)


@pytest.mark.parametrize("password", ["", "xq7!pfa", "🔥" * 7, "ko" * 64 + "k", "e\u0301" * 7])
def test_a_shorter_or_longer_one_is_weak(password: str) -> None:
    assert is_weak(password)


@pytest.mark.parametrize(
    "password", ["password", "PassWord", "12345678", "qwertyuiop", "iloveyou", "aaaaaaaaaa", "        "]
)
def test_a_common_one_is_weak(password: str) -> None:
    assert is_weak(password)


@pytest.mark.parametrize("password", ["Ada Lovelace", "ada LOVELACE ", "ada@example.org", "ADA@example.org"])
def test_ones_own_name_or_address_is_weak(password: str) -> None:
    assert is_weak(password, "Ada Lovelace", "Ada@example.org")
    assert not is_weak(password + "x", "Ada Lovelace", "Ada@example.org")


async def test_a_password_is_kept_as_argon2id_and_known_again(keeper: Passwords) -> None:
    stored = await keeper.hash("Blaise et Amélie")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert stored != await keeper.hash("Blaise et Amélie")
    assert await keeper.verify(stored, "Blaise et Amélie")
    assert await keeper.verify(stored, "Blaise et Ame\u0301lie")
    assert not await keeper.verify(stored, "blaise et Amélie")
    assert not await keeper.verify("not a hash", "Blaise et Amélie")
    assert not keeper.is_outdated(stored)
    assert keeper.is_outdated(PasswordHasher(time_cost=1, memory_cost=8_192).hash("Blaise"))


async def test_nobodys_password_costs_what_anybodys_costs(keeper: Passwords) -> None:
    stored = await keeper.hash("Blaise et Amélie")
    assert extract_parameters(keeper._nobodys) == extract_parameters(stored)
    seconds: dict[str | None, list[float]] = {}
    for whose in (stored, None) * 3:
        began = time.perf_counter()
        assert not await keeper.verify(whose, "something else")
        seconds.setdefault(whose, []).append(time.perf_counter() - began)
    assert 1 / 3 < min(seconds[None]) / min(seconds[stored]) < 3


async def test_the_loop_goes_on_and_who_would_wait_too_long_is_sent_away(
    keeper: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "WAITING_MAX", 2)
    tries = [asyncio.ensure_future(keeper.verify(None, "x")) for _ in range(THREADS + 3)]
    turns = 0
    while not all(each.done() for each in tries):
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(each) for each in outcomes] == [bool] * (THREADS + 2) + [Unavailable]
    assert not await keeper.verify(None, "x")
    assert WAITING_MAX * 0.1 < 5
