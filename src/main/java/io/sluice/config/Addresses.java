package io.sluice.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Addresses as {@code host:port}, {@code [v6]:port}, {@code unix:/path}, {@code srv:name} or {@code
 * kubernetes:namespace/service:port}.
 */
final class Addresses {
  /** The length of {@code sun_path} without its final NUL. */
  static final int LONGEST_SOCKET_PATH = 107;

  private static final String EXPECTED =
      "expected host:port, [v6]:port or unix:/path, for instance ";

  /** Names of namespaces and Services (RFC 1123 labels), and of ports, which are as long here. */
  private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

  private Addresses() {}

  /** Where to listen; port 0 lets the system choose. */
  static Address listener(String text) throws BadValueException {
    return parse(text, 0, "0.0.0.0:6188");
  }

  /** Where a backend is reached. */
  static Address backend(String text) throws BadValueException {
    if (text.startsWith("kubernetes:")) {
      return kubernetes(text, text.substring("kubernetes:".length()));
    }
    if (text.contains("://")) {
      throw new BadValueException(
          Quoted.of(text)
              + " has a scheme: write only host:port, and for https 'tls: {enabled: true}' beside"
              + " it");
    }
    if (text.startsWith("srv:")) {
      return service(text, text.substring("srv:".length()));
    }
    return parse(text, 1, "10.0.0.1:8080");
  }

  private static Address service(String text, String name) throws BadValueException {
    if (!name.matches("_[A-Za-z0-9-]{1,62}\\._(tcp|TCP)\\..+")) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not a service: expected srv:_SERVICE._tcp.DOMAIN (RFC 2782), for instance"
              + " srv:_http._tcp.example.com");
    }
    HostNames.nameOrIpv4(name.replaceFirst("^[^.]+\\.[^.]+\\.", ""));
    return new Address.Service(name);
  }

  private static Address kubernetes(String text, String rest) throws BadValueException {
    int slash = rest.indexOf('/');
    int colon = rest.indexOf(':', slash + 1);
    String namespace = slash < 0 ? null : rest.substring(0, slash);
    String service = rest.substring(slash + 1, colon < 0 ? rest.length() : colon);
    String port = colon < 0 ? null : rest.substring(colon + 1);
    if (namespace != null && !namespace.matches(LABEL) || !service.matches(LABEL)) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not a Service: expected kubernetes:NAMESPACE/SERVICE:PORT, or without"
              + " NAMESPACE/ for Sluice's own, for instance kubernetes:shop/web:http");
    }
    if (port != null && port.matches("[0-9]+")) {
      port(text, port, 1);
    } else if (port != null && !port.matches(LABEL)) {
      throw new BadValueException(
          Quoted.of(text)
              + " has no valid port: expected the name of a port of the Service, the number that"
              + " its pods listen on, or no colon when there is only one");
    }
    return new Address.Kubernetes(namespace, service, port);
  }

  /** A DNS server: it cannot be asked for by name. */
  static Address.Tcp resolver(String text) throws BadValueException {
    if (parse(text, 1, "10.0.0.53:53") instanceof Address.Tcp tcp
        && (HostNames.isIpv4(tcp.host()) || HostNames.isIpv6(tcp.host()))) {
      return tcp;
    }
    throw new BadValueException(
        Quoted.of(text)
            + " is no DNS server: expected an IP address and a port, for instance 10.0.0.53:53");
  }

  /** Where the management plane listens: TCP only. */
  static Address.Tcp admin(String text) throws BadValueException {
    if (parse(text, 0, "127.0.0.1:6189") instanceof Address.Tcp tcp) {
      return tcp;
    }
    throw new BadValueException(
        Quoted.of(text)
            + " is a Unix socket: the management plane listens on TCP only, expected"
            + " host:port, for instance 127.0.0.1:6189");
  }

  /** A text that is the same for addresses that lead to the same place. */
  static String identity(Address address) {
    return switch (address) {
      case Address.Tcp(String host, int port) -> HostNames.canonical(host) + ":" + port;
      case Address.Unix(Path path) -> "unix:" + path.normalize();
      case Address.Service(String name) -> "srv:" + name.toLowerCase(Locale.ROOT);
      case Address.Kubernetes service -> service.toString();
    };
  }

  private static Address parse(String text, int leastPort, String example)
      throws BadValueException {
    if (text.startsWith("unix:")) {
      return unix(text, text.substring("unix:".length()));
    }
    if (text.startsWith("/")) {
      throw new BadValueException(
          Quoted.of(text) + " is a path: for a Unix socket write " + Quoted.of("unix:" + text));
    }
    if (text.contains("/")) {
      throw new BadValueException(
          Quoted.of(text) + " is not an address: write only host:port, for instance " + example);
    }
    return text.startsWith("[")
        ? literal(text, leastPort, example)
        : named(text, leastPort, example);
  }

  private static Address literal(String text, int leastPort, String example)
      throws BadValueException {
    int close = text.indexOf(']');
    String host = close < 0 ? text.substring(1) : text.substring(1, close);
    if (close < 0 || !HostNames.isIpv6(host)) {
      throw new BadValueException(
          Quoted.of(text) + " has no IPv6 address in brackets, for instance [::1]:8080");
    }
    if (!text.startsWith(":", close + 1)) {
      throw new BadValueException(Quoted.of(text) + " has no port: " + EXPECTED + example);
    }
    return new Address.Tcp(
        host.toLowerCase(Locale.ROOT), port(text, text.substring(close + 2), leastPort));
  }

  private static Address named(String text, int leastPort, String example)
      throws BadValueException {
    int colon = text.indexOf(':');
    if (colon != text.lastIndexOf(':')) {
      throw new BadValueException(
          Quoted.of(text)
              + " has more than one colon: write IPv6 addresses in brackets, for instance"
              + " [::1]:8080");
    }
    if (colon == 0 || text.matches("[0-9]{1,5}")) {
      throw new BadValueException(Quoted.of(text) + " has no host: " + EXPECTED + example);
    }
    if (colon < 0) {
      throw new BadValueException(Quoted.of(text) + " has no port: " + EXPECTED + example);
    }
    return new Address.Tcp(
        HostNames.nameOrIpv4(text.substring(0, colon)),
        port(text, text.substring(colon + 1), leastPort));
  }

  private static int port(String text, String port, int least) throws BadValueException {
    if (!port.matches("[0-9]{1,5}") || port.length() > 1 && port.startsWith("0")) {
      throw new BadValueException(
          Quoted.of(text) + " has no valid port: expected a number from " + least + " to 65535");
    }
    int number = Integer.parseInt(port);
    if (number < least || number > 65_535) {
      throw new BadValueException(
          Quoted.of(text) + " has a port out of range: " + least + " to 65535");
    }
    return number;
  }

  private static Address unix(String text, String path) throws BadValueException {
    if (!path.startsWith("/") || path.startsWith("//")) {
      throw new BadValueException(
          Quoted.of(text)
              + " has no absolute path: expected unix: and a path that begins with one slash, for"
              + " instance unix:/run/sluice.sock");
    }
    int length = path.getBytes(StandardCharsets.UTF_8).length;
    if (length > LONGEST_SOCKET_PATH) {
      throw new BadValueException(tooLong(text, length));
    }
    return new Address.Unix(Texts.path(path));
  }

  /** What is wrong with a socket's path of more than {@link #LONGEST_SOCKET_PATH} bytes. */
  static String tooLong(String text, int length) {
    return Quoted.of(text)
        + " is too long: the system takes socket paths of at most "
        + LONGEST_SOCKET_PATH
        + " bytes, this one has "
        + length;
  }
}
