package io.sluice.health;

import io.netty.handler.ssl.NotSslRecordException;
import io.sluice.upstream.TlsFailures;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words for what goes wrong with a check's connection. */
final class CheckErrors {
  /** Netty names the system call, the error's number and the peer around the system's own words. */
  private static final Pattern SYSTEM_ERROR =
      Pattern.compile(".*failed(?: with error\\(-?[0-9]+\\))?: (.+?)(?:: \\S*/\\S+)?");

  private static final String CLOSED = "the backend closed the connection";

  /** Descriptors, memory or local ports have run out. */
  private static final Pattern LOCAL =
      Pattern.compile(
          "(?i).*(too many open files|no buffer space|cannot allocate memory"
              + "|cannot assign requested address).*");

  private CheckErrors() {}

  /** Whether an error is this machine's and not the backend's. */
  static boolean isLocal(String error) {
    return LOCAL.matcher(error).matches();
  }

  /** Connecting, reading or writing has failed. */
  static String connection(Throwable cause) {
    if (cause instanceof ClosedChannelException) {
      return CLOSED;
    }
    return words(TlsFailures.describe(cause));
  }

  private static String words(String text) {
    Matcher system = SYSTEM_ERROR.matcher(text);
    String words = system.matches() ? String.valueOf(system.group(1)) : text;
    return Character.toLowerCase(words.charAt(0)) + words.substring(1);
  }

  /** A handshake has failed. */
  static String tls(Throwable cause) {
    if (cause instanceof NotSslRecordException) {
      return "TLS: the backend does not speak TLS";
    }
    return "TLS: " + connection(cause);
  }

  /** The time is up. */
  static String timedOut(Duration after, String during) {
    long millis = after.toMillis();
    String time = millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    return "timed out after " + time + " " + during;
  }
}
