package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.store.AuditEntry;
import io.sluice.store.SqliteStore;
import io.sluice.testing.Until;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;

class AuditTrailTest {
  @TempDir Path directory;
  private final TestClock clock = new TestClock();
  private SqliteStore store;
  private AuditTrail trail;

  @BeforeEach
  void open() {
    store = SqliteStore.open(directory.resolve("sluice.db"), 10);
    trail = new AuditTrail(store.audit(), clock);
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** All lines, newest first. */
  private List<AuditEntry> all() {
    return store.audit().list(Long.MAX_VALUE, 500);
  }

  private static MockServerWebExchange call(String method, String path) {
    return MockServerWebExchange.from(
        MockServerHttpRequest.method(HttpMethod.valueOf(method), path));
  }

  private void problem(String method, String path, HttpStatus status) {
    trail.problem(call(method, path), new ProblemException(status, "some-code", "A sentence."));
  }

  @Test
  void aFloodIsCountedInsteadOfWritten() throws Exception {
    for (int i = 0; i < 10_000; i++) {
      problem("GET", "/api/v1/users", HttpStatus.UNAUTHORIZED);
    }
    Until.holds("the lines of a minute", () -> all().size() >= AuditTrail.MOST_LINES);
    clock.advance(Duration.ofMinutes(1));
    problem("GET", "/api/v1/users", HttpStatus.UNAUTHORIZED);
    trail.destroy();

    assertThat(all()).hasSize(AuditTrail.MOST_LINES + 2);
    assertThat(all())
        .extracting(line -> String.valueOf(line.detail()))
        .filteredOn(detail -> detail.contains("not in the audit"))
        .containsExactly(
            "9880 further denials and refusals are not in the audit: too many a minute");
  }

  @Test
  void refusedWritesAreWrittenAndFailedReadsAndRehearsalsAreNot() throws Exception {
    problem("GET", "/api/v1/pools/x", HttpStatus.NOT_FOUND);
    problem("PUT", "/api/v1/config?dryRun=true", HttpStatus.UNPROCESSABLE_CONTENT);
    problem("DELETE", "/api/v1/pools/x?force=true", HttpStatus.CONFLICT);
    trail.destroy();

    assertThat(all()).hasSize(1);
    AuditEntry line = all().getFirst();
    assertThat(line.action()).isEqualTo("DELETE /api/v1/pools/x");
    assertThat(line.outcome()).isEqualTo("refused");
    assertThat(line.detail()).isEqualTo("409 some-code");
  }

  @Test
  void aTextIsCutAndHasNoLineEnds() {
    assertThat(AuditTrail.shortened("a\r\nb\u0007")).isEqualTo("a??b?");
    assertThat(AuditTrail.shortened("x".repeat(1000))).hasSize(257);
  }
}
