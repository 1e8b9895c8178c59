package io.sluice.store;

import java.util.List;

/** Who did what. Every call blocks; every failure is a {@link StoreException}. */
public interface AuditLog {

  /**
   * Adds a line.
   *
   * @param entry its number is not looked at
   */
  void append(AuditEntry entry);

  /**
   * Lines, newest first.
   *
   * @param before only those of a lower number; {@link Long#MAX_VALUE}: all
   * @param limit 1 to 500
   */
  List<AuditEntry> list(long before, int limit);
}
