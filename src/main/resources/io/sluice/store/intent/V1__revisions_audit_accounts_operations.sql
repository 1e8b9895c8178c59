-- Times are microseconds since 1970-01-01T00:00Z.

-- digest is the sum of the digests of the parts that the revision consists of.
CREATE TABLE revision (
  number  INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  author  TEXT NOT NULL,
  source  TEXT NOT NULL,
  reason  TEXT,
  summary TEXT NOT NULL,
  digest  INTEGER NOT NULL
);

-- What a revision consists of: a pool, a route, or the order of pools or of routes. It belongs to
-- the revisions from valid_from on and before valid_to; the largest number: it is in the newest.
CREATE TABLE part (
  kind       TEXT NOT NULL CHECK (kind IN ('pool', 'route', 'order')),
  id         TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_to   INTEGER NOT NULL DEFAULT 9223372036854775807 CHECK (valid_to > valid_from),
  digest     INTEGER NOT NULL,
  document   TEXT NOT NULL,
  PRIMARY KEY (kind, id, valid_from)
);
CREATE INDEX part_valid_to ON part (valid_to);

CREATE TABLE audit (
  number          INTEGER PRIMARY KEY,
  at              INTEGER NOT NULL,
  name            TEXT NOT NULL,
  role            TEXT NOT NULL,
  how             TEXT NOT NULL,
  address         TEXT,
  action          TEXT NOT NULL,
  revision_before INTEGER,
  revision_after  INTEGER,
  reason          TEXT,
  outcome         TEXT NOT NULL,
  detail          TEXT,
  request_id      TEXT
);

CREATE TABLE account (
  name          TEXT PRIMARY KEY,
  role          TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  changed_at    INTEGER NOT NULL,
  last_login    INTEGER
);

CREATE TABLE token (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  hash       TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used  INTEGER
);

-- number: the order of their first storing.
CREATE TABLE operation (
  number   INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  document TEXT NOT NULL
);
