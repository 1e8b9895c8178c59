package io.sluice.store;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operations, each as the text that its owner gives it. */
final class SqliteOperations implements OperationLog {
  private final Database database;

  SqliteOperations(Database database) {
    this.database = database;
  }

  @Override
  public void save(String id, String json) {
    database.write(
        connection ->
            Sql.update(
                connection,
                "INSERT INTO operation (id, document) VALUES (?, ?)"
                    + " ON CONFLICT (id) DO UPDATE SET document = excluded.document",
                id,
                json));
  }

  @Override
  public Map<String, String> all() {
    Map<String, String> all = new LinkedHashMap<>();
    database
        .read(
            connection ->
                Sql.list(
                    connection,
                    row -> Map.entry(row.getString(1), row.getString(2)),
                    "SELECT id, document FROM operation ORDER BY number"))
        .forEach(entry -> all.put(entry.getKey(), entry.getValue()));
    return all;
  }

  @Override
  public @Nullable String find(String id) {
    List<String> found =
        database.read(
            connection ->
                Sql.list(
                    connection,
                    row -> row.getString(1),
                    "SELECT document FROM operation WHERE id = ?",
                    id));
    return found.isEmpty() ? null : found.getFirst();
  }

  @Override
  public void remove(String id) {
    database.write(connection -> Sql.update(connection, "DELETE FROM operation WHERE id = ?", id));
  }
}
