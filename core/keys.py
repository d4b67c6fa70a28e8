"""Every Redis key: its name, its type, its owner. Scripts build the same names from `key(suffix)`.

A family is the unit of atomicity and of Redis Cluster slots: `lobby`, `r0`, `r1`, ... Everything of one family
begins with its braced name. Types:

    every family
      marker            hash    epoch, n, tick, held_until, gap_ms, journal_full       live iff `epoch` is there
      deadlines         zset    "room:<id>", "invite:<id>", "user:<id>", "seat:<id>" -> next instant, ms
      deadline_tries    hash    the same members -> how often settling one raised
      journal           stream  what PostgreSQL has yet to hear
      inbox:<inc>       stream  what a node has yet to hear; ids 1-1, 1-2, ... without a hole
      inboxes           hash    incarnation -> number of its last inbox entry
      answers:<inc>     hash    number and answer of that process's last batch
      clock_shift_ms    string  tests only (TEST_CLOCK=1)
      rehydrating       string  who is bringing this family back
    lobby
      user:<u>          hash    wish, login, fence, fence_why, outgoing, present, away_at, away_why, shown, tat
      conns:<u>         hash    connection -> "session_id|attached_ms|bound"
      of:<inc>          hash    connection -> user
      profile:<u>       hash    me, card (JSON); newcomers, unread, intros (core/lua/lobby/intros.lua)
      session:<hash>    hash    user, sid, expires_at
      seat:<u>          string  JSON: all the second half of an acceptance needs
      last_room:<u>     string  JSON: how the room ended that its member did not see end
      available         set     users who can be invited
      invite:<id>       hash    from, to, mode, seconds, expires_at, outcome
      incoming:<u>      set     invites that ring
      cool:<a>:<b>      string  until when a pair may not meet, ms
      seen:<u>          set     cards this login was shown
      seen_cool:<u>     set     the same of people on cooldown
      blocks:<u>        set     users who are never shown to this one
      banned            hash    user -> why he was banned
      ip_bans           hash    network -> until when its addresses may not connect, ms; 0: for ever
      watch:<u>         set     incarnations that show this card
      leases            zset    incarnation -> lease end, ms of the unshifted clock
      node:<inc>        hash    name, address, since
      tomb:<inc>        string  that incarnation is dead; until when its users may be absent, ms
      names             hash    node name -> incarnation
      tally             hash    how many invites and rooms ended how, for the metrics
      unreaped:<inc>    set     families that still index a dead incarnation
      unreaped          set     dead incarnations of which some family is left
    room shards
      room:<id>         hash    core/lua/room/0_room.lua
      tomb:<id>         string  "<reason> <instant>": ended before it was created
      log:<id>          list    Message JSON, by seq without a hole
      cids:<id>         hash    "<slot>:<client_id>" -> "<seq>:<sent_at_ms>"
      bound:<inc>       set     "<room>:<slot>" bound by that incarnation
      reaped:<inc>      string  that incarnation is dead: what it says late is refused
    alone
      limit:<rule>:<key>           string   theoretical arrival time, ms
      limit:{kept}:<rule>:<key>    string   the same for limits that are recorded, all in one slot with
      limit:{kept}:changed         zset     "<rule> <key>" -> arrival time of which PostgreSQL has yet to hear
      limit:{kept}:marker          string   those recorded are back from PostgreSQL
      arq:*                         the job queues
"""

LOBBY = "lobby"
LIMITS_CHANGED = "limit:{kept}:changed"
"""zset: "<rule> <subject>" -> arrival time, ms, of recorded limits that PostgreSQL has yet to hear of."""
LIMITS_MARKER = "limit:{kept}:marker"
"""string: the recorded limits are back from PostgreSQL; without it nobody knows what was spent."""


def shard_family(shard: int) -> str:
    """Returns the family in which the rooms of a shard live."""
    return f"r{shard}"


def families(room_shards: int) -> list[str]:
    """Returns every family, the lobby first."""
    return [LOBBY, *(shard_family(shard) for shard in range(room_shards))]


def key(family: str, suffix: str) -> str:
    """Returns a key of `family`."""
    return f"{{{family}}}:{suffix}"


def marker(family: str) -> str:
    """hash: a family is live iff its marker has an `epoch`."""
    return key(family, "marker")


def journal(family: str) -> str:
    """stream: what PostgreSQL has yet to hear."""
    return key(family, "journal")


def deadlines(family: str) -> str:
    """zset: member -> an instant not later than its next deadline."""
    return key(family, "deadlines")


def inbox(family: str, incarnation: str) -> str:
    """stream: what a node has yet to hear of one family."""
    return key(family, f"inbox:{incarnation}")


def clock_shift(family: str) -> str:
    """string: by how many milliseconds tests have moved this family's clock."""
    return key(family, "clock_shift_ms")


def rehydrating(family: str) -> str:
    """string: the token of whoever brings this family back."""
    return key(family, "rehydrating")


def ip_bans() -> str:
    """hash: network -> until when its addresses may not connect, ms; 0: for ever."""
    return key(LOBBY, "ip_bans")


def connections_of(incarnation: str) -> str:
    """hash: connection -> user, of one incarnation."""
    return key(LOBBY, f"of:{incarnation}")


def bindings_of(family: str, incarnation: str) -> str:
    """set: "<room>:<slot>" bound by one incarnation."""
    return key(family, f"bound:{incarnation}")


def limit(rule: str, subject: str) -> str:
    """string: theoretical arrival time of a subject (a user or an address) under a rule, ms."""
    return f"limit:{rule}:{subject}"


def kept_limit(rule: str, subject: str) -> str:
    """string: the same of a rule that is recorded; in the slot of LIMITS_CHANGED."""
    return f"limit:{{kept}}:{rule}:{subject}"
