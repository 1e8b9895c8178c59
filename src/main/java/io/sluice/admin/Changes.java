package io.sluice.admin;

import io.sluice.control.ChangeException;
import io.sluice.control.ConfigChange;
import io.sluice.control.InForce;
import io.sluice.control.Reconciler;
import io.sluice.store.Change;
import io.sluice.store.StoreException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;

/** The way of the API's writes into the control plane, and of its refusals back. */
final class Changes {
  /** Longer than any change takes by far: who waits on would hold a connection for nothing. */
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final Reconciler reconciler;
  private volatile @Nullable Known known;

  /** The snapshot in force, in the order of lists. */
  private record Known(InForce inForce, World world) {}

  Changes(Reconciler reconciler) {
    this.reconciler = reconciler;
  }

  InForce inForce() {
    return reconciler.inForce();
  }

  /** The snapshot in force. */
  World world() {
    return world(reconciler.inForce());
  }

  World world(InForce now) {
    Known last = known;
    if (last != null && last.inForce.snapshot() == now.snapshot()) {
      return last.world;
    }
    Known made = new Known(now, new World(now.snapshot()));
    known = made;
    return made.world;
  }

  /**
   * Makes a change, or with {@code dryRun} only says what it would do.
   *
   * @param done makes the answer of a change that was made
   */
  ResponseEntity<byte[]> run(
      Call call, ConfigChange.Edit edit, Function<Reconciler.Outcome, ResponseEntity<byte[]>> done)
      throws ChangeException {
    return run(call, edit, call.change(), done);
  }

  ResponseEntity<byte[]> run(
      Call call,
      ConfigChange.Edit edit,
      Change why,
      Function<Reconciler.Outcome, ResponseEntity<byte[]>> done)
      throws ChangeException {
    ConfigChange change = new ConfigChange(refusing(edit), why, call.force());
    if (call.dryRun()) {
      return Answers.ok(Map.of("impact", Views.impact(await(reconciler.preview(change)))));
    }
    return done.apply(await(reconciler.submit(change)));
  }

  /** A caller's mistake that an edit finds is a refusal, and no failure of the control thread. */
  private static ConfigChange.Edit refusing(ConfigChange.Edit edit) {
    return inForce -> {
      try {
        return edit.apply(inForce);
      } catch (ProblemException problem) {
        ChangeException refusal =
            ChangeException.of(ChangeException.Kind.INVALID, problem.code(), problem.detail());
        refusal.initCause(problem);
        throw refusal;
      }
    };
  }

  /** The result of something that the control plane does. */
  static <T> T await(CompletableFuture<T> future) throws ChangeException {
    return await(future, LONGEST);
  }

  static <T> T await(CompletableFuture<T> future, Duration longest) throws ChangeException {
    try {
      return future.get(longest.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case ChangeException refused when refused.getCause() instanceof ProblemException problem ->
            throw problem;
        case ChangeException refused -> throw refused;
        case StoreException failed -> throw failed;
        case ProblemException problem -> throw problem;
        case null, default -> throw new IllegalStateException("a change failed", e.getCause());
      }
    } catch (TimeoutException e) {
      throw Refusals.of(
          503,
          "timeout",
          "the change is not made after "
              + longest.toSeconds()
              + " s; look at GET /api/v1/revisions for whether it was made later");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusals.of(503, "stopping", "Sluice ends; the change may not have been made");
    }
  }
}
