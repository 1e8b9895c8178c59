package io.sluice.admin;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * Browsers that have logged in. They live in memory alone: a restart logs everybody out, an upgrade
 * nobody, and nothing that could be stolen is on disk. The cookie holds a random id; the map knows
 * its hash.
 *
 * <p>A session ends 30 minutes after its last call, 12 hours after its login, and when its user
 * logs out, is removed or gets another password or role. At most {@value #MOST} exist: a new one
 * ends the one that has been idle longest, of the same user first.
 */
@Component
final class Sessions implements DisposableBean {
  static final int MOST = 1000;
  static final int MOST_OF_A_USER = 20;
  static final Duration IDLE = Duration.ofMinutes(30);
  static final Duration WHOLE = Duration.ofHours(12);
  private static final Duration SWEEP = Duration.ofSeconds(10);

  private final InstantSource clock;
  private final Map<String, Session> byHash = new ConcurrentHashMap<>();
  private final Disposable sweeper;

  /** One of them. */
  static final class Session {
    private final String user;
    private final Role role;
    private final String csrfToken;
    private final Instant end;
    private final Sinks.Empty<Void> ended = Sinks.empty();
    // Written by the thread of any of its calls; a lost update costs nothing.
    private volatile Instant lastCall;

    private Session(String user, Role role, Instant now) {
      this(user, role, Secrets.fresh(Secrets.LENGTH), now.plus(WHOLE), now);
    }

    private Session(String user, Role role, String csrfToken, Instant end, Instant lastCall) {
      this.user = user;
      this.role = role;
      this.csrfToken = csrfToken;
      this.end = end;
      this.lastCall = lastCall;
    }

    String user() {
      return user;
    }

    Role role() {
      return role;
    }

    String csrfToken() {
      return csrfToken;
    }

    /** When it ends without a further call. */
    Instant expiresAt() {
      Instant idle = lastCall.plus(IDLE);
      return idle.isBefore(end) ? idle : end;
    }

    /** Completes at its end. */
    Mono<Void> ended() {
      return ended.asMono();
    }
  }

  /**
   * A session that has begun.
   *
   * @param id for the cookie; shown only here
   */
  record Begun(String id, Session session) {}

  Sessions(InstantSource clock) {
    this.clock = clock;
    this.sweeper =
        Schedulers.parallel()
            .schedulePeriodically(
                this::sweep, SWEEP.toMillis(), SWEEP.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Begins one, with an id that nobody knew before. */
  Begun begin(String user, Role role) {
    sweep();
    evict(session -> session.user.equals(user), MOST_OF_A_USER);
    evict(session -> true, MOST);
    String id = Secrets.fresh(Secrets.LENGTH);
    Session session = new Session(user, role, clock.instant());
    byHash.put(Secrets.hash(id), session);
    return new Begun(id, session);
  }

  /** The session of an id, with its idle time begun anew; null: there is none any more. */
  @Nullable Session find(String id) {
    String hash = Secrets.hash(id);
    Session session = byHash.get(hash);
    if (session == null) {
      return null;
    }
    Instant now = clock.instant();
    if (!now.isBefore(session.expiresAt())) {
      end(hash);
      return null;
    }
    session.lastCall = now;
    return session;
  }

  /** Ends the session of an id, if there is one. */
  void endById(String id) {
    end(Secrets.hash(id));
  }

  /** Ends all sessions of a user. */
  void endOf(String user) {
    endAll(session -> session.user.equals(user));
  }

  int size() {
    return byHash.size();
  }

  /**
   * A session for the process that takes this one's place.
   *
   * @param idHash what the cookie holds is known to its browser alone
   * @param csrfToken a secret: only for the upgrade socket
   * @param begunAt when it was logged in
   */
  record Moved(
      String idHash, String user, Role role, String csrfToken, Instant begunAt, Instant lastCall) {

    /** Without the secret. */
    @Override
    public String toString() {
      return "session of " + user + " since " + begunAt;
    }
  }

  /** All of them. */
  List<Moved> all() {
    List<Moved> all = new ArrayList<>();
    byHash.forEach(
        (hash, session) ->
            all.add(
                new Moved(
                    hash,
                    session.user,
                    session.role,
                    session.csrfToken,
                    session.end.minus(WHOLE),
                    session.lastCall)));
    return all;
  }

  /** Goes on with sessions of the process before; those that are over are left out. */
  void resume(List<Moved> moved) {
    Instant now = clock.instant();
    for (Moved each : moved) {
      Session session =
          new Session(
              each.user(),
              each.role(),
              each.csrfToken(),
              each.begunAt().plus(WHOLE),
              each.lastCall());
      if (now.isBefore(session.expiresAt()) && byHash.size() < MOST) {
        byHash.putIfAbsent(each.idHash(), session);
      }
    }
  }

  private void sweep() {
    Instant now = clock.instant();
    endAll(session -> !now.isBefore(session.expiresAt()));
  }

  private void endAll(Predicate<Session> which) {
    byHash.forEach(
        (hash, session) -> {
          if (which.test(session)) {
            end(hash);
          }
        });
  }

  /** Makes room for one more. */
  private void evict(Predicate<Session> which, int most) {
    while (byHash.values().stream().filter(which).count() >= most) {
      byHash.entrySet().stream()
          .filter(entry -> which.test(entry.getValue()))
          .min(Comparator.comparing(entry -> entry.getValue().lastCall))
          .ifPresent(entry -> end(entry.getKey()));
    }
  }

  private void end(String hash) {
    Session session = byHash.remove(hash);
    if (session != null) {
      session.ended.tryEmitEmpty();
    }
  }

  @Override
  public void destroy() {
    sweeper.dispose();
    endAll(session -> true);
  }
}
