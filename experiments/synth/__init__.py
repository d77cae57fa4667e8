"""A synthetic bank whose law is known: the ground that models and decisions are measured against."""

from experiments.synth.simulate import generate

__all__ = ["generate"]
