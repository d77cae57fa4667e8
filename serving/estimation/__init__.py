"""What decisions were worth: pure functions over the decisions a bank has logged."""
