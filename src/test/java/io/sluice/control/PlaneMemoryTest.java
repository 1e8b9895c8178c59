package io.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.balance.Health;
import io.sluice.balance.PoolStatus;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.control.PlaneMemory.Answered;
import io.sluice.control.PlaneMemory.Checked;
import io.sluice.control.PlaneMemory.OfBackend;
import io.sluice.control.PlaneMemory.OfEndpoint;
import io.sluice.control.PlaneMemory.OfName;
import io.sluice.control.PlaneMemory.OfPool;
import io.sluice.store.Revision;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What one process writes down and another, older or newer, understands. */
class PlaneMemoryTest {
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678Z");

  private static final PlaneMemory WHOLE =
      new PlaneMemory(
          AT,
          new InForce(
              new Revision(7, AT, "alice", "api", null, "pool web: backend b added"),
              new Snapshot(
                  List.of(
                      PoolSpec.of(
                          "web", List.of(BackendSpec.of("b", new Address.Tcp("10.0.0.1", 80))))),
                  List.of())),
          null,
          List.of(
              new OfPool(
                  "web",
                  "c2VjcmV0LXNlY3JldC1zZWNyZXQ=",
                  List.of("b"),
                  PoolStatus.Mode.PANIC,
                  AT,
                  List.of(
                      new OfBackend(
                          "b",
                          new Checked(Health.State.DOWN, "refused", AT, 3, false, 10, 5, 2),
                          new Answered(2, AT, "5 gateway errors in a row", 30_000, 7, 1, 4, 3),
                          250L)))),
          List.of(
              new OfName(
                  "web.test:80",
                  List.of(
                      new OfEndpoint(
                          "10.0.0.1", 80, 1, 0, AdminState.DRAIN, Map.of("zone", "a"))))));

  private static PlaneMemory read(String json) {
    return PlaneMemory.fromJson(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    assertThat(PlaneMemory.fromJson(WHOLE.toJson())).isEqualTo(WHOLE);
  }

  @Test
  void membersOfANewerVersionArePassedOver() {
    String json = new String(WHOLE.toJson(), StandardCharsets.UTF_8);
    String newer =
        json.replace("\"at\":", "\"later\":{\"a\":[1]},\"at\":")
            .replace("\"leftMillis\"", "\"mood\":\"good\",\"leftMillis\"")
            .replace("\"inARow\"", "\"trend\":[null],\"inARow\"")
            .replace("\"lastGood\"", "\"best\":null,\"lastGood\"");
    assertThat(newer).hasSizeGreaterThan(json.length() + 60);
    assertThat(read(newer)).isEqualTo(WHOLE);
  }

  @Test
  void whatAnOlderVersionDoesNotSayIsTakenForNothingKnown() {
    PlaneMemory memory =
        read(
            """
            {"revision": {"number": 3, "at": "2026-01-02T03:04:05Z", "author": "a",
                          "source": "api", "summary": "s"},
             "snapshot": {"pools": [], "routes": []},
             "pools": [{"id": "web", "backends": [{"id": "b", "checked": {"state": "UP"}}]},
                       {"id": "api"}]}
            """);
    assertThat(memory.inForce()).isNotNull();
    assertThat(memory.trouble()).isNull();
    assertThat(memory.names()).isEmpty();
    assertThat(memory.pools()).extracting(OfPool::id).containsExactly("web", "api");
    OfBackend backend = memory.pools().getFirst().backends().getFirst();
    assertThat(backend.checked())
        .hasToString(
            "Checked[state=UP, reason=null, since=null, inARow=0, lastPassed=false, passed=0,"
                + " failed=0, transitions=0]");
    assertThat(backend.answered()).isNull();
  }

  @Test
  void aPoolOfAnotherFormBeginsAnewAndTheOthersDoNot() {
    PlaneMemory memory =
        read(
            """
            {"pools": [{"id": "web", "backends": [{"id": "b", "checked": {"state": "SOMEHOW"}}]},
                       {"id": "api", "backends": 5}, 7, null, {"id": "last"}]}
            """);
    assertThat(memory.pools()).extracting(OfPool::id).containsExactly("last");
  }

  @Test
  void aSnapshotThatThisVersionCannotReadIsSaidToBeSo() {
    PlaneMemory memory =
        read(
            """
            {"revision": {"number": 3, "at": "2026-01-02T03:04:05Z", "author": "a",
                          "source": "api", "summary": "s"},
             "snapshot": {"pools": [{"id": "web", "magic": true}]}}
            """);
    assertThat(memory.inForce()).isNull();
    assertThat(memory.trouble()).contains("/pools/0/magic");
    assertThat(read("{}").trouble()).contains("revision");
  }

  @Test
  void whatIsNoMemoryIsRefusedWithoutTellingWhatItIs() {
    for (String text : List.of("", "secret", "[\"secret\"]", "{\"secret\": ", "\"secret\"", "1")) {
      assertThatThrownBy(() -> read(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageNotContaining("secret")
          .hasNoCause();
    }
  }

  @Test
  void noTextOfItShowsAKey() {
    assertThat(WHOLE.toString()).contains("web").doesNotContain("c2VjcmV0");
  }
}
