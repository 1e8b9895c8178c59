package io.sluice.control;

import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.control.ChangeException.Kind;
import io.sluice.control.ImpactPreview.Guard;
import io.sluice.store.SnapshotStore;
import io.sluice.store.SnapshotStore.Stored;
import io.sluice.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of every change, one after another: edit, check, prepare, guard, store, publish. It
 * exists so that no two writers overlap and so that all that can fail comes before anything is
 * visible.
 *
 * <p>All of it happens on the control thread except for the store's part: a disk that stands still
 * holds up changes, and not the eligibility of backends. While a change is being stored no other
 * one begins.
 */
final class ChangePath implements Reconciler, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangePath.class);
  private static final Duration LAST_WAIT = Duration.ofSeconds(10);
  private static final ImpactPreview NO_IMPACT = new ImpactPreview(List.of(), List.of());

  /** A change on its way. */
  private static final class Job {
    final ConfigChange change;
    final CompletableFuture<Outcome> made = new CompletableFuture<>();
    final @Nullable CompletableFuture<ImpactPreview> previewed;

    /** Whether its new names were looked up; the control thread's only. */
    boolean lookedUp;

    Job(ConfigChange change, boolean preview) {
      this.change = change;
      this.previewed = preview ? new CompletableFuture<>() : null;
    }

    void fail(Throwable failure) {
      CompletableFuture<?> result = previewed == null ? made : previewed;
      // whoever waits for it does not go on with the control thread
      Thread.startVirtualThread(() -> result.completeExceptionally(failure));
    }
  }

  private final ControlThread control;
  private final World world;
  private final NamedBackends names;
  private final AddressPolicy policy;
  private final SnapshotStore store;
  private final boolean declarative;
  private final ExecutorService storing =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().name("sluice-store").daemon().unstarted(task));
  private final List<Consumer<InForce>> listeners = new CopyOnWriteArrayList<>();

  /** Filled by any thread, emptied by the control thread and at the end. */
  private final Queue<Job> waiting = new ConcurrentLinkedQueue<>();

  /** Written once, by whoever ends it. */
  private volatile boolean closed;

  /** Written by the control thread, read by anybody. */
  private volatile InForce inForce;

  /** Written when the planes are wired, read with each change. */
  private volatile ToDoubleFunction<String> poolRps = pool -> 0;

  /** Whether the store is with another process, or about to be; the control thread's only. */
  private boolean suspended;

  /** Completes when no change is on its way; the control thread's only. */
  private @Nullable CompletableFuture<Void> quiet;

  /** The one that is being stored; written by the control thread, read at the end. */
  private volatile @Nullable Job current;

  /**
   * Begins with what is in force.
   *
   * @param declarative whether only the configuration file may change anything
   */
  ChangePath(
      ControlThread control,
      World world,
      NamedBackends names,
      AddressPolicy policy,
      SnapshotStore store,
      boolean declarative,
      InForce initial) {
    this.control = control;
    this.world = world;
    this.names = names;
    this.policy = policy;
    this.store = store;
    this.declarative = declarative;
    this.inForce = initial;
  }

  void poolRps(ToDoubleFunction<String> rps) {
    poolRps = rps;
  }

  @Override
  public InForce inForce() {
    return inForce;
  }

  @Override
  public void onRevision(Consumer<InForce> listener) {
    listeners.add(listener);
  }

  @Override
  public CompletableFuture<Outcome> submit(ConfigChange change) {
    Job job = new Job(change, false);
    enqueue(job);
    return job.made;
  }

  @Override
  public CompletableFuture<ImpactPreview> preview(ConfigChange change) {
    Job job = new Job(change, true);
    enqueue(job);
    return Objects.requireNonNull(job.previewed);
  }

  private void enqueue(Job job) {
    waiting.add(job);
    if (closed) {
      refuseWaiting();
    } else {
      control.execute(this::next);
    }
  }

  private void refuseWaiting() {
    Job job;
    while ((job = waiting.poll()) != null) {
      job.fail(ChangeException.stopping());
    }
  }

  // ---------------------------------------------------------------- from process to process

  /**
   * Refuses changes from now on; previews go on. The future completes when the one that is being
   * stored is in force, or was not made.
   */
  CompletableFuture<Void> suspend() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    control.execute(
        () -> {
          suspended = true;
          if (current == null) {
            done.complete(null);
          } else {
            quiet = done;
          }
        });
    return done;
  }

  /** Makes changes again. */
  void resume() {
    control.execute(
        () -> {
          suspended = false;
          next();
        });
  }

  /**
   * Puts in force what another process has stored; only while it is suspended.
   *
   * @return ends with a {@link ChangeException} when that cannot be served here
   */
  CompletableFuture<Void> adopt(InForce stored) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Runnable then = () -> control.execute(() -> adopt(stored, done));
    if (names.hasUnknown(stored.snapshot().pools())) {
      names.lookUp(stored.snapshot().pools()).thenRun(then);
    } else {
      then.run();
    }
    return done;
  }

  private void adopt(InForce stored, CompletableFuture<Void> done) {
    InForce before = inForce;
    try {
      if (!stored.snapshot().equals(before.snapshot())) {
        world.publish(prepare(stored.snapshot()));
      }
      if (!stored.equals(before)) {
        inForce = stored;
        tell(stored);
      }
      done.complete(null);
    } catch (ChangeException | RuntimeException e) {
      done.completeExceptionally(e);
    }
  }

  // ---------------------------------------------------------------- on the control thread

  /** Begins with the change that waits longest, unless another one is on its way. */
  private void next() {
    assert control.isCurrent();
    Job job = current == null ? waiting.poll() : null;
    if (job != null) {
      try {
        begin(job);
      } catch (ChangeException e) {
        job.fail(e);
      } catch (RuntimeException | Error e) {
        LOG.error("{} cannot be made: its edit fails", job.change.change().action(), e);
        job.fail(e);
      }
      if (current == null && !waiting.isEmpty()) {
        control.execute(this::next);
      }
    }
  }

  private void begin(Job job) throws ChangeException {
    InForce now = inForce;
    if (suspended && job.previewed == null) {
      throw ChangeException.handedOver();
    }
    if (declarative && job.previewed == null && !job.change.change().source().equals("file")) {
      throw ChangeException.of(
          Kind.MANAGED_BY_FILE,
          "managed-by-file",
          "the configuration file owns pools and routes (sluice.mode: declarative); change them there");
    }
    Snapshot wanted = job.change.edit().apply(now);
    if (wanted.equals(now.snapshot())) {
      unchanged(job, now);
      return;
    }
    check(now.snapshot(), wanted);
    if (!job.lookedUp && names.hasUnknown(wanted.pools())) {
      job.lookedUp = true;
      names.lookUp(wanted.pools()).thenRun(() -> enqueue(job));
      return;
    }
    Prepared prepared = prepare(wanted);
    List<Outlook> outlooks = Outlook.of(prepared, world.parts());
    CompletableFuture<ImpactPreview> previewed = job.previewed;
    if (previewed != null) {
      Thread.startVirtualThread(() -> preview(outlooks, previewed));
      return;
    }
    List<Guard> guards = Outlook.guards(outlooks);
    if (!guards.isEmpty() && !job.change.force()) {
      throw ChangeException.guarded(guards);
    }
    current = job;
    world.hold();
    storing.execute(() -> store(job, now, prepared, outlooks));
  }

  private static void unchanged(Job job, InForce now) {
    CompletableFuture<ImpactPreview> previewed = job.previewed;
    if (previewed != null) {
      Thread.startVirtualThread(() -> previewed.complete(NO_IMPACT));
    } else {
      Outcome outcome = new Outcome(now, false, NO_IMPACT);
      Thread.startVirtualThread(() -> job.made.complete(outcome));
    }
  }

  /** Everything that can be said without making anything. */
  private void check(Snapshot now, Snapshot wanted) throws ChangeException {
    List<Violation> violations = new ArrayList<>(SnapshotDocument.validate(wanted));
    violations.addAll(violations(policy, now, wanted));
    if (!violations.isEmpty()) {
      throw ChangeException.invalid(violations);
    }
  }

  /** What a policy has against the pools that differ. */
  static List<Violation> violations(AddressPolicy policy, Snapshot now, Snapshot wanted) {
    List<Violation> violations = new ArrayList<>();
    Map<String, PoolSpec> before = new HashMap<>();
    now.pools().forEach(pool -> before.put(pool.id(), pool));
    for (int i = 0; i < wanted.pools().size(); i++) {
      PoolSpec pool = wanted.pools().get(i);
      if (!pool.equals(before.get(pool.id()))) {
        violations.addAll(policy.violations(pool, "/pools/" + i));
      }
    }
    return violations;
  }

  private Prepared prepare(Snapshot wanted) throws ChangeException {
    List<Violation> violations = new ArrayList<>();
    try {
      Prepared prepared = world.prepare(wanted, violations);
      if (prepared != null) {
        return prepared;
      }
    } catch (DataPlaneException | IllegalArgumentException e) {
      ChangeException conflict =
          ChangeException.of(Kind.CONFLICT, "conflict", String.valueOf(e.getMessage()));
      conflict.initCause(e);
      throw conflict;
    }
    throw ChangeException.invalid(violations);
  }

  private void preview(List<Outlook> outlooks, CompletableFuture<ImpactPreview> result) {
    try {
      result.complete(Outlook.preview(outlooks, poolRps, true));
    } catch (RuntimeException e) {
      LOG.error("a preview fails", e);
      result.completeExceptionally(e);
    }
  }

  // ---------------------------------------------------------------- on the store's thread

  private void store(Job job, InForce now, Prepared prepared, List<Outlook> outlooks) {
    try {
      ImpactPreview impact = Outlook.preview(outlooks, poolRps, false);
      Stored stored = store.append(job.change.change(), now.snapshot(), prepared.wanted());
      InForce next = new InForce(stored.revision(), prepared.wanted());
      control.execute(() -> publish(job, prepared, new Outcome(next, true, impact)));
    } catch (StoreException e) {
      ChangeException failure = ChangeException.unstored(e);
      control.execute(() -> dropped(job, failure));
    } catch (RuntimeException | Error e) {
      LOG.error("{} cannot be stored", job.change.change().action(), e);
      control.execute(() -> dropped(job, e));
    }
  }

  // ---------------------------------------------------------------- on the control thread again

  private void dropped(Job job, Throwable failure) {
    job.fail(failure);
    settled();
  }

  /** The change that was on its way is no longer. */
  private void settled() {
    current = null;
    world.release();
    CompletableFuture<Void> waits = quiet;
    if (waits != null) {
      quiet = null;
      waits.complete(null);
    }
    next();
  }

  private void publish(Job job, Prepared prepared, Outcome outcome) {
    inForce = outcome.now();
    try {
      world.publish(prepared);
      Thread.startVirtualThread(() -> job.made.complete(outcome));
    } catch (RuntimeException e) {
      LOG.error("revision {} is stored and not wholly in force", outcome.now().revision(), e);
      job.fail(e);
    }
    tell(outcome.now());
    settled();
  }

  private void tell(InForce now) {
    for (Consumer<InForce> listener : listeners) {
      try {
        listener.accept(now);
      } catch (RuntimeException e) {
        LOG.error("a listener fails on revision {}", now.revision().number(), e);
      }
    }
  }

  /** Refuses what waits; the change that is being stored is finished. */
  @Override
  public void close() {
    closed = true;
    refuseWaiting();
    storing.shutdown();
    try {
      if (!storing.awaitTermination(LAST_WAIT.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("the store does not end within {}; the end does not wait", LAST_WAIT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    control.settle(LAST_WAIT);
    Job left = current;
    if (left != null) {
      left.fail(ChangeException.stopping());
    }
  }
}
