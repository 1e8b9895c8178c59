package io.sluice.config;

import org.jspecify.annotations.Nullable;

/**
 * A wanted backend.
 *
 * @param id unique in its pool; defaults to {@link #defaultId}
 * @param address where it is reached
 * @param weight its share against the pool's other backends, 0 to 65535; 0 takes no traffic;
 *     default 1
 * @param tls overrides the pool's TLS; null: the pool's
 */
public record BackendSpec(String id, Address address, int weight, @Nullable TlsSpec tls) {

  /** The largest weight. */
  public static final int MAX_WEIGHT = 65_535;

  /** A backend of weight 1 with the default id and the pool's TLS. */
  public static BackendSpec of(Address address) {
    return new BackendSpec(defaultId(address), address, 1, null);
  }

  /** The address with every run of other characters than letters and digits turned into a dash. */
  public static String defaultId(Address address) {
    String text =
        switch (address) {
          case Address.Tcp(String host, int port) -> host + ":" + port;
          case Address.Unix(var path) -> path.toString();
        };
    String id = text.replaceAll("[^A-Za-z0-9]+", "-");
    return id.startsWith("-") && id.length() > 1 ? id.substring(1) : id;
  }
}
