"""The store: SQLite behind a small protocol."""
