"""The tables on disk, as migrations that are only ever appended; `PRAGMA user_version` counts them.

Dates are UTC in ISO 8601 with microseconds, so that they sort as text. Mappings are JSON.
"""

MIGRATIONS: tuple[str, ...] = (
    # 1: conversations, messages, settings, and trigram indexes that keep no second copy of the text.
    # Foreign keys are deferred and do not cascade: SQLite cascades at most 1,000 levels, a conversation may be longer.
    # A streaming message enters the index when it is finished, not once a second.
    """
    CREATE TABLE conversation (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        titled INTEGER NOT NULL,
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        leaf INTEGER,
        pinned INTEGER NOT NULL,
        system_prompt TEXT NOT NULL,
        sampling TEXT NOT NULL,
        deleted TEXT
    );
    CREATE INDEX conversation_order ON conversation (pinned DESC, updated DESC) WHERE deleted IS NULL;

    CREATE TABLE message (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation INTEGER NOT NULL REFERENCES conversation DEFERRABLE INITIALLY DEFERRED,
        parent INTEGER REFERENCES message DEFERRABLE INITIALLY DEFERRED,
        role TEXT NOT NULL,
        text TEXT NOT NULL,
        status TEXT NOT NULL,
        created TEXT NOT NULL,
        model TEXT NOT NULL,
        model_digest TEXT NOT NULL,
        sampling TEXT NOT NULL,
        finish_reason TEXT,
        timing TEXT,
        error TEXT NOT NULL,
        edited INTEGER NOT NULL
    );
    CREATE INDEX message_conversation ON message (conversation);
    CREATE INDEX message_parent ON message (parent);
    CREATE INDEX message_streaming ON message (id) WHERE status = 'streaming';

    CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE VIRTUAL TABLE message_index USING fts5(text, content='message', content_rowid='id', tokenize='trigram');
    CREATE TRIGGER message_added AFTER INSERT ON message WHEN new.status <> 'streaming' BEGIN
        INSERT INTO message_index(rowid, text) VALUES (new.id, new.text);
    END;
    CREATE TRIGGER message_removed AFTER DELETE ON message WHEN old.status <> 'streaming' BEGIN
        INSERT INTO message_index(message_index, rowid, text) VALUES ('delete', old.id, old.text);
    END;
    CREATE TRIGGER message_finished AFTER UPDATE OF text, status ON message
    WHEN old.status = 'streaming' AND new.status <> 'streaming' BEGIN
        INSERT INTO message_index(rowid, text) VALUES (new.id, new.text);
    END;
    CREATE TRIGGER message_changed AFTER UPDATE OF text ON message
    WHEN old.status <> 'streaming' AND old.text <> new.text BEGIN
        INSERT INTO message_index(message_index, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO message_index(rowid, text) VALUES (new.id, new.text);
    END;

    CREATE VIRTUAL TABLE title_index USING fts5(title, content='conversation', content_rowid='id', tokenize='trigram');
    CREATE TRIGGER title_added AFTER INSERT ON conversation BEGIN
        INSERT INTO title_index(rowid, title) VALUES (new.id, new.title);
    END;
    CREATE TRIGGER title_removed AFTER DELETE ON conversation BEGIN
        INSERT INTO title_index(title_index, rowid, title) VALUES ('delete', old.id, old.title);
    END;
    CREATE TRIGGER title_changed AFTER UPDATE OF title ON conversation WHEN old.title <> new.title BEGIN
        INSERT INTO title_index(title_index, rowid, title) VALUES ('delete', old.id, old.title);
        INSERT INTO title_index(rowid, title) VALUES (new.id, new.title);
    END;
    """,
    # 2: what a model thought, the other results of a strategy, and what becomes of messages that do not fit any more.
    """
    ALTER TABLE message ADD COLUMN thinking TEXT NOT NULL DEFAULT '';
    ALTER TABLE message ADD COLUMN thinking_s REAL NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN candidates TEXT;
    ALTER TABLE message ADD COLUMN summary TEXT NOT NULL DEFAULT '';
    ALTER TABLE conversation ADD COLUMN overflow TEXT NOT NULL DEFAULT 'ask';
    """,
    # 3: order in the list: folders, tags, colours, the archive; and what a search with filters needs.
    # The list is read from an index alone. A folder is its name, so that a conversation from a file brings its own along.
    # The terms of the trigram index find words of one or two characters, but for those at the end of a text.
    """
    ALTER TABLE conversation ADD COLUMN folder TEXT NOT NULL DEFAULT '';
    ALTER TABLE conversation ADD COLUMN tags TEXT NOT NULL DEFAULT '';
    ALTER TABLE conversation ADD COLUMN colour TEXT NOT NULL DEFAULT '';
    ALTER TABLE conversation ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX conversation_list ON conversation
        (archived, pinned DESC, updated DESC, id DESC, title, folder, tags, colour, deleted) WHERE deleted IS NULL;
    CREATE INDEX conversation_folder ON conversation (folder) WHERE folder <> '';
    CREATE INDEX conversation_tags ON conversation (tags) WHERE tags <> '';

    CREATE TABLE folder (name TEXT PRIMARY KEY, folded INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
    CREATE TRIGGER folder_brought AFTER INSERT ON conversation WHEN new.folder <> '' BEGIN
        INSERT OR IGNORE INTO folder (name) VALUES (new.folder);
    END;
    CREATE TRIGGER folder_chosen AFTER UPDATE OF folder ON conversation WHEN new.folder <> '' BEGIN
        INSERT OR IGNORE INTO folder (name) VALUES (new.folder);
    END;

    CREATE VIRTUAL TABLE message_terms USING fts5vocab(message_index, instance);
    CREATE INDEX message_end ON message (substr(text, -2)) WHERE status <> 'streaming';
    CREATE INDEX message_last ON message (substr(text, -1)) WHERE status <> 'streaming';
    CREATE INDEX message_by ON message (role, model, conversation);
    CREATE INDEX message_place ON message (id, conversation, role, model, created);
    CREATE INDEX conversation_trash ON conversation (id) WHERE deleted IS NOT NULL;
    """,
    # 4: pins and notes on messages, and what an answer was asked with. Few messages have a note: they are in one index.
    """
    ALTER TABLE message ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN note TEXT NOT NULL DEFAULT '';
    ALTER TABLE message ADD COLUMN sent TEXT;
    CREATE INDEX message_noted ON message (note, conversation, role, model, created) WHERE note <> '';
    """,
)
