"""Fireside: a desktop chat for the models on your own machine."""

__version__ = "0.1.0"
