package io.sluice.config;

import java.nio.file.Path;

/** Where something listens or is reached: a TCP host and port, or the path of a Unix socket. */
public sealed interface Address {

  /**
   * A TCP address.
   *
   * @param host an IPv4 or IPv6 literal (without brackets) or a host name
   * @param port 0 to 65535; 0 lets the system choose and is only for listeners
   */
  record Tcp(String host, int port) implements Address {
    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * A Unix domain socket.
   *
   * @param path absolute path of at most 107 bytes, the limit of {@code sockaddr_un}
   */
  record Unix(Path path) implements Address {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }
}
