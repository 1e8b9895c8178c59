package io.sluice.process;

import io.sluice.config.Configuration;
import io.sluice.config.InvalidConfigurationException;
import io.sluice.config.Problem;
import io.sluice.config.Snapshot;
import io.sluice.control.ConfigChange;
import io.sluice.control.Reconciler;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration file where it rules: whenever its content has changed, pools and routes follow.
 * It is read once a second rather than watched: Kubernetes exchanges a ConfigMap by a link two
 * directories away, and network file systems tell of nothing. A file that is wrong changes nothing
 * and is complained about once.
 */
final class FollowedFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FollowedFile.class);

  private final String name;
  private final Reconciler reconciler;
  private final Configuration started;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().name("sluice-file").daemon().unstarted(task));

  // Guarded by this.
  private boolean suspended = true;
  private String applied;
  private String lastFailure = "";

  /** Read by anybody. */
  private volatile boolean inForce = true;

  private FollowedFile(ConfigurationFile file, Reconciler reconciler) {
    this.name = file.file();
    this.started = file.configuration();
    this.applied = file.yaml();
    this.reconciler = reconciler;
  }

  /**
   * Follows a file once {@link #resume} was called.
   *
   * @param file as it was when the process started
   */
  static FollowedFile follow(ConfigurationFile file, Reconciler reconciler) {
    FollowedFile followed = new FollowedFile(file, reconciler);
    followed.thread.scheduleWithFixedDelay(followed::look, 1, 1, TimeUnit.SECONDS);
    return followed;
  }

  /** Whether what the file says is what is served. */
  boolean isInForce() {
    return inForce;
  }

  /** Looks no more while the store is with another process; waits for a look that is under way. */
  synchronized void suspend() {
    suspended = true;
  }

  /**
   * Looks from now on.
   *
   * @param others whether others have changed what is served: then the file is applied anew
   */
  synchronized void resume(boolean others) {
    suspended = false;
    applied = others ? "" : applied;
  }

  /**
   * Looks now instead of within a second; says what is wrong even when that was said before.
   *
   * @return completes when what the file says is in force or was refused
   */
  CompletableFuture<Void> lookNow() {
    return CompletableFuture.runAsync(
        () -> {
          complainAgain();
          look();
        },
        thread);
  }

  private synchronized void complainAgain() {
    lastFailure = "";
  }

  private synchronized void look() {
    if (suspended) {
      return;
    }
    try {
      ConfigurationFile now = ConfigurationFile.read(name);
      if (!now.yaml().equals(applied)) {
        apply(now);
        applied = now.yaml();
      }
      inForce = true;
      lastFailure = "";
    } catch (InvalidConfigurationException e) {
      complain(String.join("\n  ", e.problems().stream().map(Problem::toString).toList()));
    } catch (StartException | RuntimeException e) {
      complain(String.valueOf(e.getMessage()));
    } catch (ExecutionException e) {
      complain(String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void complain(String failure) {
    inForce = false;
    if (!failure.equals(lastFailure)) {
      lastFailure = failure;
      log.error(
          "{} has changed and cannot be used; revision {} stays in force:\n  {}",
          name,
          reconciler.inForce().revision().number(),
          failure);
    }
  }

  private void apply(ConfigurationFile now) throws ExecutionException, InterruptedException {
    if (!fixed(now.configuration(), started.bootstrap()).equals(started)) {
      log.warn(
          "{} has changed outside of sluice.bootstrap; that takes effect with the next start",
          name);
    }
    Snapshot wanted = now.configuration().bootstrap();
    Change change = new Change(Actor.FILE, "file", "change of " + name, null, null);
    Reconciler.Outcome outcome =
        reconciler.submit(new ConfigChange(inForce -> wanted, change, true)).get();
    if (outcome.changed()) {
      log.info("{} has changed: revision {}", name, outcome.now().revision().number());
    }
  }

  /** What cannot change while the process lives, with these pools and routes. */
  private static Configuration fixed(Configuration now, Snapshot bootstrap) {
    return new Configuration(
        now.threads(),
        now.listeners(),
        now.resolvers(),
        now.trustedProxies(),
        now.via(),
        now.mode(),
        now.store(),
        now.admin(),
        now.shutdown(),
        now.process(),
        now.accessLog(),
        now.extensions(),
        bootstrap);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
