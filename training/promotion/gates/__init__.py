"""What a challenger has to hold before it decides about customers: one question a file."""
