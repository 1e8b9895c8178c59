package io.sluice.admin;

import io.sluice.store.AuditEntry;
import io.sluice.store.AuditLog;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The audit of a test, in memory. */
final class MemoryAudit implements AuditLog {
  private final List<AuditEntry> entries = new CopyOnWriteArrayList<>();

  @Override
  public void append(AuditEntry entry) {
    entries.add(entry);
  }

  @Override
  public List<AuditEntry> list(long before, int limit) {
    return entries.reversed().stream().limit(limit).toList();
  }

  /** All, oldest first. */
  List<AuditEntry> all() {
    return List.copyOf(entries);
  }
}
