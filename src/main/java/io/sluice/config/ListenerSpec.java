package io.sluice.config;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A wanted listener of the data plane.
 *
 * @param address TCP or Unix socket
 * @param limits what one connection may ask for
 * @param socket how a Unix socket's file is made; null (default): {@link SocketFile#DEFAULT}
 * @param proxyProtocol whose connections begin with a PROXY header; null (default): nobody's
 */
public record ListenerSpec(
    Address address,
    Limits limits,
    @Nullable SocketFile socket,
    @Nullable ProxyProtocol proxyProtocol) {

  /** One that says nothing about a socket's file. */
  public ListenerSpec(Address address, Limits limits) {
    this(address, limits, null);
  }

  /** One whose connections all begin with what clients have to say. */
  public ListenerSpec(Address address, Limits limits, @Nullable SocketFile socket) {
    this(address, limits, socket, null);
  }

  /** The same with these headers. */
  public ListenerSpec withProxyProtocol(@Nullable ProxyProtocol wanted) {
    return new ListenerSpec(address, limits, socket, wanted);
  }

  /** How a Unix socket's file is made. */
  public SocketFile socketFile() {
    return socket == null ? SocketFile.DEFAULT : socket;
  }

  /**
   * Who may connect to a Unix socket: Linux asks for the right to write to its file. It has its
   * rights before anybody can connect, whatever the process's mask is.
   *
   * @param mode rights, up to 0777 with at least one right to write; default 0660: the owner and
   *     the group. nginx gives 0666 and HAProxy what the mask leaves, usually the owner alone; in
   *     between, nobody gets in by accident, and whoever is in front is let in by one group
   * @param user name of the file's owner; null (default): this process's
   * @param group name of the file's group; null (default): this process's
   */
  public record SocketFile(int mode, @Nullable String user, @Nullable String group) {
    /** The defaults. */
    public static final SocketFile DEFAULT = new SocketFile(0660, null, null);
  }

  /**
   * Which peers begin each connection with a header of HAProxy's PROXY protocol, version 1 or 2.
   * They must, and nobody else can.
   *
   * @param acceptFrom where they are; at least one, but none for a Unix socket: there it is every
   *     peer
   */
  public record ProxyProtocol(List<Cidr> acceptFrom) {
    public ProxyProtocol {
      acceptFrom = List.copyOf(acceptFrom);
    }

    /** Whether a TCP peer there sends the header. */
    public boolean accepts(InetAddress peer) {
      for (Cidr network : acceptFrom) {
        if (network.contains(peer)) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * Limits of a listener.
   *
   * @param connections open at once, 0 to 10000000; 0 (default): 40 % of the process's descriptor
   *     limit, which leaves as much for backends; beyond, clients wait to be accepted
   * @param requests in flight at once, 0 to 10000000; 0 (default): no limit; beyond: 503
   * @param requestLineBytes longest request line, 64 to 65536; default 8 KiB; beyond: 414
   * @param headerBytes longest header section, 256 to 262144; default 32 KiB; beyond: 431
   * @param headerCount most fields, 1 to 1000; default 100; beyond: 431
   * @param headerTimeout from the first byte of a head (or the connection's start) to its end;
   *     default 10 s; beyond: 408
   * @param bodyIdle between bytes of a request's body; default 30 s; beyond: 408
   * @param bodyRate bytes per second that a request's body must reach on average once it has taken
   *     longer than {@code headerTimeout} and no answer has begun, 0 to 1048576; default 100; 0: no
   *     limit; below: 408
   * @param keepAlive between two requests; default 60 s
   * @param tunnelIdle a tunnel (WebSocket) without bytes in either direction; default 300 s
   * @param http2Streams open at once on one HTTP/2 connection, 1 to 1000; default 100; beyond:
   *     REFUSED_STREAM; 0: HTTP/2 is not served
   */
  public record Limits(
      int connections,
      int requests,
      int requestLineBytes,
      int headerBytes,
      int headerCount,
      Duration headerTimeout,
      Duration bodyIdle,
      int bodyRate,
      Duration keepAlive,
      Duration tunnelIdle,
      int http2Streams) {
    /** How many streams an HTTP/2 connection may have open when nothing is said. */
    public static final int HTTP2_STREAMS = 100;

    /** The defaults. */
    public static final Limits DEFAULT =
        new Limits(
            0,
            0,
            8 * 1024,
            32 * 1024,
            100,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            100,
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            HTTP2_STREAMS);

    /** Ones with the usual number of streams. */
    public Limits(
        int connections,
        int requests,
        int requestLineBytes,
        int headerBytes,
        int headerCount,
        Duration headerTimeout,
        Duration bodyIdle,
        int bodyRate,
        Duration keepAlive,
        Duration tunnelIdle) {
      this(
          connections,
          requests,
          requestLineBytes,
          headerBytes,
          headerCount,
          headerTimeout,
          bodyIdle,
          bodyRate,
          keepAlive,
          tunnelIdle,
          HTTP2_STREAMS);
    }

    /** The same with so many streams; 0: HTTP/2 is not served. */
    public Limits withHttp2Streams(int streams) {
      return new Limits(
          connections,
          requests,
          requestLineBytes,
          headerBytes,
          headerCount,
          headerTimeout,
          bodyIdle,
          bodyRate,
          keepAlive,
          tunnelIdle,
          streams);
    }
  }
}
