-- Backups: numbered from 1 in each life of the log; one without `verified` failed or is under way.
CREATE TABLE backups (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  begun    INTEGER NOT NULL,
  verified INTEGER,
  file     TEXT NOT NULL DEFAULT '',
  bytes    INTEGER NOT NULL DEFAULT 0
);

-- The first 8 bytes of SHA-256 of the record; empty for one that was written before.
ALTER TABLE sealed ADD COLUMN sum BLOB NOT NULL DEFAULT x'';
