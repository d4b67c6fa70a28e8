"""PostgreSQL: what happened. SQL lives in sql/queries, one `Record` gives it to the rest.

`record.users`, `.sessions`, `.accounts`, `.resets`, `.rooms`, `.history`, `.intros`, `.journal`, `.shards`, `.limits`,
`.outbox`, `.operators`, `.audit`, `.dead_letters` and `.retention` are the doors. Ids are UUID strings, instants
milliseconds since 1970. PostgreSQL away, too slow or in somebody else's hands is core.errors.Unavailable, whatever the
driver called it.
"""

from core.record.record import Record

__all__ = ["Record"]
