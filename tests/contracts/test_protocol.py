"""The names on the wire are a promise to other people's clients: this page is that promise, read aloud.

`field?` may be absent; `field|null` may be null; every other field is always there and never null.
"""

import re
from pathlib import Path

import pytest
from msgspec import Struct

from core.protocol import __main__ as command
from core.protocol import generate
from core.protocol.client import CLIENT_MESSAGES
from core.protocol.codes import ERROR_CODES, HELLO_REFUSED, HTTP_CODES, SOCKET_CODES, Close
from core.protocol.exchanges import CHAPTERS, refusals_of
from core.protocol.generate.schema import HTTP_STRUCTS, SOCKET_STRUCTS, components, name_of, structs_in
from core.protocol.http import ROUTES
from core.protocol.http.base import problems_of
from core.protocol.server import PUSHES, REPLIES, SERVER_MESSAGES

CLIENT = """
hello {ref, token, protocol, client?|null, room?|null}
ping {ref}
queue.join {ref}
queue.leave {ref}
queue.browse {ref, limit, include_cooldown?|null, again?|null}
invite.send {ref, to, mode, seconds?|null}
invite.accept {ref, invite_id, seconds?|null}
invite.decline {ref, invite_id}
invite.rescind {ref, invite_id}
room.enter {ref, room_id, last_seq, epoch?|null}
room.leave {ref, room_id}
chat.send {ref, room_id, client_id, kind, body}
chat.typing {ref, room_id}
chat.read {ref, room_id, seq}
chat.history {ref, room_id, before_seq?|null, limit}
video.request {ref, room_id}
video.accept {ref, room_id}
video.decline {ref, room_id}
rtc.signal {ref, room_id, generation, description?|null, candidate?|null}
rtc.outcome {ref, room_id, generation, outcome, relay?|null}
rtc.restart {ref, room_id}
"""

SERVER = """
done {ref}
failed {ref?, code, message, retry_after_ms?, outcome?}
welcome {ref, user, node, server_at_ms, ping_ms, limits, presence, wish, invites, room|null, last_room|null, notifications}
pong {ref, server_at_ms}
queue.page {ref, cards, waiting}
invite.sent {ref, invite_id, expires_at_ms}
room.entered {ref, room}
chat.sent {ref, seq, sent_at_ms}
chat.page {ref, messages, more}
card.changed {user_id, presence}
invite.received {invite}
invite.ended {invite_id, outcome}
room.opened {room}
room.started {room_id, started_at_ms, ends_at_ms|null, torch|null}
room.moved {room_id}
room.partner_lost {room_id, grace_ends_at_ms}
room.partner_returned {room_id, torch|null}
room.ended {room_id, reason, seconds, cooldown_ends_at_ms|null, ended_at_ms}
room.restored {room_id, epoch}
chat.message {message}
chat.typed {room_id}
chat.was_read {room_id, seq}
torch.dimming {room_id, out_at_ms}
torch.relit {room_id, dims_at_ms}
video.requested {room_id, request_ends_at_ms}
video.declined {room_id, reason}
room.upgraded {room}
rtc.signal {room_id, generation, description?, candidate?|null}
rtc.negotiate {room_id, generation, polite}
intro.received {notification}
code.unlocked {code}
session.replaced {}
account.banned {reason}
node.draining {reconnect_after_ms}
"""  # noqa: E501  # one message a line, as on the protocol's page

PAYLOADS = """
Me {user_id, name, gender, account_type, paid_status, selfie_url|null, video_url|null, socials}
Card {user_id, name, gender, selfie_url|null, video_url|null, socials, introduced_by|null, presence, cooldown_ends_at_ms|null}
Invite {invite_id, from, to, mode, seconds|null, expires_at_ms}
Ended {room_id, reason, seconds, cooldown_ends_at_ms|null, ended_at_ms, messages}
RoomState {room_id, epoch, mode, status, initiator, partner, partner_present, bound_elsewhere, opened_at_ms, started_at_ms|null, ends_at_ms|null, torch|null, grace, video_request|null, generation, messages, more, last_seq, read}
TorchState {state, dims_at_ms|null, out_at_ms|null}
Grace {user_id, grace_ends_at_ms}
VideoRequest {from, request_ends_at_ms}
ReadMarks {mine, partner}
Message {room_id, seq, from, kind, body, client_id, sent_at_ms}
Notification {notification_id, kind, user_id|null, name, introduced_by_name, created_at_ms, read}
SocketLimits {text_max, chat_burst, chat_every_ms}
ClientInfo {name, version}
HeldRoom {room_id, last_seq, epoch?|null}
Description {type, sdp}
Candidate {candidate, sdp_mid?|null, sdp_mline_index?|null}
"""  # noqa: E501  # one payload a line, as on the protocol's page

HTTP = """
NewGuest {name, gender, invite_code?|null, intro_code?|null}
SignedUp {token, expires_at_ms, user}
Login {email, password}
LoggedIn {token, expires_at_ms, user, replaced}
NewAccount {email, password}
Permanent {user}
PasswordChange {old, new}
ResetRequest {email}
PasswordReset {password}
ProfileChange {name?|null, gender?|null, socials?|null}
Export {exported_at_ms, account, introduced_to|null, introduced_by|null, introduced_via_code|null, paid_at_ms|null, payment_id|null, qr_unlocked_at_ms|null, updated_at_ms, sessions, meetings, completions, cooldowns, blocks, reports, intros, notifications, codes}
ExportedSession {ip_address|null, device|null, is_active, ended_why|null, created_at_ms, last_active_at_ms, expires_at_ms, ended_at_ms|null}
ExportedCompletion {room_id, partner_id, seconds, completed_at_ms}
ExportedCooldown {user_id, expires_at_ms}
ExportedBlock {user_id, name, why, created_at_ms}
ExportedReport {report_id, user_id, room_id, reason, created_at_ms}
ExportedIntro {code, target_name, created_by_name, is_mine, created_at_ms, expires_at_ms}
ExportedCode {code, is_mine, uses_remaining|null, is_active, created_at_ms}
MyAccount {user_id, name, gender, account_type, paid_status, selfie_url|null, video_url|null, socials, email|null, created_at_ms, account_expires_at_ms|null, metrics, access}
Metrics {session_count, timer_total_seconds, last_sessions, successful_sessions}
PastMeeting {ended_at_ms, seconds}
Access {admitted, paid_status, invite_code|null, uses_remaining|null, qr_unlocked, unlock_at}
RedeemCode {code}
CodeInfo {type, uses_remaining|null}
NewCode {label}
MadeCode {code}
AdminCode {code, type, label|null, created_by|null, max_uses|null, uses_remaining|null, uses, is_active, created_at_ms}
AdminCodesQuery {before?, type?, limit?}
AdminCodesPage {items, more}
Heard {received}
HistoryQuery {before_at_ms?, limit?}
HistoryPage {items, more}
PastRoom {room_id, partner, started_at_ms, seconds, mode, reason, message_count}
PastRoomWithMessages {room_id, partner, started_at_ms, seconds, mode, reason, message_count, messages}
PastPartner {user_id|null, name}
NewReport {user_id, room_id, reason}
Filed {report_id}
NewBlock {user_id}
Block {user_id, name, why, created_at_ms}
Blocks {items}
Blacklisted {name, reason, banned_at_ms}
Blacklist {items}
ReportsQuery {state?, before?, limit?}
BansQuery {state?, before?, limit?}
Named {user_id, name|null}
Evidence {room_id, mode, started_at_ms, seconds, messages}
Report {report_id, reporter, reported, reason, created_at_ms, reviewed_at_ms|null, evidence, profile, ban_status, counting}
Reports {items, more}
NewBan {user_id, reason}
Ban {ban_id, user_id, name, ban_status, banned_at_ms, reason, report_count, review_status, reviewed_at_ms|null, reviewed_by|null, note|null, ip_addresses}
Bans {items, more}
NewReview {decision, note?|null}
Reviewed {ban|null, networks}
IpBansQuery {after?, limit?}
NewIpBan {cidr, reason, days?|null}
IpBanQuery {cidr}
IpBan {cidr, banned_at_ms, user_id|null, reason, expires_at_ms|null}
IpBans {items, more}
IpBanned {cidr}
UserPage {user, email|null, created_at_ms, account_expires_at_ms|null, ban_status, banned_reason|null, banned_at_ms|null, vindicated_at_ms|null, session_count, successful_sessions, reports_made, reports_received, live|null, logins, meetings, bans}
LiveUser {presence, wish, is_admitted, is_banned, connections, room_id|null, invites|null, ringing}
KnownLogin {session_id, ip_address|null, device|null, is_active, ended_why|null, created_at_ms, last_active_at_ms, expires_at_ms}
RoomTimeline {room_id, room|null, events}
RoomFacts {user_1, user_2, mode, status, opened_at_ms, started_at_ms|null, ended_at_ms|null, reason|null}
RoomEvent {event, at_ms, user_id|null, node|null, detail|null}
ExplainQuery {a, b}
Explanation {can_invite, refusal|null, a, b, block|null, cooldown_ends_at_ms|null}
ExplainedSide {presence, wish, is_admitted, is_banned, connections, room_id|null, invites|null, ringing, user_id, name}
Process {id, name, kind, address, since_ms, lease_ends_at_ms, connections, is_draining}
Processes {items}
NewAdminSession {username, password}
AdminSession {token, expires_at_ms}
AuditQuery {before?, limit?}
AuditPage {items, more}
AuditEntry {audit_id, at_ms, admin, act, target|null, detail, ip_address|null}
NewIntro {target_user_id}
IntroMade {code, url, expires_at_ms}
Intro {target_name, created_by_name}
Notifications {items, unread}
MediaAddress {url|null}
IceServers {ice_servers, expires_at_ms}
IceServer {urls, username, credential}
Health {alive}
Readiness {ready, degraded, checks}
Problem {type, title, status, code, detail?, retry_after_ms?, errors?}
FieldError {field, message}
"""  # noqa: E501  # the same

REPLIES_TO = """
hello: welcome
ping: pong
queue.join: done
queue.leave: done
queue.browse: queue.page
invite.send: invite.sent done
invite.accept: done
invite.decline: done
invite.rescind: done
room.enter: room.entered
room.leave: done
chat.send: chat.sent
chat.typing:
chat.read: done
chat.history: chat.page
video.request: done
video.accept: done
video.decline: done
rtc.signal:
rtc.outcome: done
rtc.restart: done
"""

FAILED_CODES = """
bad_message invalid_body invalid_target user_not_found invalid_duration not_admitted rate_limited already_inviting busy
offline reciprocal_pending cooldown invite_gone not_yours not_in_room not_bound room_ended too_early partner_away
not_video nothing_asked already_video unavailable internal
not_authenticated session_replaced banned protocol_too_old
"""

PROBLEM_CODES = """
400 bad_request weak_password
401 not_authenticated session_replaced wrong_credentials
403 banned forbidden not_admitted code_locked no_shared_room
404 not_found
405 method_not_allowed
409 email_taken already_permanent already_admitted already_reported
410 code_spent
413 too_large
415 unsupported_media
429 rate_limited
500 internal
503 unavailable
"""

CLOSE_CODES = "4000 4001 4002 4003 4004 4005 | 1009 4500 4501 4502 4503 4504 4506 4507 4508"
"""Come back by yourself | do not."""

ROUTES_SO_FAR = """
POST /api/v1/guests
POST /api/v1/sessions
DELETE /api/v1/sessions/current
POST /api/v1/password-resets
POST /api/v1/password-resets/{token}
GET /api/v1/me
PATCH /api/v1/me
DELETE /api/v1/me
POST /api/v1/me/account
PUT /api/v1/me/password
GET /api/v1/me/export
POST /api/v1/invite-codes/redeem
GET /api/v1/invite-codes/{code}
GET /api/v1/me/invite-code.svg
GET /api/v1/admin/invite-codes
POST /api/v1/admin/invite-codes
POST /api/v1/admin/invite-codes/{code}/deactivate
GET /api/v1/history
GET /api/v1/history/{room_id}
POST /api/v1/reports
GET /api/v1/blocks
POST /api/v1/blocks
DELETE /api/v1/blocks/{user_id}
GET /api/v1/blacklist
POST /api/v1/admin/sessions
DELETE /api/v1/admin/sessions/current
GET /api/v1/admin/audit
GET /api/v1/admin/reports
GET /api/v1/admin/bans
POST /api/v1/admin/bans
POST /api/v1/admin/bans/{user_id}/review
GET /api/v1/admin/ip-bans
POST /api/v1/admin/ip-bans
DELETE /api/v1/admin/ip-bans
GET /api/v1/admin/rooms/{room_id}/timeline
GET /api/v1/admin/users/{user_id}
GET /api/v1/admin/explain
GET /api/v1/admin/nodes
POST /api/v1/admin/nodes/{node_id}/drain
POST /api/v1/intros
GET /api/v1/intros/{code}
GET /api/v1/notifications
POST /api/v1/notifications/{notification_id}/read
POST /api/v1/webhooks/stripe
PUT /api/v1/me/selfie
DELETE /api/v1/me/selfie
PUT /api/v1/me/video
DELETE /api/v1/me/video
GET /media/{name}
GET /api/v1/turn
GET /healthz
GET /readyz
"""

ROOT = Path(__file__).parent.parent.parent


def promised(page: str) -> dict[str, str]:
    """Returns the lines of one of the lists above: name -> fields."""
    found = re.findall(r"^(\S+) \{(.*)\}$", page, re.MULTILINE)
    assert len(found) == len(page.strip().splitlines())
    return dict(found)


def declared(struct: type[Struct]) -> str:
    """Returns the fields of a struct as the lists above write them."""
    schema = components([struct])[struct.__name__]
    kinds = struct.__struct_config__
    fields = []
    for name, of_field in schema["properties"].items():
        if name == kinds.tag_field:
            continue
        optional = "" if name in schema["required"] else "?"
        nullable = "|null" if {"type": "null"} in of_field.get("anyOf", []) else ""
        fields.append(f"{name}{optional}{nullable}")
    return ", ".join(fields)


def structs_named(names: dict[str, str]) -> dict[str, type[Struct]]:
    everything = {struct.__name__: struct for struct in structs_in((*SOCKET_STRUCTS, *HTTP_STRUCTS))}
    return {name: everything[name] for name in names}


def test_every_request_of_the_page_exists_with_its_fields_and_no_other_does() -> None:
    assert {name_of(struct): declared(struct) for struct in CLIENT_MESSAGES} == promised(CLIENT)


def test_every_reply_and_push_of_the_page_exists_with_its_fields_and_no_other_does() -> None:
    assert {name_of(struct): declared(struct) for struct in SERVER_MESSAGES} == promised(SERVER)


def test_every_payload_of_the_page_exists_with_its_fields_and_no_other_does() -> None:
    payloads = promised(PAYLOADS)
    messages = {struct.__name__ for struct in SOCKET_STRUCTS}
    assert set(components(SOCKET_STRUCTS)) - messages == set(payloads)
    assert {name: declared(struct) for name, struct in structs_named(payloads).items()} == payloads


def test_every_http_body_exists_with_its_fields_and_no_other_does() -> None:
    bodies = promised(HTTP)
    assert set(components(HTTP_STRUCTS)) - set(promised(PAYLOADS)) == set(bodies)
    assert {name: declared(struct) for name, struct in structs_named(bodies).items()} == bodies


def test_each_request_has_its_reply() -> None:
    promised_replies = {
        request: replies.split()
        for request, _, replies in (line.partition(":") for line in REPLIES_TO.split("\n") if line)
    }
    assert {
        name_of(exchange.request): [name_of(reply) for reply in exchange.replies]
        for chapter in CHAPTERS
        for exchange in chapter.exchanges
    } == promised_replies


def test_every_push_has_its_place_in_the_tables() -> None:
    told = {
        push
        for chapter in CHAPTERS
        for pushes in (*(exchange.pushes for exchange in chapter.exchanges), chapter.other_pushes)
        for push in pushes
    }
    assert told == set(PUSHES)
    assert set(REPLIES).isdisjoint(PUSHES)


def test_failed_has_these_codes_and_each_can_answer_some_request() -> None:
    assert sorted(SOCKET_CODES) == sorted(FAILED_CODES.split())
    exchanges = [exchange for chapter in CHAPTERS for exchange in chapter.exchanges]
    assert {code for exchange in exchanges for code in refusals_of(exchange)} == set(SOCKET_CODES)


def test_problems_have_these_codes_with_these_statuses() -> None:
    promised_codes = {
        code: int(status)
        for status, *codes in (line.split() for line in PROBLEM_CODES.strip().splitlines())
        for code in codes
    }
    assert {code: ERROR_CODES[code].status for code in HTTP_CODES} == promised_codes


def test_close_codes_say_whether_to_come_back() -> None:
    come_back, stay_away = CLOSE_CODES.split("|")
    assert {int(close) for close in Close if close.may_come_back} == set(map(int, come_back.split()))
    assert {int(close) for close in Close if not close.may_come_back} == set(map(int, stay_away.split()))


@pytest.mark.parametrize(
    ("code", "close"),
    [
        ("not_authenticated", 4501),
        ("session_replaced", 4502),
        ("banned", 4503),
        ("protocol_too_old", 4504),
        ("unavailable", 4004),
    ],
)
def test_a_refused_hello_closes_the_socket_with(code: str, close: int) -> None:
    assert HELLO_REFUSED[code] == close


def test_the_routes_so_far() -> None:
    assert [f"{route.method} {route.path}" for route in ROUTES] == ROUTES_SO_FAR.split("\n")[1:-1]
    assert all(code in HTTP_CODES for route in ROUTES for code in problems_of(route))


def test_every_code_and_every_message_says_in_words_what_it_is() -> None:
    assert all(each.meaning for each in ERROR_CODES.values())
    assert all(close.meaning for close in Close)
    assert all((struct.__doc__ or "").strip() for struct in SOCKET_STRUCTS)


def test_the_generated_files_are_current() -> None:
    assert generate.outdated(ROOT) == []
    assert command.main(["generate", "--check"]) == 0


def test_generating_is_repeatable_and_a_stale_file_is_found(tmp_path: Path) -> None:
    assert generate.outputs() == generate.outputs()
    written = generate.write(tmp_path)
    assert set(written) == set(generate.outputs())
    assert generate.outdated(tmp_path) == []
    (tmp_path / "docs/protocol/codes.md").write_text("something else")
    assert generate.outdated(tmp_path) == [Path("docs/protocol/codes.md")]


def test_the_command_explains_itself_when_misused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["invent"]) == 2
    assert "generate [--check]" in capsys.readouterr().err
