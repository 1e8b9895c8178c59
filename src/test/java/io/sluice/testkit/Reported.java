package io.sluice.testkit;

import io.sluice.proxy.FinishedRequest;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A copy of what the proxy reported at a request's end. */
public record Reported(
    int status,
    @Nullable String protocol,
    String method,
    String target,
    String host,
    String client,
    String requestId,
    long totalNanos,
    long firstByteNanos,
    long bytesIn,
    long bytesOut,
    int tries,
    @Nullable String routeId,
    @Nullable String poolId,
    @Nullable String backendId,
    @Nullable String backendAddress,
    @Nullable String errorReason,
    String tls,
    String serverName) {

  static Reported of(FinishedRequest r) {
    return new Reported(
        r.status(),
        r.protocol(),
        text(r.methodArray(), r.methodOffset(), r.methodLength()),
        text(r.targetArray(), r.targetOffset(), r.targetLength()),
        text(r.hostArray(), r.hostOffset(), r.hostLength()),
        text(r.clientAddress(), 0, r.clientAddress().length),
        text(r.requestId(), 0, r.requestIdLength()),
        r.totalNanos(),
        r.firstByteNanos(),
        r.bytesIn(),
        r.bytesOut(),
        r.tries(),
        r.routeId(),
        r.poolId(),
        r.backendId(),
        r.backendAddress(),
        r.errorReason(),
        text(r.tlsVersion(), 0, r.tlsVersion().length)
            + " "
            + text(r.tlsCipher(), 0, r.tlsCipher().length),
        text(r.serverName(), 0, r.serverName().length));
  }

  private static String text(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
  }
}
