"""The schema: migrations, queries, and the runner that applies them."""
