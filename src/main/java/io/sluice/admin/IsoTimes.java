package io.sluice.admin;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Times and durations as the API writes and takes them. */
final class IsoTimes {
  private static final Pattern SHORT = Pattern.compile("([0-9]{1,12})(ms|s|m|h)");
  private static final Pattern ISO = Pattern.compile("PT?[0-9][0-9HMSDT.]{0,40}");

  private IsoTimes() {}

  /** A time as RFC 3339 in UTC, to the millisecond; null stays null. */
  static @Nullable String text(@Nullable Instant at) {
    return at == null ? null : at.truncatedTo(ChronoUnit.MILLIS).toString();
  }

  /**
   * A duration as {@code PT5S} or {@code 5s}.
   *
   * @return null when it is neither
   */
  static @Nullable Duration duration(String text) {
    Matcher matcher = SHORT.matcher(text);
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      return switch (String.valueOf(matcher.group(2))) {
        case "ms" -> Duration.ofMillis(number);
        case "s" -> Duration.ofSeconds(number);
        case "m" -> Duration.ofMinutes(number);
        default -> Duration.ofHours(number);
      };
    }
    if (!ISO.matcher(text).matches()) {
      return null;
    }
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      return null; // the pattern lets a few forms pass that mean nothing
    }
  }

  /** Nanoseconds as milliseconds with three decimals. */
  static double millis(long nanos) {
    return Math.round(nanos / 1000.0) / 1000.0;
  }
}
