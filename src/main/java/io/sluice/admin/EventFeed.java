package io.sluice.admin;

import io.netty.channel.Channel;
import io.sluice.config.BackendSpec;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.control.InForce;
import io.sluice.store.AuditEntry;
import io.sluice.store.StoreException;
import io.sluice.telemetry.Statistics.Point;
import io.sluice.telemetry.Statistics.Series;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/**
 * What happens, told to everybody who listens. Its one thread looks at what nobody announces (the
 * backends' health, figures, the audit), and only while somebody listens or has done so lately.
 */
@Component
final class EventFeed implements DisposableBean {
  static final Set<String> TOPICS = Set.of("stats", "backend", "operation", "config", "audit");

  private static final Logger log = LoggerFactory.getLogger(EventFeed.class);
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final int LOOKS_A_SECOND = 4;

  /** So often a stream without events shows that it lives. */
  static final Duration HEARTBEAT = Duration.ofSeconds(15);

  /** So long a client may be away and goes on where it was. */
  private static final long LINGER_NANOS = Duration.ofMinutes(5).toNanos();

  private static final int RING = 4096;
  private static final long RING_BYTES = 8L << 20;
  static final int MOST_CLIENTS = 200;
  private static final int AUDIT_PAGE = 100;

  private static final Live.OfPool NOTHING = new Live.OfPool(List.of());

  private final Management management;
  private final Overview overview;
  private final Changes changes;
  private final EventRing ring;
  private final long looksAHeartbeat;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("sluice-events").factory());

  // The rest is the thread's only.
  private final Set<EventClient> clients = new LinkedHashSet<>();
  private final Map<String, Seen> seen = new HashMap<>();
  private boolean looking;
  private long lastClient;
  private long looks;
  private long lastAudit;
  private long lastRevision;

  /**
   * What was last told of a backend: enough to notice a change without writing it all out.
   *
   * @param facts health and ejection of each live one
   */
  private record Seen(String pool, BackendSpec spec, List<Object> facts) {}

  /**
   * A feed that begins to look when the first one listens.
   *
   * @param heartbeat in whole steps of a quarter of a second
   */
  EventFeed(Management management, Overview overview, Changes changes, Duration heartbeat) {
    this.management = management;
    this.overview = overview;
    this.changes = changes;
    this.ring = new EventRing(Long.toString(System.currentTimeMillis(), 36), RING, RING_BYTES);
    this.looksAHeartbeat = heartbeat.dividedBy(LOOK);
    management.reconciler().onRevision(now -> thread.execute(() -> revision(now)));
    management
        .operations()
        .onChange(operation -> thread.execute(() -> tell("operation", Views.operation(operation))));
    thread.scheduleAtFixedRate(
        this::safely, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * The stream of one client.
   *
   * @param lastEventId where it goes on; null: from now
   * @param channel its connection
   */
  Flux<byte[]> stream(Set<String> topics, @Nullable String lastEventId, Channel channel) {
    return Flux.create(
        sink -> {
          EventClient client = new EventClient(topics, sink, channel);
          sink.onRequest(n -> client.wake());
          sink.onDispose(() -> thread.execute(() -> clients.remove(client)));
          thread.execute(() -> join(client, lastEventId, sink));
        },
        FluxSink.OverflowStrategy.ERROR);
  }

  private void join(EventClient client, @Nullable String lastEventId, FluxSink<byte[]> sink) {
    if (clients.size() >= MOST_CLIENTS) {
      sink.error(Refusals.of(503, "too-many-streams", "Too many event streams are open."));
      return;
    }
    try {
      if (!looking) {
        startLooking();
      }
    } catch (StoreException e) {
      looking = false;
      sink.error(e);
      return;
    }
    List<EventRing.Frame> missed =
        lastEventId == null ? null : ring.since(lastEventId, client.topics());
    if (missed == null) {
      if (lastEventId != null) {
        client.begin(ring.own("reset", Map.of("reason", "the events since then are not kept")));
      }
      client.begin(ring.own("snapshot", snapshot(client)));
    } else {
      missed.forEach(frame -> client.begin(frame.text()));
    }
    clients.add(client);
  }

  private void startLooking() {
    // What happened while nobody looked is not in the ring.
    ring.gap();
    looking = true;
    lastClient = System.nanoTime();
    seen.clear();
    compare(false);
    List<AuditEntry> newest = management.audit().list(Long.MAX_VALUE, 1);
    lastAudit = newest.isEmpty() ? 0 : newest.getFirst().number();
  }

  private Map<String, @Nullable Object> snapshot(EventClient client) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("at", IsoTimes.text(Instant.now()));
    view.put("status", overview.now());
    if (client.wants("backend")) {
      view.put("backends", backends());
    }
    if (client.wants("operation")) {
      view.put(
          "operations", management.operations().list().stream().map(Views::operation).toList());
    }
    return view;
  }

  /** One failed look must not end all further ones. */
  private void safely() {
    try {
      look();
    } catch (StoreException e) {
      if (e.kind() != StoreException.Kind.HANDED_OVER) { // its lines are told when it is back
        log.warn("the audit cannot be followed for the event stream: {}", e.getMessage());
      }
    } catch (RuntimeException e) {
      log.error("looking for events failed; the next look follows", e);
    }
  }

  private void look() {
    if (!clients.isEmpty()) {
      lastClient = System.nanoTime();
    } else if (looking && System.nanoTime() - lastClient > LINGER_NANOS) {
      looking = false;
      seen.clear();
    }
    if (!looking) {
      return;
    }
    looks++;
    compare(true);
    if (looks % LOOKS_A_SECOND == 0) {
      if (clients.stream().anyMatch(client -> client.wants("stats"))) {
        tell("stats", stats());
      }
      audit();
      // A connection that has room again does not say so.
      clients.forEach(EventClient::wake);
    }
    if (looks % looksAHeartbeat == 0) {
      clients.forEach(EventClient::heartbeat);
    }
  }

  private void tell(String topic, Object data) {
    if (!looking) {
      return;
    }
    EventRing.Frame frame = ring.add(topic, data, !topic.equals("stats"));
    for (EventClient client : clients) {
      if (client.wants(topic)) {
        client.offer(frame);
      }
    }
  }

  private void revision(InForce now) {
    if (now.revision().number() > lastRevision) {
      lastRevision = now.revision().number();
      tell("config", Views.revision(now.revision()));
      compareSafely();
    }
  }

  private void compareSafely() {
    if (looking) {
      compare(true);
    }
  }

  /** Tells of every backend that is other than it was, and of those that are gone. */
  private void compare(boolean tell) {
    Map<String, Live.OfPool> observed = observed();
    Set<String> gone = new LinkedHashSet<>(seen.keySet());
    for (World.Placed placed : changes.world().backends()) {
      String pool = placed.pool().id();
      BackendSpec spec = placed.backend();
      Live.OfPool live = observed.getOrDefault(pool, NOTHING);
      List<Object> facts = new ArrayList<>();
      for (BackendStatus backend : live.of(spec)) {
        facts.add(backend.health());
        facts.add(backend.ejection());
      }
      gone.remove(placed.key());
      Seen now = new Seen(pool, spec, facts);
      if (!now.equals(seen.put(placed.key(), now)) && tell) {
        tell("backend", state(pool, spec, live));
      }
    }
    for (String key : gone) {
      Seen last = seen.remove(key);
      if (last != null && tell) {
        tell("backend", Map.of("pool", last.pool, "id", last.spec.id(), "removed", true));
      }
    }
  }

  private Map<String, Live.OfPool> observed() {
    Map<String, List<BackendStatus>> byPool = new HashMap<>();
    for (BackendStatus backend : management.dataPlane().status().backends()) {
      byPool.computeIfAbsent(backend.pool(), pool -> new ArrayList<>()).add(backend);
    }
    Map<String, Live.OfPool> observed = new HashMap<>();
    byPool.forEach((pool, backends) -> observed.put(pool, new Live.OfPool(backends)));
    return observed;
  }

  private List<Map<String, @Nullable Object>> backends() {
    Map<String, Live.OfPool> observed = observed();
    return changes.world().backends().stream()
        .map(
            placed ->
                state(
                    placed.pool().id(),
                    placed.backend(),
                    observed.getOrDefault(placed.pool().id(), NOTHING)))
        .toList();
  }

  private Map<String, @Nullable Object> state(String pool, BackendSpec backend, Live.OfPool live) {
    Map<String, @Nullable Object> state = new LinkedHashMap<>();
    state.put("pool", pool);
    state.put("id", backend.id());
    state.put("address", backend.address().toString());
    state.put("weight", backend.weight());
    state.put("adminState", Views.word(backend.adminState()));
    Map<String, @Nullable Object> status = live.status(backend);
    status.remove("active"); // figures, no states
    status.remove("tunnels");
    status.remove("weightShare"); // changes with every other backend of the pool
    String trouble = management.dataPlane().trouble(backend.address());
    if (trouble != null) {
      status.put("trouble", trouble);
    }
    state.put("status", status);
    return state;
  }

  private Map<String, @Nullable Object> stats() {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("at", IsoTimes.text(Instant.now()));
    Point total = management.statistics().last(new Series.Total());
    view.put("total", figures(total));
    List<Map<String, @Nullable Object>> backends = new ArrayList<>();
    for (World.Placed placed : changes.world().backends()) {
      String pool = placed.pool().id();
      String id = placed.backend().id();
      Point point = management.statistics().last(new Series.OfBackend(pool, id));
      // Most of very many backends rest; those that are left out have nothing to tell.
      if (point.requests() > 0 || point.active() > 0) {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("pool", pool);
        figures.put("id", id);
        figures.putAll(figures(point));
        backends.add(figures);
      }
    }
    view.put("backends", backends);
    return view;
  }

  private static Map<String, @Nullable Object> figures(Point point) {
    Map<String, @Nullable Object> figures = new LinkedHashMap<>();
    Views.traffic(figures, point);
    figures.put("active", point.active());
    return figures;
  }

  private void audit() {
    List<AuditEntry> newest = management.audit().list(Long.MAX_VALUE, AUDIT_PAGE);
    for (int i = newest.size() - 1; i >= 0; i--) {
      AuditEntry entry = newest.get(i);
      if (entry.number() > lastAudit) {
        lastAudit = entry.number();
        tell("audit", Views.audit(entry));
      }
    }
  }

  /** Frames that wait for clients, the longest queue; for tests. */
  int longestQueue() {
    return clients.stream().mapToInt(EventClient::waiting).max().orElse(0);
  }

  @Override
  public void destroy() {
    thread.shutdownNow();
  }
}
