-- Which device delivered an item that is not in a log, and when: for its quotas. Both are gone as
-- soon as the item is admitted.
ALTER TABLE items ADD COLUMN device BLOB;
ALTER TABLE items ADD COLUMN since INTEGER;
CREATE INDEX items_parked ON items (device, since) WHERE parked = 1;
CREATE INDEX items_aside ON items (device) WHERE refusal IS NOT NULL;

-- How much each device delivered on a day (days since 1970), the last two of them.
CREATE TABLE deliveries (
  device BLOB NOT NULL,
  day    INTEGER NOT NULL,
  items  INTEGER NOT NULL,
  bytes  INTEGER NOT NULL,
  PRIMARY KEY (device, day)
) WITHOUT ROWID;

-- Bytes that devices delivered to a survey and that are kept.
CREATE TABLE survey_bytes (
  survey BLOB PRIMARY KEY,
  bytes  INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO survey_bytes (survey, bytes)
SELECT survey, SUM(LENGTH(payload)) FROM items WHERE response IS NOT NULL GROUP BY survey;

-- The device by which the changes of an actor (one opening of one response) come.
CREATE TABLE actors (
  response BLOB NOT NULL,
  actor    BLOB NOT NULL,
  device   BLOB NOT NULL,
  PRIMARY KEY (response, actor)
) WITHOUT ROWID;

-- Responses whose examination killed a worker, and how often.
CREATE TABLE strikes (
  response BLOB PRIMARY KEY,
  count    INTEGER NOT NULL
) WITHOUT ROWID;
