"""Values that several tests of the core use."""

from datetime import UTC, datetime

NOW = datetime(2026, 3, 4, 5, 6, 7, 891234, UTC)
