package io.sluice.config;

import java.nio.file.Path;

/**
 * Where something listens or is reached: a TCP host and port, the path of a Unix socket, or a
 * service that DNS knows.
 */
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
   * A service that DNS knows (RFC 2782): ports, weights and priorities come from its records.
   *
   * @param name as {@code _http._tcp.example.com}; only for backends
   */
  record Service(String name) implements Address {
    @Override
    public String toString() {
      return "srv:" + name;
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
