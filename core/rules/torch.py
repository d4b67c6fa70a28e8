"""The torch: a started text room is kept alive by talk (rules, section 10).

    lit  ----(dims_at)---->  dimming  ----(out_at)---->  out: the room ends torch_out
      ^------(a message)-------+

The torch dims when someone has been silent for two minutes and nobody has written for one; it goes out a minute later.
It is derived from when each member last wrote, never stored. The scripts carry the same rule
(core/lua/room/1_torch.lua); tests drive both and compare.
"""

from dataclasses import dataclass, replace
from typing import Literal

State = Literal["lit", "dimming", "out"]


@dataclass(frozen=True, slots=True)
class Periods:
    """TORCH_DIM_S and TORCH_OUT_S, in milliseconds."""

    dim_ms: int = 120_000
    out_ms: int = 60_000


@dataclass(frozen=True, slots=True)
class Torch:
    """When each member last wrote, ms; both begin at the room's start. What does not count has moved them forward."""

    wrote_1_ms: int
    wrote_2_ms: int
    periods: Periods = Periods()

    @classmethod
    def lit_at(cls, started_at_ms: int, periods: Periods = Periods()) -> "Torch":
        """Returns the torch of a room that starts now."""
        return cls(started_at_ms, started_at_ms, periods)

    @property
    def dims_at_ms(self) -> int:
        """
        >>> Torch(0, 0).dims_at_ms
        120000
        >>> Torch(0, 100_000).dims_at_ms  # one of the two talks on
        160000
        """
        earlier, later = sorted((self.wrote_1_ms, self.wrote_2_ms))
        return max(earlier + self.periods.dim_ms, later + self.periods.out_ms)

    @property
    def out_at_ms(self) -> int:
        return self.dims_at_ms + self.periods.out_ms

    def state(self, now_ms: int) -> State:
        """Returns what the torch is at an instant, while nobody is missing."""
        if now_ms >= self.out_at_ms:
            return "out"
        return "dimming" if now_ms >= self.dims_at_ms else "lit"

    def fed(self, slot: Literal[1, 2], now_ms: int) -> "Torch":
        """Returns the torch after member `slot` wrote."""
        return replace(self, wrote_1_ms=now_ms) if slot == 1 else replace(self, wrote_2_ms=now_ms)

    def forward(self, length_ms: int, now_ms: int) -> "Torch":
        """Returns the torch after `length_ms` that do not count (grace, an outage of ours), never past now.

        >>> Torch(0, 5_000).forward(10_000, now_ms=12_000)
        Torch(wrote_1_ms=10000, wrote_2_ms=12000, periods=Periods(dim_ms=120000, out_ms=60000))
        """
        return replace(
            self,
            wrote_1_ms=min(self.wrote_1_ms + length_ms, now_ms),
            wrote_2_ms=min(self.wrote_2_ms + length_ms, now_ms),
        )
