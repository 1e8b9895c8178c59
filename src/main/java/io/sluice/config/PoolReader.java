package io.sluice.config;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec.KeepAlive;
import io.sluice.config.PoolSpec.Timeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one of {@code sluice.bootstrap.pools}. */
final class PoolReader {
  private static final Duration DAY = Duration.ofHours(24);
  private static final Duration WEEK = Duration.ofDays(7);
  private static final int MANY = 1_000_000_000;

  private PoolReader() {}

  /**
   * Reads a pool.
   *
   * @param pointer its place in the snapshot
   */
  static PoolSpec read(YamlMapping pool, String pointer, PlaceIndex places) {
    places.put(pointer, pool, "id");
    TlsSpec tls = TlsReader.read(pool.mapping("tls", KnownKeys.TLS));
    return new PoolSpec(
        BootstrapReader.id(pool, "default"),
        pool.value("algorithm", Texts::algorithm, PoolSpec.ROUND_ROBIN),
        backends(pool, pointer + "/backends/", places),
        tls == null ? TlsSpec.OFF : tls,
        timeouts(pool.mapping("timeouts", KnownKeys.TIMEOUTS)),
        keepAlive(pool.mapping("keep-alive", KnownKeys.KEEP_ALIVE)),
        BalanceReader.read(pool),
        ResilienceReader.limits(pool.mapping("limits", KnownKeys.POOL_LIMITS)),
        ResilienceReader.retries(pool.mapping("retries", KnownKeys.RETRIES)),
        HealthCheckReader.read(pool.mapping("health-check", KnownKeys.HEALTH_CHECK)),
        ResilienceReader.ejection(pool.mapping("ejection", KnownKeys.EJECTION)),
        pool.value("minimum-capacity", Numbers.decimalWithin(0, 1), 0.0),
        pool.value(
            "proxy-protocol",
            Texts.constant(PoolSpec.ProxyProtocol.class),
            PoolSpec.ProxyProtocol.NONE));
  }

  private static List<BackendSpec> backends(YamlMapping pool, String pointer, PlaceIndex places) {
    if (pool.naming() == Naming.FILE) {
      // In a file its absence is a slip; through the API backends come one by one.
      pool.required(
          "backends", "a list of addresses, for instance [10.0.0.1:8080]; [] for none yet");
    }
    List<BackendSpec> backends = new ArrayList<>();
    for (YamlValue item : pool.items("backends")) {
      String here = pointer + backends.size();
      places.put(here, item.place());
      BackendSpec backend = item.isScalar() ? shortForm(item) : backend(item, here, places);
      if (backend != null) {
        backends.add(backend);
      }
    }
    return backends;
  }

  private static @Nullable BackendSpec shortForm(YamlValue item) {
    Address address = item.parsed(Addresses::backend);
    return address == null ? null : BackendSpec.of(defaultId(address, item), address);
  }

  /** Reads a backend; null when it has no address that can be used, which is reported. */
  static @Nullable BackendSpec backend(YamlValue item, String pointer, PlaceIndex places) {
    YamlMapping backend = item.mapping(KnownKeys.BACKEND);
    if (backend == null) {
      return null;
    }
    places.put(pointer, backend, "id", "address");
    YamlValue value = backend.required("address", "host:port, for instance 10.0.0.1:8080");
    Address address = value == null ? null : value.parsed(Addresses::backend);
    String id = backend.optional("id", Texts::id);
    int weight = backend.value("weight", Numbers.within(0, BackendSpec.MAX_WEIGHT), 1);
    TlsSpec tls = TlsReader.read(backend.mapping("tls", KnownKeys.TLS));
    int tier = backend.value("tier", Numbers.within(0, BackendSpec.MAX_TIER), 0);
    AdminState state =
        backend.value("admin-state", Texts.constant(AdminState.class), AdminState.READY);
    Map<String, String> labels = labels(backend.get("labels"));
    if (value == null || address == null) {
      return null;
    }
    if (id == null) {
      id = backend.get("id") == null ? defaultId(address, value) : BackendSpec.defaultId(address);
    }
    return new BackendSpec(id, address, weight, tls, tier, state, labels);
  }

  private static Map<String, String> labels(@Nullable YamlValue mapping) {
    Map<String, String> labels = new LinkedHashMap<>();
    List<YamlValue.Entry> entries = mapping == null ? null : mapping.entries();
    for (YamlValue.Entry entry : entries == null ? List.<YamlValue.Entry>of() : entries) {
      String complaint = Texts.labelComplaint(entry.name());
      if (complaint == null && labels.containsKey(entry.name())) {
        complaint = "is given twice";
      }
      if (complaint != null && mapping != null) {
        mapping.problems().add(entry.place(), complaint);
      }
      YamlValue value = entry.value();
      String text = value == null || complaint != null ? null : value.parsed(Texts::label);
      if (text != null) {
        labels.put(entry.name(), text);
      }
    }
    return labels;
  }

  private static String defaultId(Address address, YamlValue value) {
    String id = BackendSpec.defaultId(address);
    if (id.length() > Texts.LONGEST_ID) {
      value.problem(
          "the id that would be made of this address has "
              + id.length()
              + " characters: write 'id' beside 'address', with at most "
              + Texts.LONGEST_ID);
    }
    return id;
  }

  private static Timeouts timeouts(@Nullable YamlMapping timeouts) {
    Timeouts byDefault = Timeouts.DEFAULT;
    if (timeouts == null) {
      return byDefault;
    }
    ValueParser<Duration> wait = Durations.within(Duration.ZERO, DAY);
    return new Timeouts(
        timeouts.value("connect", wait, byDefault.connect()),
        timeouts.value("tls", wait, byDefault.tls()),
        timeouts.value("first-byte", wait, byDefault.firstByte()),
        timeouts.value("idle", wait, byDefault.idle()),
        timeouts.value("total", Durations.within(Duration.ZERO, WEEK), byDefault.total()));
  }

  private static KeepAlive keepAlive(@Nullable YamlMapping keepAlive) {
    KeepAlive byDefault = KeepAlive.DEFAULT;
    if (keepAlive == null) {
      return byDefault;
    }
    return new KeepAlive(
        keepAlive.value(
            "max-idle-per-thread", Numbers.within(0, 65_535), byDefault.maxIdlePerThread()),
        keepAlive.value(
            "idle-timeout", Durations.within(Duration.ofMillis(1), DAY), byDefault.idleTimeout()),
        keepAlive.value("max-age", Durations.within(Duration.ZERO, WEEK), byDefault.maxAge()),
        keepAlive.value("max-requests", Numbers.within(0, MANY), byDefault.maxRequests()));
  }
}
