package io.sluice.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A wanted backend.
 *
 * @param id unique in its pool; defaults to {@link #defaultId}
 * @param address where it is reached
 * @param weight its share against the pool's other backends, 0 to 65535; 0 takes no traffic;
 *     default 1
 * @param tls overrides the pool's TLS; null: the pool's
 * @param tier 0 to 15; a tier takes what the tiers of lower number cannot; default 0
 * @param adminState what the operator wants of it; default {@link AdminState#READY}
 * @param labels free names and values, for people and filters
 */
public record BackendSpec(
    String id,
    Address address,
    int weight,
    @Nullable TlsSpec tls,
    int tier,
    AdminState adminState,
    Map<String, String> labels) {

  /** The largest weight. */
  public static final int MAX_WEIGHT = 65_535;

  /** The last tier. */
  public static final int MAX_TIER = 15;

  public BackendSpec {
    labels = Map.copyOf(labels);
  }

  /** What an operator wants of a backend. */
  public enum AdminState {
    /** It takes requests. */
    READY,
    /** It takes no new requests; those in flight finish. */
    DRAIN,
    /** As {@link #DRAIN}, and it is not checked either. */
    MAINT
  }

  /** A backend of weight 1 with the default id and the pool's TLS. */
  public static BackendSpec of(Address address) {
    return of(defaultId(address), address);
  }

  /** A backend of weight 1 with the pool's TLS. */
  public static BackendSpec of(String id, Address address) {
    return new BackendSpec(id, address, 1, null, 0, AdminState.READY, Map.of());
  }

  /** The same with this weight. */
  public BackendSpec withWeight(int wanted) {
    return new BackendSpec(id, address, wanted, tls, tier, adminState, labels);
  }

  /** The same with TLS of its own; null: the pool's. */
  public BackendSpec withTls(@Nullable TlsSpec wanted) {
    return new BackendSpec(id, address, weight, wanted, tier, adminState, labels);
  }

  /** The same in this tier. */
  public BackendSpec withTier(int wanted) {
    return new BackendSpec(id, address, weight, tls, wanted, adminState, labels);
  }

  /** The same in this state. */
  public BackendSpec withAdminState(AdminState wanted) {
    return new BackendSpec(id, address, weight, tls, tier, wanted, labels);
  }

  /** The same with these labels. */
  public BackendSpec withLabels(Map<String, String> wanted) {
    return new BackendSpec(id, address, weight, tls, tier, adminState, wanted);
  }

  /** The address with every run of other characters than letters and digits turned into a dash. */
  public static String defaultId(Address address) {
    String text =
        switch (address) {
          case Address.Tcp(String host, int port) -> host + ":" + port;
          case Address.Unix(var path) -> path.toString();
          case Address.Service(String name) -> name;
          case Address.Kubernetes service -> service.toString().substring("kubernetes:".length());
        };
    String id = text.replaceAll("[^A-Za-z0-9]+", "-");
    return id.startsWith("-") && id.length() > 1 ? id.substring(1) : id;
  }
}
