package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.sluice.http.BodyFraming;
import io.sluice.http.ResponseHead;
import io.sluice.upstream.LoopTimer;
import io.sluice.upstream.UpstreamConnection;
import io.sluice.upstream.UpstreamFailure;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer that is not passed on because its request is tried elsewhere. A small one
 * is read to its end so that the connection can be used again: overloaded backends answer with
 * small bodies, and a new connection for each would be the last thing they need.
 */
final class Leftover extends LoopTimer.Deadline implements UpstreamConnection.User {
  /** A longer body costs more than a new connection. */
  private static final int LIMIT = 16 * 1024;

  private static final long TIME = TimeUnit.SECONDS.toNanos(1);

  private final UpstreamConnection connection;
  private final LoopTimer timer;
  private final BodyFraming body = new BodyFraming();

  private Leftover(UpstreamConnection connection, LoopTimer timer) {
    this.connection = connection;
    this.timer = timer;
  }

  /**
   * Takes care of a connection whose answer's head has been read.
   *
   * @param bodiless whether the answer has no body, whatever its head says
   * @param in what has come behind the head
   */
  static void discard(
      UpstreamConnection connection,
      LoopTimer timer,
      ResponseHead head,
      boolean bodiless,
      ByteBuf in) {
    Leftover leftover = new Leftover(connection, timer);
    if (bodiless) {
      leftover.body.startNone();
    } else if (head.isChunked()) {
      leftover.body.startChunked();
    } else if (head.length() >= 0) {
      leftover.body.startLength(head.length());
    } else {
      leftover.body.startUntilClose();
    }
    boolean pays = head.isKeepAlive() && !leftover.body.isUntilClose() && head.length() <= LIMIT;
    if (!pays) {
      connection.close();
      return;
    }
    connection.handOver(leftover);
    timer.set(leftover, System.nanoTime(), TIME);
    leftover.follow(in);
  }

  private void follow(ByteBuf in) {
    body.follow(in);
    in.skipBytes(body.consumed());
    if (body.isDone()) {
      timer.remove(this);
      connection.release(!in.isReadable());
    } else if (body.violation() != null || body.dataBytes() > LIMIT) {
      close();
    }
  }

  private void close() {
    timer.remove(this);
    connection.close();
  }

  @Override
  protected void expired() {
    close();
  }

  @Override
  public void upstreamBytes(ByteBuf in) {
    try {
      follow(in);
    } finally {
      in.release();
    }
  }

  @Override
  public void upstreamReadComplete() {
    // nothing is passed on
  }

  @Override
  public void upstreamWritabilityChanged(boolean writable) {
    // the request has been sent
  }

  @Override
  public void upstreamInputEnded(@Nullable UpstreamFailure failure) {
    close();
  }
}
