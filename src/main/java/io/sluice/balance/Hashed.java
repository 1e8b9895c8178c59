package io.sluice.balance;

import io.sluice.config.BalanceSpec;
import io.sluice.config.PoolSpec;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Consistent hashing: the same key goes to the same backend, and when one of n leaves only its own
 * keys move. With a bounded load a backend that has more than its part in flight hands the next
 * request on along its table, so that a popular key cannot run one backend over (Mirrokni, Thorup,
 * Zadimoghaddam: "Consistent Hashing with Bounded Loads").
 */
final class Hashed implements Balancer {
  /** Places that are tried for one with room before the backends are gone through one by one. */
  private static final int LONGEST_WALK = 512;

  /** Keeps the number that chooses the tier apart from the one that chooses the place. */
  private static final long SPREAD_SALT = 0x9E3779B97F4A7C15L;

  private final BalanceSpec.Hash spec;
  private final Scheme scheme;

  /** A table in which each place belongs to a backend. Immutable. */
  interface Table {
    int size();

    /** The place of a hash. */
    int place(long hash);

    /** Which backend a place belongs to, as its index in the list. */
    int owner(int place);
  }

  /** How keys are hashed and places given. */
  interface Scheme {
    /** The hash of a key. */
    PickContext.KeyReader hash();

    /** The table of one or more backends. */
    Table table(List<Backend> backends);
  }

  Hashed(PoolSpec pool, Scheme scheme) {
    this.spec = pool.balance().hash();
    this.scheme = scheme;
  }

  @Override
  public long spread(PickContext request) {
    long hash = request.read(spec.key(), scheme.hash());
    return hash < 0 ? ThreadLocalRandom.current().nextLong() : Hashes.mixed(hash + SPREAD_SALT);
  }

  @Override
  public Balancer.Picker picker(List<Backend> eligible) {
    return eligible.isEmpty() ? Weighted.NONE : new Picker(eligible, spec, scheme);
  }

  private static final class Picker implements Balancer.Picker {
    private final BalanceSpec.Key key;
    private final PickContext.KeyReader hash;
    private final Table table;
    private final Weighted all;

    /** Times the pool's requests in flight: what each backend may have. Empty without a bound. */
    private final double[] bounds;

    Picker(List<Backend> eligible, BalanceSpec.Hash spec, Scheme scheme) {
      this.key = spec.key();
      this.hash = scheme.hash();
      this.table = scheme.table(eligible);
      this.all = new Weighted(eligible);
      this.bounds = new double[spec.boundedLoad() > 0 ? eligible.size() : 0];
      long sum = 0;
      for (int i = 0; i < all.size(); i++) {
        sum += all.weight(i);
      }
      for (int i = 0; i < bounds.length; i++) {
        bounds[i] = spec.boundedLoad() * all.weight(i) / sum;
      }
    }

    @Override
    public Backend pick(PickContext request) {
      long hashed = request.read(key, hash);
      if (hashed < 0) {
        return all.backend(all.draw());
      }
      int place = table.place(hashed);
      int first = table.owner(place);
      if (takes(first, request)) {
        return all.backend(first);
      }
      int size = table.size();
      int before = first;
      for (int i = 1; i < size && i < LONGEST_WALK; i++) {
        place = place + 1 == size ? 0 : place + 1;
        int owner = table.owner(place);
        if (owner != before && takes(owner, request)) {
          return all.backend(owner);
        }
        before = owner;
      }
      return anyWithRoom(first, request);
    }

    private Backend anyWithRoom(int first, PickContext request) {
      int n = all.size();
      for (int i = 1; i < n; i++) {
        int other = (first + i) % n;
        if (takes(other, request)) {
          return all.backend(other);
        }
      }
      return all.backend(first);
    }

    private boolean takes(int index, PickContext request) {
      Backend backend = all.backend(index);
      return hasRoom(index, backend) && !request.avoids(backend);
    }

    /** Whether one more request leaves it within its bound of all in flight and this one. */
    private boolean hasRoom(int index, Backend backend) {
      return bounds.length == 0
          || backend.inFlight() < Math.ceil(bounds[index] * (backend.poolInFlight() + 1));
    }
  }
}
