package io.sluice.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** What was observed, in a file of its own: much, written by the minute, and nobody's loss. */
final class SqliteHistory implements History {
  private final Database database;

  SqliteHistory(Database database) {
    this.database = database;
  }

  @Override
  public void transitions(List<Transition> transitions) {
    database.write(
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO transition (at, pool, backend, from_state, to_state, cause)"
                      + " VALUES (?, ?, ?, ?, ?, ?)")) {
            for (Transition t : transitions) {
              Sql.set(insert, t.at(), t.pool(), t.backend(), t.from(), t.to(), t.cause());
              insert.executeUpdate();
            }
          }
          return transitions.size();
        });
  }

  @Override
  public List<Transition> transitions(String pool, String backend, int limit) {
    return database.read(
        connection ->
            Sql.list(
                connection,
                SqliteHistory::transition,
                "SELECT * FROM transition WHERE pool = ? AND backend = ?"
                    + " ORDER BY at DESC, number DESC LIMIT ?",
                pool,
                backend,
                limit));
  }

  @Override
  public List<Listed> transitions(Place behind, int limit) {
    // one range of the index transition_at, which has the number behind the time
    return database.read(
        connection ->
            Sql.list(
                connection,
                row ->
                    new Listed(
                        new Place(Sql.instant(row.getLong("at")), row.getLong("number")),
                        transition(row)),
                "SELECT * FROM transition WHERE (at, number) < (?, ?)"
                    + " ORDER BY at DESC, number DESC LIMIT ?",
                behind.at(),
                behind.number(),
                limit));
  }

  private static Transition transition(ResultSet row) throws SQLException {
    return new Transition(
        Sql.instant(row.getLong("at")),
        row.getString("pool"),
        row.getString("backend"),
        row.getString("from_state"),
        row.getString("to_state"),
        row.getString("cause"));
  }

  @Override
  public void minutes(List<Minute> minutes) {
    database.write(connection -> insert(connection, minutes));
  }

  private static int insert(Connection connection, List<Minute> minutes) throws SQLException {
    try (PreparedStatement name =
            connection.prepareStatement(
                "INSERT INTO series (name, newest) VALUES (?, ?) ON CONFLICT (name)"
                    + " DO UPDATE SET newest = max(newest, excluded.newest)");
        PreparedStatement time =
            connection.prepareStatement("INSERT OR IGNORE INTO minute (at) VALUES (?)");
        PreparedStatement figures =
            connection.prepareStatement(
                "INSERT OR REPLACE INTO figures (at, series, text)"
                    + " VALUES (?, (SELECT number FROM series WHERE name = ?), ?)")) {
      for (Minute minute : minutes) {
        Sql.set(name, minute.series(), minute.minute());
        name.executeUpdate();
        Sql.set(time, minute.minute());
        time.executeUpdate();
        Sql.set(figures, minute.minute(), minute.series(), minute.figures());
        figures.executeUpdate();
      }
    }
    return minutes.size();
  }

  @Override
  public List<Minute> minutes(String series, Instant since) {
    // CROSS JOIN keeps the order: minute by minute, one look-up each.
    return database.read(
        connection ->
            Sql.list(
                connection,
                row -> new Minute(Sql.instant(row.getLong(1)), series, row.getString(2)),
                "SELECT m.at, f.text FROM minute m CROSS JOIN figures f ON f.at = m.at"
                    + " AND f.series = (SELECT number FROM series WHERE name = ?)"
                    + " WHERE m.at >= ? ORDER BY m.at",
                series,
                since));
  }

  @Override
  public List<Minute> minutes(Instant since) {
    return database.read(
        connection ->
            Sql.list(
                connection,
                row -> new Minute(Sql.instant(row.getLong(1)), row.getString(2), row.getString(3)),
                "SELECT f.at, s.name, f.text FROM figures f CROSS JOIN series s"
                    + " ON s.number = f.series WHERE f.at >= ? ORDER BY f.at, f.series",
                since));
  }

  @Override
  public void forget(Instant transitionsBefore, Instant minutesBefore) {
    database.write(
        connection -> {
          Sql.update(connection, "DELETE FROM transition WHERE at < ?", transitionsBefore);
          int gone = Sql.update(connection, "DELETE FROM figures WHERE at < ?", minutesBefore);
          Sql.update(connection, "DELETE FROM minute WHERE at < ?", minutesBefore);
          Sql.update(connection, "DELETE FROM series WHERE newest < ?", minutesBefore);
          return gone;
        });
  }
}
