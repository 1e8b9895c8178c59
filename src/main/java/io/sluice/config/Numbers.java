package io.sluice.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whole numbers, sizes in bytes and booleans. */
final class Numbers {
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");
  private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})?");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})(B|KiB|MiB)?");

  private Numbers() {}

  /** Takes decimal numbers from {@code least} to {@code most}. */
  static ValueParser<Integer> within(int least, int most) {
    return text -> {
      if (!WHOLE.matcher(text).matches()) {
        throw new BadValueException(
            Quoted.of(text) + " is not a whole number: expected " + least + " to " + most);
      }
      long number = Long.parseLong(text);
      if (number < least || number > most) {
        throw new BadValueException(Quoted.of(text) + " is out of range: " + least + " to " + most);
      }
      return (int) number;
    };
  }

  /** Takes decimal numbers like {@code 0.25} from {@code least} to {@code most}. */
  static ValueParser<Double> decimalWithin(double least, double most) {
    return text -> {
      if (!DECIMAL.matcher(text).matches()) {
        throw new BadValueException(
            Quoted.of(text) + " is not a number: expected " + least + " to " + most);
      }
      double number = Double.parseDouble(text);
      if (number < least || number > most) {
        throw new BadValueException(Quoted.of(text) + " is out of range: " + least + " to " + most);
      }
      return number;
    };
  }

  /** Takes sizes like {@code 8KiB} or plain bytes, from {@code least} to {@code most} bytes. */
  static ValueParser<Integer> bytesWithin(int least, int most) {
    return text -> {
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
    };
  }

  private static String size(int bytes) {
    return bytes % 1024 == 0 ? bytes / 1024 + "KiB" : bytes + "B";
  }

  /** Takes {@code true} and {@code false}, none of YAML 1.1's other spellings. */
  static boolean bool(String text) throws BadValueException {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new BadValueException(
              Quoted.of(text) + " is not a boolean: expected true or false");
    };
  }
}
