package io.sluice.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;

/**
 * What is not even HTTP, or has a target that cannot be read, is refused before any filter runs, by
 * an answer without a body. Here it becomes a problem like every other, and the connection closes:
 * what follows on it cannot be trusted. Stands behind the HTTP codec.
 */
@ChannelHandler.Sharable
final class BareRefusals extends ChannelOutboundHandlerAdapter {

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof FullHttpResponse bare && isBare(bare)) {
      FullHttpResponse problem = problem(bare.status());
      bare.release();
      context.write(problem, promise.unvoid()).addListener(ChannelFutureListener.CLOSE);
    } else {
      context.write(message, promise);
    }
  }

  /** Ours always have a body, except for HEAD, and then a length. */
  private static boolean isBare(FullHttpResponse answer) {
    return answer.status().code() >= 400
        && !answer.content().isReadable()
        && answer.headers().getInt(HttpHeaderNames.CONTENT_LENGTH, 0) == 0;
  }

  private static FullHttpResponse problem(HttpResponseStatus status) {
    HttpStatus known = HttpStatus.resolve(status.code());
    HttpStatus answered = known == null ? HttpStatus.BAD_REQUEST : known;
    String id = RequestId.fresh();
    String code = Problems.code(answered);
    byte[] body =
        ProblemHandler.json(
            new Problem(
                "urn:sluice:problem:" + code,
                answered.getReasonPhrase(),
                answered.value(),
                answered.is5xxServerError()
                    ? "Sluice failed."
                    : "The request is malformed or too long.",
                "",
                code,
                id,
                List.of(),
                Map.of()));
    FullHttpResponse problem =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(answered.value()),
            Unpooled.wrappedBuffer(body));
    HttpHeaders headers = problem.headers();
    AnswerHeaders.FIXED.forEach(headers::set);
    headers.set(RequestId.FIELD, id);
    headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    headers.set(HttpHeaderNames.CONTENT_TYPE, "application/problem+json");
    headers.setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
    headers.set(HttpHeaderNames.CONNECTION, "close");
    return problem;
  }
}
