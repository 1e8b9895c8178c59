package io.sluice.control;

import io.sluice.store.OperationLog;
import io.sluice.store.StoreException;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Another log that stores nothing while a test wants it so. */
final class BrokenLog implements OperationLog {
  private final OperationLog log;

  /** Written by the test, read by the journal. */
  private volatile boolean full;

  BrokenLog(OperationLog log) {
    this.log = log;
  }

  void full(boolean now) {
    full = now;
  }

  @Override
  public void save(String id, String json) {
    check();
    log.save(id, json);
  }

  @Override
  public Map<String, String> all() {
    return log.all();
  }

  @Override
  public @Nullable String find(String id) {
    return log.find(id);
  }

  @Override
  public void remove(String id) {
    check();
    log.remove(id);
  }

  private void check() {
    if (full) {
      throw new StoreException(
          StoreException.Kind.FULL, "the disk is full on purpose", new IOException("full"));
    }
  }
}
