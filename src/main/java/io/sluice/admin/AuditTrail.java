package io.sluice.admin;

import io.sluice.store.Actor;
import io.sluice.store.AuditEntry;
import io.sluice.store.AuditLog;
import io.sluice.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

/**
 * Brings into the audit what the store does not write by itself: what was denied or refused, and
 * changes of users, tokens and sessions.
 *
 * <p>Anybody can cause denials, and each line costs a write to disk. So at most {@value
 * #MOST_LINES} a minute are written, by a thread of its own; the others are counted, and one line
 * tells how many. While the store changes hands between two processes, lines wait for its end.
 */
@Component
final class AuditTrail implements DisposableBean {
  private static final Logger log = LoggerFactory.getLogger(AuditTrail.class);
  static final int MOST_LINES = 120;
  private static final int MOST_WAITING = 256;
  private static final int LONGEST_TEXT = 256;
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration AGAIN = Duration.ofMillis(50);

  private final AuditLog audit;
  private final InstantSource clock;
  private final BlockingQueue<AuditEntry> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final Thread writer;
  private volatile boolean closing;
  // Guarded by this.
  private Instant windowEnd = Instant.MIN;
  private int lines;
  private long suppressed;

  AuditTrail(AuditLog audit, InstantSource clock) {
    this.audit = audit;
    this.clock = clock;
    this.writer = Thread.ofVirtual().name("sluice-audit").start(this::write);
  }

  /**
   * Notes what was denied, or a write that was refused; reads that go wrong are nobody's concern.
   */
  void problem(ServerWebExchange exchange, ProblemException problem) {
    HttpStatus status = problem.status();
    boolean denied =
        status == HttpStatus.UNAUTHORIZED
            || status == HttpStatus.FORBIDDEN
            || status == HttpStatus.TOO_MANY_REQUESTS
            || status == HttpStatus.MISDIRECTED_REQUEST;
    boolean rehearsal = exchange.getRequest().getQueryParams().containsKey("dryRun");
    if (denied || isWrite(exchange) && !rehearsal) {
      String detail = status.value() + " " + problem.code();
      offer(entry(exchange, denied ? "denied" : "refused", detail));
    }
  }

  private static boolean isWrite(ServerWebExchange exchange) {
    HttpMethod method = exchange.getRequest().getMethod();
    return !method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD);
  }

  /**
   * Writes a line about a change of users, tokens or sessions. Blocks until it is stored; called
   * only for callers that were let in.
   */
  void applied(ServerWebExchange exchange, Actor actor, String detail) {
    audit.append(entry(exchange, actor, "applied", detail));
  }

  private AuditEntry entry(ServerWebExchange exchange, String outcome, String detail) {
    return entry(exchange, Caller.actor(exchange), outcome, detail);
  }

  private AuditEntry entry(ServerWebExchange exchange, Actor actor, String outcome, String detail) {
    String path = exchange.getRequest().getURI().getRawPath();
    String action = exchange.getRequest().getMethod().name() + " " + path;
    return new AuditEntry(
        0,
        clock.instant(),
        actor,
        shortened(action),
        null,
        null,
        null,
        outcome,
        shortened(detail),
        RequestId.of(exchange));
  }

  /** Of one line, and not longer than a line of the audit should be. */
  static String shortened(String text) {
    String cut = text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) + "…" : text;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }

  private void offer(AuditEntry entry) {
    AuditEntry summary;
    synchronized (this) {
      Instant now = clock.instant();
      summary = now.isBefore(windowEnd) ? null : next(now);
      if (lines >= MOST_LINES || !waiting.offer(entry)) {
        suppressed++;
      } else {
        lines++;
      }
    }
    if (summary != null && !waiting.offer(summary)) {
      log.warn("the audit is too slow: {}", summary.detail());
    }
  }

  /** Begins a minute; what the one before left out is told in a line. */
  private @Nullable AuditEntry next(Instant now) {
    long left = suppressed;
    windowEnd = now.plus(WINDOW);
    lines = 0;
    suppressed = 0;
    return left == 0 ? null : summary(left);
  }

  private AuditEntry summary(long left) {
    String detail = left + " further denials and refusals are not in the audit: too many a minute";
    return new AuditEntry(
        0, clock.instant(), Actor.SYSTEM, "audit", null, null, null, "denied", detail, null);
  }

  private void write() {
    while (!closing || !waiting.isEmpty()) {
      try {
        append(waiting.take());
      } catch (InterruptedException e) {
        // Closing: what waits is still written, without waiting for more.
        AuditEntry entry = waiting.poll();
        while (entry != null) {
          append(entry);
          entry = waiting.poll();
        }
        return;
      }
    }
  }

  private void append(AuditEntry entry) {
    boolean interrupted = false;
    try {
      while (!tryToAppend(entry, interrupted)) {
        // Whoever ends the process interrupts: the store will not come back in time then.
        LockSupport.parkNanos(this, AGAIN.toNanos());
        interrupted |= Thread.interrupted();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Returns false when the store changes hands and is to be tried again.
   *
   * @param last whether there is no other try
   */
  private boolean tryToAppend(AuditEntry entry, boolean last) {
    try {
      audit.append(entry);
      return true;
    } catch (StoreException e) {
      if (e.kind() == StoreException.Kind.HANDED_OVER && !last && !closing) {
        return false;
      }
      log.warn("a line of the audit is lost ({}): {}", e.getMessage(), entry);
      return true;
    }
  }

  @Override
  public void destroy() throws InterruptedException {
    long left;
    synchronized (this) {
      left = suppressed;
      suppressed = 0;
    }
    if (left > 0 && !waiting.offer(summary(left))) {
      log.warn("{} denials and refusals are not in the audit", left);
    }
    closing = true;
    writer.interrupt();
    writer.join(PATIENCE);
  }
}
