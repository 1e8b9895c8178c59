package io.sluice.admin;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a connection with the answer that is under way, or, when there is none, with the answer to a
 * request that still comes. Without that a client that keeps its connection would call an old
 * process for as long as it likes. Stands behind the HTTP codec; belongs to one event loop.
 */
final class LastAnswer extends ChannelDuplexHandler {
  /** How long an idle connection may still send a request. */
  static final Duration IDLE = Duration.ofSeconds(5);

  // Read and written by the event loop alone.
  private @Nullable ChannelHandlerContext context;
  private boolean answering;
  private boolean leaving;

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  /** The next answer is the last one. */
  void leave() {
    leaving = true;
    ChannelHandlerContext added = context;
    if (added != null && !answering) {
      added.executor().schedule(this::closeIdle, IDLE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void closeIdle() {
    ChannelHandlerContext added = context;
    if (added != null && !answering) {
      added.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext reading, Object message) {
    if (message instanceof HttpRequest) {
      answering = true;
    }
    reading.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext writing, Object message, ChannelPromise promise) {
    boolean interim =
        message instanceof HttpResponse answer
            && answer.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    if (leaving && !interim && message instanceof HttpResponse answer) {
      HttpUtil.setKeepAlive(answer, false);
    }
    if (interim || !(message instanceof LastHttpContent)) {
      writing.write(message, promise);
      return;
    }
    answering = false;
    ChannelPromise sent = promise.unvoid();
    writing.write(message, sent);
    if (leaving) {
      sent.addListener(ChannelFutureListener.CLOSE);
    }
  }
}
