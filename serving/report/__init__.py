"""The campaign's page."""
