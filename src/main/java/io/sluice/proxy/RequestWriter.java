package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.sluice.http.Ascii;
import io.sluice.http.Field;
import io.sluice.http.HeadWriter;
import io.sluice.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * Puts together the head that a backend gets: the client's in one copy, without hop-by-hop fields
 * (RFC 9110 7.6.1), with the route's edits, forwarded fields and request id.
 */
final class RequestWriter {
  private static final byte[] VERSION_HOST = Ascii.bytes(" HTTP/1.1\r\nHost: ");
  private static final byte[] VERSION = Ascii.bytes(" HTTP/1.1\r\n");
  private static final byte[] REQUEST_ID = Ascii.bytes("X-Request-Id: ");
  private static final byte[] CHUNKED = Ascii.bytes("Transfer-Encoding: chunked\r\n");
  private static final byte[] CONNECTION_UPGRADE = Ascii.bytes("Connection: Upgrade\r\nUpgrade: ");

  private RequestWriter() {}

  /** Marks the fields that are written anew or not at all. */
  static void dropFields(RequestHead head, ClientIdentity client) {
    client.dropFields(head);
    for (int i = 0; i < head.fieldCount(); i++) {
      Field kind = head.kind(i);
      if (kind == Field.HOST || kind == Field.X_REQUEST_ID) {
        head.drop(i);
      }
    }
  }

  static ByteBuf write(
      Exchange exchange, ClientIdentity client, byte @Nullable [] via, ByteBufAllocator alloc) {
    RequestHead head = exchange.head();
    HeadWriter out = exchange.loop().writer().start();
    out.put(head.bytes(), head.methodStart(), head.methodEnd()).put(' ');
    target(out, head, exchange.context());
    if (exchange.requestEdits().sets(Field.HOST)) {
      out.put(VERSION);
    } else {
      out.put(VERSION_HOST);
      host(out, head, exchange);
      out.crlf();
    }
    out.fields(head, exchange.requestEdits());
    client.writeFields(out, head);
    ExchangeRecord record = exchange.record();
    out.put(REQUEST_ID).put(record.requestId, 0, record.requestIdLength).crlf();
    if (via != null) {
      out.put(via);
    }
    if (head.isChunked()) {
      out.put(CHUNKED);
    }
    if (head.isUpgrade()) {
      upgrade(out, head);
    }
    return out.crlf().take(alloc, 0);
  }

  private static void target(HeadWriter out, RequestHead head, FilterContext context) {
    byte[] replacement = context.pathReplacement();
    int from = head.pathStart();
    if (replacement != null) {
      int rest = from + context.pathCut();
      boolean slash =
          replacement.length > 0
              ? replacement[0] == '/'
              : rest < head.pathEnd() && head.bytes()[rest] == '/';
      if (!slash) {
        out.put('/');
      }
      out.put(replacement);
      from = rest;
    } else if (from == head.pathEnd()) {
      out.put('/'); // an absolute-form without a path
    }
    out.put(head.bytes(), from, head.targetEnd());
  }

  private static void host(HeadWriter out, RequestHead head, Exchange exchange) {
    if (head.hostEnd() > head.hostStart()) {
      out.put(head.bytes(), head.hostStart(), head.hostEnd());
    } else {
      // HTTP/1.0 knows no Host, HTTP/1.1 needs one
      out.put(Ascii.bytes(exchange.backendHost()));
    }
  }

  private static void upgrade(HeadWriter out, RequestHead head) {
    out.put(CONNECTION_UPGRADE);
    int first = head.find(Field.UPGRADE, 0);
    for (int f = first; f >= 0; f = head.find(Field.UPGRADE, f + 1)) {
      if (f != first) {
        out.put(',');
      }
      out.put(head.bytes(), head.valueStart(f), head.valueEnd(f));
    }
    out.crlf();
  }
}
