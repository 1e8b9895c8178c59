package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WaitingLineTest {
  private final WaitingLine line = new WaitingLine();
  private final List<String> calls = new ArrayList<>();

  private PoolLoad.Waiter waiter(String name) {
    return new PoolLoad.Waiter() {
      @Override
      protected void called() {
        calls.add(name);
      }
    };
  }

  @Test
  void theOneThatCameLastIsCalledFirst() {
    line.join(waiter("a"), 10);
    line.join(waiter("b"), 10);
    line.callNewest();
    line.join(waiter("c"), 10);
    line.callNewest();
    line.callNewest();
    line.callNewest();
    assertThat(calls).containsExactly("b", "c", "a");
    assertThat(line.length()).isZero();
  }

  @Test
  void aFullLineTakesNobodyAndKeepsThoseWhoWait() {
    assertThat(line.join(waiter("a"), 1)).isTrue();
    assertThat(line.join(waiter("b"), 1)).isFalse();
    assertThat(line.length()).isEqualTo(1);
    line.callNewest();
    assertThat(calls).containsExactly("a");
  }

  @Test
  void whoLeavesIsNotCalled() {
    PoolLoad.Waiter a = waiter("a");
    PoolLoad.Waiter b = waiter("b");
    PoolLoad.Waiter c = waiter("c");
    line.join(a, 10);
    line.join(b, 10);
    line.join(c, 10);
    assertThat(line.withdraw(b)).isTrue();
    assertThat(line.withdraw(b)).isFalse();
    line.callNewest();
    line.callNewest();
    assertThat(calls).containsExactly("c", "a");
  }

  @Test
  void whoLeavesAfterTheCallIsToldSo() {
    PoolLoad.Waiter a = waiter("a");
    line.join(a, 10);
    line.callNewest();
    assertThat(line.withdraw(a)).isFalse();
  }

  @Test
  void everyCallReachesExactlyOneWhoeverJoinsAndLeavesMeanwhile() throws Exception {
    int rounds = 20_000;
    AtomicInteger called = new AtomicInteger();
    AtomicInteger left = new AtomicInteger();
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        all.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < rounds; i++) {
                    PoolLoad.Waiter one =
                        new PoolLoad.Waiter() {
                          @Override
                          protected void called() {
                            called.incrementAndGet();
                          }
                        };
                    line.join(one, Integer.MAX_VALUE);
                    if (i % 2 == 0 && line.withdraw(one)) {
                      left.incrementAndGet();
                    }
                  }
                }));
      }
      all.add(
          threads.submit(
              () -> {
                for (int i = 0; i < rounds; i++) {
                  line.callNewest();
                }
              }));
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(called.get() + left.get() + line.length()).isEqualTo(2 * rounds);
  }
}
