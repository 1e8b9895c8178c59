package io.sluice.process;

import io.sluice.config.Configuration;
import io.sluice.config.Configuration.Mode;
import io.sluice.config.Snapshot;
import io.sluice.control.InForce;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.store.Revision;
import io.sluice.store.SnapshotStore;
import io.sluice.store.SnapshotStore.Stored;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a start serves: what the store has, or what the file says.
 *
 * @param seeded whether the store was empty and has got its first revision just now
 */
record FirstRevision(InForce inForce, boolean seeded) {
  private static final Logger log = LoggerFactory.getLogger(FirstRevision.class);
  private static final Snapshot NOTHING = new Snapshot(List.of(), List.of());

  /**
   * The revision to serve; a new one when the store is empty or the file rules and has changed.
   *
   * @throws io.sluice.store.StoreException when the store fails
   */
  static FirstRevision of(Configuration configuration, SnapshotStore store) {
    Stored newest = store.newest();
    Snapshot file = configuration.bootstrap();
    if (newest == null) {
      return serving(store.append(change(configuration.mode()), NOTHING, file), true);
    }
    if (newest.snapshot().equals(file)) {
      return serving(newest, false);
    }
    if (configuration.mode() == Mode.DECLARATIVE) {
      Stored changed = store.append(change(configuration.mode()), newest.snapshot(), file);
      log.info("the file has changed: revision {} is what it says", changed.revision().number());
      return serving(changed, false);
    }
    log.info(
        "revision {} of the store is served; sluice.bootstrap only seeds an empty store"
            + " (--reset-state begins anew, mode: declarative lets the file rule)",
        newest.revision().number());
    return serving(newest, false);
  }

  /**
   * What is served until the store is there, which another process still has. Where the file rules
   * and has changed, it has the number that it will probably get.
   *
   * @param served what the other process serves
   */
  static InForce beforeTheStore(Configuration configuration, InForce served) {
    Snapshot file = configuration.bootstrap();
    if (configuration.mode() != Mode.DECLARATIVE || served.snapshot().equals(file)) {
      return served;
    }
    Change change = change(configuration.mode());
    return new InForce(
        new Revision(
            served.revision().number() + 1,
            Instant.now(),
            change.actor().name(),
            change.source(),
            null,
            "not stored yet"),
        file);
  }

  private static Change change(Mode mode) {
    String source = mode == Mode.DECLARATIVE ? "file" : "bootstrap";
    return new Change(Actor.FILE, source, "start", null, null);
  }

  private static FirstRevision serving(Stored stored, boolean seeded) {
    return new FirstRevision(new InForce(stored.revision(), stored.snapshot()), seeded);
  }
}
