package io.sluice.health;

import io.sluice.config.HealthCheckSpec.BodyPattern;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a text or a regular expression in a body, read as UTF-8. The expression comes from the
 * operator and the body from a backend that may be broken: a pair that never ends must not stop the
 * checks of all other backends, so the number of steps is bounded.
 */
final class ExpectedBody {
  /** Characters looked at before a search is given up: some ten milliseconds. */
  static final int MOST_STEPS = 5_000_000;

  private final BodyPattern wanted;
  private final @Nullable Pattern pattern;

  ExpectedBody(BodyPattern wanted) {
    this.wanted = wanted;
    this.pattern = wanted.isRegex() ? Pattern.compile(wanted.text()) : null;
  }

  /**
   * Judges a body.
   *
   * @param whole whether the body ends with these bytes
   * @return what is wrong; null: nothing
   */
  @Nullable String judge(byte[] bytes, int length, boolean whole) {
    String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
    String where = whole ? "" : " in its first " + length / 1024 + " KiB";
    if (pattern == null) {
      return text.contains(wanted.text()) ? null : "body lacks \"" + wanted.text() + "\"" + where;
    }
    try {
      return pattern.matcher(new Bounded(text)).find()
          ? null
          : "body does not match " + wanted + where;
    } catch (TooManyStepsException | StackOverflowError e) {
      return "body cannot be matched with " + wanted + ": too many steps; simplify the pattern";
    }
  }

  private static final class TooManyStepsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooManyStepsException() {
      super(null, null, false, false);
    }
  }

  private static final class Bounded implements CharSequence {
    private final String text;
    private int steps;

    Bounded(String text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (++steps > MOST_STEPS) {
        throw new TooManyStepsException();
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
