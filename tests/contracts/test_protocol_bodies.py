"""What may be said: rules section 9, and the sizes of what is relayed."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec import UNSET, UnsetType

from core.errors import Refusal
from core.protocol.bodies import (
    CANDIDATE_MAX,
    SDP_MAX,
    check_body,
    check_chat,
    check_client_id,
    check_signal,
    check_text,
    trim,
)
from core.protocol.client import NOBODY, ChatSend, RtcSignal
from core.protocol.http.accounts import INVISIBLE, NAME_MAX, NAME_PATTERN, check_name
from core.protocol.payloads import Body, Candidate, Description

UNICODE_WHITE_SPACE = [
    *range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
]  # fmt: skip
"""The property White_Space in PropList.txt of the Unicode Character Database."""


def refused(kind: str, body: Body) -> bool:
    with pytest.raises(Refusal) as caught:
        check_body(kind, body)
    return caught.value.code == "invalid_body"


def test_text_is_trimmed_of_unicode_white_space_and_of_nothing_else() -> None:
    for point in range(0x10000):
        trimmed = trim(f"{chr(point)}x{chr(point)}")
        assert trimmed == ("x" if point in UNICODE_WHITE_SPACE else f"{chr(point)}x{chr(point)}"), hex(point)


@pytest.mark.parametrize("text", ["a", " a ", "a\nb", "é" * 500, "🔥" * 500, " " * 300 + "a" * 500 + "\u3000" * 300])
def test_a_text_of_1_to_500_code_points_is_taken(text: str) -> None:
    assert check_text(text) == text.strip()


@pytest.mark.parametrize("text", ["", " ", "\t\n\u00a0\u3000", "a" * 501, "🔥" * 501, "a\0b", "\0"])
def test_an_empty_or_longer_text_or_one_with_nul_is_refused(text: str) -> None:
    assert refused("text", text)


def test_the_longest_text_is_a_setting() -> None:
    assert check_text("four", text_max=4) == "four"
    with pytest.raises(Refusal, match="longer than 4"):
        check_text("fours", text_max=4)


@given(some.text())
def test_a_text_once_taken_is_taken_again_as_it_is(text: str) -> None:
    try:
        kept = check_text(text)
    except Refusal:
        return
    assert check_text(kept) == kept


@pytest.mark.parametrize(
    "socials", [{"instagram": "ada"}, {f"p{n}": "x" * 30 for n in range(10)}, {"x" * 30: "🔥" * 30}]
)
def test_up_to_ten_handles_of_up_to_thirty_are_taken(socials: dict[str, str]) -> None:
    assert check_body("social", socials) == socials


def test_handles_are_trimmed() -> None:
    assert check_body("social", {" instagram ": "\u3000ada\n"}) == {"instagram": "ada"}


@pytest.mark.parametrize(
    "socials",
    [
        {},
        {f"p{n}": "x" for n in range(11)},
        {"instagram": "x" * 31},
        {"x" * 31: "ada"},
        {"instagram": ""},
        {"instagram": " "},
        {"": "ada"},
        {"instagram": "a\0"},
        {"inst\0agram": "ada"},
        {"instagram": "ada", "instagram ": "eve"},
    ],
)
def test_other_handles_are_refused(socials: dict[str, str]) -> None:
    assert refused("social", socials)


@pytest.mark.parametrize(
    ("kind", "body"), [("system", "upgraded"), ("image", "x"), ("", "x"), ("text", {"a": "b"}), ("social", "ada")]
)
def test_unknown_kinds_and_bodies_of_another_kind_are_refused(kind: str, body: Body) -> None:
    assert refused(kind, body)


@pytest.mark.parametrize("client_id", ["a", "A-z_09", "x" * 64])
def test_a_client_id_is_1_to_64_of_letters_digits_underscore_and_dash(client_id: str) -> None:
    assert check_client_id(client_id) == client_id


@pytest.mark.parametrize("client_id", ["", "x" * 65, "a b", "a\n", "é", "a:b", "\0", "١"])
def test_any_other_client_id_is_refused(client_id: str) -> None:
    with pytest.raises(Refusal, match="client_id"):
        check_chat(ChatSend(ref=1, room_id=NOBODY, client_id=client_id, kind="text", body="hi"))


def signal(description: Description | None = None, candidate: Candidate | UnsetType | None = UNSET) -> RtcSignal:
    return RtcSignal(ref=1, room_id=NOBODY, generation=1, description=description, candidate=candidate)


@pytest.mark.parametrize(
    "taken",
    [
        signal(Description(type="offer", sdp="x" * SDP_MAX)),
        signal(Description(type="offer", sdp="é" * (SDP_MAX // 2))),
        signal(candidate=Candidate(candidate="x" * CANDIDATE_MAX)),
        signal(candidate=None),
        signal(Description(type="answer", sdp=""), Candidate(candidate="")),
    ],
    ids=["48 KiB", "48 KiB in UTF-8", "2 KiB", "end of candidates", "both"],
)
def test_signals_within_their_sizes_are_relayed(taken: RtcSignal) -> None:
    check_signal(taken)


@pytest.mark.parametrize(
    "too_much",
    [
        signal(Description(type="offer", sdp="x" * SDP_MAX + "x")),
        signal(Description(type="offer", sdp="é" * (SDP_MAX // 2) + "x")),
        signal(candidate=Candidate(candidate="x" * (CANDIDATE_MAX + 1))),
        signal(),
    ],
    ids=["longer sdp", "longer sdp in UTF-8", "longer candidate", "nothing"],
)
def test_longer_ones_and_empty_ones_are_refused(too_much: RtcSignal) -> None:
    with pytest.raises(Refusal) as caught:
        check_signal(too_much)
    assert caught.value.code == "invalid_body"


@given(some.text(max_size=60))
def test_what_the_schema_says_of_names_is_what_is_checked(name: str) -> None:
    """Where they differ at all, in marks that few fonts show, the schema is the one that allows more."""
    is_promised = bool(re.search(NAME_PATTERN, name)) and len(name) <= NAME_MAX
    try:
        check_name(name)
    except ValueError:
        assert not is_promised or {unicodedata.category(character) for character in name} <= INVISIBLE
    else:
        assert is_promised or name != trim(name)
