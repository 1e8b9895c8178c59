package io.sluice.config;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a redirect leads: an absolute http(s) URL or an absolute path, with placeholders. */
final class RedirectTarget {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)\\}");
  private static final Pattern URL =
      Pattern.compile("(https?)://([^/?#]*?)(([/?#]|\\{(path|query)\\}).*)?");
  private static final Set<String> NAMES = Set.of("host", "path", "query");

  private RedirectTarget() {}

  static String parse(String text) throws BadValueException {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) <= ' ' || text.charAt(i) > '~') {
        throw new BadValueException(
            Quoted.of(text) + " has a space, a control character or a letter beyond ASCII");
      }
    }
    placeholders(text);
    if (text.startsWith("/")) {
      path(text);
    } else {
      url(text);
    }
    return text;
  }

  private static void placeholders(String text) throws BadValueException {
    Matcher matcher = PLACEHOLDER.matcher(text);
    while (matcher.find()) {
      if (!NAMES.contains(matcher.group(1))) {
        throw new BadValueException(
            Quoted.of(text)
                + " has the unknown placeholder "
                + Quoted.of(matcher.group())
                + ": expected {host}, {path} or {query}");
      }
    }
    String rest = matcher.replaceAll("");
    if (rest.indexOf('{') >= 0 || rest.indexOf('}') >= 0) {
      throw new BadValueException(
          Quoted.of(text) + " has a brace that is not closed or not opened");
    }
  }

  /** A path that begins with two slashes would lead to whatever host follows them. */
  private static void path(String text) throws BadValueException {
    if (text.startsWith("//") || text.startsWith("/{path}")) {
      throw new BadValueException(
          Quoted.of(text)
              + " begins with two slashes ({path} has one of its own), which browsers take for"
              + " another host: write one slash, or https:// and the host");
    }
  }

  private static void url(String text) throws BadValueException {
    Matcher matcher = URL.matcher(text);
    if (!matcher.matches()) {
      throw new BadValueException(
          Quoted.of(text)
              + " is neither an absolute URL nor an absolute path: expected for instance"
              + " https://{host}{path}{query} or /new/place");
    }
    String host = String.valueOf(matcher.group(2));
    HostNames.hostField(host.replace("{host}", "a.example"));
  }
}
