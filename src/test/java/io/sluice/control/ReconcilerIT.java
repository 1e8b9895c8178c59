package io.sluice.control;

import static io.sluice.testkit.ProxySetup.backend;
import static io.sluice.testkit.RouteSetup.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.control.ChangeException.Kind;
import io.sluice.control.ImpactPreview.Guard;
import io.sluice.control.ImpactPreview.PoolImpact;
import io.sluice.control.Reconciler.Outcome;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.store.Revision;
import io.sluice.store.StoreException;
import io.sluice.testkit.Await;
import io.sluice.testkit.Edits;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RunningProxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a change on its way: made, refused, or nothing at all. */
class ReconcilerIT {
  private RunningProxy proxy;
  private Reconciler reconciler;

  /** No backend of these is ever asked anything: ports do not matter. */
  @BeforeEach
  void start() {
    proxy =
        new ProxySetup()
            .pool("web", List.of(backend("a", 1, 1), backend("b", 2, 1)))
            .pool("api", List.of(backend("c", 3, 1)))
            .route(route("web").toPool("web"))
            .start();
    reconciler = proxy.dataPlane().reconciler();
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private static Change by(String source) {
    return new Change(Actor.SYSTEM, source, "a test's change", null, null);
  }

  private static ConfigChange changing(ConfigChange.Edit edit) {
    return new ConfigChange(edit, by("api"), false);
  }

  private long revision() {
    return reconciler.inForce().revision().number();
  }

  private int weight(String pool, String backend) {
    return reconciler.inForce().snapshot().pools().stream()
        .filter(p -> p.id().equals(pool))
        .flatMap(p -> p.backends().stream())
        .filter(b -> b.id().equals(backend))
        .mapToInt(BackendSpec::weight)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aChangeIsARevisionAndListenersAreTold() {
    List<InForce> told = new CopyOnWriteArrayList<>();
    reconciler.onRevision(told::add);
    Outcome outcome = proxy.change(Edits.backend("web", "a", x -> x.withWeight(5)));
    assertThat(outcome.changed()).isTrue();
    assertThat(outcome.now().revision().number()).isEqualTo(2);
    assertThat(reconciler.inForce()).isEqualTo(outcome.now());
    assertThat(proxy.store().find(2)).isNotNull();
    proxy.change(Edits.backend("web", "a", x -> x.withWeight(6)));
    assertThat(told.getFirst()).isEqualTo(outcome.now());
    assertThat(proxy.dataPlane().backend("web", "a"))
        .isNotNull()
        .extracting(DataPlaneStatus.BackendStatus::share)
        .isEqualTo(6.0 / 7);
  }

  @Test
  void anEqualSnapshotIsNoChange() {
    Outcome outcome = proxy.change(now -> new Snapshot(now.pools(), now.routes()));
    assertThat(outcome.changed()).isFalse();
    assertThat(revision()).isEqualTo(1);
    assertThat(proxy.store().list(Long.MAX_VALUE, 10)).hasSize(1);
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    ChangeException refused =
        proxy.refused(
            now ->
                new Snapshot(
                    List.of(
                        now.pools().getFirst().withAlgorithm("best"),
                        now.pools().getLast().withBackends(List.of(denied(), denied()))),
                    List.of(route("lost").toPool("nowhere"))));
    assertThat(refused.kind()).isEqualTo(Kind.INVALID);
    assertThat(refused.violations())
        .extracting(Violation::pointer)
        .contains("/routes/0/pool", "/pools/1/backends/0/address", "/pools/1/backends/1/address");
    ChangeException unknown = proxy.refused(Edits.pool("web", p -> p.withAlgorithm("best")));
    assertThat(unknown.violations())
        .singleElement()
        .satisfies(
            v -> {
              assertThat(v.pointer()).isEqualTo("/pools/0/algorithm");
              assertThat(v.message()).contains("there is no algorithm best", "round-robin");
            });
    assertThat(revision()).isEqualTo(1);
  }

  private static BackendSpec denied() {
    return BackendSpec.of(new Address.Tcp("169.254.169.254", 80));
  }

  @Test
  void anAddressInADeniedNetworkIsRefusedHoweverItIsWritten() {
    for (String host : List.of("169.254.169.254", "::ffff:169.254.169.254", "fe80::1")) {
      ChangeException refused =
          proxy.refused(Edits.add("web", BackendSpec.of("x", new Address.Tcp(host, 80))));
      assertThat(refused.kind()).isEqualTo(Kind.INVALID);
      assertThat(refused.violations())
          .singleElement()
          .satisfies(
              v -> {
                assertThat(v.pointer()).isEqualTo("/pools/0/backends/2/address");
                assertThat(v.message()).contains("where no backend may be");
              });
    }
  }

  @Test
  void aListenerThatFailsHoldsUpNothing() {
    List<InForce> told = new CopyOnWriteArrayList<>();
    reconciler.onRevision(
        now -> {
          throw new IllegalStateException("a bug");
        });
    reconciler.onRevision(told::add);
    proxy.change(Edits.backend("web", "a", x -> x.withWeight(2)));
    Outcome second = soon(proxy.dataPlane().reconciler().submit(weighing(3)));
    Await.until(() -> told.size() == 2, "the other listener is told of both");
    assertThat(told.getLast()).isEqualTo(second.now());
  }

  private static ConfigChange weighing(int weight) {
    return changing(
        now -> Edits.backend("web", "a", x -> x.withWeight(weight)).apply(now.snapshot()));
  }

  private static <T> T soon(CompletableFuture<T> result) {
    return result.orTimeout(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS).join();
  }

  @Test
  void aChangeThatCannotBeStoredHoldsUpNoneBehindIt() {
    CountDownLatch gate = new CountDownLatch(1);
    proxy.store().hold(gate);
    proxy.store().fail(StoreException.Kind.FULL);
    CompletableFuture<Outcome> first = reconciler.submit(weighing(2));
    CompletableFuture<Outcome> second = reconciler.submit(weighing(3));
    proxy.store().awaitHeld();
    gate.countDown();
    assertThatThrownBy(() -> soon(first)).hasMessageContaining("cannot be stored");
    assertThatThrownBy(() -> soon(second)).hasMessageContaining("cannot be stored");
    assertThat(revision()).isEqualTo(1);
  }

  @Test
  void aChangeThatIsMadeForAnotherStateIsRefusedByItsOwnEdit() {
    ChangeException stale = ChangeException.of(Kind.STALE, "stale", "somebody else was faster");
    assertThatThrownBy(
            () ->
                reconciler
                    .submit(
                        changing(
                            now -> {
                              throw stale;
                            }))
                    .join())
        .hasCause(stale);
    assertThat(revision()).isEqualTo(1);
  }

  @Test
  void anEditThatFailsEndsItsChangeOnly() {
    IllegalStateException bug = new IllegalStateException("a bug");
    assertThatThrownBy(
            () ->
                reconciler
                    .submit(
                        changing(
                            now -> {
                              throw bug;
                            }))
                    .join())
        .hasCause(bug);
    assertThat(proxy.change(Edits.backend("web", "a", x -> x.withWeight(2))).changed()).isTrue();
  }

  @Test
  void whatCannotBeStoredIsNotInForce() {
    proxy.store().fail(StoreException.Kind.FULL);
    ChangeException refused = proxy.refused(Edits.backend("web", "a", x -> x.withWeight(9)));
    assertThat(refused.kind()).isEqualTo(Kind.STORE);
    assertThat(refused.code()).isEqualTo("store-full");
    assertThat(refused).hasCauseInstanceOf(StoreException.class);
    assertThat(weight("web", "a")).isEqualTo(1);
    assertThat(proxy.dataPlane().backends("web")).allMatch(x -> x.share() == 0.5);
    proxy.store().fail(null);
    proxy.change(Edits.backend("web", "a", x -> x.withWeight(9)));
    assertThat(revision()).isEqualTo(2);
  }

  @Test
  void whileTheStoreStandsStillNothingIsPublishedAndTheOthersWait() {
    CountDownLatch gate = new CountDownLatch(1);
    proxy.store().hold(gate);
    CompletableFuture<Outcome> first =
        reconciler.submit(
            changing(n -> Edits.backend("web", "a", x -> x.withWeight(2)).apply(n.snapshot())));
    CompletableFuture<Outcome> second =
        reconciler.submit(
            changing(
                n ->
                    Edits.backend("web", "a", x -> x.withWeight(x.weight() + 1))
                        .apply(n.snapshot())));
    proxy.store().awaitHeld();
    assertThat(first).isNotDone();
    assertThat(revision()).isEqualTo(1);
    gate.countDown();
    assertThat(first.join().now().revision().number()).isEqualTo(2);
    assertThat(second.join().now().revision().number()).isEqualTo(3);
    assertThat(weight("web", "a")).isEqualTo(3);
  }

  @Test
  void manyWritersLeaveNoGapAndLoseNothing() throws Exception {
    int writers = 8;
    int each = 40;
    List<Long> numbers = Collections.synchronizedList(new ArrayList<>());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int w = 0; w < writers; w++) {
        threads.submit(
            () -> {
              for (int i = 0; i < each; i++) {
                Outcome made =
                    proxy.change(Edits.backend("web", "a", x -> x.withWeight(x.weight() + 1)));
                numbers.add(made.now().revision().number());
              }
            });
      }
    }
    assertThat(weight("web", "a")).isEqualTo(1 + writers * each);
    assertThat(numbers)
        .containsExactlyInAnyOrderElementsOf(
            LongStream.rangeClosed(2, 1 + writers * each).boxed().toList());
    assertThat(proxy.store().list(Long.MAX_VALUE, 500).stream().map(Revision::number).toList())
        .hasSize(1 + writers * each);
  }

  @Test
  void ofTwoChangesForTheSameStateExactlyOneIsMade() throws Exception {
    for (int round = 0; round < 50; round++) {
      InForce seen = reconciler.inForce();
      AtomicInteger made = new AtomicInteger();
      AtomicInteger stale = new AtomicInteger();
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int writer = 0; writer < 2; writer++) {
          int weight = 10 + 2 * round + writer;
          threads.submit(
              () -> {
                try {
                  reconciler
                      .submit(
                          changing(
                              now -> {
                                if (now.revision().number() != seen.revision().number()) {
                                  throw ChangeException.of(Kind.STALE, "stale", "too late");
                                }
                                return Edits.backend("web", "a", x -> x.withWeight(weight))
                                    .apply(now.snapshot());
                              }))
                      .join();
                  made.incrementAndGet();
                } catch (CompletionException e) {
                  stale.incrementAndGet();
                }
              });
        }
      }
      assertThat(made).hasValue(1);
      assertThat(stale).hasValue(1);
    }
    assertThat(revision()).isEqualTo(51);
  }

  // ---------------------------------------------------------------- guards and previews

  @Test
  void theLastBackendOfAPoolIsGuarded() {
    ChangeException refused =
        proxy.refused(Edits.backend("api", "c", x -> x.withAdminState(AdminState.DRAIN)));
    assertThat(refused.kind()).isEqualTo(Kind.GUARDED);
    assertThat(refused.code()).isEqualTo("last-backend");
    assertThat(refused.guards()).extracting(Guard::pool).containsExactly("api");
    assertThat(refused).hasMessageContaining("pool api would have no backend left");
    assertThat(proxy.refused(Edits.removeBackend("api", "c")).code()).isEqualTo("last-backend");
    assertThat(proxy.refused(Edits.backend("api", "c", x -> x.withWeight(0))).code())
        .isEqualTo("last-backend");
    proxy.change(Edits.removePool("api"));
    assertThat(revision()).isEqualTo(2);
  }

  @Test
  void aPoolsMinimumCapacityIsGuarded() {
    proxy.change(Edits.pool("web", p -> p.withMinimumCapacity(0.75)));
    proxy.change(Edits.add("web", backend("d", 4, 2)));
    ChangeException refused =
        proxy.refused(Edits.backend("web", "d", x -> x.withAdminState(AdminState.MAINT)));
    assertThat(refused.code()).isEqualTo("capacity");
    assertThat(refused).hasMessageContaining("50.0 % of its weight");
    assertThat(proxy.refused(Edits.removeBackend("web", "d")).code()).isEqualTo("capacity");
    proxy.change(Edits.backend("web", "a", x -> x.withAdminState(AdminState.DRAIN)));
    proxy.change(Edits.backend("web", "a", x -> x.withLabels(Map.of("zone", "x"))));
    proxy.force(Edits.removeBackend("web", "d"));
    proxy.change(Edits.backend("web", "b", x -> x.withWeight(2)));
  }

  @Test
  void forceOverridesGuards() {
    Outcome outcome = proxy.force(Edits.removeBackend("api", "c"));
    assertThat(outcome.impact().guards()).extracting(Guard::code).containsExactly("last-backend");
    assertThat(proxy.dataPlane().backends("api")).isEmpty();
  }

  @Test
  void aPreviewChangesNothingAndTellsShares() {
    proxy.dataPlane().poolRps(pool -> pool.equals("web") ? 300 : 0);
    ImpactPreview preview =
        proxy.preview(
            now ->
                Edits.backend("web", "a", x -> x.withAdminState(AdminState.DRAIN))
                    .andThen(Edits.add("web", backend("d", 4, 2)))
                    .apply(now));
    assertThat(revision()).isEqualTo(1);
    assertThat(preview.guards()).isEmpty();
    PoolImpact web = preview.pools().getFirst();
    assertThat(preview.pools()).hasSize(1);
    assertThat(web.pool()).isEqualTo("web");
    assertThat(web.eligibleBefore()).isEqualTo(1.0);
    assertThat(web.eligibleAfter()).isEqualTo(0.75);
    assertThat(web.expectedRps()).containsOnly(entry("b", 100.0), entry("d", 200.0));
    assertThat(web.movedKeys()).isZero();
  }

  @Test
  void aPreviewReportsGuardsInsteadOfFailing() {
    ImpactPreview preview = proxy.preview(Edits.removeBackend("api", "c"));
    assertThat(preview.guards()).extracting(Guard::code).containsExactly("last-backend");
    assertThat(preview.pools().getFirst().eligibleAfter()).isZero();
  }

  @Test
  void ofNHashedBackendsOneMoreTakesItsOwnPartOfTheKeys() {
    for (String algorithm : List.of("ring-hash", "maglev")) {
      List<BackendSpec> backends = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        backends.add(backend("h" + i, 100 + i, 1));
      }
      proxy.force(Edits.pool("api", p -> p.withAlgorithm(algorithm).withBackends(backends)));
      PoolImpact impact = proxy.preview(Edits.add("api", backend("h9", 109, 1))).pools().getFirst();
      assertThat(impact.movedKeys()).as(algorithm).isBetween(0.05, 0.2);
    }
  }

  // ---------------------------------------------------------------- modes and the end

  @Test
  void afterTheEndChangesAreRefused() {
    proxy.close();
    ChangeException refused = proxy.refused(Edits.removePool("api"));
    assertThat(refused.kind()).isEqualTo(Kind.STOPPING);
  }

  @Test
  void aChangeThatIsBeingStoredAtTheEndIsFinishedAndThoseBehindItAreRefused() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    proxy.store().hold(gate);
    CompletableFuture<Outcome> first =
        reconciler.submit(changing(n -> Edits.removePool("api").apply(n.snapshot())));
    proxy.store().awaitHeld();
    CompletableFuture<Outcome> second =
        reconciler.submit(
            changing(n -> Edits.add(PoolSpec.of("x", List.of())).apply(n.snapshot())));
    Thread end = Thread.ofVirtual().start(proxy::close);
    assertThatThrownBy(second::join).hasCauseInstanceOf(ChangeException.class);
    gate.countDown();
    assertThat(first.join().changed()).isTrue();
    end.join();
  }

  @Test
  void whenTheFileRulesOnlyItChangesAnything() {
    try (RunningProxy declared = new ProxySetup().declarative().pool("web", 1, 2).start()) {
      assertThat(declared.refused(Edits.removePool("web")).kind()).isEqualTo(Kind.MANAGED_BY_FILE);
      Outcome byFile =
          declared
              .dataPlane()
              .reconciler()
              .submit(
                  new ConfigChange(
                      now -> Edits.backend("web", "b1", x -> x.withWeight(4)).apply(now.snapshot()),
                      by("file"),
                      false))
              .join();
      assertThat(byFile.changed()).isTrue();
    }
  }
}
