package io.sluice.admin;

import io.sluice.balance.PoolStatus;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.SnapshotDocument;
import io.sluice.control.ImpactPreview;
import io.sluice.control.Operation;
import io.sluice.store.AuditEntry;
import io.sluice.store.Revision;
import io.sluice.telemetry.Statistics;
import io.sluice.telemetry.Statistics.Point;
import io.sluice.telemetry.Statistics.Series;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the API shows: specs as documents, and beside them what is observed. */
final class Views {
  private final Live live;
  private final Statistics statistics;

  Views(Live live, Statistics statistics) {
    this.live = live;
    this.statistics = statistics;
  }

  /** A pool, its backends as documents. */
  Map<String, @Nullable Object> pool(PoolSpec spec) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>(SnapshotDocument.write(spec));
    Map<String, @Nullable Object> status = new LinkedHashMap<>();
    PoolStatus now = live.pool(spec.id());
    if (now != null) {
      status.put("mode", word(now.mode()));
      status.put("reason", now.reason());
      status.put("since", IsoTimes.text(now.since()));
      status.put("eligible", now.eligible());
      status.put("total", now.backends());
    }
    traffic(status, statistics.last(new Series.OfPool(spec.id())));
    view.put("status", status);
    return view;
  }

  Map<String, @Nullable Object> backend(String pool, BackendSpec spec) {
    return backend(pool, spec, live.of(pool));
  }

  /** A backend, by what its pool's live ones are at the moment. */
  Map<String, @Nullable Object> backend(String pool, BackendSpec spec, Live.OfPool now) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("pool", pool);
    view.putAll(SnapshotDocument.write(spec));
    view.put("status", status(pool, spec, now));
    return view;
  }

  Map<String, @Nullable Object> status(String pool, BackendSpec spec, Live.OfPool now) {
    Map<String, @Nullable Object> status = new LinkedHashMap<>(now.status(spec));
    String trouble = live.trouble(spec.address());
    if (trouble != null) {
      status.put("trouble", trouble);
    }
    traffic(status, statistics.last(new Series.OfBackend(pool, spec.id())));
    return status;
  }

  Map<String, @Nullable Object> route(RouteSpec spec) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>(SnapshotDocument.write(spec));
    Map<String, @Nullable Object> status = new LinkedHashMap<>();
    traffic(status, statistics.last(new Series.OfRoute(spec.id())));
    view.put("status", status);
    return view;
  }

  /** The last whole second. */
  static void traffic(Map<String, @Nullable Object> view, Point point) {
    view.put("rps", point.requests());
    view.put("errors", errors(point));
    view.put("p50", IsoTimes.millis(point.p50()));
    view.put("p95", IsoTimes.millis(point.p95()));
    view.put("p99", IsoTimes.millis(point.p99()));
  }

  /** The share of requests that got no answer or a 5xx. */
  static double errors(Point point) {
    if (point.requests() == 0) {
      return 0;
    }
    List<Long> classes = point.statusClasses();
    long failed = classes.getFirst() + classes.getLast();
    return Math.round(failed * 10_000.0 / point.requests()) / 10_000.0;
  }

  static Map<String, Object> impact(ImpactPreview impact) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("pools", impact.pools().stream().map(Views::poolImpact).toList());
    view.put("guards", guards(impact.guards()));
    return view;
  }

  private static Map<String, Object> poolImpact(ImpactPreview.PoolImpact pool) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("pool", pool.pool());
    view.put("eligibleBefore", pool.eligibleBefore());
    view.put("eligibleAfter", pool.eligibleAfter());
    view.put("expectedShare", pool.expectedShare());
    view.put("expectedRps", pool.expectedRps());
    view.put("movedKeys", pool.movedKeys());
    view.put("requests", pool.requests());
    return view;
  }

  static List<Map<String, String>> guards(List<ImpactPreview.Guard> guards) {
    return guards.stream()
        .map(g -> Map.of("code", g.code(), "pool", g.pool(), "message", g.message()))
        .toList();
  }

  static Map<String, Object> changedBy(Revision revision) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("author", revision.author());
    view.put("at", String.valueOf(IsoTimes.text(revision.at())));
    view.put("revision", revision.number());
    return view;
  }

  static Map<String, @Nullable Object> revision(Revision revision) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("number", revision.number());
    view.put("at", IsoTimes.text(revision.at()));
    view.put("author", revision.author());
    view.put("source", revision.source());
    view.put("reason", revision.reason());
    view.put("summary", revision.summary());
    return view;
  }

  static Map<String, @Nullable Object> operation(Operation operation) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("id", operation.id());
    view.put("kind", word(operation.kind()));
    view.put("state", word(operation.state()));
    view.put("pool", operation.pool());
    view.put("backend", operation.backend());
    view.put("initial", load(operation.initial()));
    view.put("remaining", load(operation.load()));
    double rate = operation.ratePerSecond();
    view.put("ratePerSecond", rate < 0 ? null : Double.valueOf(rate));
    view.put("startedAt", IsoTimes.text(operation.startedAt()));
    view.put("deadline", IsoTimes.text(operation.deadline()));
    view.put("atDeadline", word(operation.atDeadline()));
    view.put("revertAt", IsoTimes.text(operation.revertAt()));
    view.put("endedAt", IsoTimes.text(operation.endedAt()));
    view.put("author", operation.author());
    view.put("reason", operation.reason());
    view.put("error", operation.error());
    return view;
  }

  private static Map<String, Object> load(Operation.Load load) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("requests", load.requests());
    view.put("tunnels", load.tunnels());
    return view;
  }

  static Map<String, @Nullable Object> audit(AuditEntry entry) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("number", entry.number());
    view.put("at", IsoTimes.text(entry.at()));
    view.put("actor", entry.actor().name());
    view.put("role", entry.actor().role());
    view.put("how", entry.actor().how());
    view.put("address", entry.actor().address());
    view.put("action", entry.action());
    view.put("revisionBefore", entry.revisionBefore());
    view.put("revisionAfter", entry.revisionAfter());
    view.put("reason", entry.reason());
    view.put("outcome", entry.outcome());
    view.put("detail", entry.detail());
    view.put("requestId", entry.requestId());
    return view;
  }

  /** A constant as the API writes it. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
