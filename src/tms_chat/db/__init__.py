"""The database: connections, the unit of work, the journal, migrations."""
