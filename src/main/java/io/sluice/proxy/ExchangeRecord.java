package io.sluice.proxy;

import io.sluice.balance.Backend;
import io.sluice.balance.OutcomeObserver;
import io.sluice.http.RequestHead;
import org.jspecify.annotations.Nullable;

/** What an exchange notes for its end. Used again for the next request; bound to its loop. */
final class ExchangeRecord implements FinishedRequest {
  private static final int MAX_REQUEST_ID = 128;
  private static final byte[] NOTHING = {};

  /** What a failure counts as a latency: failing fast must not look like being fast. */
  static final long FAILED_NANOS = 1_000_000_000L;

  private final RequestHead head;
  final byte[] requestId = new byte[MAX_REQUEST_ID];
  int requestIdLength;
  int status;
  long startedAt;
  long firstByteAt;

  /** When the whole request was with the backend; 0: it is not. */
  long sentAt;

  long connectStartedAt;
  long connectNanos;
  long endedAt;
  long bytesIn;
  long bytesOut;
  int tries;
  byte[] clientAddress = {};
  private @Nullable SecureChannel tls;
  private boolean http2;
  @Nullable Route route;
  @Nullable String poolId;
  @Nullable Backend backend;
  @Nullable String errorReason;

  ExchangeRecord(RequestHead head) {
    this.head = head;
  }

  /**
   * @param overHttp2 whether the request's HTTP/1.1 was made of a stream
   */
  void start(long now, ClientIdentity client, boolean overHttp2) {
    startedAt = now;
    http2 = overHttp2;
    clientAddress = client.peer();
    tls = client.tls();
    requestIdLength = 0;
    status = 0;
    firstByteAt = 0;
    sentAt = 0;
    connectNanos = 0;
    bytesIn = 0;
    bytesOut = 0;
    tries = 0;
    route = null;
    poolId = null;
    backend = null;
    errorReason = null;
  }

  /**
   * What a try counts as for balancers.
   *
   * @param outcome see {@link OutcomeObserver}
   * @return negative: it says nothing
   */
  long latency(int outcome) {
    if (outcome == OutcomeObserver.FAILED || outcome == 502 || outcome == 503 || outcome == 504) {
      return FAILED_NANOS;
    }
    return outcome > 0 && sentAt != 0 && firstByteAt != 0 ? firstByteAt - sentAt : -1;
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public @Nullable String protocol() {
    if (http2) {
      return "HTTP/2.0";
    }
    if (methodLength() == 0) {
      return null;
    }
    return head.minor() == 0 ? "HTTP/1.0" : "HTTP/1.1";
  }

  @Override
  public int methodLength() {
    return head.methodEnd() - head.methodStart();
  }

  @Override
  public byte[] methodArray() {
    return head.bytes();
  }

  @Override
  public int methodOffset() {
    return head.methodStart();
  }

  @Override
  public byte[] targetArray() {
    return head.bytes();
  }

  @Override
  public int targetOffset() {
    return head.targetStart();
  }

  @Override
  public int targetLength() {
    return head.targetEnd() - head.targetStart();
  }

  @Override
  public byte[] hostArray() {
    return head.bytes();
  }

  @Override
  public int hostOffset() {
    return head.hostStart();
  }

  @Override
  public int hostLength() {
    return head.hostEnd() - head.hostStart();
  }

  @Override
  public byte[] clientAddress() {
    return clientAddress;
  }

  @Override
  public byte[] tlsVersion() {
    return tls == null ? NOTHING : tls.version();
  }

  @Override
  public byte[] tlsCipher() {
    return tls == null ? NOTHING : tls.cipher();
  }

  @Override
  public byte[] serverName() {
    return tls == null ? NOTHING : tls.serverName();
  }

  @Override
  public byte[] requestId() {
    return requestId;
  }

  @Override
  public int requestIdLength() {
    return requestIdLength;
  }

  @Override
  public long totalNanos() {
    return endedAt - startedAt;
  }

  @Override
  public long firstByteNanos() {
    return firstByteAt == 0 ? -1 : firstByteAt - startedAt;
  }

  @Override
  public long connectNanos() {
    return connectNanos;
  }

  @Override
  public long bytesIn() {
    return bytesIn;
  }

  @Override
  public long bytesOut() {
    return bytesOut;
  }

  @Override
  public int tries() {
    return tries;
  }

  @Override
  public @Nullable String routeId() {
    return route == null ? null : route.spec().id();
  }

  @Override
  public @Nullable String poolId() {
    return poolId;
  }

  @Override
  public @Nullable String backendId() {
    return backend == null ? null : backend.id();
  }

  @Override
  public @Nullable String backendAddress() {
    return backend == null ? null : backend.address();
  }

  @Override
  public @Nullable String errorReason() {
    return errorReason;
  }
}
