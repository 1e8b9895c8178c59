package io.sluice.admin;

import io.sluice.telemetry.Statistics;
import io.sluice.telemetry.Statistics.Point;
import io.sluice.telemetry.Statistics.Series;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What traffic was like, in columns. */
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "metrics")
final class MetricsController {
  private static final Duration DAY = Duration.ofHours(24);
  private static final Duration BY_SECONDS = Duration.ofMinutes(15);

  private final Changes changes;
  private final Statistics statistics;

  MetricsController(Changes changes, Management management) {
    this.changes = changes;
    this.statistics = management.statistics();
  }

  @GetMapping("/metrics")
  @Operation(operationId = "getMetrics", summary = "Shows what all traffic was like")
  ResponseEntity<byte[]> total(Call call) {
    return columns(call, new Series.Total());
  }

  @GetMapping("/pools/{pool}/metrics")
  @Operation(operationId = "getPoolMetrics", summary = "Shows what a pool's traffic was like")
  ResponseEntity<byte[]> pool(Call call, @PathVariable("pool") String pool) {
    changes.needPool(pool);
    return columns(call, new Series.OfPool(pool));
  }

  @GetMapping("/pools/{pool}/backends/{id}/metrics")
  @Operation(operationId = "getBackendMetrics", summary = "Shows what a backend's traffic was like")
  ResponseEntity<byte[]> backend(
      Call call, @PathVariable("pool") String pool, @PathVariable("id") String id) {
    changes.needBackend(pool, id);
    return columns(call, new Series.OfBackend(pool, id));
  }

  @GetMapping("/routes/{id}/metrics")
  @Operation(operationId = "getRouteMetrics", summary = "Shows what a route's traffic was like")
  ResponseEntity<byte[]> route(Call call, @PathVariable("id") String id) {
    changes.needRoute(id);
    return columns(call, new Series.OfRoute(id));
  }

  private ResponseEntity<byte[]> columns(Call call, Series series) {
    Duration window = given(call, "window", BY_SECONDS);
    if (window.compareTo(Duration.ofSeconds(1)) < 0 || window.compareTo(DAY) > 0) {
      throw Refusals.parameter("window", "expected a duration from PT1S to PT24H");
    }
    boolean bySeconds = window.compareTo(BY_SECONDS) <= 0;
    Duration least = bySeconds ? Duration.ofSeconds(1) : Duration.ofMinutes(1);
    Duration step = given(call, "step", bySeconds ? Duration.ofSeconds(5) : least);
    if (step.compareTo(least) < 0
        || step.compareTo(window) > 0
        || step.toNanos() % least.toNanos() != 0) {
      throw Refusals.parameter(
          "step",
          "expected a multiple of "
              + least
              + " not longer than the window; a window of more than"
              + " PT15M is kept by the minute only");
    }
    List<Point> points = statistics.window(series, window, step);
    double seconds = step.toMillis() / 1000.0;
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("window", window.toString());
    view.put("step", step.toString());
    view.put("t", column(points, point -> String.valueOf(IsoTimes.text(point.at()))));
    view.put(
        "rps", column(points, point -> Math.round(point.requests() / seconds * 1000) / 1000.0));
    view.put("p50", column(points, point -> IsoTimes.millis(point.p50())));
    view.put("p95", column(points, point -> IsoTimes.millis(point.p95())));
    view.put("p99", column(points, point -> IsoTimes.millis(point.p99())));
    view.put("errors", column(points, Views::errors));
    // of a route nobody counts what is in flight
    boolean counted = !(series instanceof Series.OfRoute);
    view.put("active", column(points, point -> counted ? point.active() : null));
    return Answers.ok(view);
  }

  private static Duration given(Call call, String name, Duration otherwise) {
    Duration given = call.duration(name);
    return given == null ? otherwise : given;
  }

  private static List<@Nullable Object> column(
      List<Point> points, Function<Point, @Nullable Object> value) {
    List<@Nullable Object> column = new ArrayList<>();
    points.forEach(point -> column.add(value.apply(point)));
    return column;
  }
}
