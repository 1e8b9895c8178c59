package io.sluice.admin;

import io.sluice.config.Configuration;
import io.sluice.control.DataPlane;
import io.sluice.control.Operations;
import io.sluice.control.Reconciler;
import io.sluice.handoff.Lifecycle;
import io.sluice.store.Accounts;
import io.sluice.store.AuditLog;
import io.sluice.store.History;
import io.sluice.store.SnapshotStore;
import io.sluice.telemetry.Statistics;
import java.time.Instant;

/**
 * What the management plane manages. Every part is a bean of its own too.
 *
 * @param version of the program
 * @param startedAt when the process started
 */
public record Management(
    String version,
    Instant startedAt,
    Configuration configuration,
    DataPlane dataPlane,
    Reconciler reconciler,
    Operations operations,
    Statistics statistics,
    SnapshotStore snapshots,
    AuditLog audit,
    Accounts accounts,
    History history,
    Lifecycle lifecycle) {}
