package io.sluice.proxy;

import io.sluice.balance.Backend;
import io.sluice.config.BalanceSpec;
import io.sluice.http.Ascii;
import io.sluice.http.HeadEdits;
import io.sluice.http.MessageHead;
import io.sluice.http.RequestHead;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An exchange as filters and balancers see it. One for each exchange, used again with it. */
final class FilterContext implements RequestContext {
  /** What a filter answered instead of a backend. */
  record Answer(int status, String contentType, String body) {}

  private final Exchange exchange;
  private @Nullable IdentityHashMap<RequestFilter, Object> attachments;
  private @Nullable Answer answer;
  private int pathCut;
  private byte @Nullable [] pathReplacement;

  FilterContext(Exchange exchange) {
    this.exchange = exchange;
  }

  void reset() {
    attachments = null;
    answer = null;
    pathReplacement = null;
  }

  @Nullable Answer takeAnswer() {
    Answer taken = answer;
    answer = null;
    return taken;
  }

  private RequestHead head() {
    return exchange.head();
  }

  private static @Nullable String header(MessageHead head, String name) {
    int field = head.find(Ascii.bytes(name.toLowerCase(Locale.ROOT)), 0);
    return field < 0 ? null : head.value(field);
  }

  @Override
  public @Nullable String header(String name) {
    return header(head(), name);
  }

  @Override
  public @Nullable String answerHeader(String name) {
    return header(exchange.answer().head(), name);
  }

  @Override
  public String path() {
    RequestHead head = head();
    return Ascii.text(head.bytes(), head.pathStart(), head.pathEnd());
  }

  @Override
  public String scheme() {
    return exchange.frontend().identity().tls() == null ? "http" : "https";
  }

  @Override
  public @Nullable String query() {
    RequestHead head = head();
    return head.pathEnd() == head.targetEnd()
        ? null
        : Ascii.text(head.bytes(), head.pathEnd() + 1, head.targetEnd());
  }

  @Override
  public String clientAddress() {
    byte[] client = exchange.record().clientAddress();
    return Ascii.text(client, 0, client.length);
  }

  @Override
  public boolean avoids(Backend backend) {
    return exchange.tries().choice().avoids(backend);
  }

  @Override
  public long read(BalanceSpec.Key key, KeyReader reader) {
    return RequestPart.read(head(), exchange.record().clientAddress(), key, reader);
  }

  @Override
  public String method() {
    RequestHead head = head();
    return Ascii.text(head.bytes(), head.methodStart(), head.methodEnd());
  }

  @Override
  public String protocol() {
    String protocol = exchange.record().protocol();
    return protocol == null ? "" : protocol;
  }

  @Override
  public String host() {
    RequestHead head = head();
    return Ascii.text(head.bytes(), head.hostStart(), head.hostEnd());
  }

  @Override
  public String requestId() {
    return Ascii.text(exchange.record().requestId(), 0, exchange.record().requestIdLength());
  }

  @Override
  public String routeId() {
    String id = exchange.record().routeId();
    return id == null ? "" : id;
  }

  @Override
  public @Nullable String poolId() {
    return exchange.record().poolId();
  }

  @Override
  public @Nullable String backendId() {
    return exchange.record().backendId();
  }

  @Override
  public int status() {
    return exchange.answer().head().status();
  }

  @Override
  public HeadEdits requestEdits() {
    return exchange.requestEdits();
  }

  @Override
  public HeadEdits answerEdits() {
    return exchange.answerEdits();
  }

  @Override
  public boolean hasPathPrefix(byte[] segments) {
    RequestHead head = head();
    int end = head.pathStart() + segments.length;
    return end <= head.pathEnd()
        && Arrays.equals(head.bytes(), head.pathStart(), end, segments, 0, segments.length)
        && (end == head.pathEnd() || head.bytes()[end] == '/');
  }

  @Override
  public void replacePathPrefix(int length, byte[] replacement) {
    if (length < 0 || length > head().pathEnd() - head().pathStart()) {
      throw new IllegalArgumentException("the path has no " + length + " bytes");
    }
    for (byte b : replacement) {
      if (b <= 0x20 || b == 0x7F || b == '?' || b == '#') {
        throw new IllegalArgumentException("a path cannot hold the byte " + b);
      }
    }
    pathCut = length;
    pathReplacement = replacement;
  }

  byte @Nullable [] pathReplacement() {
    return pathReplacement;
  }

  int pathCut() {
    return pathCut;
  }

  @Override
  public void usePool(String poolId) {
    exchange.usePool(poolId);
  }

  @Override
  public void answer(int status, String contentType, String body) {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("status " + status + " is not within 200..599");
    }
    answer = new Answer(status, contentType, body);
  }

  @Override
  public void attach(RequestFilter owner, @Nullable Object object) {
    if (attachments == null) {
      attachments = new IdentityHashMap<>();
    }
    if (object == null) {
      attachments.remove(owner);
    } else {
      attachments.put(owner, object);
    }
  }

  @Override
  public @Nullable Object attached(RequestFilter owner) {
    return attachments == null ? null : attachments.get(owner);
  }
}
