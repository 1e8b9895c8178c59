package io.sluice.control;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.Configuration;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.config.TlsSpec;
import io.sluice.tls.Bundles;
import io.sluice.tls.ListenerCheck;
import io.sluice.upstream.UpstreamConfigurationException;
import io.sluice.upstream.Upstreams;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes everything that a start makes of pools, routes and certificates, and gives it up again:
 * what speaks against them is found by the very code that would stop the start. Unlike a start it
 * goes on after the first mistake of a pool.
 */
final class ConfigurationCheck implements AutoCloseable {
  /** Any: only the settings are of interest. */
  private static final Address SOMEWHERE = new Address.Tcp("127.0.0.1", 1);

  private final Snapshot snapshot;
  private final Upstreams upstreams = new Upstreams();
  private final ControlThread control = new ControlThread();
  private final BackendWatch watch = new BackendWatch(upstreams, control);
  private final AddressPolicy policy;
  private final NamedBackends names;

  private final List<Violation> errors = new ArrayList<>();
  private final List<Violation> warnings = new ArrayList<>();
  private @Nullable String brokenExtensions;

  private ConfigurationCheck(Configuration configuration) {
    snapshot = configuration.bootstrap();
    policy = new AddressPolicy(configuration.admin());
    names = new NamedBackends(control, configuration.resolvers(), policy);
  }

  static DataPlane.Findings of(Configuration configuration, Bundles bundles) {
    try (ConfigurationCheck check = new ConfigurationCheck(configuration);
        Extensions extensions = check.extensions(configuration)) {
      check.everything(extensions);
      return new DataPlane.Findings(
          check.errors,
          check.warnings,
          check.brokenExtensions,
          ListenerCheck.of(configuration.listeners(), bundles, Instant.now()));
    }
  }

  /** When they are broken, what they would bring is not missed. */
  private Extensions extensions(Configuration configuration) {
    try {
      return Extensions.load(configuration.extensions());
    } catch (DataPlaneException e) {
      brokenExtensions = e.getMessage();
      return Extensions.none();
    }
  }

  private void everything(Extensions extensions) {
    errors.addAll(SnapshotDocument.validate(snapshot));
    errors.addAll(ChangePath.violations(policy, new Snapshot(List.of(), List.of()), snapshot));
    if (names.hasUnknown(snapshot.pools())) {
      names.lookUp(snapshot.pools()).join();
    }
    PoolParts parts =
        new PoolParts(extensions, upstreams, control, names, watch, Remembered.NOTHING);
    for (int i = 0; i < snapshot.pools().size(); i++) {
      PoolSpec pool = snapshot.pools().get(i);
      String pointer = "/pools/" + i;
      int before = errors.size();
      attempt(pointer, () -> parts.balancer(pool));
      attempt(pointer, () -> PoolParts.stickyKey(pool, null));
      tls(pool, pointer);
      names(pool, pointer);
      if (errors.size() == before) {
        attempt(pointer, () -> parts.create(pool, names.expand(pool)));
      }
    }
    for (int i = 0; i < snapshot.routes().size(); i++) {
      RouteSpec route = snapshot.routes().get(i);
      attempt("/routes/" + i, () -> parts.filters(route));
    }
  }

  private void attempt(String pointer, Runnable step) {
    try {
      step.run();
    } catch (DataPlaneException e) {
      boolean mayBeBroughtByAJar = e.part().equals("/algorithm") || e.part().endsWith("/name");
      if (brokenExtensions == null || !mayBeBroughtByAJar) {
        errors.add(new Violation(pointer + e.part(), String.valueOf(e.getMessage())));
      }
    }
  }

  private void tls(PoolSpec pool, String pointer) {
    Map<TlsSpec, String> settings = new LinkedHashMap<>();
    settings.put(pool.tls(), pointer + "/tls");
    for (int i = 0; i < pool.backends().size(); i++) {
      BackendSpec backend = pool.backends().get(i);
      settings.putIfAbsent(pool.tlsOf(backend), pointer + "/backends/" + i + "/tls");
    }
    if (pool.healthCheck() != null && pool.healthCheck().tls() != null) {
      settings.putIfAbsent(pool.healthCheck().tls(), pointer + "/healthCheck/tls");
    }
    settings.forEach(
        (tls, where) -> {
          try {
            upstreams.endpoint(SOMEWHERE, tls);
            for (String warning : Upstreams.certificateDates(tls, Instant.now())) {
              warnings.add(new Violation(where, "pool " + pool.id() + ": " + warning));
            }
          } catch (UpstreamConfigurationException e) {
            errors.add(new Violation(where, "pool " + pool.id() + ": " + e.getMessage()));
          }
        });
  }

  private void names(PoolSpec pool, String pointer) {
    for (int i = 0; i < pool.backends().size(); i++) {
      Address address = pool.backends().get(i).address();
      String trouble = names.trouble(address);
      if (trouble != null) {
        warnings.add(
            new Violation(
                pointer + "/backends/" + i + "/address",
                "pool %s: %s %s".formatted(pool.id(), address, trouble)));
      }
    }
  }

  @Override
  public void close() {
    watch.close();
    names.close();
    control.close();
  }
}
