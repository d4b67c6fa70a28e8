"""PostgreSQL: what happened. SQL lives in sql/queries, one `Record` gives it to the rest.

`Record` has a door for each subject: `record.users`, `.sessions`, `.rooms`, `.history`, `.reports`, ... Ids are
UUID strings, instants milliseconds since 1970. PostgreSQL away, too slow or in somebody else's hands is
core.errors.Unavailable, whatever the driver called it.
"""

from core.record.record import Record

__all__ = ["Record"]
