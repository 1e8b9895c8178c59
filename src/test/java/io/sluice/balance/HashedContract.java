package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BalanceSpec;
import io.sluice.config.PoolSpec;
import io.sluice.testkit.TestRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every hashing algorithm owes beside. */
abstract class HashedContract extends BalancerContract {
  private static final int KEYS = 50_000;

  /** Most keys of the backends that stay which may move when one of n leaves, as a share. */
  abstract double movedBeside();

  private static PoolSpec bounded(PoolSpec spec, double bound) {
    return TestPool.with(
        spec, b -> b.withHash(new BalanceSpec.Hash(BalanceSpec.Key.CLIENT_IP, bound)));
  }

  private static List<Backend> owners(Balancer.Picker picker) {
    List<Backend> owners = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      owners.add(picker.pick(TestRequest.of("client " + i)));
    }
    return owners;
  }

  @Test
  void aKeyStaysWithItsBackend() {
    PoolSpec spec = bounded(weighted(1, 2, 3), 0);
    List<Backend> backends = TestPool.living(spec);
    assertThat(owners(balancer(spec).picker(backends)))
        .isEqualTo(owners(balancer(spec).picker(backends)));
  }

  @Test
  void whenOneOfTenLeavesATenthOfTheKeysMoves() {
    PoolSpec spec = bounded(weighted(IntStream.generate(() -> 1).limit(10).toArray()), 0);
    List<Backend> all = TestPool.living(spec);
    Backend leaving = all.get(4);
    List<Backend> left = all.stream().filter(b -> b != leaving).toList();
    List<Backend> before = owners(balancer(spec).picker(all));
    List<Backend> after = owners(balancer(spec).picker(left));
    int its = 0;
    int others = 0;
    for (int i = 0; i < KEYS; i++) {
      its += before.get(i) == leaving ? 1 : 0;
      others += before.get(i) != leaving && before.get(i) != after.get(i) ? 1 : 0;
    }
    assertThat((double) its / KEYS).isBetween(0.1 * (1 - tolerance()), 0.1 * (1 + tolerance()));
    assertThat((double) others / KEYS).isLessThanOrEqualTo(movedBeside());
    assertThat(after).doesNotContain(leaving);
  }

  @Test
  void withABoundNoBackendEverHasMoreThanItsPart() {
    for (double bound : new double[] {1.1, 1.25, 2}) {
      PoolSpec spec = bounded(weighted(1, 1, 1, 1, 1, 2, 3), bound);
      Pool pool = new Pool(spec, TestPool.living(spec), balancer(spec), Runnable::run);
      SplittableRandom random = new SplittableRandom(3);
      List<Backend> held = new ArrayList<>();
      for (int i = 0; i < 20_000; i++) {
        // a third of all requests has one and the same key
        String key = random.nextInt(3) == 0 ? "popular" : "client " + random.nextInt(500);
        Backend picked = Objects.requireNonNull(pool.pick(TestRequest.of(key)));
        picked.requestStarted();
        held.add(picked);
        assertThat(picked.inFlight())
            .isLessThanOrEqualTo((int) Math.ceil(bound * held.size() * picked.weight() / 10));
        if (held.size() > 300) {
          held.remove(random.nextInt(held.size())).requestEnded();
        }
      }
    }
  }

  @Test
  void aBoundMovesNoKeyWhileThereIsRoom() {
    PoolSpec free = bounded(weighted(1, 1, 1, 1), 0);
    PoolSpec spec = bounded(weighted(1, 1, 1, 1), 1.25);
    List<Backend> backends = TestPool.living(spec);
    assertThat(owners(balancer(spec).picker(backends)))
        .isEqualTo(owners(balancer(free).picker(backends)));
  }

  @Test
  void whatLeavesAFullBackendForOneKeyGoesToOneOther() {
    PoolSpec spec = bounded(weighted(1, 1, 1, 1, 1, 1), 1.25);
    Pool pool = new Pool(spec, TestPool.living(spec), balancer(spec), Runnable::run);
    Backend owner = Objects.requireNonNull(pool.pick(TestRequest.of("popular")));
    for (int i = 0; i < 10; i++) {
      owner.requestStarted();
    }
    Backend second = pool.pick(TestRequest.of("popular"));
    assertThat(second).isNotSameAs(owner);
    for (int i = 0; i < 100; i++) {
      assertThat(pool.pick(TestRequest.of("popular"))).isSameAs(second);
    }
  }

  @Test
  void aKeyStaysInItsTierWhileTwoTakeRequests() {
    PoolSpec spec =
        bounded(
            PoolSpec.of(
                "p",
                List.of(
                    TestPool.backend("a"),
                    TestPool.backend("b"),
                    TestPool.backend("backup").withTier(1))),
            0);
    TestPool pool = new TestPool(spec, balancer(spec), Runnable::run);
    pool.down("a");
    int backups = 0;
    for (int i = 0; i < 1000; i++) {
      Map<String, Integer> picks = pool.picks(3, TestRequest.of("client " + i));
      assertThat(picks).hasSize(1);
      backups += picks.containsKey("backup") ? 1 : 0;
    }
    assertThat(backups).isBetween(200, 400);
  }
}
