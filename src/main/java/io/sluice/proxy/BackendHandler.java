package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.http.Ascii;
import io.sluice.http.BodyFraming;
import io.sluice.http.Field;
import io.sluice.http.HeadEdits;
import io.sluice.http.HeadLimits;
import io.sluice.http.HeadWriter;
import io.sluice.http.HttpViolation;
import io.sluice.http.ResponseHead;
import io.sluice.upstream.UpstreamConnection;
import io.sluice.upstream.UpstreamFailure;
import org.jspecify.annotations.Nullable;

/**
 * Relays a backend's answer: as strict with it as with a request, so that a malformed or unasked
 * answer never reaches the client and nothing left over reaches the next request. Belongs to its
 * {@link Exchange} and is used again with it.
 */
final class BackendHandler implements UpstreamConnection.User {
  private static final HeadLimits LIMITS = new HeadLimits(8 * 1024, 64 * 1024, 200);

  /** More would be an attack: a client would wait for ever while bytes keep coming. */
  private static final int MAX_INTERIM = 16;

  private static final byte[] VERSION = Ascii.bytes("HTTP/1.1 ");
  private static final byte[] CHUNKED = Ascii.bytes("Transfer-Encoding: chunked\r\n");
  private static final byte[] CLOSE = Ascii.bytes("Connection: close\r\n");
  private static final byte[] KEEP_ALIVE = Ascii.bytes("Connection: keep-alive\r\n");
  private static final byte[] UPGRADE = Ascii.bytes("Connection: Upgrade\r\n");
  private static final byte[] LAST_CHUNK = Ascii.bytes("0\r\n\r\n");

  /** Nobody ever adds to it. */
  private static final HeadEdits NO_EDITS = new HeadEdits();

  /** How the body is framed towards the client. */
  private enum Reframe {
    /** As it came. */
    NONE,
    /** A body until close becomes chunks, so that the client's connection survives. */
    TO_CHUNKS,
    /** HTTP/1.0 does not know chunks: the connection's end becomes the body's. */
    FROM_CHUNKS
  }

  private final Exchange exchange;
  private final ResponseHead head = new ResponseHead();
  private final BodyFraming body = new BodyFraming();
  private boolean started;
  private boolean headDone;
  private boolean keepAlive;
  private boolean surplus;
  private int interim;
  private Reframe reframe = Reframe.NONE;

  BackendHandler(Exchange exchange) {
    this.exchange = exchange;
  }

  void reset() {
    head.reset();
    body.startNone();
    started = false;
    headDone = false;
    keepAlive = false;
    surplus = false;
    interim = 0;
    reframe = Reframe.NONE;
  }

  ResponseHead head() {
    return head;
  }

  /** Whether the backend has begun to answer. */
  boolean hasStarted() {
    return started;
  }

  /** Whether only the connection's end tells the client where the answer ends. */
  boolean endsWithConnection() {
    return headDone
        && (reframe == Reframe.FROM_CHUNKS || body.isUntilClose() && reframe == Reframe.NONE);
  }

  // ---------------------------------------------------------------- events of the connection

  @Override
  public void upstreamBytes(ByteBuf in) {
    started = true;
    try {
      while (in.isReadable() && step(in)) {
        // on with what the buffer still holds
      }
    } finally {
      in.release();
    }
  }

  @Override
  public void upstreamReadComplete() {
    exchange.frontend().output().flush();
  }

  @Override
  public void upstreamWritabilityChanged(boolean writable) {
    if (writable) {
      exchange.upstreamWritable();
    }
  }

  @Override
  public void upstreamInputEnded(@Nullable UpstreamFailure failure) {
    String detail = failure == null ? null : failure.detail();
    if (!headDone) {
      exchange.tries().lost(detail);
    } else if (body.isUntilClose() && failure == null) {
      complete();
    } else {
      exchange.fail(ProxyError.RESET, detail == null ? "in the middle of its answer" : detail);
    }
  }

  // ---------------------------------------------------------------- the head

  /** Takes one step; false when the answer is over, one way or another. */
  private boolean step(ByteBuf in) {
    if (headDone) {
      return relay(in);
    }
    return switch (head.feed(in, LIMITS)) {
      case MORE -> false;
      case VIOLATION -> refuse(head.violation());
      case COMPLETE -> head.status() < 200 ? interim(in) : begin(in);
    };
  }

  private boolean refuse(@Nullable HttpViolation violation) {
    exchange.fail(ProxyError.BAD_ANSWER, violation == null ? null : violation.reason());
    return false;
  }

  private boolean interim(ByteBuf in) {
    dropLength();
    if (head.status() == 101) {
      return switchProtocols(in);
    }
    if (++interim > MAX_INTERIM) {
      exchange.fail(ProxyError.BAD_ANSWER, "more than " + MAX_INTERIM + " interim answers");
      return false;
    }
    if (exchange.head().minor() == 1) { // RFC 9110 15.2: HTTP/1.0 knows none
      HeadWriter out = startHead();
      out.fields(head, NO_EDITS).crlf();
      send(out.take(exchange.frontend().alloc(), 0));
    }
    head.reset();
    return true;
  }

  private boolean switchProtocols(ByteBuf in) {
    boolean asked = exchange.head().isUpgrade() && head.has(Field.UPGRADE);
    boolean shaken = !exchange.head().isWebSocket() || head.has(Field.SEC_WEBSOCKET_ACCEPT);
    boolean proved = exchange.frontend().output().canSwitch(head);
    if (!asked || !shaken || !proved) {
      return refuse(asked ? HttpViolation.HANDSHAKE : HttpViolation.UNASKED);
    }
    if (!exchange.filterAnswer()) {
      return false;
    }
    noteHead();
    HeadWriter out = startHead();
    out.fields(head, exchange.answerEdits()).put(UPGRADE);
    int field = head.find(Field.UPGRADE, 0);
    out.put(head.bytes(), head.nameStart(field), head.lineEnd(field)).crlf();
    FrontendHandler client = exchange.frontend();
    Tunnel tunnel = exchange.becomeTunnel(); // counted before the client can know
    send(out.take(client.alloc(), 0));
    client.output().flush();
    tunnel.start();
    if (in.isReadable()) {
      tunnel.upstreamBytes(in.readRetainedSlice(in.readableBytes()));
      tunnel.upstreamReadComplete();
    }
    return false;
  }

  private void noteHead() {
    exchange.record().status = head.status();
    exchange.record().firstByteAt = System.nanoTime();
    exchange.tries().retryDecided();
  }

  private boolean begin(ByteBuf in) {
    if (exchange.tries().rejectsAnswer(head, in)) {
      return false;
    }
    if (!exchange.frontend().output().canCarry(head.status())) {
      // no failure of the backend's, or any client could have it taken for a broken one
      exchange.tries().outcome(head.status());
      exchange.fail(ProxyError.NO_SWITCH, null);
      return false;
    }
    if (!exchange.filterAnswer()) {
      return false;
    }
    noteHead();
    headDone = true;
    frame();
    FrontendHandler client = exchange.frontend();
    keepAlive = keepsAlive(client);
    int room = 0;
    if (reframe == Reframe.NONE && body.isLength() && in.readableBytes() <= 4096) {
      room = (int) Math.min(in.readableBytes(), body.remaining()); // small answers go as one buffer
    }
    ByteBuf out = writeHead(client).take(client.alloc(), room);
    if (room > 0) {
      body.follow(in);
      out.writeBytes(in, body.consumed());
    }
    send(out);
    if (body.isDone()) {
      return finished(in);
    }
    exchange.clock().answerProgressed(exchange.record().firstByteAt);
    return true;
  }

  private void frame() {
    boolean none = exchange.head().isMethod("HEAD") || head.isBodiless();
    if (none) {
      body.startNone();
    } else if (head.isChunked()) {
      body.startChunked();
      reframe = exchange.head().minor() == 0 ? Reframe.FROM_CHUNKS : Reframe.NONE;
    } else if (head.length() >= 0) {
      body.startLength(head.length());
    } else {
      body.startUntilClose();
      reframe = exchange.head().minor() == 0 ? Reframe.NONE : Reframe.TO_CHUNKS;
    }
    if (head.status() == 204) {
      dropLength();
    }
  }

  /** RFC 9110 8.6 forbids a length in 1xx and 204, but many send "Content-Length: 0". */
  private void dropLength() {
    int length = head.find(Field.CONTENT_LENGTH, 0);
    if (length >= 0) {
      head.drop(length);
    }
  }

  private boolean keepsAlive(FrontendHandler client) {
    boolean endsUpload = !exchange.isRequestDone() && !head.isKeepAlive();
    return exchange.head().isKeepAlive()
        && !endsWithConnection()
        && !endsUpload
        && !client.isDraining();
  }

  private HeadWriter startHead() {
    byte[] bytes = head.bytes();
    return exchange
        .loop()
        .writer()
        .start()
        .put(VERSION)
        .put(bytes, 9, 12)
        .put(' ')
        .put(bytes, head.reasonStart(), head.reasonEnd())
        .crlf();
  }

  private HeadWriter writeHead(FrontendHandler client) {
    HeadWriter out = startHead().fields(head, exchange.answerEdits());
    if (!head.has(Field.DATE)) {
      out.put(exchange.loop().date().line());
    }
    byte[] via = client.via();
    if (via != null) {
      out.put(via);
    }
    byte[] hsts = client.listener().hsts();
    if (hsts != null
        && !head.has(Field.STRICT_TRANSPORT_SECURITY)
        && !exchange.answerEdits().sets(Field.STRICT_TRANSPORT_SECURITY)) {
      out.put(hsts);
    }
    exchange.writeRateLimit(out);
    if (head.isChunked() && reframe == Reframe.NONE || reframe == Reframe.TO_CHUNKS) {
      out.put(CHUNKED);
    }
    if (!keepAlive) {
      out.put(CLOSE);
    } else if (exchange.head().minor() == 0) {
      out.put(KEEP_ALIVE);
    }
    return out.crlf();
  }

  private void send(ByteBuf bytes) {
    exchange.record().bytesOut += bytes.readableBytes();
    exchange.frontend().output().write(bytes);
  }

  // ---------------------------------------------------------------- the body

  private boolean relay(ByteBuf in) {
    if (reframe == Reframe.NONE) {
      int pass = body.follow(in);
      if (body.violation() != null) {
        return refuse(body.violation());
      }
      int rest = body.consumed() - pass;
      if (pass > 0) {
        send(in.readRetainedSlice(pass));
      }
      in.skipBytes(rest);
      sendTrailers();
    } else {
      reframe(in);
      if (body.violation() != null) {
        return refuse(body.violation());
      }
    }
    if (body.isDone()) {
      if (reframe == Reframe.TO_CHUNKS) {
        throw new IllegalStateException("a body until close ends with its connection only");
      }
      return finished(in);
    }
    throttle();
    return true;
  }

  private void sendTrailers() {
    if (body.hasTrailers()) {
      ByteBuf trailers = exchange.frontend().alloc().directBuffer(body.trailerLength());
      body.takeTrailers(trailers);
      send(trailers);
    }
  }

  private void reframe(ByteBuf in) {
    int n;
    while ((n = body.nextData(in)) > 0) {
      if (reframe == Reframe.TO_CHUNKS) {
        HeadWriter size = exchange.loop().writer().start();
        size.put(Ascii.bytes(Integer.toHexString(n))).crlf();
        send(size.take(exchange.frontend().alloc(), 0));
        send(in.readRetainedSlice(n));
        send(exchange.loop().writer().start().crlf().take(exchange.frontend().alloc(), 0));
      } else {
        send(in.readRetainedSlice(n));
      }
    }
  }

  /** Reads the backend no faster than the client takes. */
  private void throttle() {
    long now = System.nanoTime();
    if (exchange.frontend().output().isWritable()) {
      exchange.clock().answerProgressed(now);
    } else {
      exchange.upstream().read(false);
      exchange.clock().clientStalls(now);
    }
  }

  /** The body has ended by its own framing; what follows it nobody asked for. */
  private boolean finished(ByteBuf in) {
    surplus = in.isReadable();
    complete();
    return false;
  }

  private void complete() {
    if (reframe == Reframe.TO_CHUNKS) {
      send(Unpooled.wrappedBuffer(LAST_CHUNK));
    }
    boolean reusable = head.isKeepAlive() && !surplus && !body.isUntilClose();
    exchange.answered(reusable, keepAlive);
  }
}
