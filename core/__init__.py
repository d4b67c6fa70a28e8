"""What is true and what may happen: the rules, the live state in Redis and the record in PostgreSQL."""
