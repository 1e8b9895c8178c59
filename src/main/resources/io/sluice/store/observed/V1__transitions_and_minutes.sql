-- Times are microseconds since 1970-01-01T00:00Z.

CREATE TABLE transition (
  number     INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  pool       TEXT NOT NULL,
  backend    TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state   TEXT NOT NULL,
  cause      TEXT
);
CREATE INDEX transition_backend ON transition (pool, backend, at);
CREATE INDEX transition_at ON transition (at);

-- newest: the last minute it has figures of.
CREATE TABLE series (
  number INTEGER PRIMARY KEY,
  name   TEXT NOT NULL UNIQUE,
  newest INTEGER NOT NULL
);

-- Of which minutes there are figures: lets one series be read without passing all others.
CREATE TABLE minute (
  at INTEGER PRIMARY KEY
);

-- By time first: new rows go to the end, old ones go together.
CREATE TABLE figures (
  at     INTEGER NOT NULL,
  series INTEGER NOT NULL,
  text   TEXT NOT NULL,
  PRIMARY KEY (at, series)
) WITHOUT ROWID;
