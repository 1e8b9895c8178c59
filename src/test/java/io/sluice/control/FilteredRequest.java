package io.sluice.control;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.sluice.config.BalanceSpec;
import io.sluice.http.HeadEdits;
import io.sluice.http.HeadLimits;
import io.sluice.http.HeadWriter;
import io.sluice.http.RequestHead;
import io.sluice.proxy.RequestContext;
import io.sluice.proxy.RequestFilter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that goes through a filter without a proxy: its head and edits are the real ones. */
final class FilteredRequest implements RequestContext {
  private final RequestHead head = new RequestHead();
  private final HeadEdits requestEdits = new HeadEdits();
  private final HeadEdits answerEdits = new HeadEdits();
  private final Map<RequestFilter, Object> attached = new HashMap<>();
  private int answered;
  private String body = "";

  /**
   * A request.
   *
   * @param fields whole field lines without line ends, Host not among them
   */
  FilteredRequest(String... fields) {
    String text = "GET / HTTP/1.1\r\nHost: a\r\n" + String.join("\r\n", fields);
    ByteBuf in =
        Unpooled.copiedBuffer(
            text + (fields.length > 0 ? "\r\n\r\n" : "\r\n"), StandardCharsets.ISO_8859_1);
    if (head.feed(in, new HeadLimits(1000, 1000, 10)) != RequestHead.Progress.COMPLETE) {
      throw new IllegalArgumentException("not a head: " + text);
    }
  }

  @Override
  public String scheme() {
    return "http";
  }

  /** The status that the filter answered with, 0 when it did not. */
  int answered() {
    return answered;
  }

  String body() {
    return body;
  }

  /** The field lines that would go to the backend. */
  String sent() {
    ByteBuf out =
        new HeadWriter()
            .start()
            .fields(head, requestEdits)
            .take(UnpooledByteBufAllocator.DEFAULT, 0);
    try {
      return out.toString(StandardCharsets.ISO_8859_1);
    } finally {
      out.release();
    }
  }

  @Override
  public long read(BalanceSpec.Key key, KeyReader reader) {
    return ABSENT;
  }

  @Override
  public @Nullable String header(String name) {
    byte[] lowerCase = name.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
    int field = head.find(lowerCase, 0);
    return field < 0 ? null : head.value(field);
  }

  @Override
  public String path() {
    return "/";
  }

  @Override
  public @Nullable String query() {
    return null;
  }

  @Override
  public String clientAddress() {
    return "192.0.2.7";
  }

  @Override
  public String method() {
    return "GET";
  }

  @Override
  public String protocol() {
    return "HTTP/1.1";
  }

  @Override
  public String host() {
    return "a";
  }

  @Override
  public String requestId() {
    return "1";
  }

  @Override
  public String routeId() {
    return "default";
  }

  @Override
  public @Nullable String poolId() {
    return "default";
  }

  @Override
  public @Nullable String backendId() {
    return null;
  }

  @Override
  public int status() {
    return answered;
  }

  @Override
  public @Nullable String answerHeader(String name) {
    return null;
  }

  @Override
  public HeadEdits requestEdits() {
    return requestEdits;
  }

  @Override
  public HeadEdits answerEdits() {
    return answerEdits;
  }

  @Override
  public boolean hasPathPrefix(byte[] segments) {
    return segments.length == 0;
  }

  @Override
  public void replacePathPrefix(int length, byte[] replacement) {
    throw new UnsupportedOperationException("paths are not this class's business");
  }

  @Override
  public void usePool(String poolId) {
    throw new IllegalArgumentException("there is no pool " + poolId);
  }

  @Override
  public void answer(int status, String contentType, String text) {
    answered = status;
    body = text;
  }

  @Override
  public void attach(RequestFilter owner, @Nullable Object object) {
    attached.put(owner, object);
  }

  @Override
  public @Nullable Object attached(RequestFilter owner) {
    return attached.get(owner);
  }
}
