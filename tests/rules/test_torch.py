"""The torch (rules, section 10): dims when someone was silent for two minutes and nobody wrote for one."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules import torch
from core.rules.torch import Periods, Torch

S = 1_000
instants = st.integers(0, 600 * S)


def test_the_examples_in_the_rule_are_true() -> None:
    assert doctest.testmod(torch).failed == 0


@pytest.mark.parametrize(
    ("wrote_1", "wrote_2", "dims_at", "out_at"),
    [
        (0, 0, 120, 180),  # nobody wrote
        (0, 30, 120, 180),  # one wrote early: the other's silence counts
        (0, 60, 120, 180),
        (0, 61, 121, 181),  # from here on the talker's own last minute counts
        (0, 300, 360, 420),  # one talks alone
        (290, 300, 410, 470),  # both talk
        (300, 290, 410, 470),  # and it does not matter who
    ],
)
def test_it_dims_and_goes_out(wrote_1: int, wrote_2: int, dims_at: int, out_at: int) -> None:
    lit = Torch(wrote_1 * S, wrote_2 * S)
    assert (lit.dims_at_ms, lit.out_at_ms) == (dims_at * S, out_at * S)
    assert lit.state(dims_at * S - 1) == "lit"
    assert lit.state(dims_at * S) == lit.state(out_at * S - 1) == "dimming"
    assert lit.state(out_at * S) == "out"


@given(instants, instants, st.sampled_from((1, 2)), instants)
def test_a_message_relights_whatever_has_not_gone_out(wrote_1: int, wrote_2: int, slot: int, later: int) -> None:
    now = max(wrote_1, wrote_2) + later
    fed = Torch(wrote_1, wrote_2).fed(1 if slot == 1 else 2, now)
    assert fed.state(now) == "lit"
    assert fed.dims_at_ms >= Torch(wrote_1, wrote_2).dims_at_ms


@given(instants, instants, instants, instants)
def test_time_that_does_not_count_changes_no_state(wrote_1: int, wrote_2: int, later: int, length: int) -> None:
    """Frozen at one instant and going on `length` later, it is what it was, for nobody wrote in between."""
    frozen_at = max(wrote_1, wrote_2) + later
    before = Torch(wrote_1, wrote_2)
    after = before.forward(length, frozen_at + length)
    assert after.state(frozen_at + length) == before.state(frozen_at)
    assert after.dims_at_ms == before.dims_at_ms + length


@given(instants, instants, instants, instants)
def test_it_never_moves_past_now(wrote_1: int, wrote_2: int, later: int, length: int) -> None:
    now = max(wrote_1, wrote_2) + later
    moved = Torch(wrote_1, wrote_2).forward(length, now)
    assert wrote_1 <= moved.wrote_1_ms <= now
    assert wrote_2 <= moved.wrote_2_ms <= now


def test_periods_are_settings() -> None:
    short = Torch.lit_at(0, Periods(dim_ms=900, out_ms=600))
    assert (short.dims_at_ms, short.out_at_ms) == (900, 1_500)
