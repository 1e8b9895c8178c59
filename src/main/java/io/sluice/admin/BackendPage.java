package io.sluice.admin;

import io.sluice.admin.World.Placed;
import io.sluice.balance.Health;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.control.Operation;
import io.sluice.health.HealthStatus;
import io.sluice.store.AuditEntry;
import io.sluice.store.History.Transition;
import io.sluice.telemetry.Statistics.Point;
import io.sluice.telemetry.Statistics.Series;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** Everything about one backend. */
@Controller
final class BackendPage {
  private static final Duration LATENCY = Duration.ofMinutes(5);
  private static final Duration TRAFFIC = Duration.ofMinutes(15);
  private static final Duration STEP = Duration.ofSeconds(15);
  private static final Duration TABLE_STEP = Duration.ofMinutes(1);
  private static final int HEIGHT = 64;
  private static final int MOST_TRANSITIONS = 500;
  private static final int MOST_SHOWN = 12;
  private static final int AUDIT_PAGE = 500;
  private static final int MOST_AUDIT_PAGES = 8;
  private static final int MOST_AUDIT = 20;

  private final PageShell shell;
  private final Changes changes;
  private final Management management;
  private final BackendRows rows;
  private final BackendForms forms;
  private final Formats fmt;

  BackendPage(
      PageShell shell,
      Changes changes,
      Management management,
      BackendRows rows,
      BackendForms forms,
      Formats fmt) {
    this.shell = shell;
    this.changes = changes;
    this.management = management;
    this.rows = rows;
    this.forms = forms;
    this.fmt = fmt;
  }

  @GetMapping("/backends/{pool}/{backend}")
  Rendering show(
      ServerWebExchange exchange,
      @PathVariable("pool") String pool,
      @PathVariable("backend") String id) {
    return PageShell.page("backend", model(exchange, pool, id));
  }

  /** What the page is made of, for those who show it again. */
  Map<String, @Nullable Object> model(ServerWebExchange exchange, String pool, String id) {
    BackendSpec spec = changes.needBackend(pool, id);
    PoolSpec in = changes.needPool(pool);
    Placed placed = new Placed(in, spec);
    Fleet fleet = new Fleet(changes.world(), management.dataPlane(), fmt);
    Map<String, @Nullable Object> model = shell.of(exchange, "backends", id);
    model.put("row", rows.of(fleet, List.of(placed)).getFirst());
    model.put("spec", spec);
    model.put("labels", BackendForms.labels(spec));
    model.put("why", fleet.why(placed));
    model.put("taking", fleet.isEligible(placed));
    List<Operation> operations = operations(pool, id);
    model.put(
        "operation",
        operations.stream().filter(each -> each.endedAt() == null).findFirst().orElse(null));
    traffic(model, new Series.OfBackend(pool, id));
    health(model, fleet, placed, operations);
    model.put("addresses", addresses(fleet, placed));
    if (Caller.roleOf(exchange) == Role.ADMIN) {
      model.put("audit", audit(pool, id));
    }
    model.put("edit", forms.fields(spec));
    return model;
  }

  private List<Operation> operations(String pool, String id) {
    return management.operations().list().stream()
        .filter(each -> each.pool().equals(pool) && each.backend().equals(id))
        .toList();
  }

  /**
   * A minute of traffic in the table below the lines.
   *
   * @param at its begin
   */
  record Minute(Instant at, String rps, String success, String p95) {}

  private void traffic(Map<String, @Nullable Object> model, Series series) {
    List<Point> window = management.statistics().window(series, TRAFFIC, STEP);
    List<Double> rates =
        window.stream().map(point -> point.requests() / (double) STEP.toSeconds()).toList();
    List<Double> errors = window.stream().map(Views::errors).toList();
    double most = rates.stream().reduce(0.0, Math::max);
    double worst = errors.stream().reduce(0.0, Math::max);
    model.put("rates", Sparkline.of(rates, Sparkline.WIDE, HEIGHT, 0));
    model.put("mostRps", fmt.rate(most));
    model.put("errors", Sparkline.of(errors, Sparkline.WIDE, HEIGHT / 2, Math.max(worst, 0.01)));
    model.put("worst", worst == 0 ? "0 %" : TrafficShare.rough(worst, fmt));
    model.put(
        "minutes",
        management.statistics().window(series, TRAFFIC, TABLE_STEP).reversed().stream()
            .map(
                point ->
                    new Minute(
                        point.at(),
                        fmt.rate(point.requests() / (double) TABLE_STEP.toSeconds()),
                        fmt.share(point.requests() == 0 ? null : 1 - Views.errors(point)),
                        fmt.millis(point.requests() == 0 ? null : IsoTimes.millis(point.p95()))))
            .toList());
    model.put("latency", LatencyView.of(management.statistics().latencies(series, LATENCY), fmt));
  }

  /**
   * A check.
   *
   * @param address of which one; empty: there is only one
   * @param error null: it passed
   */
  record Check(Instant at, String address, String millis, @Nullable String error) {}

  private void health(
      Map<String, @Nullable Object> model, Fleet fleet, Placed placed, List<Operation> operations) {
    List<BackendStatus> live = fleet.live(placed);
    List<Transition> transitions = new ArrayList<>();
    List<Check> checks = new ArrayList<>();
    for (BackendStatus backend : live) {
      transitions.addAll(
          management.history().transitions(backend.pool(), backend.backend(), MOST_TRANSITIONS));
      HealthStatus health = management.dataPlane().health(backend.pool(), backend.backend());
      if (health != null) {
        health
            .results()
            .forEach(
                result ->
                    checks.add(
                        new Check(
                            result.at(),
                            live.size() == 1 ? "" : backend.address(),
                            fmt.millis(result.latency().toNanos() / 1e6),
                            result.error())));
      }
    }
    checks.sort((a, b) -> b.at().compareTo(a.at()));
    transitions.sort((a, b) -> b.at().compareTo(a.at()));
    model.put("checks", checks.stream().limit(MOST_SHOWN).toList());
    model.put("checked", placed.pool().healthCheck() != null);
    model.put("transitions", transitions.stream().limit(MOST_SHOWN).toList());
    model.put(
        "lane",
        live.size() == 1
            ? HealthLane.of(
                transitions,
                now(fleet, placed),
                live.getFirst().health().since(),
                operations,
                fleet.now(),
                fmt)
            : null);
  }

  private static String now(Fleet fleet, Placed placed) {
    BackendStatus live = fleet.live(placed).getFirst();
    if (live.ejection().isEjected() && live.health().state() != Health.State.DOWN) {
      return "ejected";
    }
    boolean unchecked = placed.pool().healthCheck() == null;
    return unchecked ? "up" : Views.word(live.health().state());
  }

  /**
   * One of the machines behind a name.
   *
   * @param why null: nothing is wrong
   */
  record Machine(String address, ShownState state, String active, @Nullable String why) {}

  /** Those of a name; empty: the address is one machine. */
  private List<Machine> addresses(Fleet fleet, Placed placed) {
    List<BackendStatus> live = fleet.live(placed);
    if (live.size() == 1 && live.getFirst().backend().equals(placed.backend().id())) {
      return List.of();
    }
    boolean checked = placed.pool().healthCheck() != null;
    return live.stream()
        .map(
            one ->
                new Machine(
                    one.address(),
                    ShownState.of(
                        placed.backend().withAdminState(one.adminState()),
                        List.of(one),
                        checked,
                        fleet.now(),
                        fmt),
                    fmt.number(one.requests()),
                    ShownState.why(List.of(one))))
        .toList();
  }

  /** The newest lines about this backend, as far as they are not long ago. */
  private List<AuditEntry> audit(String pool, String id) {
    // By the API, and by this dashboard's forms when they were refused.
    List<String> paths =
        List.of(FormCall.path("pools", pool, "backends", id), "/backends/" + pool + "/" + id);
    List<AuditEntry> found = new ArrayList<>();
    long before = Long.MAX_VALUE;
    for (int i = 0; i < MOST_AUDIT_PAGES && found.size() < MOST_AUDIT; i++) {
      List<AuditEntry> page = management.audit().list(before, AUDIT_PAGE);
      page.stream().filter(line -> isAbout(line.action(), paths)).forEach(found::add);
      if (page.size() < AUDIT_PAGE) {
        break;
      }
      before = page.getLast().number();
    }
    return found.stream().limit(MOST_AUDIT).toList();
  }

  private static boolean isAbout(String action, List<String> paths) {
    return paths.stream()
        .anyMatch(
            path -> {
              int at = action.indexOf(path);
              int end = at + path.length();
              return at >= 0 && (end == action.length() || action.charAt(end) == '/');
            });
  }
}
