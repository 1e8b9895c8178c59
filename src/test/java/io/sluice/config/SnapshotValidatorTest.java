package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.RouteSpec.Action;
import io.sluice.config.RouteSpec.Match;
import io.sluice.config.SnapshotDocument.Violation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SnapshotValidatorTest {

  @Test
  void aSoundSnapshotHasNoViolation() {
    Snapshot snapshot =
        new Snapshot(
            List.of(pool("a", tcp("x", "h", 80), tcp("y", "h", 81)), pool("b", tcp("x", "h", 80))),
            List.of(route("r", new Action.ToPool("a")), route("s", new Action.ToPool("b"))));

    assertThat(SnapshotValidator.validate(snapshot)).isEmpty();
  }

  @Test
  void idsThatStandTwiceAreViolationsAtTheSecond() {
    Snapshot snapshot =
        new Snapshot(
            List.of(pool("a"), pool("b", tcp("x", "h", 80), tcp("x", "h", 81)), pool("a")),
            List.of(route("r", new Action.ToPool("a")), route("r", new Action.ToPool("b"))));

    assertThat(SnapshotValidator.validate(snapshot))
        .extracting(Violation::pointer)
        .containsExactly("/pools/1/backends/1/id", "/pools/2/id", "/routes/1/id");
  }

  @Test
  void addressesThatLeadToTheSamePlaceAreViolationsHoweverTheyAreWritten() {
    Snapshot snapshot =
        new Snapshot(
            List.of(
                pool(
                    "a",
                    tcp("1", "::1", 80),
                    tcp("2", "0:0:0:0:0:0:0:1", 80),
                    tcp("3", "a.example", 80),
                    tcp("4", "A.example", 80),
                    tcp("5", "::ffff:10.0.0.1", 80),
                    tcp("6", "10.0.0.1", 80),
                    tcp("7", "10.0.0.1", 81),
                    unix("8", "/run/a.sock"),
                    unix("9", "/run/b/../a.sock"))),
            List.of());

    assertThat(SnapshotValidator.validate(snapshot))
        .extracting(Violation::pointer)
        .containsExactly(
            "/pools/0/backends/1/address",
            "/pools/0/backends/3/address",
            "/pools/0/backends/5/address",
            "/pools/0/backends/8/address");
  }

  @Test
  void aRouteToAnUnknownPoolIsAViolationThatNamesTheNearest() {
    Snapshot snapshot =
        new Snapshot(
            List.of(pool("images"), pool("web")),
            List.of(
                route("r", new Action.ToPool("image")),
                route("s", new Action.Respond(200, "", Map.of()))));

    assertThat(SnapshotValidator.validate(snapshot))
        .containsExactly(
            new Violation("/routes/0/pool", "no pool has the id 'image'; did you mean 'images'?"));
  }

  @Test
  void theNearestPoolIsLookedForOnlyForTheFirstRoutes() {
    List<RouteSpec> routes =
        IntStream.range(0, 30).mapToObj(i -> route("r" + i, new Action.ToPool("webb"))).toList();

    List<Violation> violations =
        SnapshotValidator.validate(new Snapshot(List.of(pool("web")), routes));

    assertThat(violations).hasSize(30);
    assertThat(violations).filteredOn(v -> v.message().contains("did you mean")).hasSize(20);
  }

  private static PoolSpec pool(String id, BackendSpec... backends) {
    return PoolSpec.of(id, List.of(backends));
  }

  private static BackendSpec tcp(String id, String host, int port) {
    return BackendSpec.of(id, new Address.Tcp(host, port));
  }

  private static BackendSpec unix(String id, String path) {
    return BackendSpec.of(id, new Address.Unix(Path.of(path)));
  }

  private static RouteSpec route(String id, Action action) {
    return RouteSpec.of(id, Match.ALL, action);
  }
}
