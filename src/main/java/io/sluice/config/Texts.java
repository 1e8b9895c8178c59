package io.sluice.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names and other short texts. */
final class Texts {
  /** Longest id in characters. */
  static final int LONGEST_ID = 63;

  private static final int LONGEST_LABEL = 256;

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.-]{1," + LONGEST_ID + "}");
  private static final Pattern ALGORITHM = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
  private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_./-]{1,63}");
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");
  private static final Pattern METHOD = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Z-]{1,32}");
  private static final Pattern PSEUDONYM =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}(:[0-9]{1,5})?");

  private Texts() {}

  /** An id: it appears in URLs, metrics and logs. */
  static String id(String text) throws BadValueException {
    if (!ID.matcher(text).matches() || text.equals(".") || text.equals("..")) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not an id: expected 1 to 63 letters, digits, dashes, underscores and dots");
    }
    return text;
  }

  /** The name of a balancer; whether an extension has it is not known here. */
  static String algorithm(String text) throws BadValueException {
    if (!ALGORITHM.matcher(text).matches()) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not an algorithm: expected round-robin, random, least-request, least-latency,"
              + " ring-hash, maglev or the name of an extension's balancer (lower-case letters,"
              + " digits and dashes)");
    }
    return text;
  }

  /** What is wrong with a label's name; null: nothing. */
  static @Nullable String labelComplaint(String name) {
    return LABEL.matcher(name).matches()
        ? null
        : Quoted.of(name)
            + " is not a label's name: expected 1 to 63 letters, digits, dashes, underscores, dots"
            + " and slashes";
  }

  /** A label's value. */
  static String label(String text) throws BadValueException {
    if (text.length() > LONGEST_LABEL || text.chars().anyMatch(Character::isISOControl)) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not a label's value: expected at most "
              + LONGEST_LABEL
              + " characters without control characters");
    }
    return text;
  }

  /** A request method. */
  static String method(String text) throws BadValueException {
    if (METHOD.matcher(text).matches()) {
      return text;
    }
    String upper = text.toUpperCase(Locale.ROOT);
    throw new BadValueException(
        Quoted.of(text)
            + (METHOD.matcher(upper).matches()
                ? " has lower-case letters: methods are case-sensitive, write " + upper
                : " is not a method: expected a token (RFC 9110 9.1), for instance GET"));
  }

  static boolean isToken(String text) {
    return TOKEN.matcher(text).matches();
  }

  /** How a proxy calls itself in Via. */
  static String via(String text) throws BadValueException {
    if (!PSEUDONYM.matcher(text).matches()) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not a name for Via: expected a token and maybe a port (RFC 9110 7.6.3), for"
              + " instance sluice");
    }
    return text;
  }

  /** A file system path; whether anything is there is not looked at. */
  static Path path(String text) throws BadValueException {
    if (text.isEmpty() || text.chars().anyMatch(Character::isISOControl)) {
      throw new BadValueException(Quoted.of(text) + " is not a path");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new BadValueException(
          Quoted.of(text) + " is not a path on this system: " + Quoted.plain(e.getReason()));
    }
  }

  /** Where the access log goes. */
  static String logTarget(String text) throws BadValueException {
    Set<String> words = Set.of("stdout", "stderr", "off");
    if (words.contains(text)) {
      return text;
    }
    if (text.indexOf('/') < 0 && text.indexOf('.') < 0) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not known here: expected stdout, stderr, off or a file's path with a slash or a"
              + " dot in it, for instance ./access.log");
    }
    return path(text).toString();
  }

  /** Takes one of these words. */
  static ValueParser<String> oneOf(Collection<String> words) {
    return text -> {
      if (words.contains(text)) {
        return text;
      }
      String near = NearestName.of(text, words);
      throw new BadValueException(
          Quoted.of(text)
              + " is not known here: expected "
              + String.join(" or ", words)
              + (near == null ? "" : "; did you mean " + Quoted.of(near) + "?"));
    };
  }

  /** Takes one of an enum's constants, in lower case with dashes. */
  static <E extends Enum<E>> ValueParser<E> constant(Class<E> type) {
    Map<String, E> byName = new LinkedHashMap<>();
    for (E constant : EnumSet.allOf(type)) {
      byName.put(constant.name().toLowerCase(Locale.ROOT).replace('_', '-'), constant);
    }
    ValueParser<String> word = oneOf(byName.keySet());
    return text -> Objects.requireNonNull(byName.get(word.parse(text)));
  }
}
