package io.sluice.admin;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection whose next request's head is not whole in time. Reactor Netty's own timeouts
 * begin with a whole head, or begin anew with every byte: a head that trickles in, which costs its
 * sender next to nothing, would hold a connection for as long as it likes. Stands behind the HTTP
 * codec; belongs to one event loop.
 */
final class HeadDeadline extends ChannelDuplexHandler {
  private final Duration first;
  private final Duration next;
  // Read and written by the event loop alone.
  private @Nullable Future<?> deadline;

  /**
   * Deadlines.
   *
   * @param first for the first head, from the connection's begin
   * @param next for each further one, from the end of the answer before; also how long a connection
   *     may be idle
   */
  HeadDeadline(Duration first, Duration next) {
    this.first = first;
    this.next = next;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    start(context, first);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest) {
      stop();
    }
    context.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof LastHttpContent && !isInterim(message)) {
      start(context, next);
    }
    context.write(message, promise);
  }

  /** A 100 Continue comes before the answer. */
  private static boolean isInterim(Object message) {
    return message instanceof HttpResponse answer
        && answer.status().codeClass() == HttpStatusClass.INFORMATIONAL;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    stop();
  }

  private void start(ChannelHandlerContext context, Duration time) {
    stop();
    deadline =
        context.executor().schedule(() -> context.close(), time.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void stop() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }
}
