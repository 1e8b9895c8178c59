package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.testkit.TestRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** What holds for pools and pickers whatever happens to them. */
class PickerPropertiesTest {

  /** One thing that happens to one backend. */
  record Event(What what, int backend, int value) {}

  enum What {
    DOWN,
    UP,
    EJECTED,
    RETURNED,
    DRAIN,
    READY,
    WEIGHT,
    TIER
  }

  @Provide
  Arbitrary<List<Event>> events() {
    return Combinators.combine(
            Arbitraries.of(What.class),
            Arbitraries.integers().between(0, 5),
            Arbitraries.integers().between(0, 9))
        .as(Event::new)
        .list()
        .ofMaxSize(40);
  }

  @Provide
  Arbitrary<String> algorithms() {
    return Arbitraries.of(Algorithms.builtIn().stream().map(Balancer.Factory::name).toList());
  }

  private static Balancer.Factory factory(String algorithm) {
    return Algorithms.builtIn().stream()
        .filter(f -> f.name().equals(algorithm))
        .findFirst()
        .orElseThrow();
  }

  @Property(tries = 300)
  void onlyEligibleBackendsArePickedAndThereIsNoChoiceOnlyWithoutAny(
      @ForAll("events") List<Event> events, @ForAll("algorithms") String algorithm) {
    PoolSpec spec = TestPool.spec("b0", "b1", "b2", "b3", "b4", "b5").withAlgorithm(algorithm);
    TestPool pool = new TestPool(spec, factory(algorithm).create(spec), Runnable::run);
    for (Event event : events) {
      apply(pool, event, algorithm);
      Set<Backend> eligible = new HashSet<>();
      for (Backend b : pool.pool().backends()) {
        boolean takes =
            b.weight() > 0
                && b.adminState() == AdminState.READY
                && b.health().state() != Health.State.DOWN
                && !b.ejection().isEjected();
        if (takes) {
          eligible.add(b);
        }
      }
      assertThat(pool.pool().status().eligible()).isEqualTo(eligible.size());
      for (int i = 0; i < 5; i++) {
        Backend picked = pool.pool().pick(TestRequest.of("key " + i));
        if (eligible.isEmpty()) {
          assertThat(picked).isNull();
        } else {
          assertThat(eligible).contains(Objects.requireNonNull(picked));
        }
      }
    }
  }

  private static void apply(TestPool pool, Event event, String algorithm) {
    String name = "b" + event.backend;
    switch (event.what) {
      case DOWN -> pool.down(name);
      case UP -> pool.up(name);
      case EJECTED -> pool.ejected(name);
      case RETURNED -> pool.returned(name);
      case DRAIN -> change(pool, event, algorithm, b -> b.withAdminState(AdminState.DRAIN));
      case READY -> change(pool, event, algorithm, b -> b.withAdminState(AdminState.READY));
      case WEIGHT -> change(pool, event, algorithm, b -> b.withWeight(event.value));
      case TIER -> change(pool, event, algorithm, b -> b.withTier(event.value % 3));
    }
  }

  private static void change(
      TestPool pool, Event event, String algorithm, UnaryOperator<BackendSpec> how) {
    PoolSpec spec = pool.pool().spec();
    List<BackendSpec> backends = new ArrayList<>(spec.backends());
    backends.set(event.backend, how.apply(backends.get(event.backend)));
    PoolSpec next = spec.withBackends(backends);
    pool.pool().apply(pool.pool().prepare(next, factory(algorithm), null));
  }

  private static List<Backend> weighted(List<Integer> weights) {
    int[] all = weights.stream().mapToInt(Integer::intValue).toArray();
    return TestPool.living(BalancerContract.weighted(all));
  }

  @Property(tries = 200)
  void roundRobinIsNeverAWholeTurnAwayFromAnyShare(
      @ForAll @Size(min = 1, max = 30) List<@IntRange(min = 1, max = 500) Integer> weights,
      @ForAll @IntRange(min = 1, max = 3000) int picks) {
    List<Backend> backends = weighted(weights);
    Balancer.Picker picker = new RoundRobin().picker(backends);
    int[] counts = new int[backends.size()];
    for (int i = 0; i < picks; i++) {
      counts[backends.indexOf(picker.pick(TestRequest.ANY))]++;
    }
    double sum = weights.stream().mapToInt(Integer::intValue).sum();
    for (int i = 0; i < counts.length; i++) {
      assertThat(counts[i] - picks * weights.get(i) / sum).isBetween(-1.0, 1.0);
    }
  }

  @Property(tries = 100)
  void aRingMovesOnlyTheKeysOfThoseThatLeave(
      @ForAll @Size(min = 2, max = 12) List<@IntRange(min = 1, max = 5) Integer> weights,
      @ForAll @Size(12) List<Boolean> leaves) {
    List<Backend> all = weighted(weights);
    List<Backend> left = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      if (!leaves.get(i) || i == 0) {
        left.add(all.get(i));
      }
    }
    Hashed.Table before = new Ketama().table(all);
    Hashed.Table after = new Ketama().table(left);
    for (int i = 0; i < 500; i++) {
      long hash = Hashes.mixed(i) >>> 32;
      Backend was = all.get(before.owner(before.place(hash)));
      Backend is = left.get(after.owner(after.place(hash)));
      assertThat(is == was || !left.contains(was)).isTrue();
    }
  }

  @Property(tries = 30)
  void maglevSharesItsPlacesByWeight(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 100) Integer> weights) {
    Hashed.Table table = new Maglev().table(weighted(weights));
    int[] places = new int[weights.size()];
    for (int i = 0; i < table.size(); i++) {
      places[table.owner(i)]++;
    }
    double sum = weights.stream().mapToInt(Integer::intValue).sum();
    for (int i = 0; i < places.length; i++) {
      // each of the others may be a turn short of its share, and somebody has those places
      double most = weights.size() + 1.0;
      assertThat(places[i] - table.size() * weights.get(i) / sum).isBetween(-most, most);
    }
  }

  @Property(tries = 300)
  void tiersShareAllRequestsInTheirOrder(
      @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 0, max = 4) Integer> tiers,
      @ForAll @Size(20) List<Boolean> down) {
    List<BackendSpec> specs = new ArrayList<>();
    for (int i = 0; i < tiers.size(); i++) {
      specs.add(TestPool.backend("b" + i).withTier(tiers.get(i)));
    }
    PoolSpec spec = PoolSpec.of("p", specs);
    List<Backend> backends = TestPool.living(spec);
    for (int i = 0; i < backends.size(); i++) {
      if (down.get(i)) {
        backends.get(i).health(new Health(Health.State.DOWN, "x", Instant.EPOCH));
      }
    }
    List<Eligibility.TierShare> shares = Eligibility.of(spec, backends, List.of()).tiers();
    double sum = 0;
    int before = -1;
    for (Eligibility.TierShare share : shares) {
      assertThat(share.tier()).isGreaterThan(before);
      assertThat(share.share()).isPositive();
      assertThat(share.backends()).isNotEmpty().allMatch(b -> b.spec().tier() == share.tier());
      before = share.tier();
      sum += share.share();
    }
    assertThat(sum == 0 || Math.abs(sum - 1) < 1e-9).as("sum %s", sum).isTrue();
    assertThat(shares.isEmpty()).isEqualTo(!down.subList(0, tiers.size()).contains(false));
  }

  @Property(tries = 300)
  void aLatencyStaysBetweenItsSamples(
      @ForAll @Size(min = 1, max = 50)
          List<@LongRange(min = 1000, max = 60_000_000_000L) Long> samples,
      @ForAll @DoubleRange(min = 0, max = 3) double secondsBetween) {
    PeakEwma latency = new PeakEwma();
    long now = 1;
    double most = 0;
    for (long sample : samples) {
      now += (long) (secondsBetween * 1e9);
      most = Math.max(most, (double) sample);
      latency.observe(sample, now);
      assertThat(latency.nanos(now)).isBetween(sample * 0.999, most * 1.001);
    }
  }
}
