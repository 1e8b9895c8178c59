package io.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.sluice.config.BalanceSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.RouteSpec.RateLimit;
import io.sluice.http.Ascii;
import io.sluice.http.HeadLimits;
import io.sluice.http.HeadWriter;
import io.sluice.http.MessageHead;
import io.sluice.http.RequestHead;
import io.sluice.testkit.Wire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final RouteSpec ROUTE =
      RouteSpec.of("api", RouteSpec.Match.ALL, new RouteSpec.Action.ToPool("default"));
  private static final BalanceSpec.Key HEADER =
      new BalanceSpec.Key(BalanceSpec.Key.Source.HEADER, "x-key");

  /** Close to where {@link System#nanoTime} overflows: that must not matter. */
  private long now = Long.MAX_VALUE - SECOND;

  private RateLimiter limiter(
      int requests, Duration per, int burst, BalanceSpec.@Nullable Key key) {
    return new RateLimiter(ROUTE, new RateLimit(requests, per, burst, key), now);
  }

  private static RequestHead request(String... fields) {
    RequestHead head = new RequestHead();
    String text = Wire.lines("GET / HTTP/1.1", "Host: t") + Wire.head(fields);
    MessageHead.Progress progress =
        head.feed(Unpooled.wrappedBuffer(Wire.bytes(text)), new HeadLimits(8192, 8192, 100));
    assertThat(progress).isEqualTo(MessageHead.Progress.COMPLETE);
    return head;
  }

  private int allowed(RateLimiter limiter, RequestHead head, String client, int questions) {
    int n = 0;
    for (int i = 0; i < questions; i++) {
      n += limiter.take(head, Ascii.bytes(client), now) >= 0 ? 1 : 0;
    }
    return n;
  }

  private int allowed(RateLimiter limiter, int questions) {
    return allowed(limiter, request(), "192.0.2.1", questions);
  }

  @Test
  void aFullBucketGivesExactlyItsBurst() {
    assertThat(allowed(limiter(5, Duration.ofSeconds(1), 8, null), 100)).isEqualTo(8);
    assertThat(allowed(limiter(5, Duration.ofSeconds(1), 0, null), 100)).isEqualTo(5);
  }

  @Test
  void tokensFlowBackEvenly() {
    RateLimiter limiter = limiter(5, Duration.ofSeconds(1), 8, null);
    allowed(limiter, 100);
    now += SECOND / 5 - 1;
    assertThat(allowed(limiter, 100)).isZero();
    now += 1;
    assertThat(allowed(limiter, 100)).isEqualTo(1);
    now += SECOND;
    assertThat(allowed(limiter, 100)).isEqualTo(5);
    now += 1000 * SECOND;
    assertThat(allowed(limiter, 100)).isEqualTo(8);
  }

  @Test
  void aRefusedRequestCostsNothing() {
    RateLimiter limiter = limiter(1, Duration.ofSeconds(1), 1, null);
    allowed(limiter, 1000);
    now += SECOND;
    assertThat(allowed(limiter, 1000)).isEqualTo(1);
  }

  @Test
  void clientsHaveTheirOwnBuckets() {
    RateLimiter limiter = limiter(3, Duration.ofMinutes(1), 0, BalanceSpec.Key.CLIENT_IP);
    assertThat(allowed(limiter, request(), "192.0.2.1", 10)).isEqualTo(3);
    assertThat(allowed(limiter, request(), "192.0.2.2", 10)).isEqualTo(3);
    assertThat(allowed(limiter, request(), "192.0.2.1", 10)).isZero();
  }

  @Test
  void aHeaderTellsClientsApartAndThoseWithoutItShareABucket() {
    RateLimiter limiter = limiter(2, Duration.ofMinutes(1), 0, HEADER);
    assertThat(allowed(limiter, request("X-Key: a"), "192.0.2.1", 10)).isEqualTo(2);
    assertThat(allowed(limiter, request("x-KEY:  a "), "192.0.2.2", 10)).isZero();
    assertThat(allowed(limiter, request("X-Key: b"), "192.0.2.1", 10)).isEqualTo(2);
    assertThat(allowed(limiter, request(), "192.0.2.3", 10)).isEqualTo(2);
    assertThat(allowed(limiter, request(), "192.0.2.4", 10)).isZero();
  }

  @Test
  void extremesDoNotOverflow() {
    assertThat(allowed(limiter(1, Duration.ofHours(24), 1_000_000, null), 20_000))
        .isEqualTo(20_000);
    assertThat(allowed(limiter(1_000_000, Duration.ofSeconds(1), 1_000_000, null), 1_000_100))
        .isEqualTo(1_000_000);
  }

  @Test
  void idleBucketsMakeRoomForNewOnes() {
    RateLimiter limiter = limiter(1, Duration.ofSeconds(1), 0, BalanceSpec.Key.CLIENT_IP);
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < RateLimiter.BUCKETS / 2; i++) {
        assertThat(limiter.takeByHash((round + 1L) * RateLimiter.BUCKETS + i, now)).isNotNegative();
      }
      now += SECOND;
    }
  }

  @Test
  void aFloodOfKeysDoesNotFreeAClientAtItsLimit() {
    RateLimiter limiter = limiter(10, Duration.ofHours(1), 0, BalanceSpec.Key.CLIENT_IP);
    long exhausted = 0x12345L;
    int got = 0;
    for (int i = 0; i < 20; i++) {
      got += limiter.takeByHash(exhausted, now) >= 0 ? 1 : 0;
    }
    assertThat(got).isEqualTo(10);
    for (int i = 1; i < 1000; i++) { // all of them to the same places
      limiter.takeByHash(exhausted + ((long) i << 32), now);
    }
    assertThat(limiter.takeByHash(exhausted, now)).isNegative();
  }

  @Test
  void threadsTogetherGetExactlyTheBurst() throws Exception {
    RateLimiter limiter = limiter(1000, Duration.ofHours(24), 0, BalanceSpec.Key.CLIENT_IP);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Callable<Integer>> clients = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        clients.add(() -> allowed(limiter, request(), "192.0.2.1", 1000));
      }
      int sum = 0;
      for (Future<Integer> client : threads.invokeAll(clients)) {
        sum += client.get();
      }
      assertThat(sum).isEqualTo(1000);
    }
  }

  private static String written(RateLimiter limiter, long left) {
    HeadWriter out = new HeadWriter().start();
    limiter.write(out, left);
    return Wire.text(out.toBytes());
  }

  @Test
  void theFieldsSayWhatIsLeftAndWhenTheBucketIsFull() {
    RateLimiter limiter = limiter(6, Duration.ofMinutes(1), 3, null);
    assertThat(written(limiter, limiter.take(request(), new byte[0], now)))
        .isEqualTo(Wire.lines("RateLimit-Policy: \"api\";q=6;w=60", "RateLimit: \"api\";r=2;t=10"));
    allowed(limiter, 2);
    now += SECOND / 2;
    assertThat(written(limiter, limiter.take(request(), new byte[0], now)))
        .isEqualTo(
            Wire.lines(
                "RateLimit-Policy: \"api\";q=6;w=60",
                "RateLimit: \"api\";r=0;t=30",
                "Retry-After: 10"));
  }
}
