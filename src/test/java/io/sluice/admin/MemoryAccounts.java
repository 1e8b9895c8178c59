package io.sluice.admin;

import io.sluice.store.Accounts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Users and tokens of a test, in memory. */
final class MemoryAccounts implements Accounts {
  private final Map<String, User> users = new TreeMap<>();
  private final Map<String, Token> tokens = new TreeMap<>();

  @Override
  public synchronized List<User> users() {
    return List.copyOf(users.values());
  }

  @Override
  public synchronized @Nullable User user(String name) {
    return users.get(name);
  }

  @Override
  public synchronized boolean addUser(User user) {
    return users.putIfAbsent(user.name(), user) == null;
  }

  @Override
  public synchronized boolean updateUser(User user) {
    return users.replace(user.name(), user) != null;
  }

  @Override
  public synchronized boolean removeUser(String name) {
    return users.remove(name) != null;
  }

  @Override
  public synchronized void loggedIn(String name, Instant at) {
    users.computeIfPresent(
        name,
        (key, user) ->
            new User(
                name, user.role(), user.passwordHash(), user.createdAt(), user.changedAt(), at));
  }

  @Override
  public synchronized List<Token> tokens() {
    return List.copyOf(tokens.values());
  }

  @Override
  public synchronized @Nullable Token token(String id) {
    return tokens.get(id);
  }

  @Override
  public synchronized boolean addToken(Token token) {
    return tokens.putIfAbsent(token.id(), token) == null;
  }

  @Override
  public synchronized boolean removeToken(String id) {
    return tokens.remove(id) != null;
  }

  @Override
  public synchronized void used(String id, Instant at) {
    tokens.computeIfPresent(
        id,
        (key, token) ->
            new Token(
                id,
                token.name(),
                token.role(),
                token.hash(),
                token.createdBy(),
                token.createdAt(),
                token.expiresAt(),
                at));
  }
}
