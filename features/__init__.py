"""Ground floor: what is known of a customer at a date."""
