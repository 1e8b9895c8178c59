package io.sluice.balance;

import io.sluice.balance.PoolStatus.Mode;
import io.sluice.config.BackendSpec;
import io.sluice.config.BalanceSpec;
import io.sluice.config.PoolSpec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a pool would choose if it were wanted so, by the rules that the living pool follows and with
 * what was known of its backends when it was asked. It has copies of the backends that nothing is
 * counted on: it may be looked at by any thread, at any length, while the living pool goes on.
 */
public final class PoolForecast {
  /** Keys that are tried to see how many move: enough for tenths of a percent. */
  private static final int SAMPLES = 2000;

  private static final Set<String> HASHING = Set.of("ring-hash", "maglev");

  private final PoolSpec spec;
  private final List<Backend> all;
  private final Eligibility found;

  private PoolForecast(PoolSpec spec, List<Backend> all, Eligibility found) {
    this.spec = spec;
    this.all = all;
    this.found = found;
  }

  /** A pool that does not live yet: nothing is known of its backends. */
  public static PoolForecast of(PoolSpec spec) {
    return of(spec, List.of(), List.of(), false);
  }

  /**
   * A pool that lives.
   *
   * @param unchecked whether its checks end, and with them what they have found
   */
  static PoolForecast of(
      PoolSpec spec, List<Backend> living, List<Backend> lastGood, boolean unchecked) {
    Map<String, Backend> known = new HashMap<>();
    living.forEach(backend -> known.put(backend.id(), backend));
    Set<Backend> good = new HashSet<>(lastGood);
    List<Backend> all = new ArrayList<>();
    List<Backend> allGood = new ArrayList<>();
    for (BackendSpec wanted : spec.backends()) {
      Backend copy = new Backend(spec.id(), wanted, spec.tlsOf(wanted));
      Backend old = known.get(wanted.id());
      if (old != null && old.isSame(wanted, spec.tlsOf(wanted))) {
        if (!unchecked) {
          copy.health(old.health());
        }
        copy.ejection(old.ejection());
        if (good.contains(old)) {
          allGood.add(copy);
        }
      }
      all.add(copy);
    }
    return new PoolForecast(spec, all, Eligibility.of(spec, all, allGood));
  }

  /** The weight of the backends that take new requests by their own facts. */
  public long eligibleWeight() {
    return Eligibility.weight(found.eligible());
  }

  /** The weight of all backends, whatever their state. */
  public long totalWeight() {
    return Eligibility.weight(all);
  }

  /** The part of the pool's requests that each backend gets, by id; without those that get none. */
  public Map<String, Double> shares() {
    Map<String, Double> shares = new LinkedHashMap<>();
    for (Eligibility.TierShare tier : found.tiers()) {
      long whole = Eligibility.weight(tier.backends());
      for (Backend backend : tier.backends()) {
        shares.put(backend.id(), tier.share() * backend.weight() / whole);
      }
    }
    return shares;
  }

  /** Whether requests are bound to backends by a key. */
  public boolean isHashing() {
    return HASHING.contains(spec.algorithm());
  }

  /**
   * Has the algorithm choose among these backends, to find out whether it can.
   *
   * @throws RuntimeException when it fails
   */
  public void rehearse(Balancer.Factory factory) {
    state(factory);
  }

  private PoolState state(Balancer.Factory factory) {
    PoolStatus status =
        new PoolStatus(
            spec.id(),
            found.mode(),
            found.reason(),
            Instant.EPOCH,
            all.size(),
            found.eligible().size());
    return PoolState.of(factory.create(spec), found, status, null);
  }

  /**
   * The share of keys that go to another backend after a change, 0 to 1; 0 unless requests have
   * keys before and after it. It builds whole hash tables: not for the control thread.
   *
   * @param factory of the algorithm before
   * @param nextFactory of the algorithm after
   */
  public double movedKeys(
      PoolForecast next, Balancer.Factory factory, Balancer.Factory nextFactory) {
    if (!isHashing() || !next.isHashing() || isEmpty() || next.isEmpty()) {
      return 0;
    }
    PoolState before = state(factory);
    PoolState after = next.state(nextFactory);
    boolean sameKey = spec.balance().hash().key().equals(next.spec.balance().hash().key());
    int moved = 0;
    for (int i = 0; i < SAMPLES; i++) {
      Backend from = before.pick(new Sample("key-" + i));
      Backend to = after.pick(new Sample((sameKey ? "key-" : "other-") + i));
      moved += isSame(from, to) ? 0 : 1;
    }
    return (double) moved / SAMPLES;
  }

  private boolean isEmpty() {
    return found.mode() == Mode.UNAVAILABLE || found.tiers().isEmpty();
  }

  private static boolean isSame(@Nullable Backend from, @Nullable Backend to) {
    return from != null && to != null && from.isSame(to.spec(), to.tls());
  }

  /** A request of which only the key is known. */
  private record Sample(String key) implements PickContext {
    @Override
    public @Nullable String header(String name) {
      return key;
    }

    @Override
    public String path() {
      return key;
    }

    @Override
    public @Nullable String query() {
      return null;
    }

    @Override
    public String clientAddress() {
      return key;
    }

    @Override
    public long read(BalanceSpec.Key wanted, KeyReader reader) {
      byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
      return reader.read(bytes, 0, bytes.length);
    }
  }
}
