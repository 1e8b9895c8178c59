package io.sluice.proxy;

import io.sluice.http.Ascii;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The Date line (RFC 9110 6.6.1), made once a second. One for each event loop. */
final class HttpDate {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  private long second = -1;
  private byte[] line = {};

  /** {@code Date: ...} with its line end. */
  byte[] line() {
    long now = System.currentTimeMillis() / 1000;
    if (now != second) {
      second = now;
      line = Ascii.bytes("Date: " + FORMAT.format(Instant.ofEpochSecond(now)) + "\r\n");
    }
    return line;
  }
}
