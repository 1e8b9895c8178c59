package io.sluice.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where something listens or is reached: a TCP host and port, the path of a Unix socket, or a
 * service that DNS or Kubernetes knows.
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
   * A Service of Kubernetes: its pods' addresses come from its EndpointSlices.
   *
   * @param namespace null: the one that Sluice runs in
   * @param service its name; only for backends
   * @param port the name of the Service's port, or the number that pods listen on; null: the only
   *     one
   */
  record Kubernetes(@Nullable String namespace, String service, @Nullable String port)
      implements Address {
    @Override
    public String toString() {
      return "kubernetes:"
          + (namespace == null ? "" : namespace + "/")
          + service
          + (port == null ? "" : ":" + port);
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
