package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.config.SnapshotDocument.InvalidException;
import io.sluice.config.SnapshotDocument.Violation;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class SnapshotDocumentTest {
  private static final JsonMapper JSON = new JsonMapper();

  @Test
  void aPoolIsReadWithItsBackendsInEitherForm() throws Exception {
    PoolSpec pool =
        SnapshotDocument.pool(
            json(
                """
                {"id": "a", "backends": ["b:80", {"address": "c:80", "adminState": "drain"}],
                 "timeouts": {"connect": "PT0.5S", "firstByte": "5s"},
                 "healthCheck": {"unhealthyInterval": "2m"}, "choices": "all"}
                """));

    assertThat(pool.backends())
        .containsExactly(
            BackendSpec.of(new Address.Tcp("b", 80)),
            BackendSpec.of(new Address.Tcp("c", 80)).withAdminState(BackendSpec.AdminState.DRAIN));
    assertThat(pool.timeouts().connect()).isEqualTo(Duration.ofMillis(500));
    assertThat(pool.timeouts().firstByte()).isEqualTo(Duration.ofSeconds(5));
    assertThat(pool.balance().choices()).isZero();
  }

  @Test
  void aPoolNeedsNoBackends() throws Exception {
    assertThat(SnapshotDocument.pool(json("{\"id\": \"a\"}")))
        .isEqualTo(PoolSpec.of("a", List.of()));
  }

  @Test
  void nullSaysThatTheDefaultHolds() throws Exception {
    assertThat(
            SnapshotDocument.pool(
                json(
                    """
                    {"id": "a", "backends": null, "tls": null, "choices": null, "sticky": null,
                     "timeouts": {"connect": null}, "retries": {"on": null}}
                    """)))
        .isEqualTo(PoolSpec.of("a", List.of()));
    assertThat(
            SnapshotDocument.route(
                json("{\"id\": \"r\", \"pool\": \"a\", \"redirect\": null, \"match\": null}")))
        .isEqualTo(RouteSpec.of("r", RouteSpec.Match.ALL, new RouteSpec.Action.ToPool("a")));
  }

  @Test
  void aSnapshotGetsNoRouteThatIsNotInIt() throws Exception {
    Snapshot expected = new Snapshot(List.of(PoolSpec.of("default", List.of())), List.of());

    assertThat(SnapshotDocument.snapshot(json("{\"pools\": [{\"id\": \"default\"}]}")))
        .isEqualTo(expected);
    assertThat(SnapshotDocument.fromYaml("pools: [{id: default, backends: []}]"))
        .isEqualTo(expected);
    assertThat(SnapshotDocument.snapshot(Map.of())).isEqualTo(new Snapshot(List.of(), List.of()));
  }

  @Test
  void everyMistakeIsReportedWithItsPointer() {
    assertThat(
            violations(
                """
                {"pools": [
                   {"id": "a", "algoritm": "random", "health-check": {}, "protocol": "auto",
                    "backends": ["a:80", "b", {"weight": 1}, {"address": "a:80", "id": "x"},
                                 {"address": "c:80", "labels": {"a/b": 1, "c~": "d"}}]},
                   {"id": "a", "keepAlive": {"maxAge": "1y"}}],
                 "routes": [
                   {"id": "r", "pool": "b", "requestHeaders": {"set": {"X~/Y": "1", "x": 1, "X": "2"}}},
                   {"pool": null}],
                 "version": 1}
                """))
        .containsExactly(
            at("/pools/0/algoritm", "unknown key; did you mean 'algorithm'?"),
            at("/pools/0/health-check", "unknown key; did you mean 'healthCheck'?"),
            at("/pools/0/protocol", "is not available in this version; remove it"),
            at(
                "/pools/0/backends/1",
                "'b' has no port: expected host:port, [v6]:port or unix:/path, for instance"
                    + " 10.0.0.1:8080"),
            at(
                "/pools/0/backends/2/address",
                "is missing; expected host:port, for instance 10.0.0.1:8080"),
            at(
                "/pools/0/backends/3/address",
                "'a:80' is already another backend's address in this pool; use weight for a larger"
                    + " share"),
            at("/pools/0/backends/4/labels/a~1b", "expected text, got the number 1"),
            at(
                "/pools/0/backends/4/labels/c~0",
                "'c~' is not a label's name: expected 1 to 63 letters, digits, dashes, underscores,"
                    + " dots and slashes"),
            at("/pools/1/id", "'a' is already another pool's id"),
            at(
                "/pools/1/keepAlive/maxAge",
                "'1y' is not a duration: expected a whole number and one of ms, s, m, h, for"
                    + " instance 500ms or 30s, or ISO 8601 like PT30S"),
            at("/routes/0/pool", "no pool has the id 'b'; known here: a"),
            at(
                "/routes/0/requestHeaders/set/X~0~1Y",
                "'X~/Y' is not a header name: expected letters, digits and !#$%&'*+-.^_`|~"
                    + " (RFC 9110 5.1)"),
            at("/routes/0/requestHeaders/set/x", "expected text, got the number 1"),
            at(
                "/routes/0/requestHeaders/set/X",
                "is given twice; upper and lower case count the same"),
            at("/routes/1/id", "is missing; expected a unique name, for instance default"),
            at("/routes/1", "expected one of pool, redirect and respond"),
            at("/version", "unknown key; known here: pools, routes"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "weight": "5"              | /weight     | expected a number, got the text '5'
          "weight": true             | /weight     | expected a number, got true
          "weight": [1]              | /weight     | expected a number, got an array
          "weight": 1.0              | /weight     | '1.0' is not a whole number: expected 0 to 65535
          "weight": 1e3              | /weight     | '1000.0' is not a whole number: expected 0 to 65535
          "weight": -1               | /weight     | '-1' is out of range: 0 to 65535
          "weight": 9223372036854775808 | /weight  | '9223372036854775808' is out of range: 0 to 65535
          "id": 5                    | /id         | expected text, got the number 5
          "id": {}                   | /id         | expected text, got an object
          "adminState": false        | /adminState | expected text, got false
          "labels": ["a"]            | /labels     | expected an object of names to values, got an array
          "labels": {"a": null}      | /labels/a   | has no value; for an empty one write ""
          "tls": {"enabled": "true"} | /tls/enabled | expected true or false, got the text 'true'
          "tls": {"enabled": 1}      | /tls/enabled | expected true or false, got the number 1
          "tls": "on"                | /tls        | expected an object with the keys enabled, sni, verify, ca, alternativeName, clientCertificate, got the text 'on'
          """)
  void aValueOfAnotherTypeIsRefused(String member, String pointer, String message) {
    assertThat(
            violations(
                () -> SnapshotDocument.backend(json("{\"address\": \"a:80\", " + member + "}"))))
        .containsExactly(at(pointer, message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "choices": "2"                  | /choices         | expected a number or a word as text, got the text '2'
          "choices": 1                    | /choices         | '1' is not known here: expected 2 to 16, or all
          "retries": {"on": ["503"]}      | /retries/on/0    | expected a number or a word as text, got the text '503'
          "retries": {"on": "reset"}      | /retries/on      | expected an array, got the text 'reset'
          "retries": {"on": [null]}       | /retries/on/0    | this item is null; write a value or leave it out
          "panic": {"threshold": "0.5"}   | /panic/threshold | expected a number, got the text '0.5'
          "panic": {"threshold": -0.5}    | /panic/threshold | '-0.5' is out of range: 0.0 to 1.0
          "timeouts": {"idle": 5}         | /timeouts/idle   | expected a duration as text, for instance "PT5S" or "5s", got the number 5
          "timeouts": {"idle": "PT0.0001S"} | /timeouts/idle | 'PT0.0001S' is finer than a millisecond
          "timeouts": {"idle": "P2D"}     | /timeouts/idle   | 'P2D' is out of range: 0s to 24h
          "backends": "a:80"              | /backends        | expected an array, got the text 'a:80'
          "backends": [80]                | /backends/0      | expected text, got the number 80
          "timeouts.idle": "5s"           | /timeouts.idle   | unknown key; keys are not joined by dots here: write 'timeouts' and the rest below it
          """)
  void aPoolsValueThatDoesNotFitIsRefused(String member, String pointer, String message) {
    assertThat(violations(() -> SnapshotDocument.pool(json("{\"id\": \"a\", " + member + "}"))))
        .containsExactly(at(pointer, message));
  }

  @Test
  void numbersThatJsonDoesNotHaveAreRefused() {
    for (Object number :
        List.of(Double.NaN, Double.POSITIVE_INFINITY, BigInteger.ONE.shiftLeft(1_000_000))) {
      assertThat(
              violations(
                  () -> SnapshotDocument.backend(Map.of("address", "a:80", "weight", number))))
          .singleElement()
          .satisfies(
              violation -> {
                assertThat(violation.pointer()).isEqualTo("/weight");
                assertThat(violation.message())
                    .hasSizeLessThan(80)
                    .endsWith("is not a whole number: expected 0 to 65535");
              });
    }
  }

  @Test
  void whatAloneCannotBeRightIsFoundInAPoolAlone() {
    assertThat(
            violations(
                () ->
                    SnapshotDocument.pool(
                        json("{\"id\": \"a\", \"backends\": [\"a:80\", \"b:80\", \"A:80\"]}"))))
        .containsExactly(
            at(
                "/backends/2",
                "'a:80' is already another backend's address in this pool; use weight for a larger"
                    + " share"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[]", "5", "\"a\"", "true"})
  void whatIsNoObjectIsRefused(String json) {
    for (ThrowingCallable reader :
        List.<ThrowingCallable>of(
            () -> SnapshotDocument.snapshot(json(json)),
            () -> SnapshotDocument.pool(json(json)),
            () -> SnapshotDocument.backend(json(json)),
            () -> SnapshotDocument.route(json(json)))) {
      assertThat(violations(reader))
          .singleElement()
          .satisfies(
              violation -> {
                assertThat(violation.pointer()).isEmpty();
                assertThat(violation.message()).startsWith("expected an object with the keys ");
              });
    }
  }

  @Test
  void aTreeThatIsTooDeepIsRefusedWhereItBecomesSo() {
    Object deep = "x";
    for (int i = 0; i < 100_000; i++) {
      deep = List.of(deep);
    }
    Map<String, Object> endless = new HashMap<>();
    endless.put("a", endless);

    Object tree = Map.of("pools", deep);
    assertThat(violations(() -> SnapshotDocument.snapshot(tree)))
        .containsExactly(at("/pools" + "/0".repeat(31), "nested deeper than 32 levels"));
    assertThat(violations(() -> SnapshotDocument.pool(endless)))
        .containsExactly(at("/a".repeat(32), "nested deeper than 32 levels"));
  }

  @Test
  void aTreeWithTooManyValuesIsRefused() {
    Map<String, Object> tree = Map.of("pools", Collections.nCopies(TreeNodes.MAX_VALUES, "x"));

    assertThat(violations(() -> SnapshotDocument.snapshot(tree)))
        .containsExactly(at("", "has more than 2000000 values"));
  }

  @Test
  void ofManyMistakesTheFirstThousandAreReported() {
    List<Object> pools = new ArrayList<>(Collections.nCopies(1500, 1));

    List<Violation> violations =
        violations(() -> SnapshotDocument.snapshot(Map.of("pools", pools)));

    assertThat(violations).hasSize(1001).endsWith(at("", "and 500 more"));
    assertThat(violations.get(999).pointer()).isEqualTo("/pools/999");
  }

  @Test
  void halfACharacterIsNoText() {
    assertThat(
            violations(
                () ->
                    SnapshotDocument.route(
                        Map.of("id", "a", "respond", Map.of("status", 200, "body", "a\uD800")))))
        .containsExactly(at("/respond/body", "'a\\ud800' is no Unicode text"));
  }

  @Test
  void yamlHasTheFilesFormAndItsMistakesHavePointersToo() {
    assertThat(
            violations(
                () ->
                    SnapshotDocument.fromYaml(
                        """
                        pools:
                          - id: a
                            healthCheck: {}
                            keep-alive: {max-age: 5}
                        """)))
        .containsExactly(
            at(
                "/pools/0/backends",
                "is missing; expected a list of addresses, for instance [10.0.0.1:8080]; [] for"
                    + " none yet"),
            at("/pools/0/healthCheck", "unknown key; did you mean 'health-check'?"),
            at(
                "/pools/0/keep-alive/max-age",
                "'5' has no unit; write ms, s, m or h behind it, for instance 30s"));
  }

  @Test
  void whatIsNoYamlIsReportedWithItsLine() {
    assertThat(violations(() -> SnapshotDocument.fromYaml("pools:\n  - {id: a\n")))
        .singleElement()
        .satisfies(
            violation -> {
              assertThat(violation.pointer()).isEmpty();
              assertThat(violation.message()).startsWith("line 3, column 1: not valid YAML: ");
            });
    assertThat(violations(() -> SnapshotDocument.fromYaml("# nothing\n")))
        .containsExactly(at("", "there is nothing in it"));
  }

  @Test
  void eachKeyHasOneNameInJson() {
    for (KnownKeys keys : KnownKeys.values()) {
      for (String key : keys.available()) {
        String written = Naming.API.written(key);
        assertThat(written).doesNotContain("-");
        assertThat(Naming.API.key(written)).isEqualTo(key);
      }
    }
  }

  private static List<Violation> violations(String snapshot) {
    return violations(() -> SnapshotDocument.snapshot(json(snapshot)));
  }

  private static List<Violation> violations(ThrowingCallable reader) {
    InvalidException e = catchThrowableOfType(InvalidException.class, reader);
    assertThat(e).as("no violation").isNotNull();
    return e.violations();
  }

  private static Violation at(String pointer, String message) {
    return new Violation(pointer, message);
  }

  private static Object json(String text) {
    return JSON.readValue(text, Object.class);
  }
}
