package io.sluice.admin;

import io.sluice.admin.World.Placed;
import io.sluice.telemetry.Latencies;
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
  private static final Duration STEP = Duration.ofSeconds(5);

  /** Of many backends: enough for a line that is a thumb wide. */
  private static final Duration EACH_STEP = Duration.ofSeconds(30);

  private static final Duration LATENCY_WINDOW = Duration.ofMinutes(5);

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

  @GetMapping("/backends/metrics")
  @Operation(
      operationId = "listBackendMetrics",
      summary = "Shows what the traffic of many backends was like, by pool and id")
  ResponseEntity<byte[]> backends(Call call) {
    Span span = Span.of(call, EACH_STEP);
    String pool = call.query("pool");
    World world = changes.world();
    List<Placed> all =
        pool == null || pool.isEmpty()
            ? world.backends()
            : world.backendsOf(changes.needPool(pool).id());
    Pages.Page<Placed> page = Pages.of(call, all, Placed::key, placed -> true);
    List<Series> series =
        page.items().stream()
            .<Series>map(one -> new Series.OfBackend(one.pool().id(), one.backend().id()))
            .toList();
    List<List<Point>> columns = statistics.windows(series, span.window, span.step);
    List<Map<String, Object>> items = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      Map<String, Object> item = new LinkedHashMap<>();
      item.put("pool", page.items().get(i).pool().id());
      item.put("id", page.items().get(i).backend().id());
      item.put("rps", span.rps(columns.get(i)));
      item.put("errors", column(columns.get(i), Views::errors));
      items.add(item);
    }
    Map<String, @Nullable Object> view = span.view();
    view.put("t", columns.isEmpty() ? List.of() : times(columns.getFirst()));
    view.put("items", items);
    view.put("nextCursor", page.nextCursor());
    view.put("total", page.total());
    return Answers.ok(view);
  }

  @GetMapping("/pools/{pool}/latency")
  @Operation(operationId = "getPoolLatency", summary = "Shows how a pool's latencies are spread")
  ResponseEntity<byte[]> poolLatency(Call call, @PathVariable("pool") String pool) {
    changes.needPool(pool);
    return latency(call, new Series.OfPool(pool));
  }

  @GetMapping("/pools/{pool}/backends/{id}/latency")
  @Operation(
      operationId = "getBackendLatency",
      summary = "Shows how a backend's latencies are spread")
  ResponseEntity<byte[]> backendLatency(
      Call call, @PathVariable("pool") String pool, @PathVariable("id") String id) {
    changes.needBackend(pool, id);
    return latency(call, new Series.OfBackend(pool, id));
  }

  private ResponseEntity<byte[]> latency(Call call, Series series) {
    Duration window = windowOf(call, LATENCY_WINDOW);
    Duration unit = unit(window);
    if (window.toNanos() % unit.toNanos() != 0) {
      throw Refusals.parameter(
          "window", "expected a multiple of " + unit + "; more than PT15M are kept by the minute");
    }
    Latencies latencies = statistics.latencies(series, window);
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("window", window.toString());
    view.put("count", latencies.count());
    view.put("p50", IsoTimes.millis(latencies.p50()));
    view.put("p90", IsoTimes.millis(latencies.p90()));
    view.put("p95", IsoTimes.millis(latencies.p95()));
    view.put("p99", IsoTimes.millis(latencies.p99()));
    view.put("max", IsoTimes.millis(latencies.max()));
    view.put("buckets", latencies.buckets().stream().map(MetricsController::bucket).toList());
    return Answers.ok(view);
  }

  private static Map<String, Object> bucket(Latencies.Bucket bucket) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("fromMs", IsoTimes.millis(bucket.from()));
    view.put("toMs", IsoTimes.millis(bucket.to()));
    view.put("count", bucket.count());
    return view;
  }

  private ResponseEntity<byte[]> columns(Call call, Series series) {
    Span span = Span.of(call, STEP);
    List<Point> points = statistics.window(series, span.window, span.step);
    Map<String, @Nullable Object> view = span.view();
    view.put("t", times(points));
    view.put("rps", span.rps(points));
    view.put("p50", column(points, point -> IsoTimes.millis(point.p50())));
    view.put("p95", column(points, point -> IsoTimes.millis(point.p95())));
    view.put("p99", column(points, point -> IsoTimes.millis(point.p99())));
    view.put("errors", column(points, Views::errors));
    // of a route nobody counts what is in flight
    boolean counted = !(series instanceof Series.OfRoute);
    view.put("active", column(points, point -> counted ? point.active() : null));
    return Answers.ok(view);
  }

  private static Duration windowOf(Call call, Duration otherwise) {
    Duration window = given(call, "window", otherwise);
    if (window.compareTo(Duration.ofSeconds(1)) < 0 || window.compareTo(DAY) > 0) {
      throw Refusals.parameter("window", "expected a duration from PT1S to PT24H");
    }
    return window;
  }

  /** What figures of a window are kept by. */
  private static Duration unit(Duration window) {
    return window.compareTo(BY_SECONDS) <= 0 ? Duration.ofSeconds(1) : Duration.ofMinutes(1);
  }

  private static Duration given(Call call, String name, Duration otherwise) {
    Duration given = call.duration(name);
    return given == null ? otherwise : given;
  }

  /** What is looked at, and in which steps. */
  private record Span(Duration window, Duration step) {
    /**
     * As a call says.
     *
     * @param usual the step of a window that is kept by the second
     */
    static Span of(Call call, Duration usual) {
      Duration window = windowOf(call, BY_SECONDS);
      Duration least = unit(window);
      Duration otherwise = window.compareTo(BY_SECONDS) > 0 ? least : usual;
      Duration step = given(call, "step", otherwise.compareTo(window) < 0 ? otherwise : window);
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
      return new Span(window, step);
    }

    Map<String, @Nullable Object> view() {
      Map<String, @Nullable Object> view = new LinkedHashMap<>();
      view.put("window", window.toString());
      view.put("step", step.toString());
      return view;
    }

    List<@Nullable Object> rps(List<Point> points) {
      double seconds = step.toMillis() / 1000.0;
      return column(points, point -> Math.round(point.requests() / seconds * 1000) / 1000.0);
    }
  }

  private static List<@Nullable Object> times(List<Point> points) {
    return column(points, point -> String.valueOf(IsoTimes.text(point.at())));
  }

  private static List<@Nullable Object> column(
      List<Point> points, Function<Point, @Nullable Object> value) {
    List<@Nullable Object> column = new ArrayList<>();
    points.forEach(point -> column.add(value.apply(point)));
    return column;
  }
}
