package io.sluice.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whole numbers, sizes in bytes and booleans. */
final class Numbers {
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]+");
  private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,9}(\\.[0-9]{1,40})?");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})(B|KiB|MiB)?");

  /** More digits than any range here has, and fewer than a long. */
  private static final int LONGEST_WHOLE = 18;

  /** Takes {@code true} and {@code false}, none of YAML 1.1's other spellings. */
  static final ValueParser<Boolean> BOOL = ValueParser.of(ScalarType.BOOLEAN, Numbers::bool);

  private Numbers() {}

  /** Takes decimal numbers from {@code least} to {@code most}. */
  static ValueParser<Integer> within(int least, int most) {
    return ValueParser.of(
        ScalarType.NUMBER,
        text -> {
          if (!WHOLE.matcher(text).matches()) {
            throw new BadValueException(
                Quoted.of(text) + " is not a whole number: expected " + least + " to " + most);
          }
          long number = text.length() > LONGEST_WHOLE ? Long.MAX_VALUE : Long.parseLong(text);
          if (number < least || number > most) {
            throw new BadValueException(
                Quoted.of(text) + " is out of range: " + least + " to " + most);
          }
          return (int) number;
        });
  }

  /** Takes decimal numbers like {@code 0.25} from {@code least} to {@code most}. */
  static ValueParser<Double> decimalWithin(double least, double most) {
    return ValueParser.of(
        ScalarType.NUMBER,
        text -> {
          if (!DECIMAL.matcher(text).matches()) {
            throw new BadValueException(
                Quoted.of(text) + " is not a number: expected " + least + " to " + most);
          }
          double number = Double.parseDouble(text);
          if (number < least || number > most) {
            throw new BadValueException(
                Quoted.of(text) + " is out of range: " + least + " to " + most);
          }
          return number;
        });
  }

  /** Takes sizes like {@code 8KiB} or plain bytes, from {@code least} to {@code most} bytes. */
  static ValueParser<Integer> bytesWithin(int least, int most) {
    return ValueParser.of(ScalarType.SIZE, text -> bytes(text, least, most));
  }

  private static int bytes(String text, int least, int most) throws BadValueException {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not a size: expected a whole number of bytes, or one with KiB (1024 bytes)"
              + " or MiB, for instance 8KiB");
    }
    long unit =
        switch (matcher.group(2)) {
          case "KiB" -> 1024;
          case "MiB" -> 1024 * 1024;
          case null, default -> 1;
        };
    long size = Long.parseLong(matcher.group(1)) * unit;
    if (size < least || size > most) {
      throw new BadValueException(
          Quoted.of(text) + " is out of range: " + size(least) + " to " + size(most));
    }
    return (int) size;
  }

  private static String size(int bytes) {
    return bytes % 1024 == 0 ? bytes / 1024 + "KiB" : bytes + "B";
  }

  private static boolean bool(String text) throws BadValueException {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new BadValueException(
              Quoted.of(text) + " is not a boolean: expected true or false");
    };
  }
}
