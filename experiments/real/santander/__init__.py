"""Santander's product recommendation data: what each customer would take next."""
