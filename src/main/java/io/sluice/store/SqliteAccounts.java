package io.sluice.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Users and tokens. */
final class SqliteAccounts implements Accounts {
  private final Database database;

  SqliteAccounts(Database database) {
    this.database = database;
  }

  @Override
  public List<User> users() {
    return database.read(
        connection ->
            Sql.list(connection, SqliteAccounts::user, "SELECT * FROM account ORDER BY name"));
  }

  @Override
  public @Nullable User user(String name) {
    List<User> found =
        database.read(
            connection ->
                Sql.list(
                    connection,
                    SqliteAccounts::user,
                    "SELECT * FROM account WHERE name = ?",
                    name));
    return found.isEmpty() ? null : found.getFirst();
  }

  @Override
  public boolean addUser(User user) {
    return changes(
        "INSERT OR IGNORE INTO account"
            + " (name, role, password_hash, created_at, changed_at, last_login)"
            + " VALUES (?, ?, ?, ?, ?, ?)",
        user.name(),
        user.role(),
        user.passwordHash(),
        user.createdAt(),
        user.changedAt(),
        user.lastLogin());
  }

  @Override
  public boolean updateUser(User user) {
    return changes(
        "UPDATE account SET role = ?, password_hash = ?, changed_at = ? WHERE name = ?",
        user.role(),
        user.passwordHash(),
        user.changedAt(),
        user.name());
  }

  @Override
  public boolean removeUser(String name) {
    return changes("DELETE FROM account WHERE name = ?", name);
  }

  @Override
  public void loggedIn(String name, Instant at) {
    changes("UPDATE account SET last_login = ? WHERE name = ?", at, name);
  }

  @Override
  public List<Token> tokens() {
    return database.read(
        connection ->
            Sql.list(
                connection, SqliteAccounts::token, "SELECT * FROM token ORDER BY created_at, id"));
  }

  @Override
  public @Nullable Token token(String id) {
    List<Token> found =
        database.read(
            connection ->
                Sql.list(
                    connection, SqliteAccounts::token, "SELECT * FROM token WHERE id = ?", id));
    return found.isEmpty() ? null : found.getFirst();
  }

  @Override
  public boolean addToken(Token token) {
    return changes(
        "INSERT OR IGNORE INTO token"
            + " (id, name, role, hash, created_by, created_at, expires_at, last_used)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        token.id(),
        token.name(),
        token.role(),
        token.hash(),
        token.createdBy(),
        token.createdAt(),
        token.expiresAt(),
        token.lastUsed());
  }

  @Override
  public boolean removeToken(String id) {
    return changes("DELETE FROM token WHERE id = ?", id);
  }

  @Override
  public void used(String id, Instant at) {
    changes("UPDATE token SET last_used = ? WHERE id = ?", at, id);
  }

  private boolean changes(String sql, @Nullable Object... parameters) {
    return database.write(connection -> Sql.update(connection, sql, parameters) > 0);
  }

  private static User user(ResultSet row) throws SQLException {
    return new User(
        row.getString("name"),
        row.getString("role"),
        row.getString("password_hash"),
        Sql.instant(row.getLong("created_at")),
        Sql.instant(row.getLong("changed_at")),
        Sql.instantOrNull(row, "last_login"));
  }

  private static Token token(ResultSet row) throws SQLException {
    return new Token(
        row.getString("id"),
        row.getString("name"),
        row.getString("role"),
        row.getString("hash"),
        row.getString("created_by"),
        Sql.instant(row.getLong("created_at")),
        Sql.instantOrNull(row, "expires_at"),
        Sql.instantOrNull(row, "last_used"));
  }
}
