"""A bank's flat table of customers with a file of labels: who is about to leave."""
