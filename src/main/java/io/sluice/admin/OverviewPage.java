package io.sluice.admin;

import io.sluice.store.Revision;
import io.sluice.telemetry.Statistics;
import io.sluice.telemetry.Statistics.Point;
import io.sluice.telemetry.Statistics.Series;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** Whether all is well, and if not, what is not. */
@Controller
final class OverviewPage {
  private static final Duration WINDOW = Duration.ofMinutes(15);
  private static final Duration STEP = Duration.ofSeconds(15);
  private static final int HEIGHT = 34;
  private static final int MOST_TROUBLES = 8;
  private static final int MOST_EVENTS = 8;
  private static final int MOST_SHARES = 6;

  /** A success share as low as that lies on the ground of its tile. */
  private static final double LEAST_SUCCESS = 0.9;

  private final PageShell shell;
  private final Changes changes;
  private final Management management;
  private final BackendTables tables;
  private final Attention attention;
  private final Activity activity;
  private final Formats fmt;

  OverviewPage(
      PageShell shell,
      Changes changes,
      Management management,
      BackendTables tables,
      Attention attention,
      Activity activity,
      Formats fmt) {
    this.shell = shell;
    this.changes = changes;
    this.management = management;
    this.tables = tables;
    this.attention = attention;
    this.activity = activity;
    this.fmt = fmt;
  }

  /**
   * A figure with its last 15 minutes.
   *
   * @param tone of the line
   * @param summary of the line, for those who do not see it
   */
  record Tile(
      String label, String value, String unit, Sparkline line, String tone, String summary) {}

  @GetMapping("/")
  Rendering show(ServerWebExchange exchange) {
    Fleet fleet = fleet();
    Fleet.Counts counts = fleet.counts();
    Map<String, @Nullable Object> model = shell.of(exchange, "overview", "Overview");
    model.put("headline", counts.headline(fmt));
    model.put("sub", sub(fleet, counts));
    model.put("tiles", tiles(fleet));
    List<Attention.Trouble> troubles = attention.of(fleet);
    model.put("troubles", troubles.stream().limit(MOST_TROUBLES).toList());
    model.put("moreTroubles", Math.max(0, troubles.size() - MOST_TROUBLES));
    model.put("events", activity.newest(MOST_EVENTS));
    model.put("shares", TrafficShare.of(fleet, management.statistics(), fmt, MOST_SHARES));
    model.put("table", tables.beginning(fleet));
    model.put("origin", Origin.of(exchange));
    model.put("refresh", "5");
    return PageShell.page("overview", model);
  }

  /** All backends as they are now. */
  private Fleet fleet() {
    return new Fleet(changes.world(), management.dataPlane(), fmt);
  }

  private String sub(Fleet fleet, Fleet.Counts counts) {
    Revision revision = changes.inForce().revision();
    String last =
        "last change "
            + fmt.span(Duration.between(revision.at(), fleet.now()))
            + " ago by "
            + revision.author()
            + ", revision "
            + revision.number();
    String others = counts.others(fmt);
    return others.isEmpty() ? last : others + " · " + last;
  }

  /** The four figures that stand above everything. */
  List<Tile> tiles(Fleet fleet) {
    Statistics statistics = management.statistics();
    List<Point> window = statistics.window(new Series.Total(), WINDOW, STEP);
    Point last = statistics.last(new Series.Total());
    boolean none = last.requests() == 0;
    List<Double> rates = values(window, point -> point.requests() / (double) STEP.toSeconds());
    List<Double> success =
        values(window, point -> point.requests() == 0 ? Double.NaN : 1 - Views.errors(point));
    List<Double> slow = values(window, point -> IsoTimes.millis(point.p95()));
    List<Double> active = values(window, Point::active);
    int connections = fleet.status().connections();
    return List.of(
        new Tile(
            "Requests",
            fmt.rate((double) last.requests()),
            "/s",
            line(rates),
            "",
            range(rates, fmt::rate)),
        new Tile(
            "Success",
            none ? Formats.NONE : fmt.share(1 - Views.errors(last)).replace(" %", ""),
            none ? "" : "%",
            Sparkline.between(success, Sparkline.WIDE, HEIGHT, LEAST_SUCCESS, 1),
            "ok",
            range(success, fmt::share)),
        new Tile(
            "Latency p95",
            fmt.millis(none ? null : IsoTimes.millis(last.p95())),
            "ms",
            line(slow),
            "",
            range(slow, fmt::millis)),
        new Tile(
            "Active",
            fmt.number(fleet.status().requests()),
            fmt.count(connections, "connection"),
            line(active),
            "",
            range(active, fmt::rate)));
  }

  private static List<Double> values(List<Point> window, ToDoubleFunction<Point> value) {
    return window.stream().map(value::applyAsDouble).toList();
  }

  private static Sparkline line(List<Double> values) {
    return Sparkline.of(values, Sparkline.WIDE, HEIGHT, 0);
  }

  /** A value as it is shown. */
  private interface Shown {
    String of(Double value);
  }

  private static String range(List<Double> values, Shown shown) {
    List<Double> known = values.stream().filter(value -> !value.isNaN()).sorted().toList();
    return known.isEmpty()
        ? "no requests within 15 minutes"
        : "within 15 minutes " + shown.of(known.getFirst()) + " to " + shown.of(known.getLast());
  }
}
