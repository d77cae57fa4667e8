"""Walking snapshots forward: what a model would have scored."""
