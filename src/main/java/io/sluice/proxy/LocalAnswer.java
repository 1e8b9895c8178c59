package io.sluice.proxy;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.config.RouteSpec;
import io.sluice.http.Ascii;
import io.sluice.http.Field;
import io.sluice.http.HeadWriter;
import io.sluice.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The answers that Sluice gives by itself: errors, redirects, fixed texts. */
final class LocalAnswer {
  private static final byte[] VERSION = Ascii.bytes("HTTP/1.1 ");
  private static final byte[] TYPE = Ascii.bytes("Content-Type: ");
  private static final byte[] LENGTH = Ascii.bytes("Content-Length: ");
  private static final byte[] REQUEST_ID = Ascii.bytes("X-Request-Id: ");
  private static final byte[] CLOSE = Ascii.bytes("Connection: close\r\n");
  private static final byte[] KEEP_ALIVE = Ascii.bytes("Connection: keep-alive\r\n");
  private static final byte[] RETRY_AFTER = Ascii.bytes("Retry-After: 1\r\n");
  private static final byte[] LOCATION = Ascii.bytes("Location: ");
  private static final byte[] HTTPS = Ascii.bytes("https://");
  private static final byte[] PROBLEM = Ascii.bytes("application/problem+json");
  private static final byte[] JSON = Ascii.bytes("application/json");
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final byte[] NO_LINES = {};

  private LocalAnswer() {}

  /** An error: a line of text, or problem+json (RFC 9457) when the client prefers that. */
  static void send(Exchange exchange, int status, String detail) {
    byte[] lines = status == 503 ? RETRY_AFTER : NO_LINES;
    if (wantsJson(exchange.head())) {
      String id = Ascii.text(exchange.record().requestId(), 0, exchange.record().requestIdLength);
      send(
          exchange,
          status,
          "application/problem+json",
          "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\",\"requestId\":\"%s\"}\n"
              .formatted(reason(status), status, detail, escape(id)),
          lines);
    } else {
      send(exchange, status, TEXT, status + " " + reason(status) + ": " + detail + "\n", lines);
    }
  }

  /**
   * Sends a request to https, with its host, path and query.
   *
   * @param port where that is served; 443 is left out
   */
  static void toHttps(Exchange exchange, int port) {
    RequestHead head = exchange.head();
    int end = hostEnd(head);
    if (end == head.hostStart()) {
      send(exchange, 400, "this address only sends to https, and the request names no host");
      return;
    }
    HeadWriter line = new HeadWriter().start().put(LOCATION).put(HTTPS);
    line.put(head.bytes(), head.hostStart(), end);
    if (port != 443) {
      line.put(':').put(port);
    }
    boolean path = head.pathStart() < head.pathEnd() && head.bytes()[head.pathStart()] == '/';
    if (!path) {
      line.put('/'); // "*", or an absolute-form without one
    }
    line.put(head.bytes(), path ? head.pathStart() : head.pathEnd(), head.targetEnd());
    send(exchange, 308, TEXT, "", line.crlf().toBytes());
  }

  /** Where the host ends and its port begins. */
  private static int hostEnd(RequestHead head) {
    int at = head.hostEnd();
    while (at > head.hostStart()) {
      byte b = head.bytes()[--at];
      if (b == ':') {
        return at;
      }
      if (b < '0' || b > '9') {
        break;
      }
    }
    return head.hostEnd();
  }

  /** What a filter answers. */
  static void send(Exchange exchange, FilterContext.Answer answer) {
    send(exchange, answer.status(), answer.contentType(), answer.body(), NO_LINES);
  }

  /** What a route answers. */
  static void send(Exchange exchange, RouteSpec.Action action) {
    switch (action) {
      case RouteSpec.Action.Redirect(String to, int status) -> {
        HeadWriter line = new HeadWriter().start().put(LOCATION);
        expand(line, to, exchange.head());
        send(exchange, status, TEXT, "", line.crlf().toBytes());
      }
      case RouteSpec.Action.Respond(int status, String body, Map<String, String> headers) -> {
        HeadWriter lines = new HeadWriter().start();
        String type = TEXT;
        boolean ownHsts = false;
        for (Map.Entry<String, String> field : headers.entrySet()) {
          ownHsts |= field.getKey().equalsIgnoreCase("strict-transport-security");
          if (field.getKey().equalsIgnoreCase("content-type")) {
            type = field.getValue();
          } else {
            lines.put(utf8(field.getKey() + ": " + field.getValue())).crlf();
          }
        }
        send(exchange, status, type, body, lines.toBytes(), !ownHsts);
      }
      case RouteSpec.Action.ToPool(String pool) ->
          throw new IllegalStateException("pool " + pool + " answers, not Sluice");
    }
  }

  /** Puts the request's parts in for {@code {host}}, {@code {path}} and {@code {query}}. */
  private static void expand(HeadWriter out, String template, RequestHead head) {
    int at = 0;
    while (at < template.length()) {
      int open = template.indexOf('{', at);
      int close = open < 0 ? -1 : template.indexOf('}', open);
      if (close < 0) {
        break;
      }
      out.put(utf8(template.substring(at, open)));
      switch (template.substring(open + 1, close)) {
        case "host" -> out.put(head.bytes(), head.hostStart(), head.hostEnd());
        case "path" -> out.put(head.bytes(), head.pathStart(), head.pathEnd());
        case "query" -> out.put(head.bytes(), head.pathEnd(), head.targetEnd());
        default -> out.put(utf8(template.substring(open, close + 1)));
      }
      at = close + 1;
    }
    out.put(utf8(template.substring(at)));
  }

  private static void send(
      Exchange exchange, int status, String contentType, String text, byte[] lines) {
    send(exchange, status, contentType, text, lines, true);
  }

  private static void send(
      Exchange exchange,
      int status,
      String contentType,
      String text,
      byte[] lines,
      boolean mayHaveHsts) {
    FrontendHandler client = exchange.frontend();
    if (!client.output().canCarry(status)) {
      exchange.fail(ProxyError.NO_SWITCH, null);
      return;
    }
    RequestHead head = exchange.head();
    ExchangeRecord record = exchange.record();
    byte[] body = utf8(text);
    boolean bodiless = status == 204 || status == 304;
    boolean keepAlive = head.isKeepAlive() && exchange.isRequestDone() && !client.isDraining();
    HeadWriter out = exchange.loop().writer().start();
    out.put(VERSION).put(status).put(' ').put(Ascii.bytes(reason(status))).crlf();
    out.put(exchange.loop().date().line());
    if (!bodiless) {
      out.put(TYPE).put(utf8(contentType)).crlf().put(LENGTH).put(body.length).crlf();
    }
    out.put(lines);
    byte[] hsts = client.listener().hsts();
    if (hsts != null && mayHaveHsts) {
      out.put(hsts);
    }
    exchange.writeRateLimit(out);
    out.put(REQUEST_ID).put(record.requestId, 0, record.requestIdLength).crlf();
    if (!keepAlive) {
      out.put(CLOSE);
    } else if (head.minor() == 0) {
      out.put(KEEP_ALIVE);
    }
    out.crlf();
    if (!bodiless && !head.isMethod("HEAD")) {
      out.put(body);
    }
    var bytes = out.take(client.alloc(), 0);
    record.status = status;
    record.bytesOut += bytes.readableBytes();
    client.output().write(bytes);
    exchange.finish(keepAlive);
  }

  private static String reason(int status) {
    return HttpResponseStatus.valueOf(status).reasonPhrase();
  }

  private static boolean wantsJson(RequestHead head) {
    for (int f = head.find(Field.ACCEPT, 0); f >= 0; f = head.find(Field.ACCEPT, f + 1)) {
      if (Ascii.listContains(head.bytes(), head.valueStart(f), head.valueEnd(f), PROBLEM)
          || Ascii.listContains(head.bytes(), head.valueStart(f), head.valueEnd(f), JSON)) {
        return true;
      }
    }
    return false;
  }

  /** A request id of a trusted proxy may hold any visible byte. */
  private static String escape(String id) {
    return id.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
