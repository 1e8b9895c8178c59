package io.sluice.config;

import io.sluice.config.Configuration.AccessLog;
import io.sluice.config.Configuration.Admin;
import io.sluice.config.Configuration.Mode;
import io.sluice.config.Configuration.Shutdown;
import io.sluice.config.Configuration.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the file from its top and the section {@code sluice} in it. */
final class SluiceReader {
  private static final int MAX_THREADS = 1024;
  private static final Path DEFAULT_EXTENSIONS = Path.of("./extensions");
  private static final Snapshot NOTHING = new Snapshot(List.of(), List.of());

  private static final ValueParser<Mode> MODE = Texts.constant(Mode.class);

  private SluiceReader() {}

  /** Reads the section, and the keys at the top of the file. */
  static Configuration read(YamlMapping file) {
    YamlMapping sluice = file.section("sluice", KnownKeys.SLUICE);
    ProcessReader process = new ProcessReader(file, sluice);
    Admin admin = AdminReader.read(sluice.mapping("admin", KnownKeys.ADMIN));
    Store store = store(sluice.mapping("store", KnownKeys.STORE));
    List<ListenerSpec> listeners = ListenerReader.readAll(sluice, admin.address());
    YamlMapping bootstrap = sluice.mapping("bootstrap", KnownKeys.BOOTSTRAP);
    return new Configuration(
        threads(process.threads(MAX_THREADS)),
        listeners,
        resolvers(sluice.items("resolvers")),
        Networks.read(sluice.items("trusted-proxies")),
        sluice.optional("via", Texts::via),
        sluice.value("mode", SluiceReader::mode, Mode.MANAGED),
        store,
        admin,
        shutdown(sluice.mapping("shutdown", KnownKeys.SHUTDOWN), process),
        process.read(store, listeners),
        accessLog(sluice.mapping("access-log", KnownKeys.ACCESS_LOG)),
        extensions(sluice.mapping("extensions", KnownKeys.EXTENSIONS)),
        bootstrap == null ? NOTHING : BootstrapReader.read(bootstrap));
  }

  private static int threads(@Nullable Integer configured) {
    return configured != null && configured > 0
        ? configured
        : Math.min(Runtime.getRuntime().availableProcessors(), MAX_THREADS);
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

  private static Mode mode(String text) throws BadValueException {
    if (text.equals("cluster")) {
      throw new BadValueException(
          "'cluster' comes in a later version, for several processes with one configuration;"
              + " expected managed or declarative");
    }
    return MODE.parse(text);
  }

  private static Store store(@Nullable YamlMapping store) {
    if (store == null) {
      return Store.DEFAULT;
    }
    return new Store(
        store.value("path", Texts::path, Store.DEFAULT.path()),
        store.value("revisions", Numbers.within(1, 1_000_000), Store.DEFAULT.revisions()));
  }

  private static Shutdown shutdown(@Nullable YamlMapping shutdown, ProcessReader process) {
    Shutdown byDefault = Shutdown.DEFAULT;
    Duration lameDuck =
        shutdown == null
            ? null
            : shutdown.optional("lame-duck", Durations.within(Duration.ZERO, Duration.ofHours(1)));
    Duration grace = process.grace(shutdown);
    return new Shutdown(
        lameDuck == null ? byDefault.lameDuck() : lameDuck,
        grace == null ? byDefault.grace() : grace);
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
