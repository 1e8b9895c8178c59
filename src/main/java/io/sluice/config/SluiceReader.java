package io.sluice.config;

import io.sluice.config.Configuration.AccessLog;
import io.sluice.config.Configuration.Shutdown;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the section {@code sluice}. */
final class SluiceReader {
  private static final int MAX_THREADS = 1024;
  private static final Address.Tcp DEFAULT_ADMIN = new Address.Tcp("127.0.0.1", 6189);
  private static final Path DEFAULT_EXTENSIONS = Path.of("./extensions");
  private static final Snapshot NOTHING = new Snapshot(List.of(), List.of());

  private SluiceReader() {}

  /**
   * Reads the section.
   *
   * @param sluice null when it is absent: the defaults hold
   */
  static Configuration read(@Nullable YamlMapping sluice) {
    if (sluice == null) {
      return new Configuration(
          threads(0),
          List.of(ListenerReader.DEFAULT),
          List.of(),
          List.of(),
          null,
          Configuration.Mode.MANAGED,
          Configuration.Store.DEFAULT,
          Configuration.Admin.DEFAULT,
          Shutdown.DEFAULT,
          AccessLog.DEFAULT,
          DEFAULT_EXTENSIONS,
          NOTHING);
    }
    Address.Tcp admin = admin(sluice.mapping("admin", KnownKeys.ADMIN));
    YamlMapping bootstrap = sluice.mapping("bootstrap", KnownKeys.BOOTSTRAP);
    return new Configuration(
        threads(sluice.value("threads", Numbers.within(0, MAX_THREADS), 0)),
        ListenerReader.readAll(sluice, admin),
        resolvers(sluice.items("resolvers")),
        trustedProxies(sluice.items("trusted-proxies")),
        sluice.optional("via", Texts::via),
        Configuration.Mode.MANAGED,
        Configuration.Store.DEFAULT,
        Configuration.Admin.at(admin),
        shutdown(sluice.mapping("shutdown", KnownKeys.SHUTDOWN)),
        accessLog(sluice.mapping("access-log", KnownKeys.ACCESS_LOG)),
        extensions(sluice.mapping("extensions", KnownKeys.EXTENSIONS)),
        bootstrap == null ? NOTHING : BootstrapReader.read(bootstrap));
  }

  private static int threads(int configured) {
    return configured > 0
        ? configured
        : Math.min(Runtime.getRuntime().availableProcessors(), MAX_THREADS);
  }

  private static Address.Tcp admin(@Nullable YamlMapping admin) {
    return admin == null ? DEFAULT_ADMIN : admin.value("address", Addresses::admin, DEFAULT_ADMIN);
  }

  private static List<Address.Tcp> resolvers(List<YamlValue> items) {
    List<Address.Tcp> resolvers = new ArrayList<>();
    for (YamlValue item : items) {
      Address.Tcp resolver = item.parsed(Addresses::resolver);
      if (resolver != null) {
        resolvers.add(resolver);
      }
    }
    return resolvers;
  }

  private static List<Cidr> trustedProxies(List<YamlValue> items) {
    List<Cidr> networks = new ArrayList<>();
    for (YamlValue item : items) {
      Cidr network = item.parsed(Networks::parse);
      if (network != null) {
        networks.add(network);
      }
    }
    return networks;
  }

  private static Shutdown shutdown(@Nullable YamlMapping shutdown) {
    if (shutdown == null) {
      return Shutdown.DEFAULT;
    }
    return new Shutdown(
        shutdown.value(
            "lame-duck",
            Durations.within(Duration.ZERO, Duration.ofHours(1)),
            Shutdown.DEFAULT.lameDuck()),
        shutdown.value(
            "grace",
            Durations.within(Duration.ZERO, Duration.ofHours(24)),
            Shutdown.DEFAULT.grace()));
  }

  private static AccessLog accessLog(@Nullable YamlMapping log) {
    if (log == null) {
      return AccessLog.DEFAULT;
    }
    String format = log.value("format", Texts.oneOf(List.of("json", "text")), "json");
    return new AccessLog(
        AccessLog.Format.valueOf(format.toUpperCase(Locale.ROOT)),
        log.value("target", Texts::logTarget, AccessLog.DEFAULT.target()));
  }

  private static Path extensions(@Nullable YamlMapping extensions) {
    return extensions == null
        ? DEFAULT_EXTENSIONS
        : extensions.value("path", Texts::path, DEFAULT_EXTENSIONS);
  }
}
