package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.RouteSpec.Action;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Whatever is written can be read again and is the same. */
class SnapshotRoundTripTest {
  private static final JsonMapper JSON = new JsonMapper();

  @Property(tries = 200)
  void whatIsWrittenAsJsonIsReadAsTheSame(@ForAll long seed) throws Exception {
    Snapshot snapshot = new Specs(seed).snapshot();

    String json = JSON.writeValueAsString(SnapshotDocument.write(snapshot));

    assertThat(SnapshotDocument.snapshot(JSON.readValue(json, Object.class))).isEqualTo(snapshot);
  }

  @Property(tries = 200)
  void whatIsWrittenAsYamlIsReadAsTheSame(@ForAll long seed) throws Exception {
    Snapshot snapshot = new Specs(seed).snapshot();

    String yaml = SnapshotDocument.toYaml(snapshot);

    assertThat(SnapshotDocument.fromYaml(yaml)).as(yaml).isEqualTo(snapshot);
  }

  @Property(tries = 50)
  void eachPartAloneIsReadAsTheSame(@ForAll long seed) throws Exception {
    Snapshot snapshot = new Specs(seed).snapshot();
    for (PoolSpec pool : snapshot.pools()) {
      assertThat(SnapshotDocument.pool(SnapshotDocument.write(pool))).isEqualTo(pool);
      for (BackendSpec backend : pool.backends()) {
        assertThat(SnapshotDocument.backend(SnapshotDocument.write(backend))).isEqualTo(backend);
      }
    }
    for (RouteSpec route : snapshot.routes()) {
      assertThat(SnapshotDocument.route(SnapshotDocument.write(route))).isEqualTo(route);
    }
  }

  @Property(tries = 50)
  void equalSnapshotsGiveTheSameText(@ForAll long seed) throws Exception {
    Snapshot snapshot = new Specs(seed).snapshot();
    Snapshot again = SnapshotDocument.fromYaml(SnapshotDocument.toYaml(snapshot));

    assertThat(SnapshotDocument.toYaml(again)).isEqualTo(SnapshotDocument.toYaml(snapshot));
  }

  @Test
  void everyKnownKeyIsWritten() throws Exception {
    Map<String, Set<String>> written = new TreeMap<>();
    collect("sluice.bootstrap", SnapshotDocument.write(withEverySection()), written);
    assertThat(written).as("sections").hasSizeGreaterThan(20);

    for (KnownKeys keys : KnownKeys.values()) {
      if (keys.path().startsWith("sluice.bootstrap")) {
        assertThat(written.get(keys.path()))
            .as(keys.path())
            .containsExactlyInAnyOrderElementsOf(Naming.API.written(keys.available()));
      }
    }
  }

  /** Every key of a section that stands in the document, by the section's path. */
  private static void collect(
      String path, @Nullable Object tree, Map<String, Set<String>> written) {
    if (tree instanceof Map<?, ?> map) {
      Set<String> keys = written.computeIfAbsent(path, p -> new TreeSet<>());
      map.forEach(
          (key, value) -> {
            keys.add(String.valueOf(key));
            collect(path + "." + Naming.API.key(String.valueOf(key)), value, written);
          });
    } else if (tree instanceof List<?> list) {
      list.forEach(item -> collect(path + "[]", item, written));
    }
  }

  private static Snapshot withEverySection() throws Exception {
    return SnapshotDocument.fromYaml(
        """
        pools:
          - id: a
            backends: [{address: "a:1", tls: {enabled: true}}]
            sticky: {}
            tls: {enabled: true, client-certificate: {cert: a, key: b}}
            health-check: {type: http, tls: {enabled: true}}
        routes:
          - {id: a, pool: a, path-rewrite: {prefix: /a, to: /b}, filters: [a],
             rate-limit: {requests: 1}}
          - {id: b, redirect: {to: /}}
          - {id: c, respond: {status: 200}}
        """);
  }

  @Test
  void theQuickStartIsWrittenAsItStandsInTheFile() throws Exception {
    String file = Files.readString(Path.of("application.yaml"));
    Snapshot snapshot = ConfigurationReader.read("application.yaml", file).bootstrap();

    assertThat(SnapshotDocument.toYaml(snapshot))
        .isEqualTo(
            """
            pools:
              - id: default
                backends:
                  - 1.1.1.1:443
                  - 1.0.0.1:443
                tls:
                  enabled: true
                  sni: one.one.one.one
            routes:
              - id: default
                pool: default
                request-headers:
                  set:
                    Host: one.one.one.one
            """);
  }

  @Test
  void durationsAreIso8601AndNothingIsNull() throws Exception {
    PoolSpec pool = PoolSpec.of("a", List.of(BackendSpec.of(new Address.Tcp("b", 80))));

    String json =
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(SnapshotDocument.write(pool));

    assertThat(json)
        .contains("\"firstByte\" : \"PT30S\"", "\"backOff\" : \"PT0.025S\"", "\"sticky\" : null")
        .contains("\"adminState\" : \"ready\"", "\"consecutive5xx\" : 0");
  }

  @Test
  void aRouteIsWrittenInTheOrderOfTheFileNotOfTheHeap() {
    Map<String, String> headers = new LinkedHashMap<>();
    List<String> names = new ArrayList<>(List.of("x-c", "x-a", "x-b"));
    Collections.shuffle(names, new java.util.Random(1));
    names.forEach(name -> headers.put(name, "1"));
    RouteSpec.Match match = new RouteSpec.Match(null, "/**", Set.of("POST", "GET"), headers);
    RouteSpec route = RouteSpec.of("r", match, new Action.ToPool("a"));

    assertThat(
            JSON.writeValueAsString(
                Objects.requireNonNull(SnapshotDocument.write(route).get("match"))))
        .isEqualTo(
            "{\"host\":null,\"path\":\"/**\",\"methods\":[\"GET\",\"POST\"],"
                + "\"headers\":{\"x-a\":\"1\",\"x-b\":\"1\",\"x-c\":\"1\"}}");
  }
}
