package io.sluice.admin;

import io.sluice.control.DataPlaneStatus;
import io.sluice.control.InForce;
import io.sluice.telemetry.Statistics.Point;
import io.sluice.telemetry.Statistics.Series;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Everything in one look. */
@Component
final class Overview {
  private static final List<String> STATES =
      List.of("ready", "drain", "maint", "up", "down", "unknown", "ejected", "eligible");

  private final Management management;

  Overview(Management management) {
    this.management = management;
  }

  Map<String, @Nullable Object> now() {
    InForce inForce = management.reconciler().inForce();
    DataPlaneStatus status = management.dataPlane().status();
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("version", management.version());
    view.put("mode", Views.word(management.configuration().mode()));
    view.put("startedAt", IsoTimes.text(management.startedAt()));
    Duration uptime = Duration.between(management.startedAt(), Instant.now());
    view.put("uptime", Duration.ofSeconds(uptime.toSeconds()).toString());
    view.put("revision", Views.revision(inForce.revision()));
    view.put("pools", inForce.snapshot().pools().size());
    view.put("routes", inForce.snapshot().routes().size());
    view.put("backends", counts(inForce, status));
    view.put("traffic", traffic());
    Map<String, Object> connections = new LinkedHashMap<>();
    connections.put("clients", status.connections());
    connections.put("requests", status.requests());
    connections.put("upstream", status.upstreamConnections());
    connections.put("upstreamIdle", status.upstreamIdle());
    view.put("connections", connections);
    return view;
  }

  private Map<String, @Nullable Object> traffic() {
    Point last = management.statistics().last(new Series.Total());
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    Views.traffic(view, last);
    view.put("successShare", Math.round((1 - Views.errors(last)) * 10_000) / 10_000.0);
    return view;
  }

  private static Map<String, Integer> counts(InForce inForce, DataPlaneStatus status) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    counts.put("total", 0);
    STATES.forEach(state -> counts.put(state, 0));
    Map<String, List<DataPlaneStatus.BackendStatus>> byPool =
        status.backends().stream()
            .collect(Collectors.groupingBy(DataPlaneStatus.BackendStatus::pool));
    inForce
        .snapshot()
        .pools()
        .forEach(
            pool -> {
              Live.OfPool live = new Live.OfPool(byPool.getOrDefault(pool.id(), List.of()));
              pool.backends()
                  .forEach(
                      backend -> {
                        counts.merge("total", 1, Integer::sum);
                        live.states(backend)
                            .forEach(state -> counts.computeIfPresent(state, (s, n) -> n + 1));
                      });
            });
    return counts;
  }
}
