-- What lies in the database from the first version on. Times are milliseconds since 1970.
-- No table of anonymous answers has a time, an order, a device or an address.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- The log: what devices may pull. Append only; `id` is SHA-256 of the item and its checksum.
CREATE TABLE items (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  id       BLOB NOT NULL UNIQUE,
  survey   BLOB NOT NULL,
  response BLOB,
  kind     INTEGER NOT NULL,
  payload  BLOB NOT NULL
);
CREATE INDEX items_by_survey ON items (survey, seq);
CREATE INDEX items_by_response ON items (response, seq) WHERE response IS NOT NULL;

-- Changes that are durable and acknowledged, but not yet admitted by the gate.
-- state 0 waits for the projector, 1 is parked until what it depends on arrives,
-- 2 was refused and waits for an operator.
CREATE TABLE inbox (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  id       BLOB NOT NULL UNIQUE,
  survey   BLOB NOT NULL,
  response BLOB NOT NULL,
  payload  BLOB NOT NULL,
  device   BLOB,
  state    INTEGER NOT NULL DEFAULT 0,
  code     TEXT
);
CREATE INDEX inbox_by_state ON inbox (state, response);

CREATE TABLE forms (
  id         BLOB PRIMARY KEY,
  definition TEXT NOT NULL,
  file_name  TEXT NOT NULL,
  published  INTEGER NOT NULL DEFAULT 0,
  uploaded   INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE surveys (
  id       BLOB PRIMARY KEY,
  revision INTEGER NOT NULL,
  -- 1 while answers are taken; a deposit reads it inside its own transaction.
  open     INTEGER NOT NULL,
  survey   TEXT NOT NULL
) WITHOUT ROWID;

-- The survey's secret key, locked under a passphrase.
CREATE TABLE survey_keys (
  survey     BLOB PRIMARY KEY,
  salt       BLOB NOT NULL,
  memory_kib INTEGER NOT NULL,
  locked     BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE companies (
  response         BLOB PRIMARY KEY,
  survey           BLOB NOT NULL,
  name             TEXT NOT NULL,
  stratum          TEXT NOT NULL,
  corporate_number TEXT,
  code             BLOB NOT NULL UNIQUE
) WITHOUT ROWID;
CREATE INDEX companies_by_survey ON companies (survey);

CREATE TABLE cards (
  survey    BLOB NOT NULL,
  nullifier BLOB NOT NULL,
  stratum   INTEGER NOT NULL,
  PRIMARY KEY (survey, nullifier)
) WITHOUT ROWID;

CREATE TABLE sealed (
  survey    BLOB NOT NULL,
  nullifier BLOB NOT NULL,
  stratum   INTEGER NOT NULL,
  record    BLOB NOT NULL,
  PRIMARY KEY (survey, nullifier)
) WITHOUT ROWID;

CREATE TABLE sealed_counts (
  survey    BLOB NOT NULL,
  stratum   INTEGER NOT NULL,
  issued    INTEGER NOT NULL DEFAULT 0,
  received  INTEGER NOT NULL DEFAULT 0,
  conflicts INTEGER NOT NULL DEFAULT 0,
  refused   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (survey, stratum)
) WITHOUT ROWID;

-- Company and register responses as the projector sees them; rebuilt from items.
CREATE TABLE responses (
  survey    BLOB NOT NULL,
  response  BLOB NOT NULL,
  stratum   TEXT NOT NULL,
  state     TEXT NOT NULL,
  conflicts INTEGER NOT NULL,
  PRIMARY KEY (survey, response)
) WITHOUT ROWID;

-- Rows for analysis: a cache. Anonymous rows have a random name.
CREATE TABLE rows (
  survey  BLOB NOT NULL,
  row     BLOB NOT NULL,
  stratum TEXT NOT NULL,
  outputs TEXT NOT NULL,
  PRIMARY KEY (survey, row)
) WITHOUT ROWID;

-- Sufficient statistics of an indicator in a survey: a cache.
CREATE TABLE tallies (
  indicator  TEXT NOT NULL,
  survey     BLOB NOT NULL,
  definition BLOB NOT NULL,
  tally      TEXT NOT NULL,
  PRIMARY KEY (indicator, survey)
) WITHOUT ROWID;

CREATE TABLE accounts (
  name       TEXT PRIMARY KEY,
  role       TEXT NOT NULL,
  language   TEXT NOT NULL,
  salt       BLOB NOT NULL,
  memory_kib INTEGER NOT NULL,
  hash       BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
  token   BLOB PRIMARY KEY,
  account TEXT NOT NULL,
  csrf    TEXT NOT NULL,
  expires INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE device_codes (
  code    BLOB PRIMARY KEY,
  name    TEXT NOT NULL,
  surveys TEXT NOT NULL,
  expires INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE devices (
  id        BLOB PRIMARY KEY,
  token     BLOB NOT NULL UNIQUE,
  role      TEXT NOT NULL,
  name      TEXT NOT NULL,
  surveys   TEXT NOT NULL,
  response  BLOB,
  enrolled  INTEGER NOT NULL,
  last_seen INTEGER,
  revoked   INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE audit (
  seq    INTEGER PRIMARY KEY AUTOINCREMENT,
  at     INTEGER NOT NULL,
  who    TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  hash   BLOB NOT NULL
);
