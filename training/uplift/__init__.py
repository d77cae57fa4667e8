"""What contacting a customer changes: learners of uplift, their choice, and what they refuse."""
