package io.sluice.telemetry;

import io.sluice.http.Ascii;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Points in time as ISO 8601, UTC, with milliseconds; all but these is worked out once a second.
 */
final class Timestamp {
  private static final int MILLIS = "2026-01-01T00:00:00.".length();

  private final byte[] text = Ascii.bytes("0000-00-00T00:00:00.000Z");
  private long second = Long.MIN_VALUE;

  /** Writes a time and returns the position behind it. */
  int write(byte[] to, int at, long epochMillis) {
    long now = Math.floorDiv(epochMillis, 1000L);
    if (now != second) {
      second = now;
      format();
    }
    LineBytes.put(to, at, text);
    LineBytes.threeDigits(to, at + MILLIS, (int) (epochMillis - now * 1000));
    return at + text.length;
  }

  private void format() {
    LocalDateTime time = LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
    int at = LineBytes.twoDigits(text, 0, time.getYear() / 100 % 100);
    at = LineBytes.twoDigits(text, at, time.getYear() % 100) + 1;
    at = LineBytes.twoDigits(text, at, time.getMonthValue()) + 1;
    at = LineBytes.twoDigits(text, at, time.getDayOfMonth()) + 1;
    at = LineBytes.twoDigits(text, at, time.getHour()) + 1;
    at = LineBytes.twoDigits(text, at, time.getMinute()) + 1;
    LineBytes.twoDigits(text, at, time.getSecond());
  }
}
