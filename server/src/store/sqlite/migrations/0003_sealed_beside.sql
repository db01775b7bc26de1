-- SHA-256 of each record that came under a used card and is not the one that counts: the same
-- one again is no second conflict. Like `sealed` it has no time, no order and no device.
CREATE TABLE sealed_beside (
  survey    BLOB NOT NULL,
  nullifier BLOB NOT NULL,
  hash      BLOB NOT NULL,
  PRIMARY KEY (survey, nullifier, hash)
) WITHOUT ROWID;
