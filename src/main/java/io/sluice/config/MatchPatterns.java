package io.sluice.config;

import java.util.Locale;

/** What a route matches: host and path patterns. */
final class MatchPatterns {
  private MatchPatterns() {}

  /** An exact host or a wildcard, in lower case. */
  static String host(String text) throws BadValueException {
    if (text.equals("*")) {
      throw new BadValueException("'*' is not needed: leave the key out to match any host");
    }
    if (text.startsWith("*.")) {
      return "*." + HostNames.name(text.substring(2));
    }
    if (text.indexOf('*') >= 0) {
      throw new BadValueException(
          Quoted.of(text)
              + " has a wildcard in the wrong place: expected a whole first label, for instance"
              + " *.example.com");
    }
    if (text.startsWith("[") && text.endsWith("]")) {
      HostNames.hostField(text);
      return text.toLowerCase(Locale.ROOT);
    }
    if (text.indexOf(':') >= 0) {
      throw new BadValueException(
          Quoted.of(text)
              + " has a port or a scheme: expected only the host, the port takes no part in the"
              + " match");
    }
    return HostNames.nameOrIpv4(text);
  }

  /** A path pattern: exact, or with {@code /**} at the end. */
  static String path(String text) throws BadValueException {
    String path = text.endsWith("/**") ? text.substring(0, text.length() - 3) : text;
    if (!text.startsWith("/")) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not a path: expected one that begins with a slash, for instance"
              + " /api/**");
    }
    if (path.indexOf('*') >= 0) {
      throw new BadValueException(
          Quoted.of(text)
              + " has a wildcard in the wrong place: only '/**' at the end is one, for instance"
              + " /api/**");
    }
    return checked(text, path);
  }

  /** The beginning of a path, without a slash at the end; {@code /} and empty mean none. */
  static String prefix(String text) throws BadValueException {
    if (text.isEmpty() || text.equals("/")) {
      return text;
    }
    if (text.endsWith("/**") || text.endsWith("/")) {
      throw new BadValueException(
          Quoted.of(text)
              + " ends wrongly: expected whole path segments without a slash at the end, for"
              + " instance /api");
    }
    if (!text.startsWith("/")) {
      throw new BadValueException(
          Quoted.of(text) + " does not begin with a slash, for instance /api");
    }
    return checked(text, text);
  }

  private static String checked(String text, String path) throws BadValueException {
    if (text.length() > 4096) {
      throw new BadValueException(Quoted.of(text) + " is longer than 4096 characters");
    }
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '?' || c == '#') {
        throw new BadValueException(
            Quoted.of(text)
                + " has a '"
                + c
                + "': only the path takes part, no query and fragment");
      }
      if (c <= ' ' || c > '~' || "\"<>\\^`{|}".indexOf(c) >= 0) {
        throw new BadValueException(
            Quoted.of(text)
                + " has a character that no path has; write it percent-encoded (RFC 3986 2.1)");
      }
      if (c == '%' && !path.substring(i).matches("%[0-9A-Fa-f]{2}.*")) {
        throw new BadValueException(
            Quoted.of(text) + " has a '%' that is not followed by two hexadecimal digits");
      }
    }
    if (path.contains("//")) {
      throw new BadValueException(Quoted.of(text) + " has an empty segment: write single slashes");
    }
    if ((path + "/").contains("/./") || (path + "/").contains("/../")) {
      throw new BadValueException(
          Quoted.of(text) + " has a '.' or '..' segment: write the path that it leads to");
    }
    return text;
  }
}
