package io.sluice.health;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.balance.Backend;
import io.sluice.config.Address;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.HealthCheckSpec.BodyPattern;
import io.sluice.config.HealthCheckSpec.Http;
import io.sluice.config.PoolSpec.ProxyProtocol;
import io.sluice.config.TlsSpec;
import io.sluice.http.ProxyHeader;
import io.sluice.upstream.Endpoint;
import io.sluice.upstream.ProxyHeaderSender;
import io.sluice.upstream.Upstreams;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Everything that checking one backend needs, worked out once. Immutable. */
final class CheckPlan {
  private static final Set<String> METHODS_WITHOUT_BODY = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

  private final HealthCheckSpec spec;
  private final Endpoint endpoint;
  private final byte @Nullable [] request;
  private final byte @Nullable [] proxyHeader;
  private final @Nullable ExpectedBody expected;

  private CheckPlan(
      HealthCheckSpec spec,
      Endpoint endpoint,
      byte @Nullable [] request,
      byte @Nullable [] proxyHeader) {
    this.spec = spec;
    this.endpoint = endpoint;
    this.request = request;
    this.proxyHeader = proxyHeader;
    BodyPattern body = spec.http().expectBody();
    this.expected = body == null ? null : new ExpectedBody(body);
  }

  /**
   * The checks of a backend.
   *
   * @param proxyProtocol what its connections begin with; a check speaks of nobody but Sluice
   */
  static CheckPlan of(
      Backend backend, HealthCheckSpec spec, ProxyProtocol proxyProtocol, Upstreams upstreams) {
    boolean http = spec.type() == HealthCheckSpec.Type.HTTP;
    Address address = backend.spec().address();
    if (http && spec.http().port() != 0 && address instanceof Address.Tcp(String host, int port)) {
      address = new Address.Tcp(host, spec.http().port());
    }
    return new CheckPlan(
        spec,
        upstreams.endpoint(address, tls(backend, spec)),
        http ? request(backend, spec.http()) : null,
        ProxyHeaderSender.bytes(proxyProtocol, ProxyHeader.LOCAL));
  }

  /** A TCP check shakes hands only when its own TLS says so; HTTP goes as the requests do. */
  private static TlsSpec tls(Backend backend, HealthCheckSpec spec) {
    if (spec.tls() != null) {
      return spec.tls();
    }
    return spec.type() == HealthCheckSpec.Type.HTTP ? backend.tls() : TlsSpec.OFF;
  }

  private static byte[] request(Backend backend, Http http) {
    String host = http.host();
    if (host == null) {
      host = backend.spec().address() instanceof Address.Tcp ? backend.address() : "localhost";
    }
    StringBuilder head = new StringBuilder();
    head.append(http.method()).append(' ').append(http.path()).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(host).append("\r\n");
    Set<String> given = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    http.headers()
        .forEach(
            (name, value) -> {
              given.add(name);
              head.append(name).append(": ").append(value).append("\r\n");
            });
    if (!given.contains("User-Agent")) {
      head.append("User-Agent: sluice-health\r\n");
    }
    if (!METHODS_WITHOUT_BODY.contains(http.method())) {
      head.append("Content-Length: 0\r\n");
    }
    if (!http.reuseConnection()) {
      head.append("Connection: close\r\n");
    }
    return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  HealthCheckSpec spec() {
    return spec;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** Whether a connection is all that is asked for. */
  boolean isConnectOnly() {
    return request == null;
  }

  /** What a connection begins with; null: with nothing of its own. */
  byte @Nullable [] proxyHeader() {
    return proxyHeader;
  }

  /** Reads an answer; not for a check that only connects. */
  AnswerJudge newJudge() {
    return new AnswerJudge(spec.http(), expected);
  }

  /** The request's bytes; not for a check that only connects. */
  ByteBuf request() {
    if (request == null) {
      throw new IllegalStateException("a TCP check sends nothing");
    }
    return Unpooled.wrappedBuffer(request);
  }
}
