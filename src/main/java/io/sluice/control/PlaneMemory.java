package io.sluice.control;

import io.sluice.balance.Health;
import io.sluice.balance.PoolStatus;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.InvalidException;
import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.store.Revision;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a data plane serves and has come to know, for the process that takes its place: one that
 * knew nothing would send requests to sick backends, and none to those that {@code start: down}.
 *
 * <p>What does not move: buckets of rate limits and of retry budgets, the latencies that {@code
 * least-latency} and the outlier detector have seen in the last seconds, places in a cycle, and the
 * results of single checks. All of them are known anew within seconds.
 *
 * <p>It may come from an older or a newer version: members that are not known here are passed over,
 * missing ones are taken for nothing known, and a pool that cannot be read begins anew. It holds
 * the made-up keys of sticky cookies: only for the upgrade socket, never for a log.
 *
 * @param at when it was taken
 * @param inForce what is served; null: this version cannot read it
 * @param trouble why it cannot; null: it can
 * @param names what names of backends stand for
 */
public record PlaneMemory(
    Instant at,
    @Nullable InForce inForce,
    @Nullable String trouble,
    List<OfPool> pools,
    List<OfName> names) {
  private static final Logger LOG = LoggerFactory.getLogger(PlaneMemory.class);
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  public PlaneMemory {
    pools = List.copyOf(pools);
    names = List.copyOf(names);
  }

  /**
   * A pool.
   *
   * @param stickyKey made up, in Base64; null: none was
   * @param lastGood ids of the backends that were eligible when it was last well
   */
  public record OfPool(
      String id,
      @Nullable String stickyKey,
      List<String> lastGood,
      PoolStatus.Mode mode,
      Instant since,
      List<OfBackend> backends) {
    public OfPool {
      lastGood = lastGood == null ? List.of() : List.copyOf(lastGood);
      backends = backends == null ? List.of() : List.copyOf(backends);
    }

    /** Without the key. */
    @Override
    public String toString() {
      return "pool " + id + ", " + mode + " since " + since + ", " + backends;
    }
  }

  /**
   * A backend about which something is known.
   *
   * @param id as it lives: of a name, each address has its own
   * @param warmingMillis for how long it has been starting slowly; null: it has its whole share
   */
  public record OfBackend(
      String id,
      @Nullable Checked checked,
      @Nullable Answered answered,
      @Nullable Long warmingMillis) {}

  /** What its checks have found. */
  public record Checked(
      Health.State state,
      @Nullable String reason,
      Instant since,
      int inARow,
      boolean lastPassed,
      long passed,
      long failed,
      long transitions) {}

  /**
   * What its answers have led to.
   *
   * @param ejections how often it was ejected; the next one grows with it
   * @param until null: it is not ejected
   * @param leftMillis of the ejection; which of the two ends first holds, should a clock be set
   * @param unchangedMillis for how long it has been in or out
   */
  public record Answered(
      int ejections,
      @Nullable Instant until,
      @Nullable String reason,
      long leftMillis,
      long latencyLimitNanos,
      long unchangedMillis,
      int gatewayErrors,
      int serverErrors) {}

  /**
   * A name.
   *
   * @param name as in the configuration
   */
  public record OfName(String name, List<OfEndpoint> endpoints) {
    public OfName {
      endpoints = endpoints == null ? List.of() : List.copyOf(endpoints);
    }
  }

  /**
   * What a name stands for.
   *
   * @param address an IP address
   */
  public record OfEndpoint(
      String address,
      int port,
      int weight,
      int priority,
      AdminState state,
      Map<String, String> labels) {
    public OfEndpoint {
      state = state == null ? AdminState.READY : state;
      labels = labels == null ? Map.of() : Map.copyOf(labels);
    }
  }

  /**
   * What a backend still gets from a process that has handed over, for drains that the next one
   * follows.
   *
   * @param backend as it lives
   */
  public record Carried(String pool, String backend, int requests, int tunnels) {
    /** A list as JSON. */
    public static String toJson(List<Carried> all) {
      return MAPPER.writeValueAsString(all);
    }

    /** Reads what {@link #toJson} of any version has made; empty when it is of another form. */
    public static List<Carried> fromJson(String json) {
      try {
        return all(MAPPER.readTree(json), Carried.class, "load");
      } catch (JacksonException e) {
        LOG.warn("what the process before still carries is of a form that is unknown here");
        return List.of();
      }
    }
  }

  /** As JSON in UTF-8. */
  public byte[] toJson() {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("at", at);
    if (inForce != null) {
      document.put("revision", inForce.revision());
      document.put("snapshot", SnapshotDocument.write(inForce.snapshot()));
    }
    document.put("pools", pools);
    document.put("names", names);
    return MAPPER.writeValueAsBytes(document);
  }

  /**
   * Reads what {@link #toJson} of any version has made.
   *
   * @throws IllegalArgumentException when it is no JSON object; the message has nothing of it
   */
  public static PlaneMemory fromJson(byte[] json) {
    JsonNode tree;
    try {
      tree = MAPPER.readTree(json);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("what the data plane knew is not JSON");
    }
    if (!tree.isObject()) {
      throw new IllegalArgumentException("what the data plane knew is no JSON object");
    }
    Instant at = read(tree.path("at"), Instant.class, "time");
    Revision revision = read(tree.path("revision"), Revision.class, "revision");
    InForce inForce = null;
    String trouble = revision == null ? "it names no revision" : null;
    if (revision != null) {
      try {
        inForce =
            new InForce(
                revision,
                SnapshotDocument.snapshot(
                    MAPPER.convertValue(tree.path("snapshot"), Object.class)));
      } catch (InvalidException e) {
        Violation first = e.violations().getFirst();
        trouble = first.pointer() + ": " + first.message();
      }
    }
    List<OfPool> pools = all(tree.path("pools"), OfPool.class, "pool");
    List<OfName> names = all(tree.path("names"), OfName.class, "name");
    return new PlaneMemory(at == null ? Instant.now() : at, inForce, trouble, pools, names);
  }

  private static <T> List<T> all(JsonNode list, Class<T> type, String what) {
    List<T> all = new ArrayList<>();
    for (JsonNode each : list) {
      T found = read(each, type, what);
      if (found != null) {
        all.add(found);
      }
    }
    return all;
  }

  /**
   * Null when it is missing, or of another form than here; values may be secrets and are not told.
   */
  private static <T> @Nullable T read(JsonNode node, Class<T> type, String what) {
    if (node.isMissingNode() || node.isNull()) {
      return null;
    }
    try {
      return MAPPER.treeToValue(node, type);
    } catch (JacksonException e) {
      LOG.warn("a {} that the process before knew is of a form that is unknown here", what);
      return null;
    }
  }
}
