package io.sluice.admin;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Figures and times as the pages show them; {@code frontend/src/format.ts} says the same. Templates
 * call it as {@code @fmt}.
 */
@Component("fmt")
final class Formats {
  /** What stands where there is nothing to tell. */
  static final String NONE = "–";

  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY_SECONDS = 24 * HOUR;
  private static final String[] SIZES = {"B", "KiB", "MiB", "GiB", "TiB"};

  private final InstantSource clock;

  Formats(InstantSource clock) {
    this.clock = clock;
  }

  /** Requests a second: 0, 3.2, 118, 1,059. */
  public String rate(double value) {
    return value > 0 && value < 10 ? oneDigit(value) : number(Math.round(value));
  }

  /** A whole number, its thousands set apart. */
  public String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /**
   * A share of requests: 99.94 %, 100 %; never rounded up to 100.
   *
   * @param value from 0 to 1; null: there were no requests
   */
  public String share(@Nullable Double value) {
    if (value == null || value.isNaN()) {
      return NONE;
    }
    if (value >= 1) {
      return "100 %";
    }
    double percent = Math.min(Math.round(value * 10_000) / 100.0, 99.99);
    return trimmed(String.format(Locale.ROOT, "%.2f", percent)) + " %";
  }

  /**
   * A latency's number, the unit is the column's: 0.4, 3.2, 12, 1,900.
   *
   * @param value null: there were no requests
   */
  public String millis(@Nullable Double value) {
    if (value == null || value.isNaN()) {
      return NONE;
    }
    return value < 10 ? oneDigit(value) : number(Math.round(value));
  }

  /** How long: 21 s, 4 min, 2 h 5 min, 3 d. */
  public String span(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds < MINUTE) {
      return seconds + " s";
    }
    if (seconds < HOUR) {
      return seconds / MINUTE + " min";
    }
    if (seconds < 2 * DAY_SECONDS) {
      long minutes = seconds % HOUR / MINUTE;
      return seconds / HOUR + " h" + (minutes == 0 ? "" : " " + minutes + " min");
    }
    return seconds / DAY_SECONDS + " d";
  }

  /** How long ago it was. */
  public String since(Instant at) {
    return span(Duration.between(at, clock.instant()));
  }

  /** How long until it is. */
  public String until(Instant at) {
    return span(Duration.between(clock.instant(), at));
  }

  /** A time of day in UTC, with the date when it is not of today. */
  public String clock(Instant at) {
    LocalDate day = LocalDate.ofInstant(at, ZoneOffset.UTC);
    boolean today = day.equals(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
    return (today ? CLOCK : DAY).format(at);
  }

  /** For {@code datetime} of {@code time}. */
  public String iso(Instant at) {
    return at.truncatedTo(ChronoUnit.MILLIS).toString();
  }

  /** A size: 512 B, 3.4 MiB. */
  public String bytes(long value) {
    double size = value;
    int unit = 0;
    while (size >= 1024 && unit < SIZES.length - 1) {
      size /= 1024;
      unit++;
    }
    return (size < 10 && unit > 0 ? oneDigit(size) : number(Math.round(size))) + " " + SIZES[unit];
  }

  /** One of something, or several: "1 backend", "3 backends". */
  public String count(long number, String one) {
    return number(number) + " " + one + (number == 1 ? "" : "s");
  }

  private static String oneDigit(double value) {
    return trimmed(String.format(Locale.ROOT, "%.1f", value));
  }

  private static String trimmed(String number) {
    return number.replaceFirst("\\.?0+$", "");
  }
}
