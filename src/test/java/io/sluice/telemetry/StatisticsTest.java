package io.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sluice.balance.Ejection;
import io.sluice.balance.Health;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.DataPlaneStatus;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.proxy.ProxyObserver;
import io.sluice.telemetry.Statistics.Point;
import io.sluice.telemetry.Statistics.Series;
import io.sluice.telemetry.Statistics.Series.OfBackend;
import io.sluice.telemetry.Statistics.Series.OfPool;
import io.sluice.telemetry.Statistics.Series.OfRoute;
import io.sluice.telemetry.Statistics.Series.Total;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatisticsTest {
  private static final Instant BEGIN = Instant.parse("2026-03-29T00:59:10Z");
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Series TOTAL = new Total();
  private static final Series POOL = new OfPool("default");
  private static final Series B1 = new OfBackend("default", "b1");
  private static final Series B2 = new OfBackend("default", "b2");
  private static final Series ROUTE = new OfRoute("default");

  // The test's clocks: the monotonic one begins near its overflow.
  private long nanos = Long.MAX_VALUE - 5_000_000_000L;
  private Instant wall = BEGIN;

  private DataPlaneStatus inFlight = inFlight(0, 0);
  private final List<MinuteSink.Minute> sunk = new CopyOnWriteArrayList<>();
  private Statistics statistics = create();
  private ProxyObserver.Loop loop = statistics.forLoop(0, Runnable::run);

  private Statistics create() {
    Statistics created = new Statistics(() -> nanos, () -> wall, 1 << 30);
    created.prepare(() -> inFlight, sunk::addAll);
    return created;
  }

  @AfterEach
  void close() {
    statistics.close();
  }

  private static DataPlaneStatus inFlight(int b1, int b2) {
    List<BackendStatus> both = List.of(backend("b1", b1), backend("b2", b2));
    return new DataPlaneStatus(0, b1 + b2, 0, 0, List.of(), List.of(), both, List.of());
  }

  private static BackendStatus backend(String id, int requests) {
    Health up = new Health(Health.State.UP, "", Instant.EPOCH);
    return new BackendStatus(
        "default", id, "x", requests, true, up, Ejection.NONE, null, AdminState.READY, false, 1, 0);
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
    wall = wall.plus(time);
  }

  private void seconds(int count) {
    for (int i = 0; i < count; i++) {
      pass(SECOND);
      statistics.tick();
    }
  }

  /** What traffic a second brings is up to the test. */
  private void seconds(int count, Runnable traffic) {
    for (int i = 0; i < count; i++) {
      traffic.run();
      seconds(1);
    }
  }

  private void get() {
    loop.requestEnded(Finished.get("/"));
  }

  private static Finished took(long millis) {
    return Finished.get("/").nanos(Duration.ofMillis(millis).toNanos(), 1, 0);
  }

  private List<Long> requests(Series series, Duration window, Duration step) {
    return statistics.window(series, window, step).stream().map(Point::requests).toList();
  }

  private long sum(Series series, Duration window, Duration step) {
    return requests(series, window, step).stream().mapToLong(Long::longValue).sum();
  }

  // ---------------------------------------------------------------- what counts for what

  @Test
  void aRequestCountsForItsBackendPoolRouteAndTheTotal() {
    ProxyObserver.Loop second = statistics.forLoop(1, Runnable::run);
    loop.requestEnded(Finished.get("/").bytes(10, 100).status(200));
    second.requestEnded(Finished.get("/").bytes(1, 2).status(404));
    second.requestEnded(Finished.get("/").bytes(0, 7).status(503).to("default", "b2", "x"));
    loop.requestEnded(Finished.get("/").bytes(5, 5).status(302).to(null, null, null));
    loop.requestEnded(Finished.get("/").bytes(0, 3).status(503).to("default", null, null));
    loop.requestEnded(Finished.get("/").bytes(0, 1).status(0).to(null, null, null).route(null));
    seconds(1);

    assertPoint(B1, List.of(0L, 0L, 1L, 0L, 1L, 0L), 11, 102);
    assertPoint(B2, List.of(0L, 0L, 0L, 0L, 0L, 1L), 0, 7);
    assertPoint(POOL, List.of(0L, 0L, 1L, 0L, 1L, 2L), 11, 112);
    assertPoint(ROUTE, List.of(0L, 0L, 1L, 1L, 1L, 2L), 16, 117);
    assertPoint(TOTAL, List.of(1L, 0L, 1L, 1L, 1L, 2L), 16, 118);
    assertThat(statistics.lastSecond()).containsOnlyKeys(B1, B2, POOL, ROUTE, TOTAL);
  }

  private void assertPoint(Series series, List<Long> classes, long in, long out) {
    Point point = statistics.last(series);
    assertThat(point.statusClasses()).as("%s", series).isEqualTo(classes);
    assertThat(point.requests()).isEqualTo(classes.stream().mapToLong(Long::longValue).sum());
    assertThat(List.of(point.bytesIn(), point.bytesOut())).isEqualTo(List.of(in, out));
    assertThat(statistics.lastSecond()).containsEntry(series, point);
    assertThat(statistics.window(series, SECOND, SECOND)).containsExactly(point);
  }

  @Test
  void failedTriesCountForTheBackendThatFailed() {
    loop.connectFailed(Finished.get("/"));
    loop.triedAgain(Finished.get("/"));
    loop.triedAgain(Finished.get("/").to("default", "b2", "x"));
    loop.requestEnded(Finished.get("/").to("default", "b3", "x"));
    seconds(1);
    assertThat(List.of(statistics.last(B1).connectFailures(), statistics.last(B1).retries()))
        .containsExactly(1L, 1L);
    assertThat(List.of(statistics.last(B2).connectFailures(), statistics.last(B2).retries()))
        .containsExactly(0L, 1L);
    for (Series all : List.of(POOL, ROUTE, TOTAL)) {
      assertThat(statistics.last(all).retries()).isEqualTo(2);
      assertThat(statistics.last(all).connectFailures()).isEqualTo(1);
      assertThat(statistics.last(all).requests()).isEqualTo(1);
    }
  }

  @Test
  void whatIsInFlightIsThatOfTheEnd() {
    seconds(2);
    inFlight = inFlight(3, 2);
    seconds(2);
    inFlight = inFlight(0, 4);
    seconds(2);
    assertThat(statistics.lastSecond()).containsOnlyKeys(B2, POOL, TOTAL);
    assertThat(active(B1, SECOND)).containsExactly(3, 3, 0, 0);
    assertThat(active(POOL, SECOND)).containsExactly(5, 5, 4, 4);
    assertThat(active(TOTAL, Duration.ofSeconds(2))).containsExactly(5, 4);
    assertThat(active(B1, Duration.ofSeconds(2))).containsExactly(3, 0);
    assertThat(active(B1, Duration.ofSeconds(4))).containsExactly(0);
  }

  private List<Integer> active(Series series, Duration step) {
    return statistics.window(series, Duration.ofSeconds(4), step).stream()
        .map(Point::active)
        .toList();
  }

  // ---------------------------------------------------------------- steps

  @Test
  void aWindowHasItsStepsWithLabelsAlsoWithoutTraffic() {
    seconds(3);
    get();
    seconds(2);
    List<Point> points = statistics.window(POOL, Duration.ofSeconds(5), SECOND);
    assertThat(points.stream().map(Point::at))
        .containsExactly(
            BEGIN,
            BEGIN.plusSeconds(1),
            BEGIN.plusSeconds(2),
            BEGIN.plusSeconds(3),
            BEGIN.plusSeconds(4));
    assertThat(points.stream().map(Point::requests)).containsExactly(0L, 0L, 0L, 1L, 0L);
    assertThat(statistics.window(new OfPool("no such"), Duration.ofSeconds(5), SECOND)).hasSize(5);
    assertThat(statistics.last(new OfPool("no such")).requests()).isZero();
  }

  @Test
  void aLongerStepHasThePercentilesOfItsRequests() {
    for (int i = 0; i < 10; i++) {
      loop.requestEnded(took(i == 0 ? 1_000 : 10));
      seconds(1, () -> loop.requestEnded(took(10)));
    }
    // the mean of the seconds' 95th percentiles would be about 109 ms
    Point point = statistics.window(POOL, Duration.ofSeconds(10), Duration.ofSeconds(10)).getLast();
    assertThat(point.requests()).isEqualTo(20);
    assertThat((double) point.p50()).isCloseTo(10e6, within(10e6 / 32));
    assertThat((double) point.p95()).isCloseTo(10e6, within(10e6 / 32));
    assertThat((double) point.p99()).isCloseTo(1e9, within(1e9 / 32));
  }

  @Test
  void stepsBeginAtMultiplesOfTheirLengthAndAreWhole() {
    seconds(58, this::get); // up to 01:00:08
    List<Point> points = statistics.window(POOL, Duration.ofSeconds(25), Duration.ofSeconds(5));
    assertThat(points.stream().map(Point::at))
        .containsExactly(
            Instant.parse("2026-03-29T00:59:40Z"),
            Instant.parse("2026-03-29T00:59:45Z"),
            Instant.parse("2026-03-29T00:59:50Z"),
            Instant.parse("2026-03-29T00:59:55Z"),
            Instant.parse("2026-03-29T01:00:00Z"));
    assertThat(points).allMatch(p -> p.requests() == 5);
  }

  @Test
  void minutesAreMadeOfTheirSeconds() {
    seconds(50 + 3 * 60 + 7, this::get);
    List<Point> points = statistics.window(POOL, Duration.ofHours(1), MINUTE);
    assertThat(points).hasSize(60);
    assertThat(points.getLast().at()).isEqualTo(Instant.parse("2026-03-29T01:02:00Z"));
    assertThat(points.subList(55, 60).stream().map(Point::requests))
        .containsExactly(0L, 50L, 60L, 60L, 60L);
    assertThat(requests(POOL, Duration.ofHours(1), Duration.ofMinutes(2))).endsWith(50L, 120L);
  }

  @Test
  void secondsReachBackFifteenMinutesAndMinutesADay() {
    for (int minute = 0; minute < 26 * 60; minute++) {
      seconds(1, this::get);
      pass(Duration.ofSeconds(58));
      seconds(1);
    }
    assertThat(sum(POOL, Duration.ofHours(24), MINUTE)).isEqualTo(24 * 60);
    assertThat(requests(POOL, Duration.ofHours(24), MINUTE)).hasSize(24 * 60).containsOnly(1L);
    assertThat(requests(POOL, Duration.ofHours(24), Duration.ofHours(1)))
        .hasSize(24)
        .containsOnly(60L);
    assertThat(sum(POOL, Duration.ofMinutes(15), SECOND)).isEqualTo(15);
    assertThat(requests(POOL, Duration.ofMinutes(15), SECOND)).hasSize(900);
    assertThat(sum(POOL, Duration.ofMinutes(15), MINUTE)).isEqualTo(15);
  }

  @Test
  void aSeriesWithoutTrafficForADayIsForgotten() {
    get();
    loop.requestEnded(Finished.get("/").to("default", "b2", "x"));
    seconds(60);
    assertThat(statistics.history().size()).isEqualTo(5);
    for (int hour = 0; hour < 27; hour++) {
      get();
      seconds(60);
      pass(Duration.ofMinutes(58));
      seconds(60);
    }
    assertThat(statistics.history().find(B2)).isNull();
    assertThat(statistics.history().find(B1)).isNotNull();
    assertThat(statistics.history().size()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, PT1S, the window must be 1s to 24h",
    "PT24H1S, PT1M, the window must be 1s to 24h",
    "PT10S, PT11S, at most the window",
    "PT10S, PT0.5S, the step must be 1s or more",
    "PT10S, PT-1S, the step must be 1s or more",
    "PT10S, PT1.5S, the step must be whole seconds",
    "PT16M, PT30S, the step must be whole minutes when the window is more than 15m",
  })
  void whatIsNotKeptCannotBeAskedFor(Duration window, Duration step, String problem) {
    assertThatThrownBy(() -> statistics.window(TOTAL, window, step))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void everyStepThatIsShownIsWhollyKept() {
    seconds(3_000, this::get);
    for (int step = 1; step <= 900; step += 7) {
      assertThat(requests(POOL, Duration.ofMinutes(15), Duration.ofSeconds(step)))
          .containsOnly((long) step)
          .hasSizeBetween(900 / step - 1, 900 / step + 1);
    }
  }

  @Test
  void theRateIsThatOfTheLastTenSeconds() {
    assertThat(statistics.rps("default")).isZero();
    seconds(5, this::get);
    assertThat(statistics.rps("default")).isEqualTo(0.5);
    seconds(20, this::get);
    assertThat(statistics.rps("default")).isEqualTo(1);
    seconds(4);
    assertThat(statistics.rps("default")).isEqualTo(0.6);
    seconds(1, this::get);
    assertThat(statistics.rps("default")).isEqualTo(0.6);
    pass(Duration.ofMinutes(1));
    seconds(1);
    assertThat(statistics.rps("default")).isZero();
    assertThat(statistics.rps("other")).isZero();
  }

  // ---------------------------------------------------------------- clocks and threads

  @ParameterizedTest
  @ValueSource(longs = {3600, -3600, 7, -90})
  void noSecondIsLostOrDoubledWhenTheWallClockIsSet(long jump) {
    seconds(100, this::get);
    wall = wall.plusSeconds(jump);
    seconds(100, this::get);
    List<Point> points = statistics.window(POOL, Duration.ofSeconds(200), SECOND);
    assertThat(points).hasSize(200).allMatch(p -> p.requests() == 1);
    for (int i = 0; i < 200; i++) {
      assertThat(points.get(i).at()).isEqualTo(BEGIN.plusSeconds(jump + i));
    }
    assertThat(requests(POOL, Duration.ofMinutes(3), Duration.ofSeconds(20))).containsOnly(20L);
  }

  @Test
  void aWallClockThatIsALittleOffMovesNoLabel() {
    seconds(1);
    wall = wall.plusMillis(700);
    seconds(1, this::get);
    assertThat(statistics.last(POOL).at()).isEqualTo(BEGIN.plusSeconds(1));
    wall = wall.minusMillis(1_400);
    seconds(1, this::get);
    assertThat(statistics.last(POOL).at()).isEqualTo(BEGIN.plusSeconds(2));
  }

  @Test
  void aCollectorThatComesLateLosesNothing() {
    get();
    seconds(1);
    get();
    pass(Duration.ofSeconds(9));
    statistics.tick();
    statistics.tick();
    assertThat(sum(POOL, Duration.ofSeconds(20), SECOND)).isEqualTo(2);
    assertThat(statistics.last(POOL).at()).isEqualTo(BEGIN.plusSeconds(9));
  }

  @Test
  void aLoopThatIsBusyCountsLater() {
    List<Runnable> tasks = new ArrayList<>();
    ProxyObserver.Loop busy = statistics.forLoop(1, tasks::add);
    busy.requestEnded(Finished.get("/"));
    seconds(3, this::get);
    assertThat(tasks).hasSize(1);
    assertThat(sum(POOL, Duration.ofSeconds(3), SECOND)).isEqualTo(3);
    busy.requestEnded(Finished.get("/"));
    tasks.removeFirst().run();
    busy.requestEnded(Finished.get("/"));
    seconds(1);
    assertThat(statistics.last(POOL).requests()).isEqualTo(2);
    seconds(1);
    tasks.forEach(Runnable::run);
    seconds(1);
    assertThat(sum(POOL, Duration.ofSeconds(9), SECOND)).isEqualTo(6);
  }

  @Test
  void aSecondWhoseStatusFailsIsMadeUpFor() {
    DataPlaneStatus[] status = {null};
    Statistics failing = new Statistics(() -> nanos, () -> wall, 1 << 30);
    failing.prepare(
        () -> {
          if (status[0] == null) {
            throw new IllegalStateException("no status");
          }
          return status[0];
        },
        MinuteSink.NONE);
    failing.forLoop(0, Runnable::run).requestEnded(Finished.get("/"));
    pass(SECOND);
    assertThatThrownBy(failing::tick).hasMessage("no status");
    status[0] = inFlight(0, 0);
    pass(SECOND);
    failing.tick();
    assertThat(failing.last(POOL).requests()).isEqualTo(1);
    failing.close();
  }

  // ---------------------------------------------------------------- over a restart

  @Test
  void aDayOfMinutesSurvivesARestart() {
    seconds(50 + 2 * 60 + 5, this::get); // up to 01:02:05
    statistics.close();
    assertThat(sunk.stream().map(MinuteSink.Minute::series))
        .contains("backend:default/b1", "pool:default", "route:default", "total");
    List<Point> before = statistics.window(B1, Duration.ofHours(24), MINUTE);

    statistics = create();
    loop = statistics.forLoop(0, Runnable::run);
    statistics.load(List.copyOf(sunk));
    sunk.clear();
    pass(Duration.ofSeconds(15));
    seconds(40, this::get); // from 01:02:20 on
    assertThat(statistics.window(B1, Duration.ofHours(24), MINUTE).subList(0, 1439))
        .isEqualTo(before.subList(1, 1440));
    assertThat(requests(B1, Duration.ofMinutes(20), MINUTE)).endsWith(50L, 60L, 60L, 45L);
    assertThat(requests(TOTAL, Duration.ofMinutes(20), MINUTE)).endsWith(50L, 60L, 60L, 45L);
    Point last = statistics.window(POOL, Duration.ofMinutes(20), MINUTE).getLast();
    assertThat((double) last.p99()).isCloseTo(1_234_567, within(1_234_567 / 32.0));
    statistics.close();
    assertThat(sunk.getFirst().minute()).isEqualTo(Instant.parse("2026-03-29T01:02:00Z"));
  }

  @Test
  void whatCannotBeUsedAtAStartIsLeftOut() {
    seconds(50, this::get);
    statistics.close();
    MinuteSink.Minute good = sunk.getFirst();
    statistics = create();
    Instant minute = good.minute();
    statistics.load(
        List.of(
            good,
            good,
            new MinuteSink.Minute(minute, "pool:a", "2" + good.figures()),
            new MinuteSink.Minute(minute, "pool:b", ""),
            new MinuteSink.Minute(minute, "pool:c", "1###"),
            new MinuteSink.Minute(minute, "pool:d", good.figures() + "AAAA"),
            new MinuteSink.Minute(minute, "nonsense", good.figures()),
            new MinuteSink.Minute(minute.plusSeconds(3600), "pool:e", good.figures()),
            new MinuteSink.Minute(minute.minusSeconds(90_000 + 60), "pool:f", good.figures())));
    seconds(1);
    assertThat(sum(Series.parse(good.series()), Duration.ofHours(1), MINUTE)).isEqualTo(50);
    for (String id : List.of("a", "b", "c", "d", "e", "f")) {
      assertThat(sum(new OfPool(id), Duration.ofHours(24), MINUTE)).as(id).isZero();
    }
  }

  @Test
  void aSinkThatFailsCostsOnlyItsMinutes() {
    List<List<MinuteSink.Minute>> calls = new CopyOnWriteArrayList<>();
    Statistics failing = new Statistics(() -> nanos, () -> wall, 1 << 30);
    failing.prepare(
        () -> inFlight,
        minutes -> {
          calls.add(minutes);
          throw new IllegalStateException("disk full");
        });
    ProxyObserver.Loop traffic = failing.forLoop(0, Runnable::run);
    for (int i = 0; i < 130; i++) {
      traffic.requestEnded(Finished.get("/"));
      pass(SECOND);
      failing.tick();
    }
    failing.close();
    assertThat(calls).hasSize(3); // two whole minutes and the one in progress
  }

  @Test
  void theKeyOfASeriesNamesIt() {
    for (Series series : List.of(TOTAL, POOL, ROUTE, B1, new OfBackend("p", "a/b:c"))) {
      assertThat(Series.parse(series.key())).isEqualTo(series);
    }
    for (String none : List.of("", "pool", "backend:x", "total:", "x:y")) {
      assertThatThrownBy(() -> Series.parse(none)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  // ---------------------------------------------------------------- memory

  @Test
  void memoryIsBoundedAndBackendsPayForIt() {
    statistics.close();
    int budget = 60_000;
    statistics = new Statistics(() -> nanos, () -> wall, budget);
    statistics.prepare(() -> inFlight, MinuteSink.NONE);
    loop = statistics.forLoop(0, Runnable::run);
    long most = 0;
    for (int minute = 0; minute < 26 * 60; minute++) {
      for (int i = 0; i < 20; i++) {
        loop.requestEnded(took(i * minute + 1).to("default", "b" + i, "x"));
      }
      seconds(1);
      pass(Duration.ofSeconds(59));
      most = Math.max(most, statistics.history().bytes());
    }
    assertThat(most).isLessThan(budget * 3 / 2);
    assertThat(sum(POOL, Duration.ofHours(24), MINUTE)).isEqualTo(20 * 24 * 60);
    assertThat(sum(B1, Duration.ofHours(24), MINUTE)).isBetween(60L, 20L * 60);
  }
}
