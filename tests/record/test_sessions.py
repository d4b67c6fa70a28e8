"""Sign-up and logins: the token is never stored, one login at a time."""

import asyncio
import hashlib

from core.ids import new_id
from core.record import Record
from tests.record.pen import sign_up


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def test_a_guest_signs_up_and_is_found_by_his_token(record: Record) -> None:
    profile, session, _ = await record.users.create_guest("Ada", "female", digest("ada-1"), "203.0.113.7", "phone", 7)
    found = await record.sessions.by_hash(digest("ada-1"))
    assert found is not None
    assert (found.user_id, found.session_id, found.is_active, found.is_expired) == (
        profile.user_id,
        session.session_id,
        True,
        False,
    )
    assert found.profile.name == "Ada"
    assert found.expires_at_ms == session.expires_at_ms
    assert await record.users.exists(profile.user_id)
    assert not await record.users.exists(new_id())
    assert await record.sessions.by_hash(digest("never")) is None


async def test_everything_about_me(record: Record) -> None:
    ada = await sign_up(record, "Ada")
    account = await record.users.me(ada)
    assert account is not None
    assert (account.session_count, account.timer_total_seconds, account.last_sessions) == (0, 0, [])
    assert account.account_expires_at_ms is not None
    assert account.account_expires_at_ms - account.created_at_ms == 7 * 86_400_000
    assert await record.users.me(new_id()) is None


async def test_a_new_login_ends_the_older_one_and_leaves_word_for_redis(record: Record) -> None:
    profile, first, _ = await record.users.create_guest("Ada", "female", digest("one"), None, None, 7)
    login = await record.sessions.log_in(profile.user_id, digest("two"), None, None, 30)
    assert login is not None
    assert login.replaced
    assert login.session.session_id > first.session_id
    old = await record.sessions.by_hash(digest("one"))
    assert old is not None
    assert (old.is_active, old.ended_why) == (False, "replaced")
    row = await record.database.fetchrow("select kind, payload from outbox where outbox_id = $1", login.outbox_id)
    assert row is not None
    assert row["payload"] == {"user_id": profile.user_id, "session_id": first.session_id, "why": "replaced"}


async def test_of_logins_that_race_exactly_one_is_active_and_it_is_the_last(record: Record) -> None:
    ada = await sign_up(record, "Ada")
    for _ in range(10):
        logins = await asyncio.gather(
            *(record.sessions.log_in(ada, digest(new_id()), None, None, 30) for _ in range(8))
        )
        active = await record.database.fetch("select session_id from sessions where user_id = $1 and is_active", ada)
        assert [row["session_id"] for row in active] == [max(login.session.session_id for login in logins if login)]


async def test_a_logout_ends_the_login_once(record: Record) -> None:
    profile, session, _ = await record.users.create_guest("Ada", "female", digest("one"), None, None, 7)
    closed = await record.sessions.close(digest("one"))
    assert closed is not None
    assert (closed.user_id, closed.session_id) == (profile.user_id, session.session_id)
    assert await record.sessions.close(digest("one")) is None
    found = await record.sessions.by_hash(digest("one"))
    assert found is not None
    assert (found.is_active, found.ended_why) == (False, "logged_out")


async def test_nobody_logs_in_as_somebody_unknown(record: Record) -> None:
    assert await record.sessions.log_in(new_id(), digest("x"), None, None, 30) is None


async def test_people_of_the_last_day_come_with_fence_and_login(record: Record) -> None:
    profile, first, _ = await record.users.create_guest("Ada", "female", digest("one"), None, None, 7)
    login = await record.sessions.log_in(profile.user_id, digest("two"), None, None, 30)
    assert login is not None
    bob = await sign_up(record, "Bob")
    await record.database.execute(
        "update sessions set last_active_at = now() - interval '2 days' where user_id = $1", bob
    )
    since = await record.database.fetchval("select ms(now() - interval '1 day')")
    (ada,) = await record.users.known_since(since, None, 10)
    assert (ada.fence, ada.fence_why) == (first.session_id, "replaced")
    assert (ada.session_id, ada.token_hash) == (login.session.session_id, digest("two").hex())
    assert await record.users.known_since(since, profile.user_id, 10) == []


async def test_who_logged_out_is_known_with_a_fence_and_without_a_login(record: Record) -> None:
    _, session, _ = await record.users.create_guest("Ada", "female", digest("one"), None, None, 7)
    await record.sessions.close(digest("one"))
    (ada,) = await record.users.known_since(0, None, 10)
    assert (ada.fence, ada.fence_why, ada.session_id, ada.token_hash) == (session.session_id, "logged_out", None, None)


async def test_a_login_that_merely_expired_has_no_fence(record: Record) -> None:
    """He may be in a room, and comes back to it after Redis was lost."""
    await record.users.create_guest("Ada", "female", digest("one"), None, None, 0)
    (ada,) = await record.users.known_since(0, None, 10)
    assert (ada.fence, ada.session_id) == (0, None)
    found = await record.sessions.by_hash(digest("one"))
    assert found is not None
    assert (found.is_active, found.is_expired) == (True, True)


async def test_a_login_in_use_is_noted_once_a_minute(record: Record) -> None:
    _, session, _ = await record.users.create_guest("Ada", "female", digest("one"), None, None, 7)
    seen = "select last_active_at from sessions where session_id = $1"
    before = await record.database.fetchval(seen, session.session_id)
    await record.sessions.touch(session.session_id)
    assert await record.database.fetchval(seen, session.session_id) == before
    await record.database.execute("update sessions set last_active_at = now() - interval '2 minutes'")
    await record.sessions.touch(session.session_id)
    assert await record.database.fetchval(seen, session.session_id) > before
