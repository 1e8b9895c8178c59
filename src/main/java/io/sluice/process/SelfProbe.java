package io.sluice.process;

import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneException;
import io.sluice.os.OsException;
import io.sluice.os.UnixStream;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request that a process asks itself for: through its own data plane, along its own routes, to a
 * backend. Said to be one by its User-Agent.
 */
final class SelfProbe {
  /** Nothing that looks like an answer came in time. */
  static final int NO_ANSWER = 0;

  private static final Logger log = LoggerFactory.getLogger(SelfProbe.class);

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int MOST_BYTES = 8192;
  private static final int SERVER_ERROR = 500;
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 ([1-5]\\d\\d) .*\\r\\n");
  private static final byte[] REQUEST =
      """
      HEAD / HTTP/1.1\r
      Host: localhost\r
      User-Agent: sluice-self-probe\r
      Connection: close\r
      \r
      """
          .getBytes(StandardCharsets.US_ASCII);

  private SelfProbe() {}

  /** The status of the answer, or {@link #NO_ANSWER}; takes seconds at most. */
  static int ask(DataPlane plane) {
    try {
      SocketAddress at = plane.openProbe();
      try (UnixStream stream = UnixStream.connect(((UnixDomainSocketAddress) at).getPath())) {
        stream.timeout(PATIENCE);
        stream.send(REQUEST);
        return status(stream);
      } finally {
        plane.closeProbe();
      }
    } catch (OsException | DataPlaneException e) {
      log.warn("this process could not ask itself for a request: {}", e.getMessage());
      return NO_ANSWER;
    }
  }

  private static int status(UnixStream stream) throws OsException {
    StringBuilder answer = new StringBuilder();
    while (answer.length() < MOST_BYTES) {
      byte[] more = stream.receive(MOST_BYTES, 0).data();
      answer.append(new String(more, StandardCharsets.ISO_8859_1));
      Matcher line = STATUS_LINE.matcher(answer);
      if (line.lookingAt()) {
        return Integer.parseInt(line.group(1));
      }
      if (more.length == 0) {
        break;
      }
    }
    return NO_ANSWER;
  }

  /** Whether a status tells that somebody behind the request has failed. */
  static boolean isBad(int status) {
    return status == NO_ANSWER || status >= SERVER_ERROR;
  }

  /** A status in words. */
  static String text(int status) {
    return status == NO_ANSWER ? "no answer" : "status " + status;
  }
}
