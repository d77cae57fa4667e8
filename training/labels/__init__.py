"""What came true of a customer in the label window. Labels may see the whole bank; features never do."""
