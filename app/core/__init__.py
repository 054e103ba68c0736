"""Plain data and pure functions: no Qt, no SQLite, no llama.cpp, no network."""
