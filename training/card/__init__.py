"""What is told of a registered model."""
