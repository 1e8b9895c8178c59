package io.sluice.admin;

import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
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

  /** A snapshot in the order of lists. */
  private record Known(InForce inForce, World world) {}

  Changes(Reconciler reconciler) {
    this.reconciler = reconciler;
  }

  InForce inForce() {
    return reconciler.inForce();
  }

  /** A pool in force; without it the call ends with 404. */
  PoolSpec needPool(String id) {
    PoolSpec found = inForce().snapshot().pool(id);
    if (found == null) {
      throw Refusals.notFound("pool", id);
    }
    return found;
  }

  /** A backend in force; without it the call ends with 404. */
  BackendSpec needBackend(String pool, String id) {
    BackendSpec found = needPool(pool).backend(id);
    if (found == null) {
      throw Refusals.of(
          404,
          "not-found",
          "pool " + Refusals.quoted(pool) + " has no backend " + Refusals.quoted(id));
    }
    return found;
  }

  /** A route in force; without it the call ends with 404. */
  RouteSpec needRoute(String id) {
    RouteSpec found = inForce().snapshot().route(id);
    if (found == null) {
      throw Refusals.notFound("route", id);
    }
    return found;
  }

  /** The snapshot in force, in the order of lists. */
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
