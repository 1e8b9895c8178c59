package io.sluice.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** The audit; the newest {@value #KEPT} lines are kept. */
final class SqliteAudit implements AuditLog {
  /** How many lines are kept. */
  static final int KEPT = 100_000;

  private static final int MOST_LISTED = 500;

  private final Database database;

  SqliteAudit(Database database) {
    this.database = database;
  }

  @Override
  public void append(AuditEntry entry) {
    database.write(connection -> insert(connection, entry));
  }

  /** Adds a line to what a transaction stores. */
  static int insert(Connection connection, AuditEntry entry) throws SQLException {
    Sql.update(
        connection,
        "INSERT INTO audit (at, name, role, how, address, action, revision_before, revision_after,"
            + " reason, outcome, detail, request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entry.at(),
        entry.actor().name(),
        entry.actor().role(),
        entry.actor().how(),
        entry.actor().address(),
        entry.action(),
        entry.revisionBefore(),
        entry.revisionAfter(),
        entry.reason(),
        entry.outcome(),
        entry.detail(),
        entry.requestId());
    return Sql.update(
        connection, "DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ?", KEPT);
  }

  @Override
  public List<AuditEntry> list(long before, int limit) {
    if (limit < 1 || limit > MOST_LISTED) {
      throw new IllegalArgumentException("limit is " + limit + "; it takes 1 to " + MOST_LISTED);
    }
    return database.read(
        connection ->
            Sql.list(
                connection,
                SqliteAudit::entry,
                "SELECT * FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?",
                before,
                limit));
  }

  private static AuditEntry entry(ResultSet row) throws SQLException {
    return new AuditEntry(
        row.getLong("number"),
        Sql.instant(row.getLong("at")),
        new Actor(
            row.getString("name"),
            row.getString("role"),
            row.getString("how"),
            row.getString("address")),
        row.getString("action"),
        Sql.longOrNull(row, "revision_before"),
        Sql.longOrNull(row, "revision_after"),
        row.getString("reason"),
        row.getString("outcome"),
        row.getString("detail"),
        row.getString("request_id"));
  }
}
