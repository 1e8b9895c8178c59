package io.sluice.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the right place of a key that is known somewhere else, or to Pingora. */
final class Elsewhere {
  private static final Map<String, String> OF_PINGORA =
      Map.of(
          "daemon",
          "is said on the command line, by -d; remove it",
          "ca_file",
          atEachPool("tls.ca"),
          "upstream_keepalive_pool_size",
          atEachPool("keep-alive.max-idle-per-thread"),
          "max_retries",
          atEachPool("retries.attempts"),
          "work_stealing",
          "does not exist here: a connection stays on its event loop for life; remove it",
          "listener_tasks_per_fd",
          "does not exist here: every event loop accepts connections, and 'threads' says how many"
              + " there are; remove it");

  private Elsewhere() {}

  /** What is wrong with a key that does not exist among these; null: it is known nowhere. */
  static @Nullable String of(String key, KnownKeys keys) {
    return switch (keys) {
      case FILE -> {
        String ofSluice = key.replace('_', '-');
        yield KnownKeys.SLUICE.available().contains(ofSluice)
            ? "stands in the wrong place: write " + Quoted.of(ofSluice) + " below 'sluice'"
            : OF_PINGORA.get(key);
      }
      case SLUICE -> {
        String ofFile = key.replace('-', '_');
        yield KnownKeys.FILE.available().contains(ofFile)
            ? "stands in the wrong place: write "
                + Quoted.of(ofFile)
                + " at the top of the file, beside 'sluice'"
            : null;
      }
      default -> null;
    };
  }

  private static String atEachPool(String key) {
    return "is said for each pool, by sluice.bootstrap.pools[]." + key + "; remove it here";
  }
}
