package io.sluice.admin;

import io.sluice.admin.World.Placed;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.health.CheckResult;
import io.sluice.health.HealthStatus;
import io.sluice.telemetry.Statistics;
import io.sluice.telemetry.Statistics.Point;
import io.sluice.telemetry.Statistics.Series;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes the lines of tables: figures are those of the last whole second. */
@Component
final class BackendRows {
  private static final Duration WINDOW = Duration.ofMinutes(15);
  private static final Duration STEP = Duration.ofSeconds(30);
  private static final int HEIGHT = 20;

  /** A share of failed requests that is shown as something bad. */
  private static final double FAILING = 0.01;

  private final Statistics statistics;
  private final DataPlane dataPlane;
  private final Formats fmt;

  BackendRows(Management management, Formats fmt) {
    this.statistics = management.statistics();
    this.dataPlane = management.dataPlane();
    this.fmt = fmt;
  }

  /** The lines of some backends, in their order. */
  List<BackendRow> of(Fleet fleet, List<Placed> backends) {
    List<Series> series = backends.stream().map(BackendRows::series).toList();
    List<List<Point>> windows = statistics.windows(series, WINDOW, STEP);
    List<BackendRow> rows = new ArrayList<>(backends.size());
    for (int i = 0; i < backends.size(); i++) {
      rows.add(row(fleet, backends.get(i), windows.get(i)));
    }
    return rows;
  }

  /** What a backend's traffic is kept as. */
  static Series series(Placed placed) {
    return new Series.OfBackend(placed.pool().id(), placed.backend().id());
  }

  private BackendRow row(Fleet fleet, Placed placed, List<Point> window) {
    Point last = statistics.last(series(placed));
    boolean none = last.requests() == 0;
    double errors = Views.errors(last);
    List<Double> rates =
        window.stream().map(point -> point.requests() / (double) STEP.toSeconds()).toList();
    Found found = check(fleet, placed);
    return new BackendRow(
        placed.pool().id(),
        placed.backend().id(),
        placed.backend().address().toString(),
        Views.word(placed.backend().adminState()),
        fleet.state(placed),
        fmt.number(placed.backend().weight()),
        fmt.rate((double) last.requests()),
        fmt.share(none ? null : 1 - errors),
        errors >= FAILING,
        millis(last.p50(), none),
        millis(last.p95(), none),
        millis(last.p99(), none),
        fmt.number(fleet.live(placed).stream().mapToInt(BackendStatus::requests).sum()),
        Sparkline.of(rates, Sparkline.NARROW, HEIGHT, 0),
        found.text,
        found.bad);
  }

  private String millis(long nanos, boolean none) {
    return fmt.millis(none ? null : IsoTimes.millis(nanos));
  }

  /** What the last check has found, or what else has. */
  private record Found(String text, boolean bad) {}

  private Found check(Fleet fleet, Placed placed) {
    if (placed.backend().adminState() == AdminState.MAINT) {
      return new Found("not checked meanwhile", false);
    }
    List<BackendStatus> live = fleet.live(placed);
    String why = fleet.why(placed);
    if (why != null) {
      return new Found(why, true);
    }
    if (placed.pool().healthCheck() == null) {
      return new Found("no checks", false);
    }
    CheckResult last = live.size() == 1 ? last(live.getFirst()) : null;
    if (last == null) {
      return new Found(Formats.NONE, false);
    }
    return last.error() == null
        ? new Found("passed in " + fmt.millis(last.latency().toNanos() / 1e6) + " ms", false)
        : new Found(last.error(), true);
  }

  private @Nullable CheckResult last(BackendStatus backend) {
    HealthStatus health = dataPlane.health(backend.pool(), backend.backend());
    return health == null || health.results().isEmpty() ? null : health.results().getLast();
  }
}
