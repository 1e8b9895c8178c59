package io.sluice.proxy;

import io.sluice.config.Address;
import io.sluice.config.ListenerSpec;
import io.sluice.http.Ascii;
import io.sluice.http.HeadLimits;
import io.sluice.http2.Http2Limits;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What the connections of one listener share. */
final class ListenerContext {
  private final ProxyLoops loops;
  private final ListenerSpec.Limits limits;
  private final HeadLimits headLimits;
  private final Http2Limits http2Limits;
  private final byte @Nullable [] via;
  private final ListenerSpec.@Nullable ProxyProtocol proxyProtocol;
  private final boolean unix;
  final long headerNanos;
  final long bodyIdleNanos;
  final long bodyRate;
  final long keepAliveNanos;
  final long tunnelIdleNanos;
  private final int mostRequests;
  private final Handshakes handshakes = new Handshakes();
  private final byte @Nullable [] hsts;
  final int redirectTo;

  /** Counted only while they are limited. Written by every event loop. */
  private final AtomicInteger requests = new AtomicInteger();

  ListenerContext(ProxyLoops loops, ListenerSpec spec) {
    this.loops = loops;
    this.limits = spec.limits();
    this.headLimits =
        new HeadLimits(limits.requestLineBytes(), limits.headerBytes(), limits.headerCount());
    this.http2Limits = Http2Limits.of(limits.http2Streams(), limits.headerBytes());
    this.via = loops.settings().viaLine();
    this.proxyProtocol = spec.proxyProtocol();
    this.unix = spec.address() instanceof Address.Unix;
    this.headerNanos = limits.headerTimeout().toNanos();
    this.bodyIdleNanos = limits.bodyIdle().toNanos();
    this.bodyRate = limits.bodyRate();
    this.keepAliveNanos = limits.keepAlive().toNanos();
    this.tunnelIdleNanos = limits.tunnelIdle().toNanos();
    this.mostRequests = limits.requests();
    this.redirectTo = spec.redirectTo();
    this.hsts = spec.tls() == null ? null : hsts(spec.tls().hsts());
  }

  private static byte @Nullable [] hsts(ListenerSpec.@Nullable Hsts hsts) {
    return hsts == null
        ? null
        : Ascii.bytes(
            "Strict-Transport-Security: max-age="
                + hsts.maxAge().toSeconds()
                + (hsts.includeSubdomains() ? "; includeSubDomains" : "")
                + (hsts.preload() ? "; preload" : "")
                + "\r\n");
  }

  /** What answers say of https, as a line; null: nothing. */
  byte @Nullable [] hsts() {
    return hsts;
  }

  /** Counts a request unless the limit is reached; {@link #leave} follows when it was counted. */
  boolean enter() {
    if (mostRequests == 0) {
      return true;
    }
    if (requests.incrementAndGet() > mostRequests) {
      requests.getAndDecrement();
      return false;
    }
    return true;
  }

  /** A request that has entered has ended. */
  void leave() {
    if (mostRequests > 0) {
      requests.getAndDecrement();
    }
  }

  /** How its TLS handshakes have ended. */
  Handshakes handshakes() {
    return handshakes;
  }

  /** Whether a connection from there begins with a header of the PROXY protocol. */
  boolean expectsProxyHeader(SocketAddress remote) {
    return proxyProtocol != null
        && (unix
            || remote instanceof InetSocketAddress peer
                && proxyProtocol.accepts(peer.getAddress()));
  }

  /** How long an idle connection stays once a drain has begun. */
  long drainIdleNanos() {
    return Math.min(loops.drainIdleNanos(), keepAliveNanos);
  }

  ProxyLoops loops() {
    return loops;
  }

  boolean servesHttp2() {
    return limits.http2Streams() > 0;
  }

  Http2Limits http2Limits() {
    return http2Limits;
  }

  HeadLimits headLimits() {
    return headLimits;
  }

  byte @Nullable [] via() {
    return via;
  }
}
