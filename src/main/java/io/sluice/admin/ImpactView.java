package io.sluice.admin;

import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.telemetry.Statistics;
import io.sluice.telemetry.Statistics.Series;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a change would do, as a table for people.
 *
 * @param problem why it is not known; null: it is
 */
record ImpactView(List<PoolImpact> pools, List<Guard> guards, @Nullable String problem) {
  private static final int MOST_LINES = 50;

  /** Of what this program itself has written, which {@link JsonText}'s limits are not for. */
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Nothing would change. */
  static final ImpactView NONE = new ImpactView(List.of(), List.of(), null);

  /**
   * A rule that it violates.
   *
   * @param message what would happen and what can be done
   */
  record Guard(String code, String pool, String message) {}

  /**
   * A pool before and after.
   *
   * @param capacityBefore share of its weight that takes requests
   * @param moved share of hash keys that move; empty: none does
   * @param requests in flight that have to end
   * @param more backends that are not listed
   */
  record PoolImpact(
      String pool,
      String capacityBefore,
      String capacityAfter,
      String moved,
      String requests,
      List<Line> lines,
      int more) {}

  /**
   * A backend before and after.
   *
   * @param more how much more it gets; empty: not more
   */
  record Line(
      String id,
      String shareBefore,
      String shareAfter,
      String rpsBefore,
      String rpsAfter,
      String more,
      boolean loses) {}

  /** Whether it needs force. */
  public boolean guarded() {
    return !guards.isEmpty();
  }

  /** Why it is not known. */
  static ImpactView unknown(ProblemException problem) {
    return new ImpactView(List.of(), List.of(), problem.detail());
  }

  /** As the API has answered a dry run. */
  static ImpactView of(
      ResponseEntity<byte[]> answer, Live live, Statistics statistics, Formats fmt) {
    Map<?, ?> impact = map(map(tree(answer)).get("impact"));
    List<PoolImpact> pools = new ArrayList<>();
    for (Object pool : list(impact.get("pools"))) {
      pools.add(pool(map(pool), live, statistics, fmt));
    }
    List<Guard> guards = new ArrayList<>();
    for (Object guard : list(impact.get("guards"))) {
      Map<?, ?> members = map(guard);
      guards.add(
          new Guard(
              text(members.get("code")),
              text(members.get("pool")),
              sentence(text(members.get("message")))));
    }
    return new ImpactView(pools, guards, null);
  }

  /** A message of the control plane as a sentence. */
  static String sentence(String message) {
    String whole = message.endsWith(".") ? message : message + ".";
    return whole.substring(0, 1).toUpperCase(Locale.ROOT) + whole.substring(1);
  }

  private static PoolImpact pool(Map<?, ?> impact, Live live, Statistics statistics, Formats fmt) {
    String pool = text(impact.get("pool"));
    Map<?, ?> shares = map(impact.get("expectedShare"));
    Map<?, ?> rates = map(impact.get("expectedRps"));
    Map<String, Double> before = new LinkedHashMap<>();
    for (BackendStatus backend : live.all(pool)) {
      before.put(backend.backend(), backend.share());
    }
    Map<String, Double> all = new HashMap<>(before);
    shares.keySet().forEach(id -> all.putIfAbsent(text(id), 0.0));
    record Change(String id, double before, double after) {}
    List<Change> changes =
        all.entrySet().stream()
            .map(
                each ->
                    new Change(each.getKey(), each.getValue(), number(shares.get(each.getKey()))))
            .filter(change -> change.before > 0 || change.after > 0)
            .sorted(
                Comparator.comparingDouble((Change change) -> change.after - change.before)
                    .thenComparing(Change::id))
            .toList();
    List<Line> lines =
        changes.stream()
            .limit(MOST_LINES)
            .map(
                change -> {
                  double now = statistics.rps(new Series.OfBackend(pool, change.id));
                  double then = number(rates.get(change.id));
                  boolean more = change.before > 0 && change.after > change.before * 1.005;
                  String plus =
                      more
                          ? "+" + TrafficShare.rough(change.after / change.before - 1, fmt)
                          : change.before == 0 ? "new" : "";
                  return new Line(
                      change.id,
                      TrafficShare.rough(change.before, fmt),
                      TrafficShare.rough(change.after, fmt),
                      fmt.rate(now),
                      fmt.rate(then),
                      plus,
                      change.after == 0);
                })
            .toList();
    double moved = number(impact.get("movedKeys"));
    return new PoolImpact(
        pool,
        TrafficShare.rough(number(impact.get("eligibleBefore")), fmt),
        TrafficShare.rough(number(impact.get("eligibleAfter")), fmt),
        moved == 0 ? "" : TrafficShare.rough(moved, fmt),
        fmt.count(Math.round(number(impact.get("requests"))), "request"),
        lines,
        changes.size() - lines.size());
  }

  private static @Nullable Object tree(ResponseEntity<byte[]> answer) {
    byte[] body = answer.getBody();
    return body == null ? null : JSON.readValue(body, Object.class);
  }

  static Map<?, ?> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  static List<?> list(@Nullable Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  private static String text(@Nullable Object value) {
    return String.valueOf(value);
  }

  private static double number(@Nullable Object value) {
    return value instanceof Number number ? number.doubleValue() : 0;
  }

  /** What the API has answered, as a tree. */
  static Map<?, ?> answered(ResponseEntity<byte[]> answer) {
    return map(tree(answer));
  }
}
