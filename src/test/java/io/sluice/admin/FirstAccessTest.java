package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sluice.config.Address;
import io.sluice.config.Configuration;
import io.sluice.store.Accounts;
import io.sluice.store.AuditEntry;
import io.sluice.store.SqliteStore;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstAccessTest {
  private static final String PASSWORD = "a password of the test";
  private static final String TOKEN = "sl_tests_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL";

  @TempDir Path directory;
  private SqliteStore store;
  private Accounts accounts;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @BeforeEach
  void open() {
    store = SqliteStore.open(directory.resolve("sluice.db"), 10);
    accounts = store.accounts();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private String prepare(
      Map<String, String> environment, @Nullable Path password, @Nullable Path token)
      throws AdminPlaneException {
    Configuration.Admin admin =
        new Configuration.Admin(
            new Address.Tcp("127.0.0.1", 0), "/", password, token, List.of(), List.of());
    FirstAccess.prepare(
        admin,
        accounts,
        store.audit(),
        environment,
        new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }

  private List<AuditEntry> audit() {
    return store.audit().list(Long.MAX_VALUE, 500);
  }

  private boolean letsIn(String password) {
    var user = accounts.user("admin");
    return user != null
        && user.role().equals("admin")
        && Passwords.matches(password, user.passwordHash());
  }

  private @Nullable Caller verify(String token) {
    return new Tokens(accounts, new TestClock()).verify(token, null);
  }

  @Test
  void withoutAnythingAPasswordIsMadeUpAndPrintedOnce() throws Exception {
    String printed = prepare(Map.of(), null, null);
    Matcher password = Pattern.compile("with the password (\\w{20}) ").matcher(printed);
    assertThat(password.find()).as(printed).isTrue();
    assertThat(letsIn(password.group(1))).isTrue();
    assertThat(audit().toString()).doesNotContain(password.group(1));

    assertThat(prepare(Map.of(), null, null))
        .as("nothing more at the next start")
        .isEqualTo(printed);
    assertThat(accounts.users()).hasSize(1);
  }

  @Test
  void theEnvironmentsPasswordIsTakenAndNotPrinted() throws Exception {
    assertThat(prepare(Map.of(FirstAccess.PASSWORD, PASSWORD), null, null)).isEmpty();
    assertThat(letsIn(PASSWORD)).isTrue();
  }

  @Test
  void aFilesPasswordIsItsTextWithoutTheLastLineEnd() throws Exception {
    Path file = Files.writeString(directory.resolve("password"), PASSWORD + "\n");
    assertThat(prepare(Map.of(), file, null)).isEmpty();
    assertThat(letsIn(PASSWORD)).isTrue();
  }

  @Test
  void laterPasswordsChangeNothing() throws Exception {
    prepare(Map.of(FirstAccess.PASSWORD, PASSWORD), null, null);
    prepare(Map.of(FirstAccess.PASSWORD, "another one, as long"), null, null);
    assertThat(letsIn(PASSWORD)).isTrue();
  }

  @Test
  void aWeakPasswordIsRefusedWithoutBeingRepeated() {
    assertThatExceptionOfType(AdminPlaneException.class)
        .isThrownBy(() -> prepare(Map.of(FirstAccess.PASSWORD, "admin123"), null, null))
        .withMessage(
            "the password in SLUICE_ADMIN_PASSWORD cannot be used: a password has at least 12"
                + " characters");
    assertThat(accounts.users()).isEmpty();
  }

  @Test
  void aMissingFileIsTold() {
    Path missing = directory.resolve("missing");
    assertThatExceptionOfType(AdminPlaneException.class)
        .isThrownBy(() -> prepare(Map.of(), missing, null))
        .withMessageStartingWith("cannot read sluice.admin.password-file " + missing);
  }

  @Test
  void theSameTokenIsOneAndAnotherTakesItsPlace() throws Exception {
    Map<String, String> environment =
        Map.of(FirstAccess.PASSWORD, PASSWORD, FirstAccess.TOKEN, TOKEN);
    prepare(environment, null, null);
    prepare(environment, null, null);
    assertThat(accounts.tokens()).hasSize(1);
    Caller caller = verify(TOKEN);
    assertThat(Objects.requireNonNull(caller).role()).isEqualTo(Role.ADMIN);
    assertThat(accounts.tokens().toString()).doesNotContain(TOKEN);

    String next = "any-other-text-of-enough-characters";
    Path file = Files.writeString(directory.resolve("token"), next + "\n");
    prepare(Map.of(), null, file);
    assertThat(accounts.tokens()).hasSize(1);
    assertThat(verify(TOKEN)).isNull();
    assertThat(verify(next)).isNotNull();
    assertThat(audit())
        .extracting(line -> String.valueOf(line.detail()))
        .contains("token first created from SLUICE_ADMIN_TOKEN")
        .contains("token first replaced from sluice.admin.token-file " + file);
  }

  @Test
  void aWeakTokenIsRefusedWithoutBeingRepeated() {
    for (String weak : List.of("secret", "x".repeat(31), "y".repeat(40) + " z")) {
      assertThatExceptionOfType(AdminPlaneException.class)
          .isThrownBy(
              () ->
                  prepare(
                      Map.of(FirstAccess.PASSWORD, PASSWORD, FirstAccess.TOKEN, weak), null, null))
          .withMessageContaining("SLUICE_ADMIN_TOKEN cannot be used")
          .withMessageNotContaining(weak);
    }
  }

  @Test
  void aStartThatFailsByItsTokenShowsNoPassword() {
    assertThatExceptionOfType(AdminPlaneException.class)
        .isThrownBy(() -> prepare(Map.of(FirstAccess.TOKEN, "short"), null, null));
    assertThat(out.size()).isZero();
    assertThat(accounts.users()).isEmpty();
  }
}
