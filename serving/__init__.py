"""Scores, decisions, campaigns and the online service."""
