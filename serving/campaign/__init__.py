"""One batch of decisions: its pool, its list, its files."""
