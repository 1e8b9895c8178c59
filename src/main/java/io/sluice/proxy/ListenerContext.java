package io.sluice.proxy;

import io.sluice.config.ListenerSpec;
import io.sluice.http.HeadLimits;
import org.jspecify.annotations.Nullable;

/** What the connections of one listener share; immutable. */
final class ListenerContext {
  private final ProxyLoops loops;
  private final ListenerSpec.Limits limits;
  private final HeadLimits headLimits;
  private final byte @Nullable [] via;
  final long headerNanos;
  final long bodyIdleNanos;
  final long bodyRate;
  final long keepAliveNanos;
  final long tunnelIdleNanos;

  ListenerContext(ProxyLoops loops, ListenerSpec spec) {
    this.loops = loops;
    this.limits = spec.limits();
    this.headLimits =
        new HeadLimits(limits.requestLineBytes(), limits.headerBytes(), limits.headerCount());
    this.via = loops.settings().viaLine();
    this.headerNanos = limits.headerTimeout().toNanos();
    this.bodyIdleNanos = limits.bodyIdle().toNanos();
    this.bodyRate = limits.bodyRate();
    this.keepAliveNanos = limits.keepAlive().toNanos();
    this.tunnelIdleNanos = limits.tunnelIdle().toNanos();
  }

  ProxyLoops loops() {
    return loops;
  }

  HeadLimits headLimits() {
    return headLimits;
  }

  byte @Nullable [] via() {
    return via;
  }
}
