"""Whether a champion and the data it reads are still what they were when it was trained."""
