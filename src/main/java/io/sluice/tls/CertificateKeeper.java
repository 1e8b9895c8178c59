package io.sluice.tls;

import io.sluice.config.ListenerSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the TLS of all listeners fresh: reads their files once a second, as whole contents rather
 * than times, because Kubernetes exchanges a secret by a link two directories away; makes new
 * ticket keys; and warns before a certificate ends. Everything happens on its own thread.
 */
public final class CertificateKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.tls");
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final int[] WARN_DAYS = {1, 7, 14, 30};
  private static final int OVER = 0;
  private static final int NEVER = Integer.MAX_VALUE;

  private final InstantSource clock;
  private final TicketKeys tickets;
  private final Map<ListenerSpec, ListenerTls> listeners = new LinkedHashMap<>();
  private final @Nullable ScheduledExecutorService thread;

  /** Replaced after each look; read by anybody. */
  private volatile Map<ListenerSpec, List<CertificateStatus>> statuses = Map.of();

  /** The last warning about each certificate, in days before its end; guarded by this. */
  private final Map<String, Integer> warned = new HashMap<>();

  private boolean closed;

  private CertificateKeeper(InstantSource clock, TicketKeys tickets, boolean any) {
    this.clock = clock;
    this.tickets = tickets;
    this.thread =
        any
            ? Executors.newSingleThreadScheduledExecutor(
                task -> Thread.ofPlatform().name("sluice-certificates").daemon().unstarted(task))
            : null;
  }

  /** The TLS of a listener cannot be had. */
  public static final class ListenerException extends Exception {
    private static final long serialVersionUID = 1L;

    ListenerException(ListenerSpec listener, TlsMaterialException cause) {
      super("listener " + listener.address() + ": " + cause.sentence(), cause);
    }
  }

  /**
   * Loads what the listeners with TLS need, and keeps it fresh from then on.
   *
   * @param protocols what a listener offers by ALPN, the most wanted first
   * @throws ListenerException when something cannot be used; nothing is left open then
   */
  public static CertificateKeeper open(
      List<ListenerSpec> listeners,
      Function<ListenerSpec, List<String>> protocols,
      TicketKeys tickets,
      Bundles bundles,
      InstantSource clock)
      throws ListenerException {
    List<ListenerSpec> secure = listeners.stream().filter(l -> l.tls() != null).toList();
    CertificateKeeper keeper = new CertificateKeeper(clock, tickets, !secure.isEmpty());
    for (ListenerSpec listener : secure) {
      if (keeper.listeners.containsKey(listener)) {
        continue; // another one at a port of the system's choice, and otherwise the same
      }
      try {
        keeper.listeners.put(
            listener,
            ListenerTls.open(
                listener, protocols.apply(listener), tickets, bundles, clock.instant()));
      } catch (TlsMaterialException e) {
        keeper.close();
        throw new ListenerException(listener, e);
      }
    }
    keeper.tell();
    if (keeper.thread != null) {
      keeper.thread.scheduleWithFixedDelay(
          keeper::look, LOOK.toNanos(), LOOK.toNanos(), TimeUnit.NANOSECONDS);
    }
    return keeper;
  }

  /** The TLS of a listener; null: it has none. */
  public @Nullable ListenerTls of(ListenerSpec listener) {
    return listeners.get(listener);
  }

  private void look() {
    try {
      look(true);
    } catch (RuntimeException e) {
      LOG.error("certificates could not be looked after; what is in force stays", e);
    }
  }

  private synchronized void look(boolean patient) {
    if (closed) {
      return;
    }
    Instant now = clock.instant();
    listeners.values().forEach(listener -> listener.refresh(now, patient));
    if (tickets.rotate(now)) {
      listeners.values().forEach(ListenerTls::renewTickets);
    }
    tell();
  }

  /**
   * Looks now, and says at once what is wrong.
   *
   * @return what there is to say of it for the operator; empty: no listener has TLS
   */
  public String lookNow() {
    look(false);
    List<CertificateStatus> all = status();
    long wrong = all.stream().filter(one -> one.problem() != null).count();
    if (all.isEmpty()) {
      return "";
    }
    return wrong == 0
        ? "the certificates are those of their files"
        : wrong + " of " + all.size() + " certificates cannot be replaced, see above";
  }

  /** All certificates, in the configuration's order. Callable from any thread. */
  public List<CertificateStatus> status() {
    Map<ListenerSpec, List<CertificateStatus>> now = statuses;
    List<CertificateStatus> all = new ArrayList<>();
    listeners.keySet().forEach(listener -> all.addAll(now.getOrDefault(listener, List.of())));
    return all;
  }

  /** Those of a listener. */
  public List<CertificateStatus> status(ListenerSpec listener) {
    return statuses.getOrDefault(listener, List.of());
  }

  private void tell() {
    Map<ListenerSpec, List<CertificateStatus>> now = new HashMap<>();
    listeners.forEach((spec, listener) -> now.put(spec, listener.status()));
    statuses = Map.copyOf(now);
    warn();
  }

  /** The secrets of tickets, for the next process. */
  public TicketKeys tickets() {
    return tickets;
  }

  private void warn() {
    Instant now = clock.instant();
    for (CertificateStatus one : status()) {
      Duration left = Duration.between(now, one.until());
      int step = left.isNegative() ? OVER : step(left);
      String which = one.listener() + " " + one.fingerprint();
      if (step < warned.getOrDefault(which, NEVER)) {
        warned.put(which, step);
        LOG.warn(
            "listener {}: the certificate in {} {} {}; renew it",
            one.listener(),
            one.source(),
            step == OVER ? "has expired, it was valid until" : "is only valid until",
            one.until());
      }
    }
  }

  /** The days of the warning that is due with so much time left. */
  private static int step(Duration left) {
    for (int days : WARN_DAYS) {
      if (left.compareTo(Duration.ofDays(days)) <= 0) {
        return days;
      }
    }
    return NEVER;
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.shutdownNow();
    }
    synchronized (this) {
      if (!closed) {
        closed = true;
        listeners.values().forEach(ListenerTls::close);
      }
    }
  }
}
