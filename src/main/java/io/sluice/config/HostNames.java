package io.sluice.config;

import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;

/** Host names (RFC 1123 2.1) and IP literals. */
final class HostNames {
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");
  private static final Pattern PORT =
      Pattern.compile(
          "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]");
  private static final Pattern LABEL =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

  /** Some resolvers read such a last label as a number, and the whole as an IPv4 address. */
  private static final Pattern NUMERIC_END = Pattern.compile("(.*\\.)?([0-9]+|0[xX][0-9A-Fa-f]*)");

  private HostNames() {}

  /** Whether this is a dotted quad without leading zeros; asked for each backend of a snapshot. */
  static boolean isIpv4(String text) {
    int octets = 1;
    int digits = 0;
    int octet = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.') {
        if (digits == 0 || ++octets > 4) {
          return false;
        }
        digits = 0;
        octet = 0;
      } else {
        boolean leadingZero = digits > 0 && octet == 0;
        octet = octet * 10 + (c - '0');
        if (c < '0' || c > '9' || leadingZero || octet > 255) {
          return false;
        }
        digits++;
      }
    }
    return octets == 4 && digits > 0;
  }

  /** Whether this is an IPv6 literal, without brackets and zone. */
  static boolean isIpv6(String text) {
    return text.indexOf(':') >= 0 && IPV6.matcher(text).matches() && isLiteral(text);
  }

  private static boolean isLiteral(String text) {
    try {
      InetAddress.ofLiteral(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The bytes of a literal that {@link #isIpv4} or {@link #isIpv6} took; never asks DNS. */
  static InetAddress literal(String text) {
    return InetAddress.ofLiteral(text);
  }

  /** A text that is the same for the ways to write one host: IPv6 in full, names in lower case. */
  static String canonical(String host) {
    if (host.indexOf(':') >= 0) {
      try {
        return String.valueOf(InetAddress.ofLiteral(host).getHostAddress());
      } catch (IllegalArgumentException e) {
        return host; // no address, and so the same as no other
      }
    }
    return host.toLowerCase(Locale.ROOT);
  }

  /** A host name in lower case; no IP literal. */
  static String name(String text) throws BadValueException {
    String name = nameOrIpv4(text);
    if (isIpv4(name)) {
      throw new BadValueException(
          Quoted.of(text) + " is an IP address: expected a host name, for instance a.example.com");
    }
    return name;
  }

  /** A host name in lower case, an IPv4 literal or an IPv6 literal without brackets. */
  static String nameOrLiteral(String text) throws BadValueException {
    return isIpv6(text) ? text.toLowerCase(Locale.ROOT) : nameOrIpv4(text);
  }

  /** A host name in lower case or a dotted quad. */
  static String nameOrIpv4(String text) throws BadValueException {
    if (isIpv4(text)) {
      return text;
    }
    if (NUMERIC_END.matcher(text).matches()) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not an IPv4 address: expected four numbers 0 to 255 without leading zeros,"
              + " for instance 127.0.0.1");
    }
    String wrong = complaint(text);
    if (!wrong.isEmpty()) {
      throw new BadValueException(Quoted.of(text) + " is not a host name: " + wrong);
    }
    return text.toLowerCase(Locale.ROOT);
  }

  private static String complaint(String text) {
    if (text.isEmpty()) {
      return "it is empty";
    }
    if (text.chars().anyMatch(c -> c > 0x7E)) {
      return "write letters beyond ASCII as xn--... (RFC 5890)";
    }
    if (text.endsWith(".")) {
      return "leave out the final dot";
    }
    if (text.length() > 253) {
      return "it is longer than 253 characters";
    }
    for (String label : text.split("\\.", -1)) {
      if (!LABEL.matcher(label).matches()) {
        return "expected labels of 1 to 63 letters, digits and inner dashes, joined by dots"
            + " (RFC 1123)";
      }
    }
    return "";
  }

  /** What a Host field may hold: a name, an IPv4 literal or [IPv6], and maybe a port. */
  static String hostField(String text) throws BadValueException {
    String host = text;
    int colon = text.lastIndexOf(':');
    if (colon > text.lastIndexOf(']')) {
      if (!PORT.matcher(text.substring(colon + 1)).matches()) {
        throw new BadValueException(
            Quoted.of(text) + " has no valid port: expected a number from 1 to 65535");
      }
      host = text.substring(0, colon);
    }
    if (host.startsWith("[") && host.endsWith("]")) {
      if (!isIpv6(host.substring(1, host.length() - 1))) {
        throw new BadValueException(Quoted.of(host) + " is not an IPv6 address in brackets");
      }
    } else if (host.indexOf(':') >= 0) {
      throw new BadValueException(
          Quoted.of(text) + " is not a host: expected host, host:port, [v6] or [v6]:port");
    } else {
      nameOrIpv4(host);
    }
    return text;
  }
}
