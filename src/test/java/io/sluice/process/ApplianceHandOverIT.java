package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.spi.ILoggingEvent;
import io.sluice.control.ChangeException;
import io.sluice.control.Reconciler.Outcome;
import io.sluice.store.Revision;
import io.sluice.store.SqliteStore;
import io.sluice.testing.Until;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Changes, and whose they are, while the store changes hands. */
class ApplianceHandOverIT extends TwoAppliances {
  // ---------------------------------------------------------------- changes

  @Test
  void oneOfThemMakesChangesAndTheOtherRefusesThem() throws Exception {
    ConfigurationFile file = file("sluice.yaml", "managed", a, b);
    Appliance old = started(file);
    change(old, weight(5));
    Appliance next = prepared(file, old);
    assertThat(weight(next)).as("served before the store is there").isEqualTo(5);
    assertRefused(next);
    change(old, weight(6)); // the old one goes on until it is asked for the store

    old.suspend();
    assertRefused(old);
    assertRefused(next);
    assertThat(servedBy(old)).isIn("a", "b");
    assertThat(servedBy(next)).isIn("a", "b");

    next.takeStore();
    assertThat(weight(next)).as("stored since it was prepared").isEqualTo(6);
    assertThat(change(next, weight(7)).now().revision().number()).isEqualTo(4);
    old.retire();
    assertRefused(old);
    assertThat(servedBy(old)).as("it finishes what it has").isIn("a", "b");
    old.close();
    change(next, weight(8));
    assertNothingWrongIsLogged();
  }

  /** Of clients that never pause, each change is made by one of them, or by none. */
  @Test
  void duringHandOversEachChangeIsAcknowledgedOnceOrRefused() throws Exception {
    ConfigurationFile file = file("sluice.yaml", "managed", a, b);
    Appliance has = started(file);
    Appliance waits = prepared(file, has);
    ConcurrentLinkedQueue<Long> acknowledged = new ConcurrentLinkedQueue<>();
    CountDownLatch over = new CountDownLatch(1);
    try (ExecutorService clients = Executors.newFixedThreadPool(4)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Appliance asked = i % 2 == 0 ? has : waits;
        int own = 1 + 50 * i;
        all.add(clients.submit(() -> changeAgainAndAgain(asked, own, over, acknowledged)));
      }
      try {
        for (int i = 0; i < 6; i++) {
          int before = acknowledged.size();
          Until.holds("changes", () -> acknowledged.size() >= before + 5);
          has.suspend();
          if (i % 2 == 0) {
            waits.takeStore();
          } else {
            waits.resume();
          }
          Appliance given = has;
          has = waits;
          waits = given;
        }
      } finally {
        over.countDown();
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
    Appliance last = has;
    long newest = revision(last);
    assertThat(acknowledged)
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(2, newest).boxed().toList());
    assertThat(has.management().snapshots().newest())
        .isNotNull()
        .satisfies(
            stored -> {
              assertThat(stored.revision().number()).isEqualTo(newest);
              assertThat(stored.snapshot())
                  .isEqualTo(last.dataPlane().reconciler().inForce().snapshot());
            });
    assertNothingWrongIsLogged();
  }

  private static void changeAgainAndAgain(
      Appliance asked, int own, CountDownLatch over, ConcurrentLinkedQueue<Long> acknowledged) {
    for (int i = 0; over.getCount() > 0; i++) {
      try {
        Outcome outcome = change(asked, weight(own + i % 50));
        if (outcome.changed()) {
          acknowledged.add(outcome.now().revision().number());
        }
      } catch (CompletionException e) {
        assertThat(e.getCause())
            .isInstanceOfSatisfying(
                ChangeException.class,
                refused -> assertThat(refused.kind()).isEqualTo(ChangeException.Kind.HANDED_OVER));
      }
    }
  }

  @Test
  void anUpgradeThatIsCalledOffLeavesEverythingWithTheOldProcess() throws Exception {
    ConfigurationFile file = file("sluice.yaml", "managed", a, b);
    Appliance old = started(file);
    Appliance next = prepared(file, old);
    old.suspend();
    next.close();
    old.resume();
    assertThat(change(old, weight(5)).now().revision().number()).isEqualTo(2);

    Appliance another = prepared(file, old);
    old.suspend();
    another.takeStore();
    change(another, weight(6));
    another.close(); // after it has made a change that somebody relies on
    old.resume();
    assertThat(weight(old)).isEqualTo(6);
    assertThat(revision(old)).isEqualTo(3);
    assertThat(change(old, weight(7)).now().revision().number()).isEqualTo(4);
    assertNothingWrongIsLogged();
  }

  @Test
  void aStoreThatIsNotLetGoOfIsTakenBackAsSoonAsItIs() throws Exception {
    ConfigurationFile file = file("sluice.yaml", "managed", a, b);
    Appliance old = started(file);
    old.suspend();
    try (SqliteStore other = SqliteStore.open(directory.resolve("sluice.db"), 10)) {
      old.resume();
      assertRefused(old);
      assertThat(servedBy(old)).isIn("a", "b");
      assertThat(logged.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .anyMatch(text -> text.contains("the store is not back"));
      assertThat(other.snapshots().newest()).isNotNull();
    }
    Until.holds(
        "the store's return",
        () -> {
          try {
            return change(old, weight(5)).changed();
          } catch (CompletionException stillAway) {
            return false;
          }
        });
  }

  @Test
  void whoCannotBeginWithTheStoreGivesItBack() throws Exception {
    ConfigurationFile file = file("sluice.yaml", "managed", a, b);
    Appliance old = started(file);
    Path token = Files.writeString(directory.resolve("token"), "short");
    Path other = directory.resolve("other.yaml");
    Files.writeString(
        other, file.yaml().replace("admin: {", "admin: {token-file: \"" + token + "\", "));
    Appliance next = prepared(ConfigurationFile.read(other.toString()), old);
    old.suspend();
    assertThatThrownBy(next::takeStore)
        .isInstanceOf(StartException.class)
        .hasMessageContaining("the token in sluice.admin.token-file");
    assertRefused(next);
    old.resume(); // while the other one still runs
    change(old, weight(5));
    old.suspend();
    Files.move(directory.resolve("sluice.db"), directory.resolve("aside"));
    Files.deleteIfExists(directory.resolve("sluice.db.backup"));
    Files.writeString(directory.resolve("sluice.db"), "no database ".repeat(1000));
    assertThatThrownBy(next::takeStore)
        .isInstanceOf(StartException.class)
        .hasMessageContaining("there is no backup of it");
    Files.delete(directory.resolve("sluice.db"));
    Files.move(directory.resolve("aside"), directory.resolve("sluice.db"));
    old.resume();
    assertThat(change(old, weight(6)).now().revision().number()).isEqualTo(3);
  }

  // ---------------------------------------------------------------- where the file rules

  @Test
  void theNextProcessServesItsFileAndTheOldOneItsOwnWhenItIsCalledOff() throws Exception {
    ConfigurationFile first = file("sluice.yaml", "declarative", a);
    ConfigurationFile second = file("other.yaml", "declarative", b);
    Appliance old = started(first);
    Appliance next = prepared(second, old);
    assertThat(servedBy(next)).isEqualTo("b");
    assertThat(servedBy(old)).isEqualTo("a");
    old.suspend();
    next.takeStore();
    assertThat(revision(next)).isEqualTo(2);
    assertThat(next.management().snapshots().list(Long.MAX_VALUE, 10))
        .extracting(Revision::source)
        .containsExactly("file", "file");
    next.close();
    old.resume();
    Until.holds("the old one's file", () -> servedBy(old).equals("a") && revision(old) == 3);
    assertNothingWrongIsLogged();
  }

  @Test
  void theFileIsFollowedByWhoHasTheStore() throws Exception {
    ConfigurationFile file = file("sluice.yaml", "declarative", a);
    Appliance old = started(file);
    Appliance next = prepared(file, old);
    old.suspend();
    file("sluice.yaml", "declarative", b);
    next.takeStore();
    Until.holds("the changed file", () -> servedBy(next).equals("b"));
    assertThat(revision(next)).isEqualTo(2);
    assertThat(servedBy(old)).isEqualTo("a");
    old.close();
    assertNothingWrongIsLogged();
  }
}
