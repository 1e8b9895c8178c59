package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.BalanceSpec.Sticky;
import io.sluice.config.PoolSpec;
import io.sluice.testkit.TestRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StickinessTest {
  private final TestPool pool = new TestPool(sticky(Sticky.DEFAULT));

  private static PoolSpec sticky(Sticky sticky) {
    return TestPool.with(TestPool.spec("a", "b", "c"), b -> b.withSticky(sticky));
  }

  /** A request with the cookie that binds to a backend. */
  private TestRequest boundTo(String name) {
    return TestRequest.of(value(pool, name));
  }

  private static String value(TestPool pool, String name) {
    String field = pool.pool().setCookie(TestRequest.ANY, pool.backendNamed(name));
    return Objects.requireNonNull(field).replaceAll("^[^=]*=|;.*", "");
  }

  private void state(String name, AdminState state) {
    PoolSpec spec = pool.pool().spec();
    pool.update(
        spec.withBackends(
            spec.backends().stream()
                .map(b -> b.id().equals(name) ? b.withAdminState(state) : b)
                .toList()));
  }

  @Test
  void aClientStaysWithItsBackend() {
    assertThat(pool.picks(30)).hasSize(3);
    assertThat(pool.picks(30, boundTo("b"))).isEqualTo(Map.of("b", 30));
  }

  @Test
  void theCookieIsSetWhenItIsMissingWrongOrNamesAnotherBackend() {
    Backend b = pool.backendNamed("b");
    assertThat(pool.pool().setCookie(boundTo("b"), b)).isNull();
    assertThat(pool.pool().setCookie(TestRequest.ANY, b))
        .matches("SLUICE=[A-Za-z0-9_-]{22}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax")
        .isEqualTo(pool.pool().setCookie(TestRequest.of("forged"), b))
        .isEqualTo(pool.pool().setCookie(boundTo("a"), b));
  }

  @Test
  void aCookieWithoutTtlLastsAsLongAsTheBrowser() {
    TestPool session = new TestPool(sticky(new Sticky("S", Duration.ZERO, null)));
    assertThat(session.pool().setCookie(TestRequest.ANY, session.backendNamed("a")))
        .matches("S=[A-Za-z0-9_-]{22}; Path=/; HttpOnly; SameSite=Lax");
  }

  @Test
  void aValueThatNobodyIssuedIsIgnored() {
    for (String forged : List.of("", "a", "b", "127.0.0.1:80", value(pool, "b") + "x")) {
      assertThat(pool.picks(30, TestRequest.of(forged))).as(forged).hasSize(3);
    }
    TestPool other = new TestPool(sticky(Sticky.DEFAULT));
    assertThat(pool.picks(30, TestRequest.of(value(other, "b")))).hasSize(3);
  }

  @Test
  void valuesTellNothingOfTheBackendAndDiffer() {
    Set<String> values = new HashSet<>();
    for (String name : List.of("a", "b", "c")) {
      values.add(value(pool, name));
    }
    assertThat(values).hasSize(3);
  }

  @Test
  void theSameKeyMakesTheSameCookies() {
    byte[] key = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    PoolSpec spec = sticky(Sticky.DEFAULT);
    Pool one = new Pool(spec, TestPool.living(spec), new RoundRobin(), key, Runnable::run);
    Pool two = new Pool(spec, TestPool.living(spec), new RoundRobin(), key, Runnable::run);
    assertThat(one.setCookie(TestRequest.ANY, one.backends().getFirst()))
        .isNotNull()
        .isEqualTo(two.setCookie(TestRequest.ANY, two.backends().getFirst()));
  }

  @Test
  void aDrainingBackendKeepsItsClientsAndGetsNoNewOnes() {
    TestRequest bound = boundTo("b");
    state("b", AdminState.DRAIN);
    assertThat(pool.picks(30, bound)).isEqualTo(Map.of("b", 30));
    assertThat(pool.picks(30)).isEqualTo(Map.of("a", 15, "c", 15));
    assertThat(pool.pool().setCookie(bound, pool.backendNamed("b"))).isNull();
  }

  @Test
  void clientsOfABackendThatIsDownEjectedOrInMaintenanceAreSentElsewhere() {
    TestRequest bound = boundTo("b");
    pool.down("b");
    assertThat(pool.picks(30, bound)).isEqualTo(Map.of("a", 15, "c", 15));
    assertThat(pool.pool().setCookie(bound, pool.backendNamed("a"))).isNotNull();
    pool.up("b");
    assertThat(pool.picks(30, bound)).isEqualTo(Map.of("b", 30));
    pool.ejected("b");
    assertThat(pool.picks(30, bound)).doesNotContainKey("b");
    pool.returned("b");
    state("b", AdminState.MAINT);
    assertThat(pool.picks(30, bound)).doesNotContainKey("b");
    state("b", AdminState.DRAIN);
    pool.down("b");
    assertThat(pool.picks(30, bound)).doesNotContainKey("b");
  }

  @Test
  void aRetryLeavesTheBackendThatItIsBoundTo() {
    TestRequest bound = boundTo("b").avoiding(pool.backendNamed("b"));
    assertThat(pool.picks(30, bound)).doesNotContainKey("b");
  }

  @Test
  void aRemovedBackendsCookieLeadsNowhere() {
    TestRequest bound = boundTo("b");
    PoolSpec spec = pool.pool().spec();
    pool.update(spec.withBackends(List.of(spec.backends().get(0), spec.backends().get(2))));
    assertThat(pool.picks(30, bound)).isEqualTo(Map.of("a", 15, "c", 15));
  }

  @Test
  void aPoolWithoutStickinessSetsNoCookie() {
    TestPool plain = new TestPool(TestPool.spec("a"));
    assertThat(plain.pool().setCookie(TestRequest.ANY, plain.backendNamed("a"))).isNull();
  }
}
