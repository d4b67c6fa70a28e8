"""`make run`: one command brings everything up, one signal takes it down, and nothing is ever left behind."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from argon2 import PasswordHasher
from redis.asyncio import Redis

from core.logs import BAD_SETTINGS
from tests.dev.checkout import Checkout


@pytest.fixture
def checkout(scratch: Path) -> Iterator[Checkout]:
    made = Checkout(scratch)
    yield made
    made.clean()


@pytest.fixture
def public_checkout() -> Iterator[Checkout]:
    """Where every user of the machine may go."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="cresset-test-") as folder:
        Path(folder).chmod(0o755)
        made = Checkout(Path(folder))
        yield made
        made.clean()


def stores_of(checkout: Checkout) -> dict[str, str]:
    lines = (checkout.root / ".data" / "stores.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


async def test_one_command_brings_everything_up_and_one_signal_takes_it_down_in_order(checkout: Checkout) -> None:
    make = checkout.start(WEB="2", WORKERS="2")
    await checkout.hears(rf"ready: {checkout.url}")
    for name, port in {
        "web.1": checkout.port,
        "web.2": checkout.port + 1,
        "worker.1": checkout.metrics_port + 30,
        "worker.2": checkout.metrics_port + 31,
    }.items():
        await checkout.hears(rf"{name} +http://127.0.0.1:{port} ")
    urls = stores_of(checkout)
    connection = await asyncpg.connect(urls["DATABASE_URL"])
    assert await connection.fetchval("select count(*) from schema_migrations") > 0
    await connection.close()
    os.killpg(make.pid, signal.SIGTERM)  # which make passes on, so that it comes twice; it counts once
    await checkout.ended()
    said = checkout.said
    order = [said.index(f"stopping {what}") for what in ("web.1, web.2", "worker.1, worker.2", "redis", "postgres")]
    assert order == sorted(order)
    assert said.count("web says goodbye") == 2
    assert "stopped" in said
    await checkout.is_deserted()


async def test_redis_is_set_up_to_lose_nothing_and_both_stores_want_a_password(checkout: Checkout) -> None:
    checkout.start()
    await checkout.hears("ready: ")
    urls = stores_of(checkout)
    client = Redis.from_url(urls["REDIS_URL"], decode_responses=True)
    wanted = {
        "appendonly": "yes",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "maxmemory-policy": "noeviction",
    }
    for name, value in wanted.items():
        assert await client.config_get(name) == {name: value}
    await client.aclose()
    port = int(urls["DATABASE_URL"].rsplit(":", 1)[1].split("/")[0])
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host="127.0.0.1", port=port, user="cresset", password="wrong", database="cresset")


async def test_control_c_reaches_everything_and_the_data_is_there_the_next_time(checkout: Checkout) -> None:
    make = checkout.start()
    await checkout.hears("ready: ")
    first = stores_of(checkout)
    client = Redis.from_url(first["REDIS_URL"])
    await client.set("told", "once")
    await client.aclose()
    os.killpg(make.pid, signal.SIGINT)  # what a terminal does
    await checkout.ended()
    await checkout.is_deserted()
    (checkout.root / "said").unlink()
    checkout.start()
    await checkout.hears("ready: ")
    assert stores_of(checkout) == first
    client = Redis.from_url(first["REDIS_URL"])
    assert await client.get("told") == b"once"
    await client.aclose()


@pytest.mark.parametrize("whom", ["the supervisor", "make", "both"])
async def test_nothing_is_left_behind_when_it_is_killed(checkout: Checkout, whom: str) -> None:
    make = checkout.start()
    await checkout.hears("ready: ")
    assert len(checkout.pids("^[0-9]+ sleep")) == 2  # the grandchildren
    (supervisor,) = checkout.pids("dev.run")
    if whom != "make":
        os.kill(supervisor, signal.SIGKILL)
    if whom != "the supervisor":
        make.kill()
    await checkout.is_deserted()
    await checkout.ended()


async def test_nothing_is_left_behind_when_even_the_keeper_is_killed(checkout: Checkout) -> None:
    checkout.start()
    await checkout.hears("ready: ")
    (keeper,) = checkout.pids(r"keeper\.py")
    (supervisor,) = checkout.pids("dev.run")
    os.kill(keeper, signal.SIGKILL)
    os.kill(await checkout.pid_of(), signal.SIGKILL)  # the supervisor will want to tell the keeper of the next one
    await checkout.hears("web.1 ended [(]SIGKILL[)], starting it again")
    await answers_again(checkout)
    assert checkout.pids(r"keeper\.py") != [keeper]
    os.kill(supervisor, signal.SIGKILL)
    await checkout.is_deserted()


async def test_who_crashes_is_started_again_and_its_children_do_not_pile_up(checkout: Checkout) -> None:
    checkout.start()
    await checkout.hears("ready: ")
    for _ in range(2):
        killed = await checkout.pid_of()
        os.kill(killed, signal.SIGKILL)
        assert await answers_again(checkout) != killed
    assert len(checkout.pids("^[0-9]+ sleep")) == 2
    assert checkout.said.count("web.1 ended (SIGKILL), starting it again in") == 2


async def test_stores_that_crash_are_started_again_with_what_they_held(checkout: Checkout) -> None:
    checkout.start()
    await checkout.hears("ready: ")
    urls = stores_of(checkout)
    client = Redis.from_url(urls["REDIS_URL"])
    await client.set("acknowledged", "kept")
    for pid in checkout.pids(r"postgres -D|valkey-server|redis-server"):
        os.kill(pid, signal.SIGKILL)
    await checkout.hears("postgres ended [(]SIGKILL[)], starting it again")
    await checkout.hears("redis ended [(]SIGKILL[)], starting it again")
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(Exception):
                connection = await asyncpg.connect(urls["DATABASE_URL"])
                await connection.close()
                assert await client.get("acknowledged") == b"kept"
                break
            await asyncio.sleep(0.05)
    await client.aclose()


async def answers_again(checkout: Checkout) -> int:
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(OSError):
                return await checkout.pid_of()
            await asyncio.sleep(0.05)


async def test_a_second_one_is_told_who_runs(checkout: Checkout) -> None:
    first = checkout.start()
    await checkout.hears("ready: ")
    checkout.start()
    assert await checkout.ended() != 0
    found = await checkout.hears(r"Cresset is already running from this folder \(process (\d+), (\S+)\); stop that one")
    assert [int(found[1])] == checkout.pids("dev.run")
    assert found[2] == checkout.url
    first.terminate()
    first.wait()
    await checkout.is_deserted()


async def test_a_port_in_use_is_named(checkout: Checkout) -> None:
    taken = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", checkout.port + 1)
    checkout.start(WEB="2")
    assert await checkout.ended() != 0
    await checkout.hears(rf"port {checkout.port + 1} cannot be had .*; choose another with PORT=")
    taken.close()
    await checkout.is_deserted()


async def test_malformed_settings_stop_the_start_at_once(checkout: Checkout) -> None:
    checkout.start(".venv/bin/python", "-m", "dev.run", GRACE_S="soon", LIMIT_CHAT="often")
    assert await checkout.ended() == BAD_SETTINGS
    await checkout.hears("GRACE_S='soon' should be a number")
    await checkout.hears("LIMIT_CHAT='often' should be")
    await checkout.is_deserted()


async def test_a_schema_that_cannot_be_applied_stops_the_start(checkout: Checkout) -> None:
    (checkout.root / "sql" / "migrations" / "9999_broken.sql").write_text("create tabel oops ();")
    checkout.start()
    assert await checkout.ended() != 0
    await checkout.hears("9999_broken failed: syntax error")
    await checkout.hears("the schema could not be brought up to date")
    await checkout.is_deserted()


async def test_nobody_reading_what_it_says_does_not_stop_it(checkout: Checkout) -> None:
    stub = checkout.root / "web" / "__main__.py"
    stub.write_text(
        stub.read_text().replace("told = ", 'print("x" * 1000 * 1000 + "\\n" * 30000, flush=True); told = ')
    )
    command = ".venv/bin/python -m dev.run | (grep -m1 -q ready: && echo heard; sleep 600)"
    checkout.start("sh", "-c", command)
    await checkout.hears("heard")
    (supervisor,) = checkout.pids(r"^[0-9]+ \S*python\S* -m dev.run")
    assert await checkout.pid_of()
    os.kill(supervisor, signal.SIGTERM)
    await checkout.hears("heard")
    checkout_pids = checkout.pids("^[0-9]+ (sh|sleep)")
    await only_left(checkout, checkout_pids)


async def only_left(checkout: Checkout, pids: list[int]) -> None:
    async with asyncio.timeout(20):
        while set(checkout.pids("")) - set(pids):
            await asyncio.sleep(0.05)


async def test_it_runs_in_a_folder_that_only_we_may_enter(checkout: Checkout) -> None:
    checkout.root.chmod(0o700)
    make = checkout.start()
    await checkout.hears("ready: ")
    make.terminate()
    await checkout.ended()
    await checkout.is_deserted()


async def test_it_runs_without_the_rights_of_root(checkout: Checkout) -> None:
    renamed = ("unshare", "--user", "--map-user=65534", "--map-group=65534") if os.geteuid() == 0 else ()
    make = checkout.start(*renamed, "make", "run")
    await checkout.hears("ready: ")
    make.terminate()
    await checkout.ended()
    await checkout.is_deserted()


@pytest.mark.system
@pytest.mark.timeout(600)  # it installs everything anew
async def test_another_user_can_install_and_run_it(public_checkout: Checkout) -> None:
    """Where nothing is installed yet, with the Python that this user finds. Asks the package index."""
    checkout = public_checkout
    user = pwd.getpwnam("daemon") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    (checkout.root / ".venv").unlink()
    for path in (checkout.root, *checkout.root.rglob("*")):
        shutil.chown(path, user.pw_uid)
    checkout.start(
        user=user.pw_uid if os.geteuid() == 0 else None, HOME=str(checkout.root), PATH="/usr/local/bin:/usr/bin:/bin"
    )
    await checkout.hears("ready: ", within=100)
    (postgres,) = checkout.pids("postgres -D")
    assert Path(f"/proc/{postgres}").stat().st_uid == user.pw_uid
    os.kill(checkout.pids("dev.run")[0], signal.SIGTERM)
    await checkout.is_deserted()


async def test_a_second_control_c_does_not_wait(checkout: Checkout) -> None:
    stub = checkout.root / "web" / "__main__.py"
    stub.write_text(stub.read_text().replace("signal.SIGTERM, told.set", "signal.SIGTERM, print, 'cannot end'"))
    make = checkout.start()
    await checkout.hears("ready: ")
    os.killpg(make.pid, signal.SIGINT)
    await checkout.hears("cannot end")
    async with asyncio.timeout(10):
        while "web.1 ended (SIGKILL) instead of stopping in order" not in checkout.said:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(make.pid, signal.SIGINT)
            await asyncio.sleep(0.3)
    await checkout.is_deserted()


async def test_an_operator_is_made_where_none_is_named_and_stays_the_same(checkout: Checkout) -> None:
    for runs in (1, 2):
        make = checkout.start(WEB="1", WORKERS="0")
        found = await checkout.hears(r"operator +admin, password (\S+)")
        await checkout.hears(rf"(?s)(ready: .*){{{runs}}}")
        kept = checkout.root / ".data" / "admin.env"
        assert kept.stat().st_mode & 0o077 == 0
        admin = dict(line.split("=", 1) for line in kept.read_text().splitlines())
        assert admin["ADMIN_PASSWORD"] == found[1]
        assert PasswordHasher().verify(admin["ADMIN_PASSWORD_HASH"], found[1])
        assert checkout.said.count(found[1]) == runs
        os.killpg(make.pid, signal.SIGTERM)
        await checkout.ended()


async def test_no_operator_is_made_where_one_is_named(checkout: Checkout) -> None:
    password_hash = PasswordHasher().hash("mine")
    checkout.start(WEB="1", WORKERS="0", ADMIN_USERNAME="root", ADMIN_PASSWORD_HASH=password_hash)
    await checkout.hears("ready: ")
    assert "password" not in checkout.said
    assert not (checkout.root / ".data" / "admin.env").exists()
