package io.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.DrainProgress.Origin;
import io.sluice.control.DrainProgress.Step;
import io.sluice.control.DrainProgress.Stored;
import io.sluice.control.Operation.AtDeadline;
import io.sluice.control.Operation.Kind;
import io.sluice.control.Operation.Load;
import io.sluice.control.Operation.State;
import io.sluice.control.Operation.Wanted;
import java.time.Duration;
import java.time.Instant;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

/** What a drain does next, at times that the test chooses. */
class DrainProgressTest {
  private static final Instant START = Instant.parse("2026-11-25T08:00:00Z");
  private static final Load EMPTY = new Load(0, 0);
  private static final Load SOME = new Load(3, 1);
  private static final String DANGER = "no other backend of pool web takes requests";

  private static DrainProgress running(Wanted wanted) {
    DrainProgress progress =
        DrainProgress.begin("op-1", "web", "a", wanted, new Origin("alice", "patch"), START);
    progress.carries(SOME, true, START);
    return progress;
  }

  private static DrainProgress drain() {
    return running(new Wanted(false, null, AtDeadline.WAIT, null));
  }

  private static Wanted until(boolean remove, @Nullable Duration deadline, AtDeadline then) {
    return new Wanted(remove, deadline, then, null);
  }

  private static Instant at(double seconds) {
    return START.plusMillis(Math.round(seconds * 1000));
  }

  private static Operation ended(DrainProgress progress, State state) {
    Operation operation = progress.operation();
    assertThat(operation.state()).isEqualTo(state);
    assertThat(operation.endedAt()).isNotNull();
    assertThat(progress.isRunning()).isFalse();
    return operation;
  }

  @Test
  void itWaitsUntilTheBackendIsEmpty() {
    DrainProgress progress = drain();
    assertThat(progress.look(SOME, null, at(1))).isEqualTo(Step.NOTHING);
    assertThat(progress.look(new Load(0, 1), null, at(2))).isEqualTo(Step.NOTHING);
    assertThat(progress.operation().load()).isEqualTo(new Load(0, 1));
    assertThat(progress.operation().initial()).isEqualTo(SOME);
    assertThat(progress.look(EMPTY, null, at(3))).isEqualTo(Step.FINISH);
    progress.end(State.DONE, null, at(3));
    assertThat(ended(progress, State.DONE).error()).isNull();
    assertThat(progress.isOpen()).isFalse();
    assertThat(progress.look(SOME, DANGER, at(4))).isEqualTo(Step.NOTHING);
  }

  @Test
  void theRateFollowsWhatLeavesAndIgnoresWhatComes() {
    DrainProgress progress = drain();
    assertThat(progress.operation().ratePerSecond()).isNegative();
    for (int i = 1; i <= 300; i++) {
      progress.look(new Load(1000 - 2 * i, 0), null, at(i / 5.0));
      assertThat(progress.operation().ratePerSecond()).isBetween(0.0, 10.001);
    }
    assertThat(progress.operation().ratePerSecond()).isEqualTo(10, Offset.offset(0.1));
    progress.look(new Load(5000, 0), null, at(61));
    assertThat(progress.operation().ratePerSecond()).isBetween(0.0, 10.0);
  }

  @Test
  void aDeadlineThatWaitsIsToldOnceAndChangesNothing() {
    DrainProgress progress = running(until(false, Duration.ofSeconds(5), AtDeadline.WAIT));
    assertThat(progress.overruns(at(4.9))).isFalse();
    assertThat(progress.look(SOME, null, at(5))).isEqualTo(Step.NOTHING);
    assertThat(progress.overruns(at(5))).isTrue();
    assertThat(progress.overruns(at(6))).isFalse();
    assertThat(progress.look(EMPTY, null, at(7))).isEqualTo(Step.FINISH);
  }

  @Test
  void aDeadlineThatClosesClosesWhatRemains() {
    DrainProgress progress = running(until(false, Duration.ofSeconds(5), AtDeadline.CLOSE));
    assertThat(progress.look(SOME, null, at(4.9))).isEqualTo(Step.NOTHING);
    assertThat(progress.look(SOME, null, at(5))).isEqualTo(Step.CLOSE);
    assertThat(progress.look(EMPTY, null, at(5.2))).isEqualTo(Step.FINISH);
    assertThat(progress.overruns(at(6))).isFalse();
  }

  @Test
  void whoAlwaysComesBackDoesNotKeepItFromItsEnd() {
    DrainProgress progress = running(until(true, Duration.ofSeconds(5), AtDeadline.CLOSE));
    for (int i = 0; i < DrainProgress.MOST_CLOSES; i++) {
      assertThat(progress.look(SOME, null, at(5 + i))).isEqualTo(Step.CLOSE);
    }
    assertThat(progress.look(SOME, null, at(60))).isEqualTo(Step.FINISH);
  }

  @Test
  void dangerSuspendsItUntilTheOthersHaveBeenWellForAWhile() {
    DrainProgress progress = drain();
    assertThat(progress.look(SOME, DANGER, at(1))).isEqualTo(Step.SUSPEND);
    progress.suspended(DANGER);
    assertThat(progress.operation().state()).isEqualTo(State.SUSPENDED);
    assertThat(progress.operation().error()).isEqualTo(DANGER);
    assertThat(progress.look(EMPTY, DANGER, at(2))).isEqualTo(Step.NOTHING);
    assertThat(progress.look(SOME, null, at(3))).isEqualTo(Step.NOTHING);
    assertThat(progress.look(SOME, DANGER, at(5))).isEqualTo(Step.NOTHING);
    assertThat(progress.look(SOME, null, at(5.5))).isEqualTo(Step.NOTHING);
    assertThat(progress.look(SOME, null, at(8.4))).isEqualTo(Step.NOTHING);
    assertThat(progress.look(SOME, null, at(8.5))).isEqualTo(Step.RESUME);
    progress.resumed();
    assertThat(progress.operation().state()).isEqualTo(State.RUNNING);
    assertThat(progress.operation().error()).isNull();
  }

  @Test
  void dangerComesBeforeTheEndAndBeforeTheDeadline() {
    DrainProgress progress = running(until(true, Duration.ofSeconds(5), AtDeadline.CLOSE));
    assertThat(progress.look(EMPTY, DANGER, at(1))).isEqualTo(Step.SUSPEND);
    progress.suspended(DANGER);
    assertThat(progress.look(EMPTY, DANGER, at(9))).isEqualTo(Step.NOTHING);
  }

  @Test
  void whatWasForcedIsNotSuspended() {
    DrainProgress progress = drain();
    progress.carries(SOME, false, START);
    assertThat(progress.look(SOME, DANGER, at(1))).isEqualTo(Step.NOTHING);
    assertThat(progress.isForced()).isTrue();
  }

  @Test
  void forceEndsASuspensionAtOnce() {
    DrainProgress progress = drain();
    progress.suspended(DANGER);
    progress.renew(new Wanted(false, null, AtDeadline.WAIT, null), true, at(1));
    assertThat(progress.look(SOME, DANGER, at(1))).isEqualTo(Step.RESUME);
  }

  @Test
  void whatCannotGoOnYetSaysWhyAndWaitsAgain() {
    DrainProgress progress = drain();
    progress.suspended(DANGER);
    progress.look(SOME, null, at(1));
    assertThat(progress.look(SOME, null, at(4))).isEqualTo(Step.RESUME);
    progress.hindered("refused");
    assertThat(progress.operation().error()).isEqualTo("refused");
    assertThat(progress.look(SOME, null, at(5))).isEqualTo(Step.NOTHING);
    assertThat(progress.look(SOME, null, at(8))).isEqualTo(Step.RESUME);
  }

  @Test
  void whatCouldNotBeDoneIsSaidUntilItIsDoneOrNoLongerWanted() {
    DrainProgress progress = drain();
    assertThat(progress.look(SOME, DANGER, at(1))).isEqualTo(Step.SUSPEND);
    progress.hindered("the disk is full");
    assertThat(progress.look(SOME, DANGER, at(2))).isEqualTo(Step.SUSPEND);
    assertThat(progress.operation().error()).isEqualTo("the disk is full");
    assertThat(progress.operation().state()).isEqualTo(State.RUNNING);
    assertThat(progress.look(SOME, null, at(3))).isEqualTo(Step.NOTHING);
    assertThat(progress.operation().error()).isNull();
    assertThat(progress.look(EMPTY, null, at(4))).isEqualTo(Step.FINISH);
    progress.hindered("the disk is full");
    assertThat(progress.look(EMPTY, null, at(5))).isEqualTo(Step.FINISH);
    progress.end(State.DONE, null, at(5));
    assertThat(ended(progress, State.DONE).error()).isNull();
  }

  @Test
  void aRevertThatCouldNotBeMadeIsSaidUntilItIsMadeOrDropped() {
    for (boolean dropped : new boolean[] {false, true}) {
      DrainProgress progress =
          running(new Wanted(false, null, AtDeadline.WAIT, Duration.ofSeconds(60)));
      progress.end(State.DONE, null, at(1));
      assertThat(progress.look(EMPTY, null, at(60))).isEqualTo(Step.REVERT);
      progress.hindered("the disk is full");
      assertThat(progress.look(EMPTY, null, at(65))).isEqualTo(Step.REVERT);
      assertThat(progress.operation().error()).isEqualTo("the disk is full");
      if (dropped) {
        assertThat(progress.intent(AdminState.MAINT, "by bob", at(66))).isTrue();
      } else {
        progress.reverted();
      }
      assertThat(ended(progress, State.DONE).error()).isNull();
      assertThat(progress.isOpen()).isFalse();
    }
  }

  @Test
  void aRevertComesWhileItIsSuspendedAsWell() {
    DrainProgress progress =
        running(new Wanted(false, null, AtDeadline.WAIT, Duration.ofSeconds(60)));
    progress.suspended(DANGER);
    assertThat(progress.look(SOME, DANGER, at(60))).isEqualTo(Step.REVERT);
    progress.end(State.CANCELLED, "too late", at(60));
    assertThat(progress.isOpen()).isFalse();
  }

  @Test
  void aSuspensionOutlivesARestartAndWaitsForAWholeCalmAgain() {
    DrainProgress progress = drain();
    progress.suspended(DANGER);
    assertThat(progress.look(SOME, null, at(1))).isEqualTo(Step.NOTHING);
    DrainProgress again = DrainProgress.of(progress.stored());
    assertThat(again.operation().error()).isEqualTo(DANGER);
    assertThat(again.intent(AdminState.READY, "by system", at(9))).isFalse();
    assertThat(again.look(SOME, null, at(10))).isEqualTo(Step.NOTHING);
    assertThat(again.look(SOME, null, at(12.9))).isEqualTo(Step.NOTHING);
    assertThat(again.look(SOME, null, at(13))).isEqualTo(Step.RESUME);
  }

  @Test
  void theDeadlineStaysWhileItIsSuspendedAndClosesAfterwards() {
    DrainProgress progress = running(until(false, Duration.ofSeconds(5), AtDeadline.CLOSE));
    assertThat(progress.look(SOME, null, at(5))).isEqualTo(Step.CLOSE);
    progress.suspended(DANGER);
    assertThat(progress.look(SOME, DANGER, at(6))).isEqualTo(Step.NOTHING);
    assertThat(progress.overruns(at(6))).isFalse();
    progress.resumed();
    for (int i = 0; i < DrainProgress.MOST_CLOSES; i++) {
      assertThat(progress.look(SOME, null, at(10 + i))).isEqualTo(Step.CLOSE);
    }
    assertThat(progress.look(SOME, null, at(20))).isEqualTo(Step.FINISH);
  }

  @Test
  void anotherCallBeginsItsClosesAndItsWarningAnew() {
    DrainProgress progress = running(until(false, Duration.ofSeconds(5), AtDeadline.WAIT));
    assertThat(progress.overruns(at(5))).isTrue();
    progress.renew(until(false, Duration.ofSeconds(5), AtDeadline.WAIT), false, at(6));
    assertThat(progress.overruns(at(10.9))).isFalse();
    assertThat(progress.overruns(at(11))).isTrue();
    progress.renew(until(false, Duration.ZERO, AtDeadline.CLOSE), false, at(12));
    for (int i = 0; i < DrainProgress.MOST_CLOSES; i++) {
      assertThat(progress.look(SOME, null, at(12 + i))).isEqualTo(Step.CLOSE);
    }
    progress.renew(until(false, Duration.ZERO, AtDeadline.CLOSE), false, at(20));
    assertThat(progress.look(SOME, null, at(20))).isEqualTo(Step.CLOSE);
  }

  @Test
  void anotherCallGivesTheNewRevertAndARemovalHasNone() {
    DrainProgress progress =
        running(new Wanted(false, null, AtDeadline.WAIT, Duration.ofSeconds(60)));
    progress.renew(new Wanted(false, null, AtDeadline.WAIT, Duration.ofSeconds(60)), false, at(50));
    assertThat(progress.look(SOME, null, at(100))).isEqualTo(Step.NOTHING);
    assertThat(progress.look(SOME, null, at(110))).isEqualTo(Step.REVERT);
    progress.renew(until(false, null, AtDeadline.WAIT), false, at(110));
    assertThat(progress.operation().revertAt()).isNull();
    assertThat(progress.look(SOME, null, at(200))).isEqualTo(Step.NOTHING);
    progress.renew(until(true, null, AtDeadline.WAIT), false, at(200));
    progress.renew(new Wanted(false, null, AtDeadline.WAIT, Duration.ofSeconds(1)), false, at(201));
    assertThat(progress.operation().revertAt()).isNull();
    assertThat(progress.look(SOME, null, at(300))).isEqualTo(Step.NOTHING);
  }

  @Test
  void forceOnceIsForceForGood() {
    DrainProgress progress = drain();
    assertThat(progress.isForced()).isFalse();
    progress.renew(until(false, null, AtDeadline.WAIT), true, at(1));
    progress.renew(until(false, null, AtDeadline.WAIT), false, at(2));
    assertThat(progress.isForced()).isTrue();
    assertThat(progress.look(SOME, DANGER, at(3))).isEqualTo(Step.NOTHING);
    assertThat(DrainProgress.of(progress.stored()).isForced()).isTrue();
  }

  @Test
  void aRevertComesAfterADoneDrainAsWell() {
    DrainProgress progress =
        running(new Wanted(false, null, AtDeadline.WAIT, Duration.ofSeconds(60)));
    progress.end(State.DONE, null, at(1));
    assertThat(progress.isOpen()).isTrue();
    assertThat(progress.look(EMPTY, null, at(59))).isEqualTo(Step.NOTHING);
    assertThat(progress.look(EMPTY, null, at(60))).isEqualTo(Step.REVERT);
    progress.reverted();
    assertThat(progress.isOpen()).isFalse();
    assertThat(progress.look(EMPTY, null, at(61))).isEqualTo(Step.NOTHING);
  }

  @Test
  void aRevertEndsADrainThatIsNotEmpty() {
    DrainProgress progress =
        running(new Wanted(false, null, AtDeadline.WAIT, Duration.ofSeconds(60)));
    assertThat(progress.look(SOME, DANGER, at(60))).isEqualTo(Step.REVERT);
    progress.end(State.CANCELLED, "too late", at(60));
    assertThat(progress.isOpen()).isFalse();
  }

  @Test
  void anotherCallGivesTheNewDeadlineFromNow() {
    DrainProgress progress = running(until(false, Duration.ofSeconds(5), AtDeadline.CLOSE));
    progress.renew(until(false, Duration.ofSeconds(10), AtDeadline.CLOSE), false, at(4));
    assertThat(progress.operation().deadline()).isEqualTo(at(14));
    assertThat(progress.look(SOME, null, at(13))).isEqualTo(Step.NOTHING);
    progress.renew(until(true, Duration.ZERO, AtDeadline.CLOSE), false, at(13));
    assertThat(progress.operation().kind()).isEqualTo(Kind.REMOVE);
    progress.renew(until(false, null, AtDeadline.WAIT), false, at(13));
    assertThat(progress.operation().kind()).isEqualTo(Kind.REMOVE);
    assertThat(progress.operation().deadline()).isNull();
  }

  @ParameterizedTest
  @EnumSource(
      value = AdminState.class,
      names = {"READY", "MAINT"})
  void somebodyElsesIntentCallsItOff(AdminState wanted) {
    DrainProgress progress = drain();
    assertThat(progress.intent(AdminState.DRAIN, "by bob", at(1))).isFalse();
    assertThat(progress.intent(wanted, "by bob", at(1))).isTrue();
    assertThat(ended(progress, State.CANCELLED).error())
        .isEqualTo("the backend was set to " + DrainEdits.word(wanted) + " by bob");
  }

  @Test
  void aBackendThatIsGoneFailsIt() {
    DrainProgress progress = drain();
    assertThat(progress.intent(null, "by bob", at(1))).isTrue();
    assertThat(ended(progress, State.FAILED).error()).isEqualTo("the backend was removed by bob");
  }

  @Test
  void whileItIsSuspendedReadyIsItsOwnDoing() {
    DrainProgress progress = drain();
    progress.suspended(DANGER);
    assertThat(progress.intent(AdminState.READY, "by system", at(1))).isFalse();
    assertThat(progress.intent(AdminState.DRAIN, "by bob", at(1))).isTrue();
    assertThat(progress.operation().state()).isEqualTo(State.RUNNING);
    progress.suspended(DANGER);
    assertThat(progress.intent(AdminState.MAINT, "by bob", at(1))).isTrue();
    assertThat(progress.operation().state()).isEqualTo(State.CANCELLED);
  }

  @Test
  void somebodyElsesIntentDropsAPendingRevert() {
    DrainProgress progress =
        running(new Wanted(false, null, AtDeadline.WAIT, Duration.ofSeconds(60)));
    progress.end(State.DONE, null, at(1));
    assertThat(progress.intent(AdminState.DRAIN, "by bob", at(2))).isFalse();
    assertThat(progress.intent(AdminState.MAINT, "by bob", at(2))).isTrue();
    assertThat(progress.look(EMPTY, null, at(60))).isEqualTo(Step.NOTHING);
    assertThat(progress.operation().state()).isEqualTo(State.DONE);
  }

  @Test
  void theFirstEndIsTheOnlyOne() {
    DrainProgress progress = drain();
    progress.end(State.DONE, null, at(1));
    progress.end(State.FAILED, "late", at(2));
    progress.suspended(DANGER);
    assertThat(ended(progress, State.DONE).endedAt()).isEqualTo(at(1));
  }

  @Test
  void asJsonItIsWhatItWas() {
    JsonMapper mapper = JsonMapper.builder().build();
    DrainProgress progress =
        running(
            new Wanted(
                false, Duration.ofSeconds(5), AtDeadline.CLOSE, Duration.ofNanos(61_000_000_001L)));
    progress.look(new Load(1, 1), null, at(1));
    Stored read = mapper.readValue(mapper.writeValueAsString(progress.stored()), Stored.class);
    assertThat(read).isEqualTo(progress.stored());
    DrainProgress again = DrainProgress.of(read);
    assertThat(again.operation())
        .usingRecursiveComparison()
        .ignoringFields("ratePerSecond")
        .isEqualTo(progress.operation());
    assertThat(again.operation().ratePerSecond()).as("unknown after a start").isNegative();
    assertThat(again.look(SOME, DANGER, at(2))).isEqualTo(Step.SUSPEND);
    assertThat(again.look(SOME, null, at(5))).isEqualTo(Step.CLOSE);
  }

  @Test
  void idsSortInTheOrderOfTheirMaking() {
    OperationIds ids = new OperationIds();
    String first = ids.next(START.toEpochMilli());
    String second = ids.next(START.toEpochMilli());
    String third = ids.next(START.toEpochMilli() - 10_000);
    assertThat(first).matches("op-[0-9a-hjkmnp-tv-z]{20}");
    assertThat(second).isGreaterThan(first);
    assertThat(third).isGreaterThan(second);
  }
}
