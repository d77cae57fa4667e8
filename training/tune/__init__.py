"""Search of parameters over any number of processes."""
