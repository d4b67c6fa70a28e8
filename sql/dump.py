"""The schema as text: the same for the same schema, whatever the server's version, the order or the way it was made.

Reads the catalog itself, because pg_dump is not everywhere, and its output changes with its version. Knows what this
schema may hold: tables with columns, constraints, indexes, triggers and comments; views; functions; enums.
"""

from typing import Final

import asyncpg

HEADER: Final = "-- The schema after all migrations. Written by `make schema`; `make check` compares. Do not edit.\n"

_COLUMNS: Final = """
select c.relname as place, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as is_required,
       pg_get_expr(d.adbin, d.adrelid) as expression, a.attidentity::text as identity,
       a.attgenerated::text as generated, col_description(c.oid, a.attnum) as said
from pg_attribute a
join pg_class c on c.oid = a.attrelid
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where c.relnamespace = current_schema::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum
"""

# contype 'n' (not null as a constraint) exists from PostgreSQL 18 on and says what the column says.
_CONSTRAINTS: Final = """
select c.relname as place, k.conname as name, pg_get_constraintdef(k.oid) as definition
from pg_constraint k
join pg_class c on c.oid = k.conrelid
where c.relnamespace = current_schema::regnamespace and k.contype in ('p', 'u', 'f', 'c', 'x')
order by c.relname, array_position(array['p', 'u', 'f', 'c', 'x'], k.contype::text), k.conname
"""

_INDEXES: Final = """
select c.relname as place, pg_get_indexdef(i.indexrelid) as definition
from pg_index i
join pg_class c on c.oid = i.indrelid
join pg_class x on x.oid = i.indexrelid
where c.relnamespace = current_schema::regnamespace and c.relkind in ('r', 'p', 'm')
  and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
order by c.relname, x.relname
"""

_TRIGGERS: Final = """
select c.relname as place, pg_get_triggerdef(t.oid) as definition
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
where c.relnamespace = current_schema::regnamespace and not t.tgisinternal
order by c.relname, t.tgname
"""

_TABLES: Final = """
select relname as name, obj_description(oid, 'pg_class') as said
from pg_class
where relnamespace = current_schema::regnamespace and relkind in ('r', 'p')
order by relname
"""

_TYPES: Final = """
select t.typname as name, string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) as labels
from pg_type t
join pg_enum e on e.enumtypid = t.oid
where t.typnamespace = current_schema::regnamespace
group by t.typname
order by t.typname
"""

_FUNCTIONS: Final = """
select pg_get_functiondef(p.oid) as definition
from pg_proc p
where p.pronamespace = current_schema::regnamespace and p.prokind in ('f', 'p')
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
order by p.proname, pg_get_function_identity_arguments(p.oid)
"""

_VIEWS: Final = """
select relname as name, pg_get_viewdef(oid, true) as definition, obj_description(oid, 'pg_class') as said
from pg_class
where relnamespace = current_schema::regnamespace and relkind in ('v', 'm')
order by relname
"""

_EXTENSIONS: Final = "select extname as name from pg_extension where extname <> 'plpgsql' order by extname"


async def dump(connection: asyncpg.Connection) -> str:
    """The current schema of `connection` as SQL for people; reading it, not running it, is what it is for."""
    parts = [HEADER]
    parts += [f"create extension {row['name']};\n" for row in await connection.fetch(_EXTENSIONS)]
    parts += [f"create type {row['name']} as enum ({row['labels']});\n" for row in await connection.fetch(_TYPES)]
    parts += [f"{row['definition'].strip()};\n" for row in await connection.fetch(_FUNCTIONS)]
    parts += await _tables(connection)
    for row in await connection.fetch(_VIEWS):
        parts.append(f"create view {row['name']} as\n{row['definition'].strip()}\n")
        if row["said"]:
            parts.append(f"comment on view {row['name']} is {_quoted(row['said'])};\n")
    return "\n".join(parts)


async def _tables(connection: asyncpg.Connection) -> list[str]:
    columns = _by_place(await connection.fetch(_COLUMNS))
    constraints = _by_place(await connection.fetch(_CONSTRAINTS))
    indexes = _by_place(await connection.fetch(_INDEXES))
    triggers = _by_place(await connection.fetch(_TRIGGERS))
    parts = []
    for table in await connection.fetch(_TABLES):
        name = table["name"]
        inside = [_column(row) for row in columns.get(name, [])]
        inside += [f"constraint {row['name']} {row['definition']}" for row in constraints.get(name, [])]
        lines = [f"create table {name} (", ",\n".join(f"    {line}" for line in inside), ");"]
        lines += [f"{row['definition']};" for row in indexes.get(name, []) + triggers.get(name, [])]
        if table["said"]:
            lines.append(f"comment on table {name} is {_quoted(table['said'])};")
        lines += [
            f"comment on column {name}.{row['name']} is {_quoted(row['said'])};"
            for row in columns.get(name, [])
            if row["said"]
        ]
        parts.append("\n".join(lines) + "\n")
    return parts


def _column(row: asyncpg.Record) -> str:
    words = [row["name"], row["type"]]
    if row["is_required"]:
        words.append("not null")
    if row["identity"]:
        words.append(f"generated {'always' if row['identity'] == 'a' else 'by default'} as identity")
    elif row["generated"]:
        words.append(f"generated always as ({row['expression']}) stored")
    elif row["expression"]:
        words.append(f"default {row['expression']}")
    return " ".join(words)


def _by_place(rows: list[asyncpg.Record]) -> dict[str, list[asyncpg.Record]]:
    places: dict[str, list[asyncpg.Record]] = {}
    for row in rows:
        places.setdefault(row["place"], []).append(row)
    return places


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
