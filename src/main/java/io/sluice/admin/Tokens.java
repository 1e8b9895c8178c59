package io.sluice.admin;

import io.sluice.store.Accounts;
import io.sluice.store.Accounts.Token;
import io.sluice.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Bearer tokens: {@code sl_ID_SECRET}. The id finds it, the hash of the whole proves it; the secret
 * is shown once and kept nowhere. Methods that reach the store block.
 */
@Component
final class Tokens {
  private static final Logger log = LoggerFactory.getLogger(Tokens.class);

  /** The id of the token that the environment or a file gives; its text may have any form. */
  static final String FIRST = "first";

  private static final int ID_LENGTH = 10;
  private static final int LONGEST = 512;

  /** What an unknown id is compared to, so that it takes as long as a known one. */
  private static final String NO_HASH = Secrets.hash("");

  private final Accounts accounts;
  private final InstantSource clock;
  private final Scheduler storeThreads = Schedulers.boundedElastic();
  // By id, for streams that end with their token.
  private final Map<String, Sinks.Empty<Void>> ends = new ConcurrentHashMap<>();
  // By id: the minute of the last use that was noted.
  private final Map<String, Instant> noted = new ConcurrentHashMap<>();

  Tokens(Accounts accounts, InstantSource clock) {
    this.accounts = accounts;
    this.clock = clock;
  }

  /**
   * A token that was made.
   *
   * @param text for its owner; shown only here
   */
  record Made(Token token, String text) {}

  /** Makes one. */
  Made make(String name, Role role, String createdBy, @Nullable Duration expiresIn) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    while (true) {
      String id = Secrets.fresh(ID_LENGTH);
      String text = "sl_" + id + "_" + Secrets.fresh(Secrets.LENGTH);
      Instant expiresAt = expiresIn == null ? null : now.plus(expiresIn);
      Token token =
          new Token(id, name, role.word(), Secrets.hash(text), createdBy, now, expiresAt, null);
      if (accounts.addToken(token)) {
        return new Made(token, text);
      }
    }
  }

  /** The caller that a token's text proves; null: none. */
  @Nullable Caller verify(String text, @Nullable String address) {
    if (text.length() > LONGEST) {
      return null;
    }
    String hash = Secrets.hash(text);
    Token token = matching(idOf(text), hash);
    if (token == null) {
      token = matching(FIRST, hash);
    }
    Role role = token == null ? null : Role.of(token.role());
    if (token == null || role == null) {
      return null;
    }
    Instant now = clock.instant();
    if (token.expiresAt() != null && !now.isBefore(token.expiresAt())) {
      return null;
    }
    note(token.id(), now);
    return new Caller(
        token.name(), role, "token:" + token.id(), address, token.expiresAt(), ended(token, now));
  }

  private @Nullable Token matching(String id, String hash) {
    Token token = accounts.token(id);
    boolean same = Secrets.equal(hash, token == null ? NO_HASH : token.hash());
    return token != null && same ? token : null;
  }

  private static String idOf(String text) {
    String[] parts = text.split("_", 3);
    return parts.length == 3 && parts[0].equals("sl") && parts[1].length() <= LONGEST
        ? parts[1]
        : "";
  }

  private Mono<Void> ended(Token token, Instant now) {
    Mono<Void> revoked = ends.computeIfAbsent(token.id(), id -> Sinks.empty()).asMono();
    return token.expiresAt() == null
        ? revoked
        : Mono.firstWithSignal(
            revoked, Mono.delay(Duration.between(now, token.expiresAt())).then());
  }

  /** At most once a minute, and not while the caller waits. */
  private void note(String id, Instant now) {
    Instant minute = now.truncatedTo(ChronoUnit.MINUTES);
    if (!minute.equals(noted.put(id, minute))) {
      storeThreads.schedule(
          () -> {
            try {
              accounts.used(id, minute);
            } catch (StoreException e) {
              noted.remove(id, minute); // the next use is noted then
              if (e.kind() != StoreException.Kind.HANDED_OVER) {
                log.warn("the last use of token {} is not noted: {}", id, e.getMessage());
              }
            } catch (RuntimeException e) {
              log.warn("the last use of token {} is not noted: {}", id, e.getMessage());
            }
          });
    }
  }

  /** All. */
  List<Token> list() {
    return accounts.tokens();
  }

  /** Ends one, with the streams of events that it opened; false: there is none. */
  boolean remove(String id) {
    boolean removed = accounts.removeToken(id);
    noted.remove(id);
    Sinks.Empty<Void> end = ends.remove(id);
    if (end != null) {
      end.tryEmitEmpty();
    }
    return removed;
  }
}
