package io.sluice.admin;

import io.sluice.admin.Sessions.Begun;
import io.sluice.store.Accounts;
import io.sluice.store.Accounts.User;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * From a name and a password to a session. Who does not exist gets the same answer after the same
 * work as who has mistyped, and guessing is throttled by name and by address alike.
 */
@Component
final class Logins {
  private static final int LONGEST_NAME = 64;
  private static final String WRONG = "The name or the password is wrong.";

  private final Accounts accounts;
  private final Sessions sessions;
  private final Passwords passwords;
  private final InstantSource clock;
  private final Throttle byName;
  private final Throttle byAddress;

  Logins(Accounts accounts, Sessions sessions, Passwords passwords, InstantSource clock) {
    this.accounts = accounts;
    this.sessions = sessions;
    this.passwords = passwords;
    this.clock = clock;
    this.byName = new Throttle(clock);
    this.byAddress = new Throttle(clock);
  }

  /**
   * A login that succeeded.
   *
   * @param first whether this user has never logged in before
   */
  record LoggedIn(Begun begun, boolean first) {}

  /** Begins a session; ends with a {@link ProblemException} 401, 429 or 503. */
  Mono<LoggedIn> login(String name, String password, @Nullable String address) {
    return Mono.defer(
        () -> {
          String user = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name;
          String from = Throttle.keyOf(address);
          Duration wait = byAddress.attempt(from);
          if (wait.isZero()) {
            wait = byName.attempt(user);
          }
          return wait.isZero()
              ? passwords.run(() -> checked(name, password, from))
              : Mono.error(Authentication.tooMany(wait));
        });
  }

  private LoggedIn checked(String name, String password, String from) {
    User user = name.length() > LONGEST_NAME ? null : accounts.user(name);
    Role role = user == null ? null : Role.of(user.role());
    boolean same = Passwords.matches(password, user == null ? null : user.passwordHash());
    if (user == null || role == null || !same) {
      throw Caller.unproven(WRONG);
    }
    byName.succeeded(name);
    byAddress.takeBack(from);
    accounts.loggedIn(name, clock.instant());
    Begun begun = sessions.begin(name, role);
    // The password or role may have changed while it was hashed: then all sessions ended before.
    User now = accounts.user(name);
    if (now == null || !now.changedAt().equals(user.changedAt())) {
      sessions.endById(begun.id());
      throw Caller.unproven(WRONG);
    }
    return new LoggedIn(begun, user.lastLogin() == null);
  }

  /**
   * Whether it is this user's password; takes long, and wrong ones are throttled.
   *
   * @throws ProblemException 429 after too many wrong ones
   */
  boolean isPassword(User user, String password) {
    Duration wait = byName.attempt(user.name());
    if (!wait.isZero()) {
      throw Authentication.tooMany(wait);
    }
    boolean same = Passwords.matches(password, user.passwordHash());
    if (same) {
      byName.succeeded(user.name());
    }
    return same;
  }
}
