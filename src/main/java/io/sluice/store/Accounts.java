package io.sluice.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Users and tokens; secrets only as hashes. Every call blocks and may throw {@link StoreException}.
 */
public interface Accounts {

  /**
   * Somebody who logs in by a password.
   *
   * @param passwordHash in the form of the hashing algorithm that made it
   * @param changedAt when password or role last changed: sessions from before are over
   */
  record User(
      String name,
      String role,
      String passwordHash,
      Instant createdAt,
      Instant changedAt,
      @Nullable Instant lastLogin) {}

  /**
   * A bearer token.
   *
   * @param id public, part of the token's text
   * @param hash SHA-256 of the whole token, in hex
   * @param createdBy a user's or token's name
   * @param expiresAt null: never
   * @param lastUsed to the minute; null: never
   */
  record Token(
      String id,
      String name,
      String role,
      String hash,
      String createdBy,
      Instant createdAt,
      @Nullable Instant expiresAt,
      @Nullable Instant lastUsed) {}

  List<User> users();

  @Nullable User user(String name);

  /**
   * Adds a user.
   *
   * @return false when there is one of this name already
   */
  boolean addUser(User user);

  /** Changes role and password of a user; false when there is none. */
  boolean updateUser(User user);

  /** Removes a user; false when there is none. */
  boolean removeUser(String name);

  /** Notes that a user has logged in. */
  void loggedIn(String name, Instant at);

  List<Token> tokens();

  @Nullable Token token(String id);

  /** Adds a token; false when the id is taken. */
  boolean addToken(Token token);

  /** Removes a token; false when there is none. */
  boolean removeToken(String id);

  /** Notes that tokens were used, by id. */
  void used(String id, Instant at);
}
