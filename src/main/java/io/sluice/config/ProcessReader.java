package io.sluice.config;

import io.sluice.config.Configuration.Process;
import io.sluice.config.Configuration.Store;
import io.sluice.config.Configuration.Upgrade;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the keys at the top of the file that Pingora's {@code conf.yaml} has too, so that such a
 * file works with {@code sluice} added to it. Two of them say the same as a key of {@code sluice}.
 */
final class ProcessReader {
  private static final int VERSION = 1;
  private static final int MOST_CLOSING_SECONDS = 3600;
  private static final Pattern ACCOUNT = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,30}\\$?");

  private final YamlMapping file;
  private final YamlMapping sluice;

  ProcessReader(YamlMapping file, YamlMapping sluice) {
    this.file = file;
    this.sluice = sluice;
  }

  Process read(Store store, List<ListenerSpec> listeners) {
    file.optional("version", ProcessReader::version);
    Process byDefault = Process.beside(store);
    Process process =
        new Process(
            file.optional("pid_file", Texts::path),
            file.optional("error_log", Texts::path),
            file.value("upgrade_sock", ProcessReader::socket, byDefault.upgradeSocket()),
            file.optional("user", text -> account(text, "user")),
            file.optional("group", text -> account(text, "group")),
            file.value(
                "graceful_shutdown_timeout_seconds",
                seconds(MOST_CLOSING_SECONDS),
                byDefault.closing()),
            upgrade(sluice.mapping("upgrade", KnownKeys.UPGRADE)));
    if (file.get("group") != null && file.get("user") == null) {
      file.problem(
          "group", "needs a user beside it; Sluice gives up root's rights as a user and its group");
    }
    tellApart(process, store, listeners);
    return process;
  }

  private static Upgrade upgrade(@Nullable YamlMapping upgrade) {
    if (upgrade == null) {
      return Upgrade.DEFAULT;
    }
    ValueParser<Duration> time = Durations.within(Duration.ofSeconds(1), Duration.ofHours(1));
    return new Upgrade(
        upgrade.value("ready", time, Upgrade.DEFAULT.ready()),
        upgrade.value("wait", time, Upgrade.DEFAULT.successor()));
  }

  /** Event loops; null: neither key says it. */
  @Nullable Integer threads(int most) {
    Integer here = file.optional("threads", Numbers.within(0, most));
    Integer there = sluice.optional("threads", Numbers.within(0, most));
    return either("threads", here, "threads", there);
  }

  /** The longest wait for requests in flight; null: neither key says it. */
  @Nullable Duration grace(@Nullable YamlMapping shutdown) {
    Duration most = Duration.ofHours(24);
    Duration here = file.optional("grace_period_seconds", seconds((int) most.toSeconds()));
    Duration there =
        shutdown == null ? null : shutdown.optional("grace", Durations.within(Duration.ZERO, most));
    return either("grace_period_seconds", here, "shutdown.grace", there);
  }

  private <T> @Nullable T either(
      String key, @Nullable T here, String sluiceKey, @Nullable T there) {
    if (here != null && there != null && !here.equals(there)) {
      file.problem(
          key, "says something else than sluice." + sluiceKey + ", which is the same; remove one");
    }
    return there == null ? here : there;
  }

  /** Each of them is replaced or removed by its owner. */
  private void tellApart(Process process, Store store, List<ListenerSpec> listeners) {
    Map<Path, String> taken = new HashMap<>();
    taken.put(absolute(store.path()), "sluice.store.path");
    for (ListenerSpec listener : listeners) {
      if (listener.address() instanceof Address.Unix(Path socket)) {
        taken.put(absolute(socket), "a listener's address");
      }
    }
    tellApart("pid_file", process.pidFile(), taken);
    tellApart("error_log", process.errorLog(), taken);
    if (file.names("upgrade_sock")) {
      tellApart("upgrade_sock", process.upgradeSocket(), taken);
    }
  }

  private void tellApart(String key, @Nullable Path path, Map<Path, String> taken) {
    String other = path == null ? null : taken.putIfAbsent(absolute(path), key);
    if (other != null) {
      file.problem(key, Quoted.of(String.valueOf(path)) + " is " + other + " already");
    }
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static ValueParser<Duration> seconds(int most) {
    ValueParser<Integer> number = Numbers.within(0, most);
    return ValueParser.of(ScalarType.NUMBER, text -> Duration.ofSeconds(number.parse(text)));
  }

  private static int version(String text) throws BadValueException {
    if (!text.equals("" + VERSION)) {
      throw new BadValueException(
          Quoted.of(text) + " is no version of this file that is known here: expected " + VERSION);
    }
    return VERSION;
  }

  private static Path socket(String text) throws BadValueException {
    if (text.startsWith("unix:")) {
      throw new BadValueException(
          Quoted.of(text)
              + " is an address: expected only the path, for instance "
              + Quoted.of(text.substring("unix:".length())));
    }
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    if (length > Addresses.LONGEST_SOCKET_PATH) {
      throw new BadValueException(Addresses.tooLong(text, length));
    }
    return Texts.path(text);
  }

  /** The name of a user or a group; whether there is one is not looked at. */
  static String account(String text, String what) throws BadValueException {
    if (!ACCOUNT.matcher(text).matches()) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not the name of a "
              + what
              + ": expected up to 32 letters, digits, dots, dashes and underscores that do not"
              + " begin with a digit, for instance sluice");
    }
    return text;
  }
}
