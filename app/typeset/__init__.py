"""LaTeX formulas become drawings, in a process of its own."""
