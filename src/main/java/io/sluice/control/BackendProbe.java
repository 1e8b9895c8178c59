package io.sluice.control;

import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.NetUtil;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.Configuration;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.http.ProxyHeader;
import io.sluice.upstream.ProxyHeaderSender;
import io.sluice.upstream.TlsFailures;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Tries an address once, step by step, as a check and a request would: for people who add a backend
 * or look for what is wrong with one. It uses connections of its own on the calling thread, and
 * nothing it finds changes a backend's health.
 *
 * <p>Addresses that the policy denies are not tried. The address that was looked at is the one that
 * is connected to: a name cannot lead elsewhere in between.
 */
public final class BackendProbe {
  /** For all steps together. */
  static final Duration LONGEST = Duration.ofSeconds(5);

  private static final int LONGEST_LINE = 1024;
  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.[01] ([1-5][0-9][0-9])( .*)?");

  private final List<InetSocketAddress> resolvers;
  private final AddressPolicy policy;

  /** Probes by these DNS servers, and none of the denied networks. */
  public BackendProbe(Configuration configuration) {
    resolvers =
        configuration.resolvers().stream()
            .map(server -> new InetSocketAddress(server.host(), server.port()))
            .toList();
    policy = new AddressPolicy(configuration.admin());
  }

  /**
   * A step.
   *
   * @param name {@code dns}, {@code tcp}, {@code tls} or {@code http}
   * @param nanos that it took
   * @param detail what was found, for people; null: nothing
   * @param error why it failed, for people; null: it did not
   */
  public record Step(String name, long nanos, @Nullable String detail, @Nullable String error) {}

  /** What was found; the last step is the one that failed, if one did. */
  public record Report(List<Step> steps) {
    public Report {
      steps = List.copyOf(steps);
    }

    public boolean ok() {
      return steps.stream().allMatch(step -> step.error() == null);
    }
  }

  /** Probes a backend by its pool's rules; blocks for at most a few seconds. */
  public Report run(PoolSpec pool, BackendSpec backend) {
    Run run = new Run(pool, backend);
    try {
      run.all();
    } catch (FailedException e) {
      run.failed(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      run.failed(run.late() ? "no answer within " + LONGEST.toSeconds() + " s" : reason(e));
    }
    return new Report(run.steps);
  }

  private static String reason(IOException e) {
    if (e instanceof SSLException) {
      return TlsFailures.describe(e);
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  /** A step that failed for a reason that has its own sentence. */
  private static final class FailedException extends Exception {
    private static final long serialVersionUID = 1;

    FailedException(String message) {
      super(message);
    }
  }

  /** What a step does. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException, FailedException;
  }

  /** One probe; its thread's only, but for the connection's end at the deadline. */
  private final class Run {
    private final PoolSpec pool;
    private final BackendSpec backend;
    private final long deadline = System.nanoTime() + LONGEST.toNanos();
    private final List<Step> steps = new ArrayList<>();
    private String step = "dns";
    private long stepBegan = System.nanoTime();

    Run(PoolSpec pool, BackendSpec backend) {
      this.pool = pool;
      this.backend = backend;
    }

    boolean late() {
      return System.nanoTime() - deadline >= 0;
    }

    private void begin(String name) {
      step = name;
      stepBegan = System.nanoTime();
    }

    private void done(String detail) {
      steps.add(new Step(step, System.nanoTime() - stepBegan, detail, null));
    }

    void failed(String error) {
      steps.add(new Step(step, System.nanoTime() - stepBegan, null, error));
    }

    void all() throws IOException, FailedException {
      if (backend.address() instanceof Address.Unix unix) {
        begin("tcp");
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
          atDeadline(
              channel,
              () -> {
                channel.connect(UnixDomainSocketAddress.of(unix.path())); // waits in a full queue
                done("the socket accepts connections");
                speak(new ChannelSocket(channel), 0);
              });
        }
        return;
      }
      InetSocketAddress address = resolve();
      begin("tcp");
      try (Socket socket = new Socket()) {
        atDeadline(socket, () -> overTcp(socket, address));
      }
    }

    /** Closes what is waited for when the time is over. */
    private void atDeadline(AutoCloseable connection, Work work)
        throws IOException, FailedException {
      CompletableFuture<Void> ended = new CompletableFuture<>();
      ended
          .orTimeout(left(), TimeUnit.NANOSECONDS)
          .exceptionally(
              late -> {
                close(connection);
                return null;
              });
      try {
        work.run();
      } finally {
        ended.complete(null);
      }
    }

    private static void close(AutoCloseable connection) {
      try {
        connection.close();
      } catch (Exception e) {
        throw new IllegalStateException("closing a connection of a probe failed", e);
      }
    }

    private long left() {
      return Math.max(1, deadline - System.nanoTime());
    }

    private InetSocketAddress resolve() throws FailedException {
      begin("dns");
      List<InetSocketAddress> found;
      try {
        found = new BackendLookup(resolvers).of(backend.address(), Duration.ofNanos(left()));
      } catch (IOException e) {
        throw new FailedException(String.valueOf(e.getMessage()));
      }
      for (InetSocketAddress address : found) {
        String objection = policy.objection(address.getAddress(), address.getPort());
        if (objection != null) {
          throw new FailedException(NetUtil.toSocketAddressString(address) + ": " + objection);
        }
      }
      done(String.join(", ", found.stream().map(NetUtil::toSocketAddressString).toList()));
      return found.getFirst();
    }

    private void overTcp(Socket socket, InetSocketAddress address)
        throws IOException, FailedException {
      socket.connect(address, (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(left())));
      done("connected");
      speak(socket, address.getPort());
    }

    private void speak(Socket socket, int port) throws IOException, FailedException {
      byte[] header = ProxyHeaderSender.bytes(pool.proxyProtocol(), ProxyHeader.LOCAL);
      if (header != null) {
        socket.getOutputStream().write(header);
      }
      if (!tls().enabled()) {
        ask(new Stream(socket.getInputStream(), socket.getOutputStream()::write));
        return;
      }
      begin("tls");
      SSLSocket secured = secure(socket, port);
      secured.startHandshake();
      done(certificates(secured));
      ask(new Stream(secured.getInputStream(), secured.getOutputStream()::write));
    }

    private TlsSpec tls() {
      return pool.tlsOf(backend);
    }

    /** As a request's connection would be secured. */
    private SSLSocket secure(Socket socket, int port) throws IOException, FailedException {
      TlsSpec spec = tls();
      SSLSocket secured;
      try {
        SslContextBuilder builder =
            SslContextBuilder.forClient()
                .sslProvider(SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2");
        if (!spec.verify()) {
          builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
        } else if (spec.ca() != null) {
          builder.trustManager(spec.ca().toFile());
        }
        TlsSpec.ClientCertificate own = spec.clientCertificate();
        if (own != null) {
          builder.keyManager(own.cert().toFile(), own.key().toFile());
        }
        secured =
            (SSLSocket)
                ((JdkSslContext) builder.build())
                    .context()
                    .getSocketFactory()
                    .createSocket(socket, peerHost(spec), port, true);
      } catch (IllegalArgumentException e) {
        throw new FailedException("TLS settings cannot be used: " + e.getMessage());
      }
      SSLParameters parameters = secured.getSSLParameters();
      if (spec.verify()) {
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
      }
      if (spec.sni() != null) {
        parameters.setServerNames(List.of(new SNIHostName(spec.sni())));
      }
      secured.setSSLParameters(parameters);
      return secured;
    }

    private String peerHost(TlsSpec spec) {
      if (spec.alternativeName() != null) {
        return spec.alternativeName();
      }
      if (spec.sni() != null) {
        return spec.sni();
      }
      return host();
    }

    private String host() {
      return switch (backend.address()) {
        case Address.Tcp(String host, int port) -> host;
        case Address.Service(String name) -> name.replaceFirst("^[^.]+\\.[^.]+\\.", "");
        case Address.Kubernetes(String namespace, String service, String port) ->
            namespace == null ? service : service + "." + namespace + ".svc";
        case Address.Unix unix -> "localhost";
      };
    }

    private static String certificates(SSLSocket secured) throws IOException {
      List<String> chain = new ArrayList<>();
      for (Certificate certificate : secured.getSession().getPeerCertificates()) {
        if (certificate instanceof X509Certificate x509) {
          chain.add(
              "%s until %s"
                  .formatted(
                      x509.getSubjectX500Principal().getName(), x509.getNotAfter().toInstant()));
        }
      }
      return secured.getSession().getProtocol() + "; " + String.join(", by ", chain);
    }

    /** Asks what the pool's checks ask, or for the root when they do not. */
    private void ask(Stream stream) throws IOException, FailedException {
      begin("http");
      HealthCheckSpec checks = pool.healthCheck();
      boolean checked = checks != null && checks.type() == HealthCheckSpec.Type.HTTP;
      HealthCheckSpec.Http http =
          checks == null || !checked ? HealthCheckSpec.Http.DEFAULT : checks.http();
      StringBuilder head = new StringBuilder();
      head.append(http.method()).append(' ').append(http.path()).append(" HTTP/1.1\r\nHost: ");
      head.append(http.host() == null ? authority() : http.host());
      head.append("\r\nUser-Agent: Sluice-Health\r\nConnection: close\r\n");
      http.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
      head.append("\r\n");
      stream.output().write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
      String line = line(stream.input());
      Matcher matcher = STATUS_LINE.matcher(line);
      if (!matcher.matches()) {
        throw new FailedException("the answer is not HTTP/1.1");
      }
      int status = Integer.parseInt(matcher.group(1));
      if (checked && !http.expects(status)) {
        throw new FailedException(
            "status " + status + ", the pool's check expects " + http.expectStatus());
      }
      done("status " + status);
    }

    private String authority() {
      return tls().sni() != null
          ? String.valueOf(tls().sni())
          : backend.address() instanceof Address.Tcp tcp ? tcp.toString() : host();
    }

    private static String line(InputStream input) throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = input.read(); c >= 0 && c != '\n'; c = input.read()) {
        if (line.length() == LONGEST_LINE) {
          throw new IOException("the answer's first line is too long");
        }
        if (c != '\r') {
          line.append((char) c);
        }
      }
      if (line.isEmpty()) {
        throw new IOException("the connection was closed without an answer");
      }
      return line.toString();
    }
  }

  /** Where bytes go. */
  @FunctionalInterface
  private interface Output {
    void write(byte[] bytes) throws IOException;
  }

  /** Both directions of a connection. */
  private record Stream(InputStream input, Output output) {}
}
