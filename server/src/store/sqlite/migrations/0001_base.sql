-- What lies in the database from the first version on. Times are milliseconds since 1970.
-- No table of anonymous answers has a time, an order, a device or an address.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- Items. `seq` is the place in the survey's log: what devices may pull. Without it an item is
-- pending (durable and acknowledged, not yet admitted), `parked` when it builds on a missing
-- one, or kept aside with a `refusal`. `id` is SHA-256 of the item and its checksum.
CREATE TABLE items (
  arrival  INTEGER PRIMARY KEY AUTOINCREMENT,
  id       BLOB NOT NULL UNIQUE,
  survey   BLOB NOT NULL,
  response BLOB,
  kind     INTEGER NOT NULL,
  payload  BLOB NOT NULL,
  seq      INTEGER,
  refusal  INTEGER,
  parked   INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX items_log ON items (survey, seq) WHERE seq IS NOT NULL;
CREATE INDEX items_of_survey ON items (survey, seq) WHERE seq IS NOT NULL AND response IS NULL;
CREATE INDEX items_of_response ON items (response, arrival) WHERE response IS NOT NULL;
CREATE INDEX items_pending ON items (arrival) WHERE seq IS NULL AND refusal IS NULL;
CREATE INDEX items_refused ON items (survey) WHERE refusal IS NOT NULL;

-- Count and sum of the ids of admitted items; `response` is zeros for a whole survey.
CREATE TABLE summaries (
  survey      BLOB NOT NULL,
  response    BLOB NOT NULL,
  kind        INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  fingerprint BLOB NOT NULL,
  PRIMARY KEY (survey, response, kind)
) WITHOUT ROWID;

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
  -- 1 when all rows of a closed survey are there.
  counted  INTEGER NOT NULL DEFAULT 0,
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
  definition TEXT NOT NULL,
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
