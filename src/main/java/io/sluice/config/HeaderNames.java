package io.sluice.config;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which fields a route may edit, and how names and values look (RFC 9110 5). */
final class HeaderNames {
  /** Longest value in characters. */
  private static final int LONGEST_VALUE = 8192;

  /** They say where a message ends; a wrong one lets two requests become one or one become two. */
  private static final Set<String> FRAMING = Set.of("content-length", "transfer-encoding");

  /** They speak of one connection only, and Sluice has two. */
  private static final Set<String> CONNECTION =
      Set.of("connection", "keep-alive", "te", "trailer", "upgrade", "proxy-connection");

  private HeaderNames() {}

  /** What is wrong with a name; null: nothing. */
  static @Nullable String complaint(String name) {
    return Texts.isToken(name)
        ? null
        : Quoted.of(name)
            + " is not a header name: expected letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 5.1)";
  }

  /** Why a route may not edit a field; null: it may. */
  static @Nullable String editComplaint(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (FRAMING.contains(lower)) {
      return Quoted.of(name)
          + " cannot be edited: it frames the message, which Sluice does itself (RFC 9112 6)";
    }
    if (CONNECTION.contains(lower)) {
      return Quoted.of(name)
          + " cannot be edited: it belongs to one connection, which Sluice keeps itself"
          + " (RFC 9110 7.6.1)";
    }
    return complaint(name);
  }

  /** A value that is sent. */
  static String value(String text) throws BadValueException {
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new BadValueException(
          Quoted.of(text) + " has a control character, which no header value may have");
    }
    if (!text.equals(text.strip())) {
      throw new BadValueException(Quoted.of(text) + " begins or ends with a space");
    }
    if (text.length() > LONGEST_VALUE) {
      throw new BadValueException(
          Quoted.of(text) + " is longer than " + LONGEST_VALUE + " characters");
    }
    return text;
  }

  /** A value that is compared byte by byte. */
  static String matched(String text) throws BadValueException {
    if (text.chars().anyMatch(c -> c > '~')) {
      throw new BadValueException(
          Quoted.of(text) + " has a letter beyond ASCII, which cannot be matched");
    }
    return value(text);
  }
}
