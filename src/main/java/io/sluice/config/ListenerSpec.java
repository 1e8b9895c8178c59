package io.sluice.config;

import java.net.InetAddress;
import java.nio.file.Path;
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
 * @param tls what clients are met with; null (default): plain connections
 * @param redirectTo port of https that every request is sent to, 1 to 65535; 0 (default): requests
 *     are served here
 */
public record ListenerSpec(
    Address address,
    Limits limits,
    @Nullable SocketFile socket,
    @Nullable ProxyProtocol proxyProtocol,
    @Nullable Tls tls,
    int redirectTo) {

  /** One that says nothing about a socket's file. */
  public ListenerSpec(Address address, Limits limits) {
    this(address, limits, null);
  }

  /** A plain one whose connections all begin with what clients have to say. */
  public ListenerSpec(Address address, Limits limits, @Nullable SocketFile socket) {
    this(address, limits, socket, null, null, 0);
  }

  /** The same with these headers. */
  public ListenerSpec withProxyProtocol(@Nullable ProxyProtocol wanted) {
    return new ListenerSpec(address, limits, socket, wanted, tls, redirectTo);
  }

  /** The same with this TLS. */
  public ListenerSpec withTls(@Nullable Tls wanted) {
    return new ListenerSpec(address, limits, socket, proxyProtocol, wanted, redirectTo);
  }

  /** The same, sending every request to https at this port. */
  public ListenerSpec withRedirectTo(int port) {
    return new ListenerSpec(address, limits, socket, proxyProtocol, tls, port);
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

  /**
   * TLS towards clients.
   *
   * @param certificates at least one; the first is shown to whoever asks for an unknown name, or
   *     for none
   * @param minVersion default TLS 1.2
   * @param ciphers of TLS 1.2, by their IANA names, the most wanted first; default {@link
   *     #INTERMEDIATE}. Those of TLS 1.3 are fixed
   * @param clientAuth whether clients show certificates; default {@link ClientAuth#NONE}
   * @param tickets whether sessions are resumed by tickets (RFC 5077, RFC 8446 4.6.1); default true
   * @param hsts what answers say of https (RFC 6797); null (default): nothing
   */
  public record Tls(
      List<Certificate> certificates,
      Version minVersion,
      List<String> ciphers,
      ClientAuth clientAuth,
      boolean tickets,
      @Nullable Hsts hsts) {
    /** The ciphers of Mozilla's intermediate profile; every one has forward secrecy. */
    public static final List<String> INTERMEDIATE =
        List.of(
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    public Tls {
      certificates = List.copyOf(certificates);
      ciphers = List.copyOf(ciphers);
    }

    /** The defaults with these certificates. */
    public static Tls with(Certificate... certificates) {
      return new Tls(
          List.of(certificates), Version.TLS_1_2, INTERMEDIATE, ClientAuth.NONE, true, null);
    }
  }

  /** Versions of TLS. */
  public enum Version {
    TLS_1_2,
    TLS_1_3
  }

  /** Where a certificate with its key comes from. */
  public sealed interface Certificate {
    /**
     * PEM files.
     *
     * @param cert the certificate, followed by those that lead to its root
     * @param key its key, not encrypted
     */
    record Files(Path cert, Path key) implements Certificate {}

    /**
     * One of Spring's SSL bundles.
     *
     * @param name below {@code spring.ssl.bundle.pem} or {@code spring.ssl.bundle.jks}
     */
    record Bundle(String name) implements Certificate {}
  }

  /**
   * Certificates of clients.
   *
   * @param mode default {@link Mode#NONE}
   * @param ca PEM file with the authorities whose certificates are taken; null only with {@link
   *     Mode#NONE}
   * @param crl PEM or DER file with the authorities' lists of revoked certificates; null (default):
   *     none is asked
   */
  public record ClientAuth(Mode mode, @Nullable Path ca, @Nullable Path crl) {
    /** Nobody is asked for one. */
    public static final ClientAuth NONE = new ClientAuth(Mode.NONE, null, null);

    /** Who must show one. */
    public enum Mode {
      /** Nobody is asked. */
      NONE,
      /** Who shows one must show a good one. */
      OPTIONAL,
      /** Everybody. */
      REQUIRED
    }
  }

  /**
   * What browsers are told to remember (RFC 6797).
   *
   * @param maxAge for how long, 0 to 10 years; 0 makes them forget
   * @param includeSubdomains whether it holds for every name below; default false
   * @param preload whether it may be built into browsers; default false
   */
  public record Hsts(Duration maxAge, boolean includeSubdomains, boolean preload) {}
}
