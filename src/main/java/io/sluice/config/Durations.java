package io.sluice.config;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations of whole milliseconds: one whole number and a unit ({@code 500ms 5s 2m 1h}), or as ISO
 * 8601 writes them ({@code PT0.5S PT2M PT1H30M P1D}).
 */
final class Durations {
  private static final Pattern SHAPE = Pattern.compile("([0-9]{1,12})(ms|s|m|h)");
  private static final Pattern ISO =
      Pattern.compile(
          "P(?=[0-9T])([0-9]{1,9}D)?"
              + "(T(?=[0-9])([0-9]{1,12}H)?([0-9]{1,12}M)?([0-9]{1,12}(\\.[0-9]{1,9})?S)?)?");
  private static final Pattern NUMBER = Pattern.compile("[0-9]+(\\.[0-9]+)?");

  private Durations() {}

  /** Takes durations from {@code least} to {@code most}. */
  static ValueParser<Duration> within(Duration least, Duration most) {
    return ValueParser.of(
        ScalarType.DURATION,
        text -> {
          Duration duration = parse(text);
          if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
            throw new BadValueException(
                Quoted.of(text) + " is out of range: " + text(least) + " to " + text(most));
          }
          return duration;
        });
  }

  private static Duration parse(String text) throws BadValueException {
    if (NUMBER.matcher(text).matches()) {
      throw new BadValueException(
          Quoted.of(text) + " has no unit; write ms, s, m or h behind it, for instance 30s");
    }
    if (ISO.matcher(text).matches()) {
      Duration duration = Duration.parse(text);
      if (!duration.equals(duration.truncatedTo(ChronoUnit.MILLIS))) {
        throw new BadValueException(Quoted.of(text) + " is finer than a millisecond");
      }
      return duration;
    }
    Matcher matcher = SHAPE.matcher(text);
    if (!matcher.matches()) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not a duration: expected a whole number and one of ms, s, m, h, for instance"
              + " 500ms or 30s, or ISO 8601 like PT30S");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (String.valueOf(matcher.group(2))) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      default -> Duration.ofHours(number);
    };
  }

  /** The shortest way to write a duration of whole milliseconds. */
  static String text(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds == 0 || seconds % 60 != 0) {
      return seconds + "s";
    }
    return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
  }
}
