"""The scripts against the rules in pure Python: whatever happens in whatever order, both say the same.

Each act and the look after it go in one batch, so script and model share one `now`, to the millisecond.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.rules import rooms
from core.rules.rooms import RoomFacts, Slot
from tests.live.stage import Member, Room, Stage

VIDEO_S = 200
slots: st.SearchStrategy[Slot] = st.sampled_from((1, 2))


@dataclass(frozen=True)
class Act:
    """Something a member, the clock or an outage does."""

    name: Literal["enter", "take_over", "lose", "write", "connect", "leave", "pass", "near", "sweep", "gap"]
    slot: Slot = 1
    ms: int = 0


acts = st.one_of(
    st.builds(Act, st.just("enter"), slots),
    st.builds(Act, st.just("lose"), slots),
    st.builds(Act, st.just("pass"), ms=st.integers(1, 12_000)),
    st.builds(Act, st.just("write"), slots),
    st.builds(Act, st.just("pass"), ms=st.integers(12_000, 130_000)),
    st.builds(Act, st.just("near"), ms=st.integers(-15, 5)),
    st.builds(Act, st.just("enter"), slots),
    st.builds(Act, st.just("gap"), ms=st.integers(1, 90_000)),
    st.builds(Act, st.just("take_over"), slots),
    st.sampled_from((Act("sweep"), Act("connect"))),
)
BEGUN = [Act("enter", 1), Act("enter", 2), Act("connect")]
beginnings = st.sampled_from((BEGUN, BEGUN, BEGUN[:2], []))


class Pair:
    """A room in the shard and the same room in the model."""

    def __init__(self, stage: Stage, mode: Literal["text", "video"]) -> None:
        self.stage = stage
        self.mode = mode
        self.room = Room(stage, mode, VIDEO_S if mode == "video" else 0)
        self.members: dict[Slot, Member] = {}
        self.model: RoomFacts

    async def open(self) -> None:
        node = await self.stage.node()
        self.members = {1: Member(self.room, "Ada", node), 2: Member(self.room, "Ben", node)}
        seat = await self.room.seat(self.members[1], self.members[2])
        await node.family.call("create", seat)
        opened_at = (await self.members[1].view())["opened_at"]
        self.model = RoomFacts(mode=self.mode, opened_at_ms=opened_at, length_ms=VIDEO_S * 1_000)

    async def do(self, act: Act) -> None:
        """Does it to both, and compares."""
        member = self.members[act.slot]
        if act.name == "near":
            now, _ = await member.node.family.call("now")
            ahead = self.model.next_end[0] - now if self.model.reason is None else 0
            await self.stage.pass_time(max(0, ahead + act.ms) / 1_000)
        elif act.name == "pass":
            await self.stage.pass_time(act.ms / 1_000)
        elif act.name == "gap":
            await self.stage.gap(act.ms / 1_000)
        answers = await asyncio.gather(
            member.node.family.call("now"), self._script(act, member), member.view(), return_exceptions=True
        )
        now, view = answers[0][0], answers[2]
        self._model(act, now)
        self._compare(view, now)
        if isinstance(answers[1], BaseException):
            self._explain(act, answers[1])

    async def _script(self, act: Act, member: Member) -> Any:
        if act.name == "enter" and act.slot in self.model.bound:
            return await member.enter(conn=member.conn)
        if act.name in {"enter", "take_over"}:
            return await member.enter()
        if act.name == "lose":
            return await member.drop()
        if act.name == "write":
            return await member.say("words")
        if act.name == "connect" and self.mode == "video":
            return await member.outcome("connected", 1)
        if act.name == "sweep":
            return await member.node.family.call("sweep", 200)
        return None

    def _model(self, act: Act, now: int) -> None:
        if act.name == "gap":
            self.model = rooms.out_of_order(self.model, act.ms, now)
        room = rooms.settled(self.model, now)
        if act.name in {"enter", "take_over"}:
            room = rooms.entered(room, act.slot, now)
        elif act.name == "lose":
            room = rooms.lost(room, act.slot, now)
        elif act.name == "write" and room.started_at_ms is not None:
            room = rooms.wrote(room, act.slot, now)
        elif act.name == "connect" and self.mode == "video" and room.started_at_ms and act.slot in room.bound:
            room = rooms.connected(room, now)
        self.model = rooms.settled(room, now)

    def _explain(self, act: Act, error: BaseException) -> None:
        """A refusal must have its reason in the model."""
        assert isinstance(error, Refusal)
        reasons = {
            "room_ended": self.model.reason is not None,
            "not_bound": act.slot not in self.model.bound,
            "too_early": self.model.started_at_ms is None,
        }
        assert reasons[error.code], f"{act} was refused {error.code}"

    def _compare(self, view: dict[str, Any], now: int) -> None:
        model = self.model
        expected: dict[str, Any] = {
            "status": model.status,
            "reason": model.reason or "",
            "ended_at": model.ended_at_ms or 0,
            "seconds": model.seconds,
            "started_at": model.started_at_ms or 0,
            "grace_1": model.grace_1_ms or 0,
            "grace_2": model.grace_2_ms or 0,
            "torch_state": "",
            "dims_at": 0,
            "out_at": 0,
        }
        if model.torch is not None and model.reason is None:
            expected["torch_state"] = "frozen"
            if model.frozen_at_ms is None:
                expected["torch_state"] = model.torch.state(now)
                expected["dims_at"] = model.torch.dims_at_ms
                expected["out_at"] = model.torch.out_at_ms
        assert {name: view[name] for name in expected} == expected
        assert {slot for slot in (1, 2) if view[f"conn_{slot}"]} == model.bound

    async def check_pushes(self) -> None:
        """Dimming and relit alternate, whatever happened, and the last one said is what is."""
        heard = [
            kind
            for _, kind, data in await self.members[1].node.hears()
            if kind.startswith("torch.") and data["room_id"] == self.room.room_id
        ]
        assert heard.count("torch.relit") <= heard.count("torch.dimming") + 1
        warned = (await self.room.hash())["warned_at"] != "0"
        if self.model.reason is None:
            assert warned == self.model.is_dimming_said


@given(st.sampled_from(("text", "text", "video")), beginnings, st.lists(acts, min_size=10, max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
async def test_the_scripts_keep_the_rules(stage: Stage, mode: Any, beginning: list[Act], story: list[Act]) -> None:
    pair = Pair(stage, mode)
    await pair.open()
    for act in (*beginning, *story):
        await pair.do(act)
        if pair.model.reason is not None:
            break
    await pair.check_pushes()
