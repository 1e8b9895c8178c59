package io.sluice.admin;

import io.sluice.admin.BackendTable.Column;
import io.sluice.admin.BackendTable.Group;
import io.sluice.admin.BackendTable.Query;
import io.sluice.admin.World.Placed;
import io.sluice.balance.PoolStatus;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.telemetry.Statistics;
import io.sluice.telemetry.Statistics.Point;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.util.MultiValueMap;

/** Makes pages of the table of backends. */
@Component
final class BackendTables {
  /** Lines of a page. */
  static final int PAGE = 200;

  private static final int BEGINNING = 50;

  private static final int LONGEST_TEXT = 200;
  private static final int MOST = 1_000_000;

  private static final List<Head> HEADS =
      List.of(
          new Head("name", "Backend", null, "c-id"),
          new Head("state", "State", null, "c-state"),
          new Head("weight", "Weight", null, "c-num num hide-small"),
          new Head("rps", "req/s", "Requests a second", "c-num num"),
          new Head("success", "Success", null, "c-share num"),
          new Head("p50", "p50", "Median latency in milliseconds", "c-num num hide-small"),
          new Head("p95", "p95 ms", "95th percentile in milliseconds", "c-num num"),
          new Head("p99", "p99", "99th percentile in milliseconds", "c-num num hide-small"),
          new Head("active", "Active", null, "c-num num hide-small"),
          new Head(null, "15 min", null, "c-spark hide-small"),
          new Head(null, "Last check", null, "c-why hide-small"));

  /**
   * A column.
   *
   * @param sort what it is sorted by; null: it cannot be
   * @param name the label in full; null: it is that already
   */
  private record Head(@Nullable String sort, String label, @Nullable String name, String css) {}

  private final BackendRows rows;
  private final Statistics statistics;
  private final Formats fmt;

  BackendTables(BackendRows rows, Management management, Formats fmt) {
    this.rows = rows;
    this.statistics = management.statistics();
    this.fmt = fmt;
  }

  /** What an address asks for; what it says wrongly is refused. */
  static Query query(MultiValueMap<String, String> given) {
    String cursor = text(given, "cursor");
    if (!cursor.matches("[0-9]{0,7}")) {
      throw Refusals.parameter("cursor", "expected how many backends come before the page");
    }
    String sort = text(given, "sort");
    String column = sort.startsWith("-") ? sort.substring(1) : sort;
    if (!sort.isEmpty() && HEADS.stream().noneMatch(head -> column.equals(head.sort))) {
      throw Refusals.parameter(
          "sort",
          "expected name, state, weight, rps, success, p50, p95, p99 or active, with - before it"
              + " descending");
    }
    return new Query(
        text(given, "q"),
        text(given, "state"),
        text(given, "pool"),
        sort,
        cursor.isEmpty() ? 0 : Math.min(MOST, Integer.parseInt(cursor)));
  }

  private static String text(MultiValueMap<String, String> given, String name) {
    String value = given.getFirst(name);
    return value == null ? "" : value.substring(0, Math.min(LONGEST_TEXT, value.length()));
  }

  /** The beginning of the table, for a page that shows other things too. */
  BackendTable beginning(Fleet fleet) {
    return page(fleet, Query.ALL, BEGINNING);
  }

  /** A page of the table. */
  BackendTable page(Fleet fleet, Query query) {
    return page(fleet, query, PAGE);
  }

  private BackendTable page(Fleet fleet, Query query, int most) {
    World world = fleet.world();
    List<Placed> within =
        query.pool().isEmpty() ? world.backends() : world.backendsOf(query.pool());
    Predicate<Placed> wanted =
        BackendFilter.of(query.q(), query.state(), placed -> fleet.of(placed.pool().id()));
    List<Placed> fitting = new ArrayList<>(within.stream().filter(wanted).toList());
    sort(fleet, fitting, query.sort());
    int from = Math.min(query.cursor(), fitting.size());
    int to = Math.min(from + most, fitting.size());
    List<Placed> shown = fitting.subList(from, to);
    return new BackendTable(
        query,
        columns(query),
        groups(fleet, shown, query.sort().isEmpty()),
        world.pools().stream().map(PoolSpec::id).toList(),
        world.backends().size(),
        fitting.size(),
        shown.isEmpty() ? 0 : from + 1,
        to,
        query.page(from == 0 ? null : Integer.valueOf(Math.max(0, from - PAGE))),
        query.page(to < fitting.size() ? Integer.valueOf(to) : null));
  }

  private static List<Column> columns(Query query) {
    return HEADS.stream().map(head -> column(head, query)).toList();
  }

  private static Column column(Head head, Query query) {
    String sort = query.sort();
    if (head.sort == null) {
      return new Column(head.label, head.name, head.css, null, null);
    }
    // Figures are looked at for the largest, names from the first; a third click ends it.
    boolean largestFirst = !head.sort.equals("name") && !head.sort.equals("state");
    String first = largestFirst ? "-" + head.sort : head.sort;
    String second = largestFirst ? head.sort : "-" + head.sort;
    String sorted = null;
    if (sort.equals(head.sort)) {
      sorted = "ascending";
    } else if (sort.equals("-" + head.sort)) {
      sorted = "descending";
    }
    String next = sort.equals(first) ? second : sort.equals(second) ? "" : first;
    return new Column(head.label, head.name, head.css, sorted, query.sortedBy(next));
  }

  /** Equal ones stay in the order of pool and id. */
  private void sort(Fleet fleet, List<Placed> backends, String sort) {
    boolean descending = sort.startsWith("-");
    String column = descending ? sort.substring(1) : sort;
    if (column.isEmpty()) {
      return;
    }
    Comparator<Placed> order;
    if (column.equals("name")) {
      order = Comparator.comparing(placed -> placed.backend().id());
    } else {
      // Once for each: figures go on while it is sorted.
      ToDoubleFunction<Placed> value = value(fleet, column);
      Map<String, Double> values = HashMap.newHashMap(backends.size());
      backends.forEach(placed -> values.put(placed.key(), value.applyAsDouble(placed)));
      order = Comparator.comparing(placed -> values.get(placed.key()));
    }
    backends.sort(descending ? order.reversed() : order);
  }

  private ToDoubleFunction<Placed> value(Fleet fleet, String column) {
    return switch (column) {
      case "state" -> placed -> fleet.state(placed).kind().rank;
      case "weight" -> placed -> placed.backend().weight();
      case "active" ->
          placed -> fleet.live(placed).stream().mapToInt(BackendStatus::requests).sum();
      default -> placed -> figure(statistics.last(BackendRows.series(placed)), column);
    };
  }

  private static double figure(Point last, String column) {
    if (last.requests() == 0) {
      return column.equals("success") ? 2 : 0; // nothing failed: behind all that did
    }
    return switch (column) {
      case "rps" -> last.requests();
      case "success" -> 1 - Views.errors(last);
      case "p50" -> last.p50();
      case "p95" -> last.p95();
      default -> last.p99();
    };
  }

  private List<Group> groups(Fleet fleet, List<Placed> shown, boolean byPool) {
    List<BackendRow> all = rows.of(fleet, shown);
    if (!byPool) {
      return all.isEmpty() ? List.of() : List.of(new Group(null, "", false, all));
    }
    Map<String, List<BackendRow>> pools = new LinkedHashMap<>();
    all.forEach(row -> pools.computeIfAbsent(row.pool(), pool -> new ArrayList<>()).add(row));
    Map<String, PoolStatus> modes = new LinkedHashMap<>();
    fleet.status().pools().forEach(pool -> modes.put(pool.pool(), pool));
    List<Group> groups = new ArrayList<>();
    for (PoolSpec pool : fleet.world().pools()) {
      List<BackendRow> own = pools.get(pool.id());
      if (own != null) {
        groups.add(group(fleet, pool, modes.get(pool.id()), own));
      }
    }
    return groups;
  }

  private Group group(Fleet fleet, PoolSpec pool, @Nullable PoolStatus now, List<BackendRow> own) {
    List<Placed> all = fleet.world().backendsOf(pool.id());
    long taking = all.stream().filter(fleet::isEligible).count();
    String heading =
        pool.algorithm()
            + " · "
            + checks(pool.healthCheck())
            + " · "
            + fmt.number(taking)
            + " of "
            + fmt.number(all.size())
            + (taking == 1 ? " takes traffic" : " take traffic");
    boolean trouble = now != null && isTrouble(now);
    return new Group(
        pool.id(),
        trouble && now != null
            ? heading + " · " + Views.word(now.mode()) + ": " + now.reason()
            : heading,
        trouble,
        own);
  }

  /** Whether a pool cannot choose as it should. */
  static boolean isTrouble(PoolStatus pool) {
    return pool.mode() == PoolStatus.Mode.PANIC || pool.mode() == PoolStatus.Mode.UNAVAILABLE;
  }

  private String checks(@Nullable HealthCheckSpec checks) {
    if (checks == null) {
      return "no checks";
    }
    double seconds = checks.interval().toMillis() / 1000.0;
    String every = seconds < 60 ? Sparkline.number(seconds) + " s" : fmt.span(checks.interval());
    return checks.type() == HealthCheckSpec.Type.HTTP
        ? "http " + checks.http().path() + " every " + every
        : checks.type().name().toLowerCase(Locale.ROOT) + " every " + every;
  }
}
