"""How much of the introductions to one user is at hand when he comes and browses (rules, section 13)."""

UNREAD_MAX = 50
"""Unread notifications that a welcome carries at most, the newest."""
NEWCOMERS_MAX = 200
"""Newcomers who come first when he browses, the newest; older ones come with everybody else."""
