-- Parcels that a relay holds, by name: the order of their coming is nowhere, and neither is who
-- brought them. `fate` 0 waits, 1 was answered, 2 could not be opened by the server.
CREATE TABLE parcels (
  id       BLOB NOT NULL PRIMARY KEY,
  fate     INTEGER NOT NULL DEFAULT 0,
  parcel   BLOB NOT NULL,
  reply    BLOB NOT NULL DEFAULT x'',
  answered INTEGER
) WITHOUT ROWID;
CREATE INDEX parcels_answered ON parcels (answered) WHERE answered IS NOT NULL;
