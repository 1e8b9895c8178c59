package io.sluice.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a pool's algorithm chooses, beyond its name.
 *
 * @param choices backends that {@code least-request} and {@code least-latency} draw and compare for
 *     one request, 2 to 16; 0: all; default 2
 * @param hash what {@code ring-hash} and {@code maglev} hash
 * @param sticky cookie that binds a client to a backend; null: none
 * @param slowStart how the share of a new or recovered backend grows
 * @param panic what happens when few backends are eligible
 */
public record BalanceSpec(
    int choices, Hash hash, @Nullable Sticky sticky, SlowStart slowStart, Panic panic) {

  /** The defaults. */
  public static final BalanceSpec DEFAULT =
      new BalanceSpec(2, Hash.DEFAULT, null, SlowStart.DEFAULT, Panic.DEFAULT);

  /** The same with this many choices; 0: all. */
  public BalanceSpec withChoices(int wanted) {
    return new BalanceSpec(wanted, hash, sticky, slowStart, panic);
  }

  /** The same with this hash. */
  public BalanceSpec withHash(Hash wanted) {
    return new BalanceSpec(choices, wanted, sticky, slowStart, panic);
  }

  /** The same with a cookie; null: without. */
  public BalanceSpec withSticky(@Nullable Sticky wanted) {
    return new BalanceSpec(choices, hash, wanted, slowStart, panic);
  }

  /** The same with this slow start. */
  public BalanceSpec withSlowStart(SlowStart wanted) {
    return new BalanceSpec(choices, hash, sticky, wanted, panic);
  }

  /** The same with this rule for panic. */
  public BalanceSpec withPanic(Panic wanted) {
    return new BalanceSpec(choices, hash, sticky, slowStart, wanted);
  }

  /**
   * A part of a request that tells clients apart.
   *
   * @param source where it is found
   * @param name of the header (lower case), cookie or query parameter; empty for the others
   */
  public record Key(Source source, String name) {
    /** The client's address, as the rule of trusted proxies sees it. */
    public static final Key CLIENT_IP = new Key(Source.CLIENT_IP, "");

    /** The path without its query. */
    public static final Key PATH = new Key(Source.PATH, "");

    /** As it is written in the configuration. */
    @Override
    public String toString() {
      String kind = source.name().toLowerCase(Locale.ROOT).replace('_', '-');
      return name.isEmpty() ? kind : kind + ":" + name;
    }

    /** Where a key is found. */
    public enum Source {
      CLIENT_IP,
      HEADER,
      COOKIE,
      QUERY,
      PATH
    }
  }

  /**
   * Consistent hashing.
   *
   * @param key what is hashed; default the client's address
   * @param boundedLoad most requests in flight on a backend, as a multiple of its fair share; more
   *     than 1, at most 10; 0: no bound; default 1.25
   */
  public record Hash(Key key, double boundedLoad) {
    /** The defaults. */
    public static final Hash DEFAULT = new Hash(Key.CLIENT_IP, 1.25);
  }

  /**
   * A cookie of Sluice's own that binds a client to a backend.
   *
   * @param cookie its name; default {@code SLUICE}
   * @param ttl how long the client keeps it; zero: until its browser closes; default 1 h
   * @param keyFile file whose bytes are the key that authenticates cookies; null: a random one for
   *     each start, so that a restart chooses anew
   */
  public record Sticky(String cookie, Duration ttl, @Nullable Path keyFile) {
    /** The defaults of a pool that has one. */
    public static final Sticky DEFAULT = new Sticky("SLUICE", Duration.ofHours(1), null);
  }

  /**
   * A backend that is new or has recovered starts with a small share that grows to its weight's:
   * after {@code t} of {@code duration} it is {@code (t / duration)^(1 / curve)} of it, and never
   * less than a tenth.
   *
   * @param duration zero (default): the whole share at once
   * @param curve 0.1 to 10; 1 (default) grows evenly, more is faster at first
   */
  public record SlowStart(Duration duration, double curve) {
    /** None. */
    public static final SlowStart DEFAULT = new SlowStart(Duration.ZERO, 1.0);
  }

  /**
   * What happens when too few backends are eligible.
   *
   * @param threshold share of the pool's weight, 0 to 1, below which the mode applies; 0 (default):
   *     never, and requests get 503 when no backend is left
   * @param mode what is done; default {@link Mode#USE_ALL}
   */
  public record Panic(double threshold, Mode mode) {
    /** None. */
    public static final Panic DEFAULT = new Panic(0.0, Mode.USE_ALL);

    /** Ways to go on. */
    public enum Mode {
      /** Requests go to all backends that are not taken out by an operator. */
      USE_ALL,
      /** Requests get 503, so that the few that are left are not run over. */
      FAIL,
      /** Requests go to the backends that were eligible before the threshold was passed. */
      LAST_KNOWN_GOOD
    }
  }
}
