"""Conversations of other programs, read from the files that these export or keep."""
