package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.sluice.http.BodyFraming;
import io.sluice.http.Field;
import io.sluice.http.HeadLimits;
import io.sluice.http.MessageHead;
import io.sluice.http.ResponseHead;
import io.sluice.http2.Http2Error;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the answer to a stream's request from HTTP/1.1 into frames: it is read as strictly as any
 * other. Belongs to its {@link ClientStream}.
 */
final class StreamOutput extends ClientOutput {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.proxy");

  /** More than any head that Sluice writes. */
  private static final HeadLimits LIMITS = new HeadLimits(16 * 1024, 256 * 1024, 2000);

  /** RFC 6455 1.3. */
  private static final String WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private enum Step {
    HEAD,
    LENGTH,
    CHUNKS,
    TUNNEL,
    DONE
  }

  private final ClientStream stream;
  private final Http2Connection connection;
  private @Nullable BodyFraming chunks;
  private Step step = Step.HEAD;
  private long left;
  private long progressSeen;
  private boolean toHead;
  private String key = "";

  StreamOutput(ClientStream stream, Http2Connection connection) {
    this.stream = stream;
    this.connection = connection;
  }

  /**
   * A request has come.
   *
   * @param isHead whether its answer has no body
   * @param webSocketKey what a WebSocket's handshake must prove; empty: none was asked for
   */
  void start(boolean isHead, String webSocketKey) {
    toHead = isHead;
    key = webSocketKey;
  }

  // ---------------------------------------------------------------- the answer

  @Override
  void write(ByteBuf bytes) {
    switch (step) {
      case HEAD -> head(bytes);
      case LENGTH -> length(bytes);
      case CHUNKS -> chunks(bytes);
      case TUNNEL -> stream.send(bytes, false);
      case DONE -> bytes.release();
    }
  }

  private void head(ByteBuf bytes) {
    ResponseHead head = connection.loop().streamAnswer();
    head.reset();
    if (head.feed(bytes, LIMITS) != MessageHead.Progress.COMPLETE) {
      bytes.release();
      fail("an answer's head is not whole or malformed: " + head.violation());
    } else if (head.status() == 101) {
      switchProtocols(head);
      write(bytes);
    } else if (head.status() < 200) {
      stream.sendHead(head, head.status(), false);
      bytes.release();
    } else {
      body(head, bytes);
    }
  }

  private void body(ResponseHead head, ByteBuf bytes) {
    if (toHead || head.isBodiless() || head.length() == 0) {
      step = Step.DONE;
    } else if (head.isChunked()) {
      step = Step.CHUNKS;
      chunks = new BodyFraming();
      chunks.startChunked();
    } else if (head.length() > 0) {
      step = Step.LENGTH;
      left = head.length();
    } else {
      bytes.release();
      fail("an answer has no length");
      return;
    }
    stream.sendHead(head, head.status(), step == Step.DONE);
    if (bytes.isReadable()) {
      write(bytes);
    } else {
      bytes.release();
    }
  }

  private void length(ByteBuf bytes) {
    left -= bytes.readableBytes();
    if (left < 0) {
      bytes.release();
      fail("an answer is longer than it says");
      return;
    }
    if (left == 0) {
      step = Step.DONE;
    }
    stream.send(bytes, left == 0);
  }

  private void chunks(ByteBuf bytes) {
    BodyFraming framing = chunks;
    if (framing == null) {
      throw new IllegalStateException("no chunked body");
    }
    ByteBuf last = null;
    int n;
    while ((n = framing.nextData(bytes)) > 0) {
      if (last != null) {
        stream.send(last, false);
      }
      last = bytes.readRetainedSlice(n);
    }
    bytes.release();
    boolean trailers = framing.hasTrailers() && framing.isDone();
    if (framing.isDone()) {
      step = Step.DONE;
    }
    if (last != null) {
      stream.send(last, framing.isDone() && !trailers);
    } else if (framing.isDone() && !trailers) {
      stream.sendEnd();
    }
    if (trailers) {
      ByteBuf section = alloc().directBuffer(framing.trailerLength());
      framing.takeTrailers(section);
      stream.sendTrailers(section);
    }
    if (framing.violation() != null) {
      fail("an answer is malformed: " + framing.violation());
    }
  }

  private void switchProtocols(ResponseHead head) {
    int accept = head.find(Field.SEC_WEBSOCKET_ACCEPT, 0);
    if (accept >= 0) {
      head.drop(accept);
    }
    step = Step.TUNNEL;
    stream.sendHead(head, 200, false);
  }

  private static String proof(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key + WEBSOCKET).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }

  private void fail(String what) {
    LOG.error("inside Sluice, {}; its stream is reset", what);
    step = Step.DONE;
    stream.reset(Http2Error.INTERNAL_ERROR);
  }

  // ---------------------------------------------------------------- as an output

  @Override
  void flushNow() {
    // whatever was written goes out at the end of this turn of the loop
  }

  @Override
  boolean isWritable() {
    return stream.isWritable();
  }

  @Override
  boolean hasProgressed() {
    long now = stream.sent();
    boolean progressed = now != progressSeen;
    progressSeen = now;
    return progressed;
  }

  @Override
  void end() {
    stream.sendEnd();
  }

  @Override
  void resetOnClose() {
    // a stream that is closed in the middle is always reset
  }

  @Override
  void close() {
    stream.over();
    stream.reset(step == Step.HEAD ? Http2Error.CANCEL : Http2Error.INTERNAL_ERROR);
  }

  @Override
  void cut() {
    close();
  }

  @Override
  void over() {
    stream.over();
    if (step == Step.TUNNEL && !stream.hasEnded()) {
      stream.reset(Http2Error.CANCEL);
    } else {
      stream.finish();
    }
  }

  @Override
  void setReading(boolean on) {
    stream.setReading(on);
  }

  @Override
  ByteBufAllocator alloc() {
    return connection.alloc();
  }

  /** RFC 8441 5: a success says that the WebSocket is open. */
  @Override
  boolean canCarry(int status) {
    return key.isEmpty() || status >= 300;
  }

  /** RFC 6455 4.1: whoever does not prove that it has understood is no WebSocket server. */
  @Override
  boolean canSwitch(ResponseHead answer) {
    int accept = answer.find(Field.SEC_WEBSOCKET_ACCEPT, 0);
    return accept >= 0 && answer.value(accept).equals(proof(key));
  }

  @Override
  boolean isStream() {
    return true;
  }

  @Override
  void whenSent(Sent listener) {
    throw new IllegalStateException("a stream ends with its answer");
  }

  @Override
  void shutDown() {
    throw new IllegalStateException("a stream ends with its answer");
  }
}
