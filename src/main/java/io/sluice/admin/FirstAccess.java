package io.sluice.admin;

import io.sluice.config.Configuration;
import io.sluice.store.Accounts;
import io.sluice.store.Accounts.Token;
import io.sluice.store.Actor;
import io.sluice.store.AuditEntry;
import io.sluice.store.AuditLog;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the first people and programs get in; there is no default password. Called once at each
 * start, before the management plane serves.
 *
 * <p>Without any user it creates {@code admin}, with the password from {@value #PASSWORD}, else
 * from {@code sluice.admin.password-file}, else with one that it makes up and prints. The token
 * from {@value #TOKEN}, else from {@code sluice.admin.token-file}, has role admin; a token given at
 * a later start takes the place of an earlier one.
 */
public final class FirstAccess {
  /** The environment variable with the first password. */
  public static final String PASSWORD = "SLUICE_ADMIN_PASSWORD";

  /** The environment variable with the first token. */
  public static final String TOKEN = "SLUICE_ADMIN_TOKEN";

  private static final Logger log = LoggerFactory.getLogger(FirstAccess.class);
  private static final String ADMIN = "admin";
  private static final int MADE_UP_LENGTH = 20;
  private static final int SHORTEST_TOKEN = 32;
  private static final int LONGEST_TOKEN = 512;
  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private final Configuration.Admin admin;
  private final Accounts accounts;
  private final AuditLog audit;
  private final Map<String, String> environment;
  private final InstantSource clock;

  private FirstAccess(
      Configuration.Admin admin,
      Accounts accounts,
      AuditLog audit,
      Map<String, String> environment,
      InstantSource clock) {
    this.admin = admin;
    this.accounts = accounts;
    this.audit = audit;
    this.environment = environment;
    this.clock = clock;
  }

  /**
   * Sees to it that somebody can log in.
   *
   * @param environment of the process
   * @param out where a made-up password is printed, once
   * @throws AdminPlaneException when what was given cannot be used; it says what and why
   * @throws io.sluice.store.StoreException when the store fails
   */
  public static void prepare(
      Configuration.Admin admin,
      Accounts accounts,
      AuditLog audit,
      Map<String, String> environment,
      PrintStream out)
      throws AdminPlaneException {
    FirstAccess access =
        new FirstAccess(admin, accounts, audit, environment, InstantSource.system());
    // Looked at first: a start that fails shows no password.
    Given token = access.givenToken();
    access.user(out);
    if (token != null) {
      access.token(token);
    }
  }

  private void user(PrintStream out) throws AdminPlaneException {
    if (!accounts.users().isEmpty()) {
      return;
    }
    Given given = given(PASSWORD, admin.passwordFile(), "sluice.admin.password-file");
    String password = given == null ? Secrets.fresh(MADE_UP_LENGTH) : given.secret();
    String problem = Passwords.problem(password);
    if (problem != null && given != null) {
      throw new AdminPlaneException(
          "the password in %s cannot be used: %s".formatted(given.source(), problem));
    }
    accounts.addUser(Users.made(ADMIN, Role.ADMIN, password, clock));
    note("user admin created with " + (given == null ? "a made-up password" : given.source()));
    if (given == null) {
      out.printf(
          "First start: log in as %s with the password %s (shown only this once; change it"
              + " after the login, or set %s before a first start)%n",
          ADMIN, password, PASSWORD);
      out.flush();
    }
  }

  /** The first token, usable; null: none is given. */
  private @Nullable Given givenToken() throws AdminPlaneException {
    Given given = given(TOKEN, admin.tokenFile(), "sluice.admin.token-file");
    if (given == null) {
      return null;
    }
    String text = given.secret();
    boolean plain = text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    if (!plain || text.length() < SHORTEST_TOKEN || text.length() > LONGEST_TOKEN) {
      throw new AdminPlaneException(
          ("the token in %s cannot be used: it needs %d to %d visible ASCII characters; make one"
                  + " with: openssl rand -hex 32")
              .formatted(given.source(), SHORTEST_TOKEN, LONGEST_TOKEN));
    }
    return given;
  }

  private void token(Given given) {
    String hash = Secrets.hash(given.secret());
    Token before = accounts.token(Tokens.FIRST);
    if (before != null && Secrets.equal(before.hash(), hash)) {
      return;
    }
    if (before != null) {
      accounts.removeToken(Tokens.FIRST);
    }
    accounts.addToken(
        new Token(
            Tokens.FIRST,
            "first-token",
            Role.ADMIN.word(),
            hash,
            Actor.SYSTEM.name(),
            clock.instant().truncatedTo(ChronoUnit.MILLIS),
            null,
            null));
    note(
        "token first %s from %s"
            .formatted(before == null ? "created" : "replaced", given.source()));
  }

  /** A secret and where it is from. */
  private record Given(String secret, String source) {}

  private @Nullable Given given(String variable, @Nullable Path file, String key)
      throws AdminPlaneException {
    String value = environment.get(variable);
    if (value != null && !value.isEmpty()) {
      return new Given(value, variable);
    }
    if (file == null) {
      return null;
    }
    try {
      warnIfOthersCanRead(file, key);
      String secret = Files.readString(file).replaceFirst("\\R$", "");
      return new Given(secret, key + " " + file);
    } catch (IOException e) {
      throw new AdminPlaneException(
          "cannot read %s %s (%s); make it readable for Sluice's user".formatted(key, file, e), e);
    }
  }

  private static void warnIfOthersCanRead(Path file, String key) throws IOException {
    try {
      Set<PosixFilePermission> allowed = Files.getPosixFilePermissions(file);
      if (allowed.stream().anyMatch(OTHERS::contains)) {
        log.warn("{} {} can be read by others than its owner; run: chmod 600 {}", key, file, file);
      }
    } catch (UnsupportedOperationException e) {
      log.debug("{} {}: this file system has no owners", key, file, e);
    }
  }

  private void note(String detail) {
    audit.append(
        new AuditEntry(
            0, clock.instant(), Actor.SYSTEM, "start", null, null, null, "applied", detail, null));
  }
}
