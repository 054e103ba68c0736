"""Everything that is kept on disk: conversations, messages, preferences and their search index, in SQLite."""
