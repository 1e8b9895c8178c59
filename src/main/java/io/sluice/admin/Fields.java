package io.sluice.admin;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the fields of users and tokens have to be. */
final class Fields {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");
  private static final Pattern SHORT_DURATION = Pattern.compile("[0-9]{1,9}[smhd]");
  private static final Duration LONGEST = Duration.ofDays(3650);

  private Fields() {}

  static String required(String pointer, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw ProblemException.badField(pointer, "this field is needed");
    }
    return value;
  }

  /** A name that is harmless wherever it is shown. */
  static String name(String pointer, @Nullable String value) {
    String name = required(pointer, value);
    if (!NAME.matcher(name).matches() || name.endsWith(".")) {
      throw ProblemException.badField(
          pointer, "a name is 1 to 64 letters, digits and . _ @ - and begins with the former");
    }
    return name;
  }

  static Role role(String pointer, @Nullable String value) {
    Role role = Role.of(required(pointer, value));
    if (role == null) {
      throw ProblemException.badField(pointer, "a role is viewer, operator or admin");
    }
    return role;
  }

  /** A new password. */
  static String password(String pointer, @Nullable String value) {
    String password = required(pointer, value);
    String problem = Passwords.problem(password);
    if (problem != null) {
      throw ProblemException.badField(pointer, problem);
    }
    return password;
  }

  /** A time from 1 s to 10 years, as {@code P30D}, {@code PT1H} or {@code 12h}; null: none. */
  static @Nullable Duration duration(String pointer, @Nullable String value) {
    if (value == null) {
      return null;
    }
    try {
      Duration duration = parsed(value);
      if (duration.compareTo(Duration.ofSeconds(1)) >= 0 && duration.compareTo(LONGEST) <= 0) {
        return duration;
      }
    } catch (DateTimeParseException e) {
      throw ProblemException.badField(pointer, "a duration looks like P30D, PT1H or 12h");
    }
    throw ProblemException.badField(pointer, "it may be 1 s to 3650 days");
  }

  private static Duration parsed(String value) {
    if (!SHORT_DURATION.matcher(value).matches()) {
      return Duration.parse(value);
    }
    long amount = Long.parseLong(value, 0, value.length() - 1, 10);
    return switch (value.charAt(value.length() - 1)) {
      case 's' -> Duration.ofSeconds(amount);
      case 'm' -> Duration.ofMinutes(amount);
      case 'h' -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }
}
