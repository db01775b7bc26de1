-- Everything that was released of a survey, by the units that are counted (a repeat, or responses).
-- It cannot be made again from other tables: without it the next table may give away what an
-- earlier one hides.
CREATE TABLE ledgers (
  survey BLOB NOT NULL,
  units  TEXT NOT NULL,
  ledger TEXT NOT NULL,
  PRIMARY KEY (survey, units)
) WITHOUT ROWID;
