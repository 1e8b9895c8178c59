package io.sluice.admin;

import io.sluice.store.Accounts;
import io.sluice.store.Accounts.User;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * Changes of users. There is always an admin left, and a user's sessions end with whatever they
 * were opened by. Everything here blocks; changes are made one after another.
 */
@Component
final class Users {
  private final Accounts accounts;
  private final Sessions sessions;
  private final InstantSource clock;

  Users(Accounts accounts, Sessions sessions, InstantSource clock) {
    this.accounts = accounts;
    this.sessions = sessions;
    this.clock = clock;
  }

  List<User> list() {
    return accounts.users();
  }

  /**
   * One of them.
   *
   * @throws ProblemException 404 when there is none
   */
  User get(String name) {
    User user = accounts.user(name);
    if (user == null) {
      throw unknown(name);
    }
    return user;
  }

  /**
   * Adds one.
   *
   * @throws ProblemException 409 when the name is taken
   */
  synchronized User add(String name, Role role, String password) {
    User user = made(name, role, password, clock);
    if (!accounts.addUser(user)) {
      throw new ProblemException(
          HttpStatus.CONFLICT, "user-exists", "There is a user " + name + " already.");
    }
    return user;
  }

  /** One that is not stored yet. */
  static User made(String name, Role role, String password, InstantSource clock) {
    var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    return new User(name, role.word(), Passwords.hash(password), now, now, null);
  }

  /**
   * Changes role and password.
   *
   * @param role null: as it is
   * @param password null: as it is
   * @throws ProblemException 404, or 409 when no admin would be left
   */
  synchronized User change(String name, @Nullable Role role, @Nullable String password) {
    User old = get(name);
    if (role != null && role != Role.ADMIN) {
      keepAnAdmin(old);
    }
    User changed =
        new User(
            name,
            role == null ? old.role() : role.word(),
            password == null ? old.passwordHash() : Passwords.hash(password),
            old.createdAt(),
            clock.instant().truncatedTo(ChronoUnit.MILLIS),
            old.lastLogin());
    if (!accounts.updateUser(changed)) {
      throw unknown(name);
    }
    sessions.endOf(name);
    return changed;
  }

  /**
   * Removes one.
   *
   * @throws ProblemException 404, or 409 when no admin would be left
   */
  synchronized void remove(String name) {
    keepAnAdmin(get(name));
    accounts.removeUser(name);
    sessions.endOf(name);
  }

  private void keepAnAdmin(User user) {
    boolean another =
        accounts.users().stream()
            .anyMatch(
                other ->
                    other.role().equals(Role.ADMIN.word()) && !other.name().equals(user.name()));
    if (user.role().equals(Role.ADMIN.word()) && !another) {
      throw new ProblemException(
          HttpStatus.CONFLICT,
          "last-admin",
          "%s is the last admin; make another one first.".formatted(user.name()));
    }
  }

  private static ProblemException unknown(String name) {
    return new ProblemException(
        HttpStatus.NOT_FOUND, "not-found", "There is no user " + AuditTrail.shortened(name) + ".");
  }
}
