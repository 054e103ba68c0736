"""Drawings that are found in answers become pictures, in a process of their own."""
