package io.sluice.proxy;

import io.netty.util.NetUtil;
import io.sluice.http.Ascii;
import io.sluice.http.ProxyHeaderReader;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells operators why requests failed, at most {@value #PER_SECOND} lines a second for each event
 * loop: a dead backend under load must not drown the log or slow the loop. What is left out is
 * counted and said.
 */
final class FailureLog {
  static final int PER_SECOND = 10;
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.proxy");

  private long second;
  private int lines;
  private long suppressed;

  void upstream(ExchangeRecord record, ProxyError error, @Nullable String detail) {
    if (!admit()) {
      return;
    }
    LOG.warn(
        "{} {}{}{} (request {})",
        record.backend,
        error.text(),
        detail == null ? "" : ": ",
        detail == null ? "" : detail,
        Ascii.text(record.requestId, 0, record.requestIdLength));
  }

  /** The same for a failure that the client does not see. */
  void retried(ExchangeRecord record, ProxyError error, @Nullable String detail) {
    if (admit()) {
      LOG.warn(
          "{} {}{}{}; the request is tried again (request {})",
          record.backend,
          error.text(),
          detail == null ? "" : ": ",
          detail == null ? "" : detail,
          Ascii.text(record.requestId, 0, record.requestIdLength));
    }
  }

  /** A client connection was closed because of what it began with. */
  void proxyHeader(@Nullable SocketAddress peer, ProxyHeaderReader.Violation why) {
    if (admit()) {
      LOG.warn(
          "a connection from {} was closed: {}; proxy-protocol of the listener says that its peer"
              + " sends one",
          peer instanceof InetSocketAddress inet
              ? NetUtil.toSocketAddressString(inet)
              : "a Unix socket",
          why.reason());
    }
  }

  void extension(String phase, Throwable failure) {
    if (admit()) {
      LOG.error("a filter failed {}", phase, failure);
    }
  }

  private boolean admit() {
    long now = System.nanoTime() / 1_000_000_000L;
    if (now != second) {
      second = now;
      lines = 0;
      if (suppressed > 0) {
        LOG.warn("{} more failures were not logged", suppressed);
        suppressed = 0;
      }
    }
    if (++lines > PER_SECOND) {
      suppressed++;
      return false;
    }
    return true;
  }
}
