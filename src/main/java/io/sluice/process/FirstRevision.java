package io.sluice.process;

import io.sluice.config.Configuration;
import io.sluice.config.Configuration.Mode;
import io.sluice.config.Snapshot;
import io.sluice.control.InForce;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.store.SnapshotStore;
import io.sluice.store.SnapshotStore.Stored;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides what a start serves: what the store has, or what the file says. */
final class FirstRevision {
  private static final Logger log = LoggerFactory.getLogger(FirstRevision.class);
  private static final Snapshot NOTHING = new Snapshot(List.of(), List.of());

  private FirstRevision() {}

  /**
   * The revision to serve; a new one when the store is empty or the file rules and has changed.
   *
   * @throws io.sluice.store.StoreException when the store fails
   */
  static InForce of(Configuration configuration, SnapshotStore store) {
    Stored newest = store.newest();
    Snapshot file = configuration.bootstrap();
    if (newest == null) {
      Stored seeded = store.append(change(configuration.mode()), NOTHING, file);
      log.info("the store is empty: revision {} is what the file says", number(seeded));
      return inForce(seeded);
    }
    if (configuration.mode() == Mode.DECLARATIVE && !newest.snapshot().equals(file)) {
      Stored changed = store.append(change(configuration.mode()), newest.snapshot(), file);
      log.info("the file has changed: revision {} is what it says", number(changed));
      return inForce(changed);
    }
    log.info(
        configuration.mode() == Mode.DECLARATIVE
            ? "revision {} is what the file says"
            : "revision {} of the store is served; sluice.bootstrap only seeds an empty store",
        number(newest));
    return inForce(newest);
  }

  private static Change change(Mode mode) {
    String source = mode == Mode.DECLARATIVE ? "file" : "bootstrap";
    return new Change(Actor.FILE, source, "start", null, null);
  }

  private static long number(Stored stored) {
    return stored.revision().number();
  }

  private static InForce inForce(Stored stored) {
    return new InForce(stored.revision(), stored.snapshot());
  }
}
