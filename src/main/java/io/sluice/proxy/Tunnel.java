package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.sluice.upstream.LoopTimer;
import io.sluice.upstream.UpstreamConnection;
import io.sluice.upstream.UpstreamFailure;
import org.jspecify.annotations.Nullable;

/**
 * Two connections that became one after a 101 (RFC 9110 7.8): bytes pass both ways untouched, each
 * side is read only as fast as the other takes, each end is passed on by itself. Bound to its loop.
 */
final class Tunnel implements UpstreamConnection.User {
  private final Exchange exchange;
  private final FrontendHandler client;
  private final UpstreamConnection upstream;
  private final LoopTimer timer;
  private final Idle idle = new Idle();
  private long bytesIn;
  private long bytesOut;
  private boolean clientEnded;
  private boolean upstreamEnded;
  private boolean over;

  Tunnel(Exchange exchange, FrontendHandler client, UpstreamConnection upstream) {
    this.exchange = exchange;
    this.client = client;
    this.upstream = upstream;
    this.timer = exchange.loop().timer();
    upstream.backend().tunnelStarted();
  }

  private final class Idle extends LoopTimer.Deadline {
    @Override
    protected void expired() {
      exchange.record().errorReason = "tunnel idle for too long";
      end();
    }
  }

  void start() {
    upstream.handOver(this);
    active();
    client.startTunnel(this);
  }

  private void active() {
    long limit = client.listener().tunnelIdleNanos;
    if (limit > 0) {
      timer.set(idle, System.nanoTime(), limit);
    }
  }

  // ---------------------------------------------------------------- from the client

  void clientBytes(ByteBuf in) {
    bytesIn += in.readableBytes();
    active();
    upstream.write(in);
    client.output().flushSoon(upstream);
    if (!upstream.isWritable()) {
      client.readForTunnel(false);
    }
  }

  void clientWritabilityChanged(boolean writable) {
    upstream.read(writable);
  }

  void clientInputEnded() {
    if (clientEnded || over) {
      return;
    }
    clientEnded = true;
    if (upstreamEnded) {
      end();
    } else {
      upstream.endOutput();
    }
  }

  void clientClosed() {
    end();
  }

  // ---------------------------------------------------------------- from the backend

  @Override
  public void upstreamBytes(ByteBuf in) {
    bytesOut += in.readableBytes();
    active();
    client.output().write(in);
    if (!client.output().isWritable()) {
      upstream.read(false);
    }
  }

  @Override
  public void upstreamReadComplete() {
    client.output().flush();
  }

  @Override
  public void upstreamWritabilityChanged(boolean writable) {
    client.readForTunnel(writable);
  }

  @Override
  public void upstreamInputEnded(@Nullable UpstreamFailure failure) {
    if (upstreamEnded || over) {
      return;
    }
    upstreamEnded = true;
    if (failure == null) {
      client.output().end();
    }
    if (clientEnded || failure != null) {
      end();
    }
  }

  /** Its backend is to carry nothing any more: both sides are closed. */
  void cutOff() {
    exchange.record().errorReason = ProxyError.BACKEND_CLOSED.text();
    end();
  }

  private void end() {
    if (over) {
      return;
    }
    over = true;
    timer.remove(idle);
    upstream.backend().tunnelEnded();
    upstream.close();
    exchange.tunnelEnded(bytesIn, bytesOut);
  }
}
