package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.testkit.TestRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MaglevTest extends HashedContract {
  @Override
  String algorithm() {
    return "maglev";
  }

  @Override
  double tolerance() {
    return 0.04;
  }

  @Override
  double movedBeside() {
    return 0.01;
  }

  private static int[] places(Hashed.Table table, int backends) {
    int[] places = new int[backends];
    for (int i = 0; i < table.size(); i++) {
      places[table.owner(i)]++;
    }
    return places;
  }

  @Test
  void placesAreSharedByWeightToTheLast() {
    int[] weights = {1, 2, 3, 100};
    Hashed.Table table = new Maglev().table(TestPool.living(weighted(weights)));
    int[] places = places(table, weights.length);
    for (int i = 0; i < weights.length; i++) {
      assertThat(places[i] - (double) Maglev.PLACES * weights[i] / 106).isBetween(-2.0, 2.0);
    }
  }

  @Test
  void manyBackendsGetALargerTable() {
    PoolSpec spec = weighted(IntStream.generate(() -> 1).limit(5000).toArray());
    Hashed.Table table = new Maglev().table(TestPool.living(spec));
    assertThat(table.size()).isEqualTo(Maglev.MANY_PLACES);
    assertThat(places(table, 5000)).doesNotContain(0);
  }

  @Test
  void keysKnowNothingOfTheOrderInTheFile() {
    PoolSpec spec = weighted(1, 1, 1, 1, 1);
    List<BackendSpec> shuffled = new ArrayList<>(spec.backends());
    Collections.shuffle(shuffled, new Random(5));
    Balancer.Picker one = balancer(spec).picker(TestPool.living(spec));
    Balancer.Picker two = balancer(spec).picker(TestPool.living(spec.withBackends(shuffled)));
    SplittableRandom random = new SplittableRandom(1);
    int same = 0;
    for (int i = 0; i < 10_000; i++) {
      TestRequest request = TestRequest.of("client " + random.nextInt());
      Backend first = one.pick(request);
      Backend second = two.pick(request);
      same += first != null && second != null && first.id().equals(second.id()) ? 1 : 0;
    }
    // turns at one place are taken in the file's order; nothing else depends on it
    assertThat(same).isGreaterThan(9_500);
  }
}
