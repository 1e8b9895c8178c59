package io.sluice.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Parts of a request that tell clients apart: {@code client-ip}, {@code header:NAME} and so on. */
final class RequestKeys {
  private RequestKeys() {}

  /** What can be hashed. */
  static BalanceSpec.Key ofHash(String text) throws BadValueException {
    BalanceSpec.Key key = parse(text);
    if (key == null) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not known here: expected client-ip, header:NAME, cookie:NAME, query:NAME or"
              + " path");
    }
    return key;
  }

  /** What a rate limit can tell clients apart by; {@code none} is not asked here. */
  static BalanceSpec.Key ofRateLimit(String text) throws BadValueException {
    BalanceSpec.Key key = parse(text);
    if (key == null
        || (key.source() != BalanceSpec.Key.Source.CLIENT_IP
            && key.source() != BalanceSpec.Key.Source.HEADER)) {
      throw new BadValueException(
          Quoted.of(text) + " is not known here: expected client-ip, header:NAME or none");
    }
    return key;
  }

  private static BalanceSpec.@Nullable Key parse(String text) throws BadValueException {
    int colon = text.indexOf(':');
    String name = colon < 0 ? "" : text.substring(colon + 1);
    return switch (colon < 0 ? text : text.substring(0, colon + 1)) {
      case "client-ip" -> BalanceSpec.Key.CLIENT_IP;
      case "path" -> BalanceSpec.Key.PATH;
      case "header:" -> new BalanceSpec.Key(BalanceSpec.Key.Source.HEADER, header(name));
      case "cookie:" -> new BalanceSpec.Key(BalanceSpec.Key.Source.COOKIE, cookie(name));
      case "query:" -> new BalanceSpec.Key(BalanceSpec.Key.Source.QUERY, parameter(name));
      default -> null;
    };
  }

  private static String header(String name) throws BadValueException {
    String complaint = HeaderNames.complaint(name);
    if (complaint != null) {
      throw new BadValueException(complaint);
    }
    return name.toLowerCase(Locale.ROOT);
  }

  /** A cookie's name. */
  static String cookie(String name) throws BadValueException {
    if (!Texts.isToken(name)) {
      throw new BadValueException(
          Quoted.of(name)
              + " is not a cookie's name: expected letters, digits and !#$%&'*+-.^_`|~ (RFC 6265"
              + " 4.1.1)");
    }
    return name;
  }

  private static String parameter(String name) throws BadValueException {
    if (!name.matches("[!-~]{1,256}") || name.matches(".*[&=#?].*")) {
      throw new BadValueException(
          Quoted.of(name)
              + " is not a query parameter: expected it as it stands in the URL, without & = # and"
              + " ?");
    }
    return name;
  }
}
